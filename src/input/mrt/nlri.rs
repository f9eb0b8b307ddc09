//! The plain reading of prefix lists, beside the decoder's.
//!
//! Path identifiers (RFC 7911) stand before each prefix, and nothing in a list says whether it has
//! them. Archives hold lists with identifiers in records whose type denies them, so the decoder
//! takes a zero byte where a prefix starts for the first byte of an identifier. In a list with a
//! default route among others that is wrong: the decoder misreads what follows, or fails.
//!
//! The reading without identifiers is the standard one (RFC 4271, section 4.3). Where the decoder
//! found identifiers against the record's type, or failed, the plain reading is tried, and taken
//! if it is clean: every prefix in range, no host bits, none twice. A list that really has
//! identifiers does not look like that.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bgpkit_parser::models::NetworkPrefix;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

const IPV4: u8 = 1;
const UNICAST: u8 = 1;

/// The prefixes of a list that the decoder has read.
pub(super) fn resolve(decoded: &[NetworkPrefix], add_path: bool) -> Vec<IpNet> {
    let as_decoded = || decoded.iter().map(|prefix| prefix.prefix).collect();
    if add_path || decoded.iter().all(|prefix| prefix.path_id.is_none()) {
        return as_decoded();
    }
    // Encoding gives back the bytes that were decoded, identifiers included.
    let bytes: Vec<u8> = decoded.iter().flat_map(|prefix| prefix.encode()).collect();
    let ipv4 = decoded.iter().all(|prefix| prefix.prefix.addr().is_ipv4());
    read_plainly(&bytes, ipv4).unwrap_or_else(as_decoded)
}

/// The prefixes of a list without path identifiers, if that is a clean reading.
pub(super) fn read_plainly(mut bytes: &[u8], ipv4: bool) -> Option<Vec<IpNet>> {
    let mut prefixes = Vec::new();
    while let Some((&len, rest)) = bytes.split_first() {
        let (address, rest) = rest.split_at_checked(usize::from(len).div_ceil(8))?;
        bytes = rest;
        let prefix = if ipv4 {
            let mut octets = [0u8; 4];
            octets.get_mut(..address.len())?.copy_from_slice(address);
            IpNet::V4(Ipv4Net::new(octets.into(), len).ok()?)
        } else {
            let mut octets = [0u8; 16];
            octets.get_mut(..address.len())?.copy_from_slice(address);
            IpNet::V6(Ipv6Net::new(octets.into(), len).ok()?)
        };
        if prefix.trunc() != prefix || prefixes.contains(&prefix) {
            return None;
        }
        prefixes.push(prefix);
    }
    Some(prefixes)
}

/// What an undecoded multiprotocol attribute holds.
pub(super) enum Multiprotocol {
    /// Prefixes of a family that is not read here.
    OtherFamily,
    /// Unicast prefixes, and their next hop if they are reachable.
    Unicast(Option<IpAddr>, Vec<IpNet>),
    /// Nothing that can be read.
    Broken,
}

/// Reads an MP_REACH_NLRI (`reach`) or MP_UNREACH_NLRI attribute (RFC 4760, sections 3 and 4).
pub(super) fn multiprotocol(bytes: &[u8], reach: bool) -> Multiprotocol {
    let (ipv4, rest) = match bytes {
        [0, family @ (1 | 2), UNICAST, rest @ ..] => (*family == IPV4, rest),
        [_, _, _, ..] => return Multiprotocol::OtherFamily,
        _ => return Multiprotocol::Broken,
    };
    let read = if reach {
        split_next_hop(rest).and_then(|(next_hop, list)| {
            Some(Multiprotocol::Unicast(Some(next_hop), read_plainly(list, ipv4)?))
        })
    } else {
        read_plainly(rest, ipv4).map(|prefixes| Multiprotocol::Unicast(None, prefixes))
    };
    read.unwrap_or(Multiprotocol::Broken)
}

/// The next hop, and the list that follows it and a reserved byte. A second, link-local address
/// (RFC 2545) is passed over.
fn split_next_hop(bytes: &[u8]) -> Option<(IpAddr, &[u8])> {
    let (&len, rest) = bytes.split_first()?;
    let (address, rest) = rest.split_at_checked(len.into())?;
    let next_hop = match len {
        4 => Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?).into(),
        16 | 32 => Ipv6Addr::from(<[u8; 16]>::try_from(&address[..16]).ok()?).into(),
        _ => return None,
    };
    Some((next_hop, rest.get(1..)?))
}
