use core::time::Duration;

use super::{LENIENT, STRICT, stream, updates, updates_error};
use crate::{
    input::{Progress, Update, read_updates},
    prefix::Prefix,
};

#[test]
fn an_update_stream_is_read_in_order() {
    let contents = "# a day\nA 10.0.0.0/8\nW 10.0.0.0/8\n\nA 2001:db8::/32 fe80::1\nA 11/8\t7\n\
        BGP4MP|1|STATE|192.0.2.9|65000|6|1\n\
        BGP4MP|1|A|192.0.2.9|65000|12.0.0.0/8|65000 1|IGP|192.0.2.1|0|0||NAG||\n\
        BGP4MP_ET|1.5|W|192.0.2.9|65000|12.0.0.0/8\n";
    assert_eq!(
        stream(contents, STRICT).unwrap(),
        [
            "A 10.0.0.0/8",
            "W 10.0.0.0/8",
            "A 2001:db8::/32 fe80::1",
            "A 11.0.0.0/8 7",
            "A 12.0.0.0/8 192.0.2.1",
            "W 12.0.0.0/8",
        ]
    );
    let by_family = updates(contents, STRICT).unwrap();
    assert_eq!((by_family.v4.len(), by_family.v6.len()), (5, 1));
    let eight = Prefix::new(0x0A00_0000, 8).unwrap();
    assert_eq!(by_family.v4[1], Update::Withdraw(eight));
    assert_eq!(by_family.v4[0].prefix(), eight);
}

#[test]
fn the_times_of_a_stream_are_kept_if_all_updates_have_one() {
    let dumped = "BGP4MP|7|W|192.0.2.9|65000|12.0.0.0/8\n\
        BGP4MP_ET|9.25|W|192.0.2.9|65000|2001:db8::/32\n\
        BGP4MP_ET|9.0000019|W|192.0.2.9|65000|12.0.0.0/8\n";
    let read = updates(dumped, STRICT).unwrap();
    assert_eq!(read.v4_times, [Duration::from_secs(7), Duration::new(9, 1900)]);
    assert_eq!(read.v6_times, [Duration::from_millis(9250)]);
    let dated = "BGP4MP|04/01/15 00:00:00|W|192.0.2.9|65000|12.0.0.0/8\n";
    for other in ["A 10.0.0.0/8\n", "A 2001:db8::/32\n", dated] {
        for contents in [format!("{dumped}{other}"), format!("{other}{dumped}")] {
            let read = updates(contents, STRICT).unwrap();
            assert!(read.v4_times.is_empty() && read.v6_times.is_empty(), "{other}");
        }
    }
    for text in ["", "x", "1.x", "-1", "1.-1", "4294967296"] {
        let line = format!("BGP4MP|{text}|W|192.0.2.9|65000|12.0.0.0/8\n");
        assert!(updates(&line, STRICT).unwrap().v4_times.is_empty(), "{text}");
    }
}

#[test]
fn every_fault_of_an_update_is_named() {
    let faults: &[(&[u8], &str)] = &[
        (b"", "file: nothing in it"),
        (b"\x00\x00", "file: neither text nor MRT"),
        (b"A", "file:1: \"A\": too few fields"),
        (b"A 10.0.0.1/8", "file:1: \"10.0.0.1/8\": host bits set"),
        (b"A 10.0.0.0/8 x", "file:1: \"x\": a next hop is an address or a number"),
        (b"A 10.0.0.0/8 1 2", "file:1: \"2\": one field too many"),
        (b"W 10.0.0.0/8 1", "file:1: \"1\": one field too many"),
        (
            b"W 10.0.0.0/40",
            "file:1: \"10.0.0.0/40\": the prefix length is not a number from 0 to 32",
        ),
        (b"a 10.0.0.0/8", "file:1: \"a\": neither an announcement nor a withdrawal"),
        (
            b"A 10.0.0.0/8\n10.0.0.0/8 1",
            "file:2: \"10.0.0.0/8\": a table entry, but updates are expected here",
        ),
        (b"R10.0.0.0/8 1", "file:1: \"R10.0.0.0/8\": a table entry, but updates are expected here"),
        (
            b"TABLE_DUMP2|1|B|192.0.2.9|65000|10.0.0.0/8|1|IGP|192.0.2.1",
            "file:1: \"TABLE_DUMP2\": a table entry, but updates are expected here",
        ),
        (b"BGP4MP|1", "file:1: too few fields"),
        (b"BGP4MP|1|W|192.0.2.9|65000", "file:1: too few fields"),
        (b"BGP4MP|1|A|192.0.2.9|65000|10.0.0.0/8|1|IGP", "file:1: too few fields"),
        (b"BGP4MP|1|X|", "file:1: \"X\": neither an announcement nor a withdrawal"),
        (b"BGP4MPX|1|A|", "file:1: \"BGP4MPX\": neither an announcement nor a withdrawal"),
        (
            b"BGP4MP|1|A|192.0.2.9|65000|10.0.0.0/8|1|IGP|x|",
            "file:1: \"x\": a next hop is an address or a number",
        ),
        (b"A \xC3\x28", "file:1: not text"),
    ];
    for (contents, message) in faults {
        assert_eq!(&updates_error(contents), message);
    }
}

#[test]
fn a_lenient_stream_goes_on() {
    let contents = "A 10.0.0.0/8\nA 10.0.0.1/8\nW 10.0.0.0/8\n";
    assert_eq!(stream(contents, LENIENT).unwrap(), ["A 10.0.0.0/8", "W 10.0.0.0/8"]);
    assert_eq!(updates(contents, LENIENT).unwrap().skipped.total(), 1);
}

#[test]
fn progress_is_reported_now_and_then_and_at_the_end() {
    let contents = "A 10.0.0.0/8\n".repeat(140_000);
    let mut reports: Vec<Progress> = Vec::new();
    read_updates(super::source(&contents), STRICT, &mut |progress| reports.push(progress)).unwrap();
    let items: Vec<_> = reports.iter().map(|progress| progress.items).collect();
    assert_eq!(items, [65_536, 131_072, 140_000]);
    assert_eq!(reports[2].bytes, contents.len() as u64);
    assert_eq!(reports[2].size, None);
}
