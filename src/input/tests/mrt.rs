use core::time::Duration;

use super::{
    LENIENT, STRICT,
    bytes::{attribute, bgp4mp, message, path, peer_table, record, rib, update},
    routes, stream, table, table_error, updates, updates_error,
};
use crate::input::{InputErrorKind, Position};

const HOP: [u8; 4] = [192, 0, 2, 1];
const TEN: &[u8] = &[8, 10];
const DOC: &[u8] = &[32, 0x20, 0x01, 0x0D, 0xB8];

/// 2001:db8::1
fn hop6() -> [u8; 16] {
    let mut address = [0; 16];
    address[..4].copy_from_slice(&DOC[1..]);
    address[15] = 1;
    address
}

fn mp_reach(nlri: &[u8]) -> Vec<u8> {
    attribute(14, &[&[0, 2, 1, 16][..], &hop6(), &[0], nlri].concat())
}

/// MP_REACH_NLRI as RIB records have it: the next hop alone.
fn mp_reach_short() -> Vec<u8> {
    attribute(14, &[&[16][..], &hop6()].concat())
}

fn mp_unreach(nlri: &[u8]) -> Vec<u8> {
    attribute(15, &[&[0, 2, 1][..], nlri].concat())
}

fn table_file() -> Vec<u8> {
    [
        peer_table(),
        rib(2, &[0], &[path(HOP)]),
        rib(2, TEN, &[path(HOP), path([192, 0, 2, 2])]),
        rib(2, TEN, &[path([192, 0, 2, 3])]),
        rib(4, DOC, &[[path(HOP), mp_reach_short()].concat()]),
        // Bits past the length are without meaning.
        rib(2, &[9, 11, 0xFF], &[path(HOP)]),
        // Multicast, and a VPN route in a generic record.
        rib(3, &[8, 12], &[path(HOP)]),
        record(13, 6, &[0, 0, 0, 1, 0, 1, 128, 0, 0, 0]),
    ]
    .concat()
}

fn update_file() -> Vec<u8> {
    [
        bgp4mp(&[8, 10, 8, 11], &path(HOP), &[8, 10, 24, 198, 51, 100]),
        record(16, 4, &message(4, &[])),
        record(
            16,
            5,
            &[0, 0, 0xFC, 0, 0, 0, 0xFC, 1, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 0, 6, 0, 1],
        ),
        bgp4mp(&[], &[path(HOP), mp_reach(DOC), mp_unreach(&[8, 0x30])].concat(), &[]),
        // With microseconds.
        record(17, 4, &[&[0, 0, 0, 7][..], &message(2, &update(&[0], &[], &[]))].concat()),
    ]
    .concat()
}

#[test]
fn the_first_path_of_each_prefix_is_taken() {
    let read = table(table_file(), STRICT).unwrap();
    assert_eq!(
        routes(&read),
        [
            "0.0.0.0/0 192.0.2.1",
            "10.0.0.0/8 192.0.2.1",
            "11.128.0.0/9 192.0.2.1",
            "2001:db8::/32 2001:db8::1"
        ]
    );
    assert_eq!(read.duplicates, 1);
}

#[test]
fn the_old_table_dump_is_read() {
    let entry = |hop| {
        let attributes = path(hop);
        let mut body = vec![0, 0, 0, 1, 10, 0, 0, 0, 8, 1, 0, 0, 0, 0, 192, 0, 2, 9, 0xFC, 0];
        body.extend((attributes.len() as u16).to_be_bytes());
        body.extend(attributes);
        record(12, 1, &body)
    };
    let read = table([entry(HOP), entry([192, 0, 2, 2])].concat(), STRICT).unwrap();
    assert_eq!(routes(&read), ["10.0.0.0/8 192.0.2.1"]);
    assert_eq!(read.duplicates, 1);
}

#[test]
fn withdrawals_come_before_announcements() {
    assert_eq!(
        stream(update_file(), STRICT).unwrap(),
        [
            "W 10.0.0.0/8",
            "W 11.0.0.0/8",
            "A 10.0.0.0/8 192.0.2.1",
            "A 198.51.100.0/24 192.0.2.1",
            "W 3000::/8",
            "A 2001:db8::/32 2001:db8::1",
            "W 0.0.0.0/0",
        ]
    );
}

#[test]
fn records_tell_when_to_the_second_or_the_microsecond() {
    let read = updates(update_file(), STRICT).unwrap();
    let second = Duration::from_secs(0x6A00_0000);
    let last = second + Duration::from_micros(7);
    assert_eq!(read.v4_times, [second, second, second, second, last]);
    assert_eq!(read.v6_times, [second, second]);
}

