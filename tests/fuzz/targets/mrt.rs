//! MRT records: sound headers around bodies that are anything, or nearly sound.

#![no_main]

use arbitrary::Arbitrary;
use rtalloc_fuzz::reading::read_every_way;

#[derive(Arbitrary, Debug)]
enum Body<'a> {
    Raw(&'a [u8]),
    /// RFC 6396, section 4.3.2.
    Rib {
        bits: u8,
        prefix: &'a [u8],
        claimed: Option<u16>,
        entries: Vec<&'a [u8]>,
    },
    /// RFC 6396, section 4.4, with an UPDATE of RFC 4271, section 4.3, in it.
    Update {
        v6: bool,
        wide: bool,
        withdrawn: &'a [u8],
        attributes: Vec<Attribute<'a>>,
        announced: &'a [u8],
    },
    /// RFC 6396, section 4.2.
    TableDump {
        v6: bool,
        prefix: [u8; 16],
        bits: u8,
        attributes: Vec<Attribute<'a>>,
    },
}

#[derive(Arbitrary, Debug)]
struct Attribute<'a> {
    flags: u8,
    kind: u8,
    off_by: u8,
    value: &'a [u8],
}

#[derive(Arbitrary, Debug)]
struct Record<'a> {
    kind: u8,
    subtype: u8,
    off_by: u8,
    body: Body<'a>,
}

/// By how much a length is off: mostly by nothing.
fn slightly(off_by: u8) -> i16 {
    match off_by {
        248.. => i16::from(off_by) - 252,
        _ => 0,
    }
}

fn put(attributes: &[Attribute<'_>], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend([0, 0]);
    for attribute in attributes {
        // Types up to 40 are all that is known.
        out.extend([attribute.flags, attribute.kind % 40]);
        let length = (attribute.value.len() as u16).wrapping_add_signed(slightly(attribute.off_by));
        if attribute.flags & 0x10 == 0 {
            out.push(length as u8);
        } else {
            out.extend(length.to_be_bytes());
        }
        out.extend(attribute.value);
    }
    let length = (out.len() - start - 2) as u16;
    out[start..start + 2].copy_from_slice(&length.to_be_bytes());
}

impl Body<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Raw(bytes) => out.extend(*bytes),
            Self::Rib { bits, prefix, claimed, entries } => {
                out.extend([0, 0, 0, 1, *bits]);
                let octets = usize::from(bits.div_ceil(8)).min(prefix.len());
                out.extend(&prefix[..octets]);
                out.extend(claimed.unwrap_or(entries.len() as u16).to_be_bytes());
                for entry in entries {
                    out.extend([0, 0, 0, 0, 0, 1]);
                    out.extend((entry.len() as u16).to_be_bytes());
                    out.extend(*entry);
                }
            }
            Self::Update { v6, wide, withdrawn, attributes, announced } => {
                let address = if *v6 { 16 } else { 4 };
                out.extend([1; 8].iter().take(if *wide { 8 } else { 4 }));
                out.extend([0, 0, 0, if *v6 { 2 } else { 1 }]);
                out.extend([1; 32].iter().take(2 * address));
                out.extend([0xFF; 16]);
                let start = out.len();
                out.extend([0, 0, 2]);
                out.extend((withdrawn.len() as u16).to_be_bytes());
                out.extend(*withdrawn);
                put(attributes, out);
                out.extend(*announced);
                let length = (out.len() - start + 16) as u16;
                out[start..start + 2].copy_from_slice(&length.to_be_bytes());
            }
            Self::TableDump { v6, prefix, bits, attributes } => {
                let address = if *v6 { 16 } else { 4 };
                out.extend([0; 4]);
                out.extend(&prefix[..address]);
                out.extend([*bits, 1, 0, 0, 0, 0]);
                out.extend([1; 16].iter().take(address));
                out.extend([1, 1]);
                put(attributes, out);
            }
        }
    }
}

libfuzzer_sys::fuzz_target!(|input: (Vec<Record<'_>>, u8)| {
    let (records, cut) = input;
    let mut bytes = Vec::new();
    for record in &records {
        let kinds = [13, 16, 12, 17, 5, 11, 32, 33, 48, 49];
        let mut body = Vec::new();
        record.body.write(&mut body);
        bytes.extend([0, 0, 0, 0, 0, kinds[usize::from(record.kind) % kinds.len()]]);
        bytes.extend([0, record.subtype % 14]);
        let length = (body.len() as u32).saturating_add_signed(slightly(record.off_by).into());
        bytes.extend(length.to_be_bytes());
        bytes.extend(body);
    }
    // Some break off.
    let cut = if cut < 240 { 0 } else { usize::from(cut - 240) };
    bytes.truncate(bytes.len().saturating_sub(cut));
    read_every_way(&bytes);
});
