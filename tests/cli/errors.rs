//! What is refused, and what the caller is told.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{TABLE, assert_error, file, gzip, outcome, run, text};

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let table = file("full", TABLE);
    for args in ["load", "get 10.0.0.1", "show 10.0.0.0/8", "check"] {
        let status = Command::new(env!("CARGO_BIN_EXE_rtalloc"))
            .args(args.split(' '))
            .arg("--table")
            .arg(&table)
            .stdout(fs::File::create("/dev/full").unwrap())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(1), "{args}");
    }
}

#[test]
fn bad_tables_are_named_with_line_and_token() {
    for (line, fault) in [
        ("10.0.0.1/8", "\"10.0.0.1/8\": host bits set"),
        ("10.0.0.0/33", "\"10.0.0.0/33\": the prefix length is not a number from 0 to 32"),
        ("::/129", "\"::/129\": the prefix length is not a number from 0 to 128"),
        ("10.0.0.0", "\"10.0.0.0\": no prefix length"),
        ("hello", "\"hello\": not an IP address"),
        ("10.0.0.0/8 nowhere", "\"nowhere\": a next hop is an address or a number"),
        ("10.0.0.0/8 1 2", "\"2\": one field too many"),
        ("A 10.0.0.0/8", "\"A\": an update, but a table is expected here"),
    ] {
        let table = file("bad-line", format!("# a comment\n192.0.2.0/24\n{line}\n"));
        let name = table.to_str().unwrap();
        for command in ["load", "get 192.0.2.1", "show 192.0.2.0/24", "check", "lookup"] {
            let output = run(&format!("{command} --table @"), &table, "");
            assert_error(&output, &format!("{name}:3: {fault}"));
            assert_eq!(text(&output.stdout), "");
        }
    }
}

#[test]
fn tables_that_are_none_are_named() {
    let routes: String = (0..2000).map(|n| format!("10.{}.{}.0/24\n", n % 250, n / 250)).collect();
    let whole = gzip(routes.as_bytes());
    for (contents, fault) in [
        (&b""[..], ": nothing in it"),
        (b"# nothing but a comment\n", ": nothing in it"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00", ": neither text nor MRT"),
        (&whole[..whole.len() / 2], ": the gzip stream breaks off"),
        (&gzip(b""), ": nothing in it"),
        (b"[{\"dst\": \"10.0.0.0/8\"}", ": not JSON"),
        (&MRT_HEADER, ": record 1 at byte 0: the file ends inside this record"),
    ] {
        let table = file("no-table", contents);
        let output = run("load --table @", &table, "");
        let error = text(&output.stderr);
        let named = error.starts_with(&format!("rtalloc: {}:", table.display()));
        assert!(named && error.contains(fault), "{error}");
        assert_eq!((error.lines().count(), output.status.code()), (1, Some(1)));
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let missing = folder.join("there-is-no-such-file");
    for path in [folder, missing] {
        let output = run("load --table @", &path, "");
        let error = text(&output.stderr);
        assert!(error.starts_with(&format!("rtalloc: {}: ", path.display())), "{error}");
        assert_eq!(output.status.code(), Some(1));
    }
    assert_error(&run("load --table -", &PathBuf::new(), ""), "-: nothing in it");
}

#[test]
fn help_and_version_are_no_errors() {
    let nowhere = PathBuf::new();
    for args in ["--help", "load --help", "get --help", "lookup -h", "show -h", "check --help"] {
        let output = run(args, &nowhere, "");
        assert!(text(&output.stdout).contains("Usage: rtalloc"), "{args}");
        assert_eq!(output.status.code(), Some(0), "{args}");
    }
    let version = concat!("rtalloc ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(outcome(&run("--version", &nowhere, "")), (version, Some(0)));
}

#[test]
fn wrong_usage_is_an_error_and_not_a_missing_route() {
    let table = file("usage", TABLE);
    for args in [
        "no-such-command",
        "load",
        "load --table",
        "load --table @ --synthetic",
        "get --table @",
        "get 10.0.0.1",
        "check --table @ --seed x",
    ] {
        let output = run(args, &table, "");
        assert_eq!(outcome(&output), ("", Some(1)), "{args}");
        assert!(!output.stderr.is_empty(), "{args}");
    }
}

/// The header of a TABLE_DUMP_V2 record of 64 bytes, which do not follow.
const MRT_HEADER: [u8; 14] = [0x5F, 0, 0, 0, 0, 13, 0, 1, 0, 0, 0, 64, 0, 0];