#[test]
fn a_default_route_among_others_is_not_taken_for_a_path_identifier() {
    let nlri = [0, 24, 10, 0, 0, 8, 11];
    let expected = ["W 0.0.0.0/0", "W 10.0.0.0/24", "W 11.0.0.0/8"];
    assert_eq!(stream(bgp4mp(&nlri, &[], &[]), STRICT).unwrap(), expected);
    // Here the decoder gives up on what it misreads.
    let nlri = [0, 8, 10, 16, 0, 1, 8, 11];
    assert_eq!(
        stream(bgp4mp(&[], &path(HOP), &nlri), STRICT).unwrap(),
        [
            "A 0.0.0.0/0 192.0.2.1",
            "A 10.0.0.0/8 192.0.2.1",
            "A 0.1.0.0/16 192.0.2.1",
            "A 11.0.0.0/8 192.0.2.1",
        ]
    );
    let v6 = mp_reach(&[0, 32, 0x20, 0x01, 0x0D, 0xB8, 8, 0x30]);
    assert_eq!(
        stream(bgp4mp(&[], &v6, &[]), STRICT).unwrap(),
        ["A ::/0 2001:db8::1", "A 2001:db8::/32 2001:db8::1", "A 3000::/8 2001:db8::1",]
    );
    let v6 = mp_unreach(&[0, 32, 0x20, 0x01, 0x0D, 0xB8, 8, 0x30]);
    assert_eq!(
        stream(bgp4mp(&[], &v6, &[]), STRICT).unwrap(),
        ["W ::/0", "W 2001:db8::/32", "W 3000::/8"]
    );
}

#[test]
fn path_identifiers_are_read_also_where_the_type_denies_them() {
    let nlri = [0, 0, 0, 1, 24, 198, 51, 100, 0, 0, 0, 2, 16, 198, 51];
    let expected = ["W 198.51.100.0/24", "W 198.51.0.0/16"];
    let body = message(2, &update(&nlri, &[], &[]));
    assert_eq!(stream(record(16, 9, &body), STRICT).unwrap(), expected);
    assert_eq!(stream(record(16, 4, &body), STRICT).unwrap(), expected);
}

#[test]
fn other_families_are_passed_over() {
    // IPv4 multicast, and EVPN, whose family the decoder does not know.
    let multicast = attribute(14, &[0, 1, 2, 4, 192, 0, 2, 1, 0, 8, 10]);
    let evpn = attribute(15, &[0, 25, 70, 1, 2, 3]);
    let file = bgp4mp(TEN, &[path(HOP), multicast, evpn].concat(), &[]);
    assert_eq!(stream(file, STRICT).unwrap(), ["W 10.0.0.0/8"]);
}

#[test]
fn a_table_is_no_update_stream_and_the_reverse() {
    assert_eq!(
        table_error(update_file()),
        "file: record 1 at byte 0: an update, but a table is expected here"
    );
    assert_eq!(
        updates_error(table_file()),
        "file: record 1 at byte 0: a table entry, but updates are expected here"
    );
    assert!(matches!(
        table(update_file(), LENIENT).unwrap_err().kind,
        InputErrorKind::UpdatesNotTable
    ));
}

/// Each of these records makes the decoder drop something without a word.
#[test]
fn nothing_is_lost_silently() {
    let good = bgp4mp(TEN, &[], &[]);
    let at =
        |what: &str| format!("file: record 2 at byte {}: malformed record: {what}", good.len());
    let bad_list = [&path(HOP)[..], &[0x80, 14, 200, 0, 2]].concat();
    let cases = [
        (bgp4mp(&[33, 10, 0, 0, 0, 0], &[], &[]), "its prefixes do not decode"),
        (bgp4mp(&[], &path(HOP), &[24, 10]), "its prefixes do not decode"),
        (bgp4mp(&[], &mp_reach(&[129]), &[]), "its multiprotocol prefixes do not decode"),
        (bgp4mp(&[], &mp_unreach(&[64, 1]), &[]), "its multiprotocol prefixes do not decode"),
        (bgp4mp(&[], &attribute(3, &[1, 2]), TEN), "its NEXT_HOP does not decode"),
        (bgp4mp(&[], &bad_list, &[]), "a path attribute runs past the end of its list"),
        (bgp4mp(&[], &[0x40, 1], TEN), "a path attribute runs past the end of its list"),
        (record(16, 4, &message(2, &[0, 9, 8, 10])), "it ends inside its BGP message"),
    ];
    for (bad, what) in cases {
        let file = [good.clone(), bad, good.clone()].concat();
        assert_eq!(updates_error(&file), at(what));
        assert_eq!(stream(&file, LENIENT).unwrap(), ["W 10.0.0.0/8"; 2], "{what}");
        let skipped = updates(&file, LENIENT).unwrap().skipped;
        assert_eq!(skipped.by_kind().collect::<Vec<_>>(), [("partly malformed record", 1)]);
    }
}

