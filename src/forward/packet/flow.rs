//! Which flow a packet belongs to, as a number: packets of one flow take one path.
//!
//! Addresses, protocol and ports make a flow. A fragment has no ports but in its first part, so no
//! fragment is asked for them: all parts of a packet go one way. Nor is one of IPv6 asked for the
//! protocol, which may stand behind further extension headers in the first part. An IPv6 packet with a
//! flow label is of the flow that its addresses and the label name (RFC 6437, RFC 6438), also if it is a
//! fragment.

use super::{TCP, UDP, ipv4::Ipv4, ipv6::Ipv6, long};

/// SCTP, DCCP and UDP-Lite have their ports where TCP and UDP have them.
const WITH_PORTS: [u8; 5] = [TCP, UDP, 33, 132, 136];

/// The hash of an IPv4 packet's flow. The same `seed` gives the same hash for ever.
pub fn of_v4(seed: u64, header: &Ipv4, packet: &[u8]) -> u32 {
    let with_ports = !header.is_fragment() && WITH_PORTS.contains(&header.protocol);
    let ports = if with_ports { long(header.payload(packet), 0) } else { 0 };
    let addresses = u64::from(header.source) << 32 | u64::from(header.destination);
    finish(mix(mix(seed, addresses), u64::from(header.protocol) << 32 | u64::from(ports)))
}

/// The hash of an IPv6 packet's flow.
pub fn of_v6(seed: u64, header: &Ipv6, packet: &[u8]) -> u32 {
    let mut hash = seed;
    for address in [header.source, header.destination] {
        hash = mix(mix(hash, (address >> 64) as u64), address as u64);
    }
    if header.flow != 0 {
        return finish(mix(hash, u64::from(header.flow)));
    }
    let carried = header.carried(packet).filter(|carried| !carried.is_fragment);
    let Some(carried) = carried else { return finish(hash) };
    let with_ports = WITH_PORTS.contains(&carried.protocol);
    let ports = if with_ports { long(packet, carried.at) } else { 0 };
    finish(mix(hash, u64::from(carried.protocol) << 32 | u64::from(ports)))
}

/// Both halves of a product of 64 bits each, one on the other.
fn mix(hash: u64, value: u64) -> u64 {
    let product =
        u128::from(hash ^ 0x9E37_79B9_7F4A_7C15) * u128::from(value ^ 0xD6E8_FEB8_6659_FD93);
    (product >> 64) as u64 ^ product as u64
}

fn finish(hash: u64) -> u32 {
    let hash = (hash ^ hash >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (hash >> 32) as u32
}
