//! Whatever the bytes, the readers return; and strict reading means what it says.

use proptest::prelude::*;

use super::{
    LENIENT, STRICT,
    bytes::{bgp4mp, bzip2, gzip, path, peer_table, rib},
    routes, stream, table, updates,
};

/// Reads `bytes` in every way; a strict success must be a lenient success without faults.
fn read_every_way(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(strict) = table(bytes, STRICT) {
        let lenient = table(bytes, LENIENT).unwrap();
        prop_assert_eq!(routes(&strict), routes(&lenient));
        prop_assert_eq!(lenient.skipped.total(), 0);
    } else if let Ok(lenient) = table(bytes, LENIENT) {
        prop_assert!(lenient.skipped.total() > 0);
    }
    if let Ok(strict) = updates(bytes, STRICT) {
        let lenient = updates(bytes, LENIENT).unwrap();
        prop_assert_eq!(strict.v4, lenient.v4);
        prop_assert_eq!(strict.v6, lenient.v6);
        prop_assert_eq!(lenient.skipped.total(), 0);
    } else if let Ok(lenient) = updates(bytes, LENIENT) {
        prop_assert!(lenient.skipped.total() > 0);
    }
    Ok(())
}

fn records() -> Vec<u8> {
    let hop = path([192, 0, 2, 1]);
    [
        peer_table(),
        rib(2, &[8, 10], &[hop.clone(), hop.clone()]),
        bgp4mp(&[8, 11], &hop, &[8, 10, 0, 24, 1, 2, 3]),
        rib(4, &[8, 0x20], &[hop]),
    ]
    .concat()
}

/// Lines made of the pieces that lines are made of, right and wrong.
fn line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("A".to_owned()),
        Just("W".to_owned()),
        Just("#".to_owned()),
        Just("TABLE_DUMP2|1|B|::1|1|10.0.0.0/8|1|IGP|::1".to_owned()),
        Just("BGP4MP|1|W|::1|1|10.0.0.0/8".to_owned()),
        Just("[{\"dst\":\"10.0.0.0/8\"}]".to_owned()),
        "[0-9]{1,3}(\\.[0-9]{1,3}){0,4}(/[0-9]{0,3})?",
        "[0-9a-f:]{0,12}/[0-9]{1,3}",
        "\\PC{0,8}",
    ];
    let separator = prop_oneof![Just(" "), Just("\t"), Just(","), Just("|"), Just("")];
    proptest::collection::vec((piece, separator), 0..5)
        .prop_map(|parts| parts.into_iter().flat_map(|(piece, gap)| [piece, gap.into()]).collect())
}

proptest! {
    #[test]
    fn random_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read_every_way(&bytes)?;
    }

    #[test]
    fn random_lines_do_no_harm(lines in proptest::collection::vec(line(), 0..6)) {
        read_every_way(lines.join("\n").as_bytes())?;
    }

    #[test]
    fn damaged_records_do_no_harm(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = records();
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        read_every_way(&bytes)?;
        read_every_way(&bytes[..cut.index(bytes.len())])?;
    }

    #[test]
    fn damaged_streams_do_no_harm(at in any::<prop::sample::Index>(), value in any::<u8>()) {
        for mut bytes in [gzip(b"10.0.0.0/8\n"), bzip2(b"10.0.0.0/8\n")] {
            let at = at.index(bytes.len());
            bytes[at] = value;
            read_every_way(&bytes)?;
        }
    }

    #[test]
    fn a_written_table_is_read_back(
        entries in proptest::collection::btree_map((any::<u32>(), 0u8..=32), any::<u32>(), 1..50),
    ) {
        let mut lines = std::collections::BTreeMap::new();
        for ((address, len), hop) in entries {
            let prefix = crate::prefix::Prefix::containing(address, len);
            lines.insert(prefix, format!("{prefix} {hop}"));
        }
        let lines: Vec<String> = lines.into_values().collect();
        // Written backwards, since the reader is to bring them into order.
        let written: Vec<&str> = lines.iter().rev().map(String::as_str).collect();
        prop_assert_eq!(routes(&table(written.join("\n"), STRICT).unwrap()), lines);
    }

    #[test]
    fn a_written_stream_is_read_back(
        changes in proptest::collection::vec((any::<u128>(), 0u8..=128, any::<bool>()), 1..50),
    ) {
        let lines: Vec<String> = changes
            .into_iter()
            .map(|(address, len, announce)| {
                let prefix = crate::prefix::Prefix::containing(address, len);
                format!("{} {prefix}", if announce { 'A' } else { 'W' })
            })
            .collect();
        prop_assert_eq!(stream(lines.join("\n"), STRICT).unwrap(), lines);
    }

    /// A prefix is accepted just if it is an address, a slash and a length with no host bits.
    #[test]
    fn strict_prefixes(address in any::<u32>(), zeros in 0u32..=32, len in 0u32..=40) {
        let address = if zeros == 32 { 0 } else { address >> zeros << zeros };
        let text = format!("{}/{len}", core::net::Ipv4Addr::from(address));
        let canonical = len <= 32 && (len == 32 || address << len == 0);
        prop_assert_eq!(table(&text, STRICT).is_ok(), canonical, "{}", text);
    }
}
