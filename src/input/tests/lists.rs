use super::{LENIENT, STRICT, routes, source, table, table_error};
use crate::{
    any_prefix::AnyPrefix,
    input::{InputErrorKind, Position, default_next_hop, for_each_address},
    nexthop::NextHop,
    prefix::Prefix,
};

#[test]
fn a_table_may_be_written_in_many_ways() {
    let contents = "\u{FEFF}# a comment with | in it\n\
        \n\
        10.0.0.0/8\n\
        198.51.100.0/24 192.0.2.1 # and a remark\n\
        198.51.101.0/24\t192.0.2.1@3\r\n\
        203.0.113.0/24,7\n\
        203.0.114.0/24, AS65000\n\
        R198.18.0.0/24 0\n\
        188.224.196/24\n\
        11/8 8\n\
        0.0.0.0/0 4294967295\n\
        ::/0 fe80::1\n\
        0::/1\n\
        R2001:db8::/32 as5\n\
        ::ffff:192.0.2.1/128";
    let read = table(contents, STRICT).unwrap();
    assert_eq!(
        routes(&read),
        [
            "0.0.0.0/0 4294967295",
            "10.0.0.0/8",
            "11.0.0.0/8 8",
            "188.224.196.0/24",
            "198.18.0.0/24 0",
            "198.51.100.0/24 192.0.2.1",
            "198.51.101.0/24 192.0.2.1@3",
            "203.0.113.0/24 7",
            "203.0.114.0/24 65000",
            "::/0 fe80::1",
            "::/1",
            "::ffff:192.0.2.1/128",
            "2001:db8::/32 5",
        ]
    );
    assert_eq!((read.duplicates, read.skipped.total()), (0, 0));
}

#[test]
fn the_last_line_wins_in_a_list() {
    let read = table("10.0.0.0/8 1\n0.0.0.0/0\n10.0.0.0/8 3\n10.0.0.0/8 2\n", STRICT).unwrap();
    assert_eq!(routes(&read), ["0.0.0.0/0", "10.0.0.0/8 2"]);
    assert_eq!(read.duplicates, 2);
}

#[test]
fn the_first_path_wins_in_bgpdump_lines() {
    let contents = "\
        TABLE_DUMP2|1|B|192.0.2.9|65000|10.0.0.0/8|65000 1|IGP|192.0.2.1|0|0||NAG||\n\
        TABLE_DUMP2|1|B|192.0.2.8|65001|10.0.0.0/8|65001 1|IGP|192.0.2.2|0|0||NAG||\n\
        TABLE_DUMP|1|B|2001:db8::9|65001|2001:db8::/32|65001|IGP|2001:db8::1|0|0||NAG||\n";
    let read = table(contents, STRICT).unwrap();
    assert_eq!(routes(&read), ["10.0.0.0/8 192.0.2.1", "2001:db8::/32 2001:db8::1"]);
    assert_eq!(read.duplicates, 1);
}

#[test]
fn the_heading_of_a_csv_file_is_passed_over_once() {
    assert_eq!(routes(&table("# x\nprefix,asn\n10.0.0.0/8,1\n", STRICT).unwrap()).len(), 1);
    assert_eq!(table_error("10.0.0.0/8,1\nprefix,asn\n"), "file:2: \"prefix\": not an IP address");
}

#[test]
fn every_fault_of_a_line_is_named() {
    let long = "9".repeat(100);
    let faults: &[(&[u8], &str)] = &[
        (b"", "file: nothing in it"),
        (b"# only\n\n", "file: nothing in it"),
        (b"\x00\x01\x02\x03\x04\x05", "file: neither text nor MRT"),
        (b"\x7FELF\x02\x01\x01\x00", "file: neither text nor MRT"),
        (b"10.0.0.0/8\n10.0.0.1/8", "file:2: \"10.0.0.1/8\": host bits set"),
        (b"2001:db8::1/32", "file:1: \"2001:db8::1/32\": host bits set"),
        (b"10.1/8", "file:1: \"10.1/8\": host bits set"),
        (b"10.0.0.0/33", "file:1: \"10.0.0.0/33\": the prefix length is not a number from 0 to 32"),
        (b"::/129", "file:1: \"::/129\": the prefix length is not a number from 0 to 128"),
        (b"10.0.0.0/", "file:1: \"10.0.0.0/\": the prefix length is not a number from 0 to 32"),
        (b"10.0.0.0/+8", "file:1: \"10.0.0.0/+8\": the prefix length is not a number from 0 to 32"),
        (b"10.0.0.0/08", "file:1: \"10.0.0.0/08\": the prefix length is not a number from 0 to 32"),
        (b"10.0.0.0", "file:1: \"10.0.0.0\": no prefix length"),
        (b"10", "file:1: \"10\": not an IP address"),
        (b"/8", "file:1: \"/8\": not an IP address"),
        (b"10./8", "file:1: \"10./8\": not an IP address"),
        (b"010.0.0.0/8", "file:1: \"010.0.0.0/8\": not an IP address"),
        (b"256/8", "file:1: \"256/8\": not an IP address"),
        (b"1.2.3.4.0/8", "file:1: \"1.2.3.4.0/8\": not an IP address"),
        (b"default 1", "file:1: \"default\": not an IP address"),
        (b"RR10.0.0.0/8", "file:1: \"RR10.0.0.0/8\": not an IP address"),
        (b"10.0.0.0/8 eth0", "file:1: \"eth0\": a next hop is an address or a number"),
        (b"10.0.0.0/8 4294967296", "file:1: \"4294967296\": a next hop is an address or a number"),
        (b"10.0.0.0/8 -1", "file:1: \"-1\": a next hop is an address or a number"),
        (b"10.0.0.0/8 ::1@", "file:1: \"::1@\": a next hop is an address or a number"),
        (b"10.0.0.0/8 1 2", "file:1: \"2\": one field too many"),
        (b"\n\nA 10.0.0.0/8", "file:3: \"A\": an update, but a table is expected here"),
        (
            b"BGP4MP|1|A|192.0.2.9|65000|10.0.0.0/8|1|IGP|192.0.2.1|",
            "file:1: \"BGP4MP\": an update, but a table is expected here",
        ),
        (b"TABLE_DUMP2|1|B|192.0.2.9|65000|10.0.0.0/8|1|IGP", "file:1: too few fields"),
        (
            b"TABLE_DUMP2|1|B|192.0.2.9|65000|10.0.0.0|1|IGP|192.0.2.1",
            "file:1: \"10.0.0.0\": no prefix length",
        ),
        (
            b"TABLE_DUMP2|1|B|192.0.2.9|65000|10.0.0.0/8|1|IGP|7",
            "file:1: \"7\": a next hop is an address or a number",
        ),
        (b"TABLE_DUMP3|1", "file:1: \"TABLE_DUMP3\": not an IP address"),
        (b"10.0.0.0/8\n\xFF\xFE\n", "file:2: not text"),
        (b"a\x1Bb", "file: neither text nor MRT"),
        (b"10.0.0.0/8\na\"b", "file:2: \"a\\\"b\": not an IP address"),
    ];
    for (contents, message) in faults {
        assert_eq!(&table_error(contents), message);
    }
    assert_eq!(table_error(&long), format!("file:1: \"{}...\": not an IP address", &long[..64]));
}

