use std::io::{self, Read};

use super::{
    LENIENT, STRICT,
    bytes::{bzip2, gzip, path, peer_table, rib},
    routes, source, table, table_error, updates_error,
};
use crate::input::{Compression, InputErrorKind, Source, read_table};

/// Lines that do not compress well, so that a cut lands between decodable blocks.
fn many_lines() -> String {
    (0..60_000u32)
        .map(|n| {
            let hash = n.wrapping_mul(0x9E37_79B1);
            format!("{}/24 {hash}\n", core::net::Ipv4Addr::from(n << 8))
        })
        .collect()
}

#[test]
fn compression_is_found_by_the_first_bytes() {
    let lines = "10.0.0.0/8 1\n";
    for (bytes, form) in [
        (lines.as_bytes().to_vec(), None),
        (gzip(lines.as_bytes()), Some(Compression::Gzip)),
        (bzip2(lines.as_bytes()), Some(Compression::Bzip2)),
    ] {
        assert_eq!(source(&bytes).compression(), form);
        assert_eq!(routes(&table(&bytes, STRICT).unwrap()), ["10.0.0.0/8 1"]);
    }
}

#[test]
fn streams_of_several_members_are_read_whole() {
    for compress in [gzip, bzip2] {
        let members =
            [compress(b"10.0.0.0/8\n11.0"), compress(b""), compress(b".0.0/8\n")].concat();
        assert_eq!(routes(&table(&members, STRICT).unwrap()), ["10.0.0.0/8", "11.0.0.0/8"]);
    }
}

#[test]
fn an_empty_compressed_file_is_empty() {
    assert_eq!(table_error(gzip(b"")), "file: nothing in it");
    assert_eq!(updates_error(bzip2(b"")), "file: nothing in it");
}

#[test]
fn a_truncated_stream_is_never_taken_for_a_whole_one() {
    let lines = "10.0.0.0/8 1\n11.0.0.0/8 2\n";
    for (whole, form) in [(gzip(lines.as_bytes()), "gzip"), (bzip2(lines.as_bytes()), "bzip2")] {
        // With fewer bytes than the magic has, it is not known to be compressed.
        for len in 3..whole.len() {
            let error = table(&whole[..len], STRICT).unwrap_err();
            assert!(
                matches!(error.kind, InputErrorKind::TruncatedStream(_)),
                "{form} cut to {len} bytes: {error}"
            );
            assert!(error.to_string().ends_with(&format!("the {form} stream breaks off")));
        }
    }
}

#[test]
fn a_lenient_reader_keeps_what_came_before_the_break() {
    let lines = many_lines();
    for whole in [gzip(lines.as_bytes()), bzip2(lines.as_bytes())] {
        let cut = &whole[..whole.len() * 4 / 5];
        let error = table(cut, STRICT).unwrap_err();
        let read = table(cut, LENIENT).unwrap();
        assert_eq!(read.skipped.total(), 1);
        assert_eq!(read.skipped.first()[0].to_string(), error.to_string());
        let kept = read.v4.len();
        assert!(kept > 1000 && kept < 60_000, "{kept}");
        let lines: Vec<&str> = lines.lines().take(kept).collect();
        assert_eq!(routes(&read), lines, "only whole lines count");
    }
}

#[test]
fn a_corrupt_stream_is_refused() {
    let lines = many_lines();
    for (mut bytes, form) in [(gzip(lines.as_bytes()), "gzip"), (bzip2(lines.as_bytes()), "bzip2")]
    {
        let middle = bytes.len() / 2;
        for byte in &mut bytes[middle..middle + 64] {
            *byte ^= 0x55;
        }
        assert!(table(&bytes, STRICT).is_err());
        // Wrong bytes may decode to wrong text before the checksum tells, so nothing is kept.
        let error = table(&bytes, LENIENT).unwrap_err().to_string();
        assert!(error.ends_with(&format!("the {form} stream is corrupt")), "{error}");
    }
    let mut tail = gzip(b"10.0.0.0/8\n");
    let last = tail.len() - 6;
    tail[last] ^= 1;
    assert_eq!(table_error(&tail), "file:2: the gzip stream is corrupt");
    let garbage = [gzip(b"10.0.0.0/8\n"), b"garbage after the end".to_vec()].concat();
    assert_eq!(table_error(&garbage), "file:2: the gzip stream is corrupt");
}

#[test]
fn a_record_stream_that_breaks_off_between_records_is_noticed() {
    let records = [peer_table(), rib(2, &[8, 10], &[path([192, 0, 2, 1])])].concat();
    let whole = gzip(&records);
    // Without its trailer the stream still yields every record.
    let cut = &whole[..whole.len() - 8];
    assert_eq!(
        table_error(cut),
        format!("file: record 3 at byte {}: the gzip stream breaks off", records.len())
    );
    assert_eq!(routes(&table(cut, LENIENT).unwrap()), ["10.0.0.0/8 192.0.2.1"]);
}

/// Yields a byte at a time, is interrupted before each, and fails at the end.
struct Failing(&'static [u8], bool);

impl Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let Some((&byte, rest)) = self.0.split_first() else {
            return Err(io::Error::new(io::ErrorKind::ConnectionReset, "the line went dead"));
        };
        into[0] = byte;
        self.0 = rest;
        Ok(1)
    }
}

#[test]
fn a_read_error_is_reported_where_it_happens() {
    let failing = || Source::from_reader("pipe", Failing(b"10.0.0.0/8\n11.0", false)).unwrap();
    let error = read_table(failing(), STRICT, &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "pipe:2: the line went dead");
    let read = read_table(failing(), LENIENT, &mut |_| {}).unwrap();
    assert_eq!(routes(&read), ["10.0.0.0/8"]);
    assert_eq!(read.skipped.by_kind().collect::<Vec<_>>(), [("read error", 1)]);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Source::open("no/such/file").unwrap_err();
    assert!(error.to_string().starts_with("no/such/file: "), "{error}");
    assert!(matches!(error.kind, InputErrorKind::Io(_)));
}