#[test]
fn a_rib_record_is_read_whole_or_not_at_all() {
    let good = rib(2, TEN, &[path(HOP)]);
    let mut short = rib(2, &[8, 11], &[path(HOP)]);
    // One entry more than there is.
    let count = 12 + 4 + 2;
    short[count + 1] = 2;
    let mut surplus = rib(2, &[8, 11], &[path(HOP), path(HOP)]);
    surplus[count + 1] = 1;
    for (bad, what) in [
        (short, "it ends inside its RIB entries"),
        (surplus, "bytes are left after its RIB entries"),
        (rib(2, &[8, 11], &[attribute(3, &[1])]), "its NEXT_HOP does not decode"),
    ] {
        let file = [good.clone(), bad].concat();
        assert_eq!(
            table_error(&file),
            format!("file: record 2 at byte {}: malformed record: {what}", good.len())
        );
        let read = table(&file, LENIENT).unwrap();
        assert_eq!((routes(&read).len(), read.skipped.total()), (1, 1));
    }
}

#[test]
fn records_that_do_not_decode_are_named_and_left_out() {
    let good = rib(2, TEN, &[path(HOP)]);
    let error_of = |bad: Vec<u8>| {
        let file = [bad, good.clone()].concat();
        assert_eq!(routes(&table(&file, LENIENT).unwrap()), ["10.0.0.0/8 192.0.2.1"]);
        let error = table(&file, STRICT).unwrap_err();
        assert_eq!(error.at, Position::Record { number: 1, offset: 0 });
        error.kind
    };
    for bad in [
        record(13, 99, &[1, 2, 3]),
        record(13, 2, &[0, 0, 0, 1, 33, 1, 2, 3, 4, 5, 0, 0]),
        record(11, 0, &[1, 2, 3]),
        // A unicast route in a generic record, which the decoder cannot read.
        record(13, 6, &[0, 0, 0, 1, 0, 1, 1, 8, 10, 0, 0]),
    ] {
        assert!(matches!(error_of(bad), InputErrorKind::MalformedRecord(_)));
    }
    let unknown_type = [good.clone(), record(77, 0, &[1, 2, 3]), good.clone()].concat();
    assert!(matches!(
        table(&unknown_type, STRICT).unwrap_err().kind,
        InputErrorKind::MalformedRecord(_)
    ));
    assert_eq!(table(&unknown_type, LENIENT).unwrap().duplicates, 1);
}

#[test]
fn an_absurd_length_ends_the_reading() {
    let good = rib(2, TEN, &[path(HOP)]);
    let mut absurd = record(13, 2, &[0; 20]);
    absurd[8] = 0xFF;
    let file = [good.clone(), absurd].concat();
    assert_eq!(
        table_error(&file),
        format!("file: record 2 at byte {}: the record's length is absurd", good.len())
    );
    let read = table(&file, LENIENT).unwrap();
    assert_eq!((routes(&read).len(), read.skipped.total()), (1, 1));
}

/// Cut anywhere, a file reads as a table only where a record ends.
#[test]
fn a_file_cut_anywhere_is_noticed() {
    let records = [rib(2, TEN, &[path(HOP)]), rib(2, &[8, 11], &[path(HOP)])];
    let ends = [records[0].len(), records[0].len() + records[1].len()];
    let file = records.concat();
    for len in 7..=file.len() {
        let cut = &file[..len];
        match ends.iter().position(|&end| end == len) {
            Some(whole) => assert_eq!(table(cut, STRICT).unwrap().v4.len(), whole + 1),
            None => {
                let second = len > ends[0];
                let (number, offset) = if second { (2, ends[0]) } else { (1, 0) };
                assert_eq!(
                    table_error(cut),
                    format!(
                        "file: record {number} at byte {offset}: the file ends inside this record"
                    )
                );
                let lenient = table(cut, LENIENT);
                assert_eq!(lenient.is_ok(), second, "only the first record is whole");
            }
        }
    }
    // Too short to show its type.
    assert_eq!(table_error(&file[..6]), "file: neither text nor MRT");
}

#[test]
fn every_cut_of_an_update_file_yields_a_part_of_it() {
    let file = update_file();
    let all = stream(&file, STRICT).unwrap();
    for len in 7..file.len() {
        if let Ok(part) = stream(&file[..len], LENIENT) {
            assert_eq!(part, all[..part.len()]);
        }
    }
}
