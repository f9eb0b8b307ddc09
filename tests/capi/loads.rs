//! Loading files, and what is said of those that cannot be.

use std::{fs, path::PathBuf};

use rtalloc::capi::{COptions, LENIENT, Status};

use crate::calls::{Table, message, v4, via};

/// A file with this text, gone when dropped.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("rtalloc-capi-{}-{name}", std::process::id()));
        fs::write(&path, text).expect("a file");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("text")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_list_replaces_the_table() {
    let list = File::new("list", "10.0.0.0/8 7\n10.0.0.0/8 8\n192.0.2.0/24\n2001:db8::/32 9\n");
    let table = Table::open(COptions::default()).expect("a table");
    assert_eq!(table.add(v4([203, 0, 113, 0], 24), via(1)), Status::Ok);
    let (status, report) = table.load(list.path(), 0, Some(via(3)));
    assert_eq!((status, message(&report)), (Status::Ok, ""));
    assert_eq!((report.routes_v4, report.routes_v6, report.duplicates), (2, 1, 1));
    let mut reader = table.reader();
    assert_eq!(reader.enter(), Status::Ok);
    assert_eq!(reader.interface_v4([10, 0, 0, 1]), Some(8));
    assert_eq!(reader.interface_v4([192, 0, 2, 1]), Some(3));
    assert_eq!(reader.interface_v4([203, 0, 113, 1]), None);
}

#[test]
fn a_bad_line_is_named_and_the_table_stays() {
    let list = File::new("bad", "10.0.0.0/8\n\n10.0.0.1/8\n11.0.0.0/8\n");
    let table = Table::open(COptions::default()).expect("a table");
    assert_eq!(table.add(v4([203, 0, 113, 0], 24), via(1)), Status::Ok);
    let (status, report) = table.load(list.path(), 0, None);
    assert_eq!((status, report.line), (Status::Malformed, 3));
    assert!(
        message(&report).ends_with(":3: \"10.0.0.1/8\": host bits set"),
        "{}",
        message(&report)
    );
    assert_eq!((report.routes_v4, table.stats().routes_v4), (0, 1));
    let (status, report) = table.load(list.path(), LENIENT, None);
    assert_eq!((status, report.line, report.skipped), (Status::Ok, 3, 1));
    assert_eq!((report.routes_v4, table.stats().routes_v4), (2, 2));
}

#[test]
fn files_that_are_no_table_are_told_apart() {
    let table = Table::open(COptions::default()).expect("a table");
    let mut gzip = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3];
    gzip.extend([0xFF; 20]);
    for (name, contents, status) in [
        ("empty", &b""[..], Status::NoTable),
        ("updates", b"A 10.0.0.0/8\n", Status::NoTable),
        ("bytes", b"\x01\x02\x03", Status::NoTable),
        ("gzip", &gzip, Status::Damaged),
        ("json", b"[{\"dst\":\"10.0.0.0/8\"", Status::Malformed),
    ] {
        let file = File::new(name, contents);
        let (found, report) = table.load(file.path(), 0, None);
        assert_eq!(found, status, "{name}: {}", message(&report));
        assert!(message(&report).contains(name));
    }
    let (status, report) = table.load("/nowhere/at/all", 0, None);
    assert_eq!((status, report.line), (Status::Io, 0));
    // A message that is too long is cut between two characters.
    let long = format!("/nowhere/{}", "\u{e9}".repeat(300));
    let (status, report) = table.load(&long, 0, None);
    assert_eq!((status, message(&report).len()), (Status::Io, 255));
    assert_eq!(table.stats().changes, 0);
}

#[test]
fn what_does_not_fit_is_reported() {
    let list =
        File::new("large", "10.0.0.0/8\n11.0.0.0/8\n2001:db8::/32\n2001:db9::/32\n2001:dba::/32\n");
    let table = Table::open(COptions { max_routes: 2, ..COptions::default() }).expect("a table");
    let (status, report) = table.load(list.path(), 0, None);
    assert_eq!((status, report.routes_v4, report.routes_v6), (Status::Full, 2, 0));
    assert_eq!((table.stats().routes_v4, table.stats().routes_v6), (2, 0));
}
