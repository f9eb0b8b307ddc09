//! Builds compressed streams and MRT records byte by byte.

use std::io::Write;

pub(super) fn gzip(contents: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(contents).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn bzip2(contents: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(contents).unwrap();
    encoder.finish().unwrap()
}

/// A record: time, type, subtype, length, body.
pub(super) fn record(kind: u16, subtype: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x6A, 0, 0, 0];
    bytes.extend(kind.to_be_bytes());
    bytes.extend(subtype.to_be_bytes());
    bytes.extend((body.len() as u32).to_be_bytes());
    bytes.extend(body);
    bytes
}

/// A path attribute with the flags that suit it, its length in one byte.
pub(super) fn attribute(code: u8, value: &[u8]) -> Vec<u8> {
    let flags = if code <= 3 { 0x40 } else { 0x80 };
    let mut bytes = vec![flags, code, value.len() as u8];
    bytes.extend(value);
    bytes
}

/// ORIGIN, an empty AS_PATH and NEXT_HOP.
pub(super) fn path(next_hop: [u8; 4]) -> Vec<u8> {
    [attribute(1, &[0]), attribute(2, &[]), attribute(3, &next_hop)].concat()
}

pub(super) fn counted(bytes: &[u8]) -> Vec<u8> {
    let mut counted = (bytes.len() as u16).to_be_bytes().to_vec();
    counted.extend(bytes);
    counted
}

/// A TABLE_DUMP_V2 record of an IPv4 (subtype 2) or IPv6 (subtype 4) prefix, given as in an NLRI,
/// with one entry for each attribute list.
pub(super) fn rib(subtype: u16, prefix: &[u8], entries: &[Vec<u8>]) -> Vec<u8> {
    let mut body = vec![0, 0, 0, 9];
    body.extend(prefix);
    body.extend((entries.len() as u16).to_be_bytes());
    for attributes in entries {
        body.extend([0, 0, 0x6A, 0, 0, 0]);
        body.extend(counted(attributes));
    }
    record(13, subtype, &body)
}

pub(super) fn peer_table() -> Vec<u8> {
    let peer = [0, 192, 0, 2, 1, 192, 0, 2, 1, 0xFC, 0];
    record(13, 1, &[&[192, 0, 2, 9, 0, 0, 0, 1][..], &peer].concat())
}

/// The body of an UPDATE message.
pub(super) fn update(withdrawn: &[u8], attributes: &[u8], announced: &[u8]) -> Vec<u8> {
    [&counted(withdrawn)[..], &counted(attributes), announced].concat()
}

/// A BGP4MP_MESSAGE_AS4 body with a message of type `kind`.
pub(super) fn message(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut body = vec![0, 0, 0xFC, 0, 0, 0, 0xFC, 1, 0, 0, 0, 1];
    body.extend([192, 0, 2, 1, 192, 0, 2, 2]);
    body.extend([0xFF; 16]);
    body.extend((19 + content.len() as u16).to_be_bytes());
    body.push(kind);
    body.extend(content);
    body
}

pub(super) fn bgp4mp(withdrawn: &[u8], attributes: &[u8], announced: &[u8]) -> Vec<u8> {
    record(16, 4, &message(2, &update(withdrawn, attributes, announced)))
}
