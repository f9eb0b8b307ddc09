//! Cutting an IPv4 packet into fragments (RFC 791 section 3.2, RFC 1812 section 5.2.6).

use super::{
    ipv4::{self, Ipv4, MORE_FRAGMENTS, OFFSET},
    put,
};

const COPIED: u8 = 0x80;

/// How many fragments a packet is to be cut into so that each has at most `mtu` bytes; `None` if
/// it cannot be cut into such, or is itself a fragment that reaches beyond the longest packet, whose
/// parts would have no offset.
pub fn count(header: &Ipv4, mtu: usize) -> Option<usize> {
    let step = step(header, mtu)?;
    let payload = usize::from(header.total) - usize::from(header.header);
    Some(payload.div_ceil(step))
}

/// Writes fragment number `index` of `packet`, whose header this is, to `out`. Returns its length, or
/// `None` if there is no such fragment or no room for it.
pub fn write(
    packet: &[u8],
    header: &Ipv4,
    mtu: usize,
    index: usize,
    out: &mut [u8],
) -> Option<usize> {
    let step = step(header, mtu)?;
    let payload = header.payload(packet);
    let from = index.checked_mul(step)?;
    let rest = payload.get(from..).filter(|rest| !rest.is_empty())?;
    let part = &rest[..step.min(rest.len())];
    let own = packet.get(..usize::from(header.header))?;
    let length = if index == 0 {
        put(out, 0, own);
        own.len()
    } else {
        put(out, 0, &own[..ipv4::HEADER]);
        copy_options(&own[ipv4::HEADER..], out)
    };
    let total = length + part.len();
    if out.len() < total {
        return None;
    }
    put(out, length, part);
    let more = header.fragment & MORE_FRAGMENTS != 0 || part.len() < rest.len();
    let offset = (header.fragment & OFFSET) + (from / 8) as u16;
    let flags = if more { MORE_FRAGMENTS } else { 0 };
    put(out, 0, &[0x40 | (length / 4) as u8]);
    put(out, 2, &(total as u16).to_be_bytes());
    put(out, 6, &(flags | offset & OFFSET).to_be_bytes());
    ipv4::seal(out, length);
    Some(total)
}

/// Bytes of payload in each fragment but the last. The whole header is counted for all of them,
/// though those after the first may have a shorter one. `None` if there is no room for any, or the
/// packet that this is a fragment of would be too long.
fn step(header: &Ipv4, mtu: usize) -> Option<usize> {
    let room = mtu.checked_sub(usize::from(header.header))? & !7;
    let before = usize::from(header.fragment & OFFSET) * 8;
    let fits = before + usize::from(header.total) <= usize::from(u16::MAX);
    (room > 0 && fits).then_some(room)
}

/// Writes the options that belong into every fragment behind the fixed header. Returns the length of
/// the header. The options were found well-formed.
fn copy_options(mut options: &[u8], out: &mut [u8]) -> usize {
    let mut length = ipv4::HEADER;
    while let [kind, rest @ ..] = options {
        let size = match *kind {
            0 => break,
            1 => 1,
            _ => usize::from(*rest.first().unwrap_or(&0)).clamp(2, options.len().max(2)),
        };
        let (option, after) = options.split_at(size.min(options.len()));
        if kind & COPIED != 0 {
            put(out, length, option);
            length += option.len();
        }
        options = after;
    }
    while !length.is_multiple_of(4) {
        put(out, length, &[0]);
        length += 1;
    }
    length
}
