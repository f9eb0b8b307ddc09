//! The command `rtalloc` as its callers see it: output, exit status, errors.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

const TABLE: &str = "\
10.0.0.0/8 192.0.2.1
10.1.0.0/16 7
10.1.2.0/24 192.0.2.9@3
192.0.2.77/32 1
2001:db8::/32 fe80::1@2
2001:db8:1::/48 5
";

/// Writes a file for the test `test` alone.
fn file(test: &str, contents: impl AsRef<[u8]>) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{test}"));
    fs::write(&path, contents).unwrap();
    path
}

fn start<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Child {
    Command::new(env!("CARGO_BIN_EXE_rtalloc"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs the command. The arguments are split at blanks; `@` stands for the table's file.
fn run(args: &str, table: &Path, stdin: impl AsRef<[u8]> + Send) -> Output {
    let args = args.split_whitespace().map(|arg| match arg {
        "@" => table.as_os_str(),
        _ => OsStr::new(arg),
    });
    let mut child = start(args);
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // A command that fails early does not read what it is given, and one that answers on the
        // way has to be read meanwhile.
        scope.spawn(move || {
            let _ = input.write_all(stdin.as_ref());
        });
        child.wait_with_output().unwrap()
    });
    assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// What a run printed, and its exit status.
fn outcome(output: &Output) -> (&str, Option<i32>) {
    (text(&output.stdout), output.status.code())
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Asserts that a run failed with exactly this on standard error.
fn assert_error(output: &Output, message: &str) {
    assert_eq!(text(&output.stderr), format!("rtalloc: {message}\n"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn load_counts_routes_by_family() {
    let table = file("load", TABLE);
    let output = run("load --table @", &table, "");
    assert_eq!(outcome(&output), ("IPv4: 4 routes\nIPv6: 2 routes\n", Some(0)));
    let output = run("load --table @ --json", &table, "");
    let expected = json!({ "families": [
        { "family": "inet", "routes": 4 },
        { "family": "inet6", "routes": 2 },
    ]});
    assert_eq!(json_of(&output), expected);
}

#[test]
fn load_stats_add_up() {
    let table = file("stats", TABLE);
    let output = run("load --table @ --stats", &table, "");
    let lines: Vec<_> = text(&output.stdout).lines().map(str::trim).collect();
    for word in ["nodes", "cells", "entries", "map", "writer", "total", "depth", "read in"] {
        assert!(lines.iter().any(|line| line.starts_with(word)), "{word}: {lines:?}");
    }
    let object = json_of(&run("load --table @ --stats --json", &table, ""));
    assert!(object["read_seconds"].as_f64().unwrap() > 0.0);
    for family in object["families"].as_array().unwrap() {
        assert!(family["build_seconds"].as_f64().unwrap() > 0.0);
        let footprint = &family["footprint"];
        let bytes = footprint["bytes"].as_object().unwrap();
        let sum: u64 = bytes.values().map(|bytes| bytes.as_u64().unwrap()).sum();
        assert_eq!(sum, 2 * bytes["total"].as_u64().unwrap(), "the parts and the total");
        let depths = footprint["depths"].as_array().unwrap();
        assert_eq!(depths[0]["nodes"], 1);
        for pair in depths.windows(2) {
            let end = pair[0]["last_bit"].as_u64().unwrap();
            assert_eq!(pair[1]["first_bit"], end + 1);
        }
    }
}

#[test]
fn load_compares_shapes() {
    let table = file("compare", TABLE);
    let other = file("compare-other", "10.0.0.0/8\n11.0.0.0/8\n");
    let args = format!("load --table @ --compare {}", other.display());
    let report = run(&args, &table, "");
    let rows: Vec<Vec<_>> =
        text(&report.stdout).lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(rows.contains(&vec!["routes", "4", "2", "+100.0", "%"]), "{rows:?}");
    assert!(rows.contains(&vec!["length", "8", "1", "2", "-50.0", "%"]), "{rows:?}");
    assert!(!rows.iter().any(|row| row.first() == Some(&"IPv6")), "{rows:?}");
    let object = json_of(&run(&(args + " --json"), &table, ""));
    let comparisons = object["comparisons"].as_array().unwrap();
    assert_eq!((comparisons.len(), &comparisons[0]["family"]), (1, &json!("inet")));
    let routes = json!({ "statistic": "routes", "this": 4, "other": 2 });
    assert_eq!(comparisons[0]["statistics"][0], routes);
    let real = json_of(&run("load --table @ --json --compare", &table, ""));
    assert_eq!(real["comparisons"][0]["statistics"][0]["other"], 1_042_325);
    assert_eq!(real["comparisons"][1]["statistics"][0]["other"], 246_175);
}

#[test]
fn get_prints_the_matched_route() {
    let table = file("get", TABLE);
    let output = run("get 10.1.2.3 192.0.2.77 2001:db8::1 --table @", &table, "");
    let expected = "\
10.1.2.3\t10.1.2.0/24\t192.0.2.9@3\tUG
192.0.2.77\t192.0.2.77/32\t1\tUH
2001:db8::1\t2001:db8::/32\tfe80::1@2\tUG
";
    assert_eq!(outcome(&output), (expected, Some(0)));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn get_exits_with_2_if_any_address_has_no_route() {
    let table = file("get-none", TABLE);
    let output = run("get 11.0.0.1 10.2.0.1 --table @", &table, "");
    let expected = "11.0.0.1\t-\t-\t-\n10.2.0.1\t10.0.0.0/8\t192.0.2.1\tUG\n";
    assert_eq!(outcome(&output), (expected, Some(2)));
    let output = run("get 11.0.0.1 10.1.2.3 --table @ --json", &table, "");
    assert_eq!(output.status.code(), Some(2));
    let expected = json!([
        { "address": "11.0.0.1", "dst": null },
        {
            "address": "10.1.2.3", "dst": "10.1.2.0/24",
            "gateway": "192.0.2.9", "dev": 3, "flags": ["up", "gateway"],
        },
    ]);
    assert_eq!(json_of(&output), expected);
}

#[test]
fn get_refuses_what_is_no_address() {
    let table = file("get-bad", TABLE);
    let output = run("get 10.0.0.256 --table @", &table, "");
    assert_eq!(outcome(&output), ("", Some(1)));
    assert!(text(&output.stderr).contains("10.0.0.256"));
}

#[test]
fn the_last_file_with_a_prefix_wins() {
    let first = file("merge-1", "10.0.0.0/8 1\n10.1.0.0/16 1\n");
    let second = file("merge-2", "10.0.0.0/8 2\n2001:db8::/32 2\n");
    let second = second.to_str().unwrap();
    let args = format!("get 10.0.0.1 10.1.0.1 2001:db8::1 --table @ --table {second}");
    let expected = "\
10.0.0.1\t10.0.0.0/8\t2\tU
10.1.0.1\t10.1.0.0/16\t1\tU
2001:db8::1\t2001:db8::/32\t2\tU
";
    assert_eq!(outcome(&run(&args, &first, "")), (expected, Some(0)));
}

#[test]
fn a_table_may_come_from_standard_input_compressed_and_without_next_hops() {
    let nowhere = PathBuf::new();
    let output = run("get 10.1.1.1 --table -", &nowhere, gzip(b"10.1.0.0/16\n"));
    let fields: Vec<_> = text(&output.stdout).trim_end().split('\t').collect();
    assert_eq!(fields[..2], ["10.1.1.1", "10.1.0.0/16"]);
    let number: u32 = fields[2].parse().unwrap();
    assert!((1..=250).contains(&number));
    assert_error(
        &run("load --table - --table -", &nowhere, TABLE),
        "standard input can be read only once",
    );
}

#[test]
fn lookup_answers_in_input_order() {
    let table = file("lookup", TABLE);
    let mut input = String::from("# three kinds of answer\n\n");
    let mut expected = String::new();
    // More than one burst and more than one block of output.
    for number in 0..5000u32 {
        let (high, low) = (number / 250, number % 250);
        input.push_str(&format!("10.1.{high}.{low}\n11.0.{high}.{low}\n2001:db8:1::{number:x}\n"));
        let inside = match high {
            2 => "10.1.2.0/24\t192.0.2.9@3",
            _ => "10.1.0.0/16\t7",
        };
        expected.push_str(&format!("10.1.{high}.{low}\t{inside}\n11.0.{high}.{low}\t-\t-\n"));
        let address: std::net::Ipv6Addr = format!("2001:db8:1::{number:x}").parse().unwrap();
        expected.push_str(&format!("{address}\t2001:db8:1::/48\t5\n"));
    }
    let output = run("lookup --table @", &table, input);
    assert!(text(&output.stdout) == expected, "answers differ");
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
}

#[test]
fn lookup_names_the_bad_line_after_the_answers_before_it() {
    let table = file("lookup-bad", TABLE);
    let output = run("lookup --table @", &table, "10.0.0.1\nten\n10.0.0.2\n");
    assert_eq!(text(&output.stdout), "10.0.0.1\t10.0.0.0/8\t192.0.2.1\n");
    assert_error(&output, "-:2: \"ten\": not an IP address");
}

#[test]
fn lookup_skips_and_counts_if_lenient() {
    let table = file("lookup-lenient", TABLE);
    let input = "ten\n10.0.0.1\n10.0.0.1 x\n10.0.0/8\n";
    let output = run("lookup --lenient --table @", &table, input);
    assert_eq!(outcome(&output), ("10.0.0.1\t10.0.0.0/8\t192.0.2.1\n", Some(0)));
    let report = text(&output.stderr);
    assert!(report.contains("rtalloc: -:3: \"x\": one field too many\n"), "{report}");
    let count = "rtalloc: -: skipped 3 (no address: 2, surplus field: 1)\n";
    assert!(report.ends_with(count), "{report}");
}

#[test]
fn lookup_needs_addresses_and_standard_input_for_them() {
    let table = file("lookup-empty", TABLE);
    assert_error(&run("lookup --table @", &table, ""), "-: nothing in it");
    let output = run("lookup --table -", &table, TABLE);
    assert_error(&output, "standard input can be read only once");
}

#[test]
fn lookup_answers_before_it_waits_for_the_next_address() {
    let table = file("lookup-dialogue", TABLE);
    let mut child = start(["lookup".as_ref(), "--table".as_ref(), table.as_os_str()]);
    let mut questions = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for address in ["10.1.0.1", "10.1.0.2", "10.1.0.3"] {
        writeln!(questions, "{address}").unwrap();
        let answer = answers.next().unwrap().unwrap();
        assert_eq!(answer, format!("{address}\t10.1.0.0/16\t7"));
    }
    drop(questions);
    assert!(answers.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_closed_pipe_ends_lookup_quietly() {
    let table = file("lookup-pipe", TABLE);
    let mut child = start(["lookup".as_ref(), "--table".as_ref(), table.as_os_str()]);
    drop(child.stdout.take());
    let mut questions = child.stdin.take().unwrap();
    // Without end, as far as the command can tell: it has to give up by itself.
    while questions.write_all(b"10.0.0.1\n10.0.0.2\n").is_ok() {}
    let output = child.wait_with_output().unwrap();
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
}

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
fn show_finds_exact_covering_and_longer() {
    let table = file("show", TABLE);
    let exact = "10.1.0.0/16\t7\tU\n";
    let covering = "10.0.0.0/8\t192.0.2.1\tUG\n10.1.0.0/16\t7\tU\n";
    let longer = "10.1.0.0/16\t7\tU\n10.1.2.0/24\t192.0.2.9@3\tUG\n";
    for (args, expected) in [
        ("show 10.1.0.0/16 --table @", exact),
        ("show 10.1.0.0/16 --exact --table @", exact),
        ("show 10.1.0.0/16 --covering --table @", covering),
        ("show 10.1/16 --longer --table @", longer),
        ("show 10.1.0.0/16 --longer --count --table @", "2\n"),
        ("show 2001:db8::/32 --longer --count --table @", "2\n"),
        ("show ::/0 --longer --count --json --table @", "{\"count\":2}\n"),
    ] {
        assert_eq!(outcome(&run(args, &table, "")), (expected, Some(0)), "{args}");
    }
}

#[test]
fn show_exits_with_2_if_there_is_nothing() {
    let table = file("show-none", TABLE);
    for (args, expected) in [
        ("show 10.0.0.0/9 --table @", ""),
        ("show 11.0.0.0/8 --covering --table @", ""),
        ("show 11.0.0.0/8 --longer --count --table @", "0\n"),
        ("show ::/0 --json --table @", "[]\n"),
    ] {
        assert_eq!(outcome(&run(args, &table, "")), (expected, Some(2)), "{args}");
    }
}

#[test]
fn show_refuses_what_is_no_prefix() {
    let table = file("show-bad", TABLE);
    for (prefix, reason) in [
        ("10.0.0.1/8", "host bits set"),
        ("10.0.0.0/33", "0 to 32"),
        ("10.0.0.0", "no prefix length"),
    ] {
        let output = run(&format!("show {prefix} --table @"), &table, "");
        assert_eq!(outcome(&output), ("", Some(1)));
        assert!(text(&output.stderr).contains(reason), "{}", text(&output.stderr));
    }
    let both = run("show 10.0.0.0/8 --covering --longer --table @", &table, "");
    assert_eq!(outcome(&both), ("", Some(1)));
}

#[test]
fn what_show_writes_as_json_load_reads() {
    let table = file("json", TABLE);
    let v4 = run("show 0.0.0.0/0 --longer --json --table @", &table, "");
    assert_eq!(
        json_of(&v4)[3],
        json!({
            "dst": "192.0.2.77/32", "dev": 1, "flags": ["up", "host"],
        })
    );
    let again = run("show 0.0.0.0/0 --longer --json --table -", &table, &v4.stdout);
    assert_eq!(text(&again.stdout), text(&v4.stdout));
}

#[test]
fn check_names_its_model_and_agrees() {
    let table = file("check", TABLE);
    let output = run("check --table @", &table, "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    let report = text(&output.stdout);
    assert!(report.starts_with("IPv4: 4 routes, held against the golden model\n"), "{report}");
    assert!(report.contains("20 lookups, 4 gets, 4 routes in order: all 29 answers agree\n"));
    assert!(report.contains("20 lookups, 4 gets, 0 routes in order: all 27 answers agree\n"));
    assert!(report.contains("IPv6: 2 routes, held against the golden model\n"));
    // Three checks of either family: 2 * 29 + 27, and 2 * 15 + 15.
    assert!(report.ends_with("\nall 130 answers agree\n"), "{report}");
}

#[test]
fn check_takes_the_oracle_for_a_large_table() {
    let routes: String = (0..5000).map(|n| format!("10.{}.{}.0/24\n", n / 250, n % 250)).collect();
    let table = file("check-large", routes + "0.0.0.0/0\n10.0.0.0/8\n255.255.255.255/32\n");
    let output = run("check --seed 7 --table @", &table, "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    let report = text(&output.stdout);
    assert!(report.starts_with("IPv4: 5003 routes, held against the oracle\n"), "{report}");
    assert!(!report.contains("IPv6"), "an absent family is not checked");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
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

/// The header of a TABLE_DUMP_V2 record of 64 bytes, which do not follow.
const MRT_HEADER: [u8; 14] = [0x5F, 0, 0, 0, 0, 13, 0, 1, 0, 0, 0, 64, 0, 0];

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
fn a_lenient_table_is_loaded_without_its_bad_lines() {
    let table = file("lenient", "10.0.0.1/8\n10.0.0.0/8 1\nx\n10.0.0.0/99\ny\n");
    let output = run("get 10.0.0.1 --lenient --table @", &table, "");
    assert_eq!(outcome(&output), ("10.0.0.1\t10.0.0.0/8\t1\tU\n", Some(0)));
    let name = table.display();
    let report = text(&output.stderr);
    let count = format!(
        "rtalloc: {name}: skipped 4 (host bits set: 1, no address: 2, prefix length out of range: 1)\n"
    );
    assert!(report.ends_with(&count), "{report}");
    assert!(report.contains(&format!("rtalloc: {name}:3: \"x\": not an IP address\n")));
    let hopeless = file("hopeless", "x\ny\n");
    let output = run("load --lenient --table @", &hopeless, "");
    assert_eq!(outcome(&output), ("", Some(1)), "nothing at all is an error");
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