#[test]
fn a_line_without_end_is_refused_without_reading_it_whole() {
    let mut contents = b"10.0.0.0/8\n".to_vec();
    contents.extend(vec![b'7'; 3 << 20]);
    contents.extend(b"\n11.0.0.0/8\n");
    assert_eq!(table_error(&contents), "file:2: line too long");
    let read = table(&contents, LENIENT).unwrap();
    assert_eq!(routes(&read), ["10.0.0.0/8", "11.0.0.0/8"]);
    assert_eq!(read.skipped.by_kind().collect::<Vec<_>>(), [("long line", 1)]);
}

#[test]
fn a_lenient_reader_counts_by_kind_and_keeps_the_first() {
    let mut contents = "10.0.0.0/8\n10.0.0.1/8\nA 11.0.0.0/8\n12.0.0.0\n".to_owned();
    contents.extend(["x\n"; 9]);
    contents.push_str("13.0.0.0/8 1\n");
    let read = table(&contents, LENIENT).unwrap();
    assert_eq!(routes(&read), ["10.0.0.0/8", "13.0.0.0/8 1"]);
    assert_eq!(read.skipped.total(), 12);
    let by_kind: Vec<_> = read.skipped.by_kind().collect();
    assert_eq!(
        by_kind,
        [
            ("host bits set", 1),
            ("no address", 9),
            ("no prefix length", 1),
            ("update in a table", 1)
        ]
    );
    let first = read.skipped.first();
    assert_eq!(first.len(), 5);
    assert_eq!(first[0].at, Position::Line(2));
    assert!(matches!(first[1].kind, InputErrorKind::UpdatesNotTable));
}

#[test]
fn a_lenient_reader_that_finds_nothing_reports_the_first_fault() {
    assert_eq!(
        table("A 10.0.0.0/8\nA 11.0.0.0/8\n", LENIENT).unwrap_err().to_string(),
        "file:1: \"A\": an update, but a table is expected here"
    );
    assert_eq!(table("", LENIENT).unwrap_err().to_string(), "file: nothing in it");
}

#[test]
fn a_prefix_reads_what_it_displays() {
    for text in ["10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "::/0", "2001:db8::/32", "::1/128"] {
        assert_eq!(text.parse::<AnyPrefix>().unwrap().to_string(), text);
    }
    assert_eq!(
        "10.0.0.1/8".parse::<AnyPrefix>().unwrap_err().to_string(),
        "prefix: \"10.0.0.1/8\": host bits set"
    );
}

#[test]
fn default_next_hops_are_the_published_hash() {
    // Worked out with a separate program.
    let v4 = |address: u32, len| default_next_hop(Prefix::new(address, len).unwrap());
    assert_eq!(v4(0x0100_0000, 24), NextHop::interface(6));
    assert_eq!(v4(0, 0), NextHop::interface(41));
    let v6 = Prefix::new(0x2001_0DB8u128 << 96, 32).unwrap();
    assert_eq!(default_next_hop(v6), NextHop::interface(245));
}

#[test]
fn addresses_come_one_a_line() {
    let read = |contents: &str| {
        let mut found = Vec::new();
        for_each_address(source(contents), STRICT, &mut |_| {}, |address| {
            found.push(address.to_string());
        })
        .map(|_| found)
        .map_err(|error| error.to_string())
    };
    assert_eq!(read("8.8.8.8\n# x\n ::1 \n").unwrap(), ["8.8.8.8", "::1"]);
    assert_eq!(read("8.8.8.8\n8.8.8\n").unwrap_err(), "file:2: \"8.8.8\": not an IP address");
    assert_eq!(read("8.8.8.8 1\n").unwrap_err(), "file:1: \"1\": one field too many");
    assert_eq!(read("").unwrap_err(), "file: nothing in it");
}
