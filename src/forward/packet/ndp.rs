//! Neighbour solicitations and advertisements (RFC 4861), as far as it takes to find addresses on the
//! link.

use super::{
    checksum::{pseudo_v6, sum},
    ethernet::{self, Ethernet, Mac, group_of},
    icmp6::PROTOCOL,
    ipv6::{self, Ipv6},
    put, wide,
};

const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
const SOURCE_LINK_ADDRESS: u8 = 1;
const TARGET_LINK_ADDRESS: u8 = 2;
const ROUTER: u8 = 0x80;
const SOLICITED: u8 = 0x40;
const OVERRIDE: u8 = 0x20;
/// Bytes of a message with one link address.
const LENGTH: usize = 32;
const FRAME: usize = ethernet::HEADER + ipv6::HEADER + LENGTH;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ndp {
    /// Who has the target address?
    Solicitation {
        /// The address that is asked for.
        target: u128,
        /// The asking one's address on the link, if it tells it.
        link: Option<Mac>,
    },
    /// I have the target address.
    Advertisement {
        /// The address.
        target: u128,
        /// Its address on the link, if it is told.
        link: Option<Mac>,
        /// Whether what is known otherwise is wrong.
        overrides: bool,
        /// Whether it answers a solicitation.
        solicited: bool,
    },
}

/// Whether a packet of ICMPv6 is one of these messages, by its type.
pub fn is_ndp(payload: &[u8]) -> bool {
    matches!(payload.first(), Some(&SOLICITATION | &ADVERTISEMENT))
}

/// The group that an address is asked for in (RFC 4291 section 2.7.1).
pub fn solicited_node(address: u128) -> u128 {
    0xFF02_0000_0000_0000_0000_0001_FF00_0000 | (address & 0x00FF_FFFF)
}

/// The address that an Ethernet address makes on its link (RFC 4291 appendix A).
pub fn link_local(mac: Mac) -> u128 {
    let [a, b, c, d, e, f] = mac;
    let interface = u64::from_be_bytes([a ^ 2, b, c, 0xFF, 0xFE, d, e, f]);
    0xFE80 << 112 | u128::from(interface)
}

impl Ndp {
    /// Reads a message without extension headers before it; `None` if it is none, or fails a check of
    /// RFC 4861 section 7.1.
    pub fn read(header: &Ipv6, packet: &[u8]) -> Option<Self> {
        let payload = header.payload(packet);
        let pseudo = pseudo_v6(header.source, header.destination, payload.len() as u32, PROTOCOL);
        let well_formed = header.next == PROTOCOL
            && header.hops == 255
            && payload.len() >= 24
            && payload[1] == 0
            && sum(pseudo, payload) == 0xFFFF;
        if !well_formed {
            return None;
        }
        let target = wide(payload, 8);
        if ipv6::is_multicast(target) {
            return None;
        }
        let flags = payload[4];
        let from_nobody = header.source == 0;
        let link = |kind| link_address(&payload[24..], kind);
        match payload[0] {
            SOLICITATION => {
                let link = link(SOURCE_LINK_ADDRESS)?;
                let to_group = header.destination == solicited_node(target);
                let valid = !from_nobody || (to_group && link.is_none());
                valid.then_some(Self::Solicitation { target, link })
            }
            ADVERTISEMENT => {
                let link = link(TARGET_LINK_ADDRESS)?;
                let solicited = flags & SOLICITED != 0;
                let valid = !(from_nobody || solicited && ipv6::is_multicast(header.destination));
                let overrides = flags & OVERRIDE != 0;
                valid.then_some(Self::Advertisement { target, link, overrides, solicited })
            }
            _ => None,
        }
    }
}

/// The link address among the options: `None` if they are malformed, `Some(None)` if there is none.
fn link_address(mut options: &[u8], kind: u8) -> Option<Option<Mac>> {
    let mut found = None;
    while !options.is_empty() {
        let length = 8 * usize::from(*options.get(1)?);
        let option = options.get(..length).filter(|option| !option.is_empty())?;
        if option[0] == kind && length == 8 {
            found = Some(core::array::from_fn(|byte| option[2 + byte]));
        }
        options = &options[length..];
    }
    Some(found)
}

/// Writes the frame of a solicitation for `target`: to `to` alone, or to the group that listens for
/// it. Returns its length, or `None` if there is no room.
pub fn write_solicitation(
    mac: Mac,
    source: u128,
    target: u128,
    to: Option<Mac>,
    out: &mut [u8],
) -> Option<usize> {
    let group = solicited_node(target);
    let (address, link) = match to {
        Some(link) => (target, link),
        None => (group, group_of(group)),
    };
    write(Addressed { mac, source, to: address, link }, SOLICITATION, 0, target, out)
}

/// Writes the frame of an advertisement of `target`, which is ours, in answer to one from `asker` at
/// `link`; to all nodes if the asker has no address yet. Returns its length, or `None` if there is no
/// room.
pub fn write_advertisement(
    mac: Mac,
    target: u128,
    asker: u128,
    link: Mac,
    out: &mut [u8],
) -> Option<usize> {
    const ALL_NODES: u128 = 0xFF02 << 112 | 1;
    let (to, link, solicited) = match asker {
        0 => (ALL_NODES, group_of(ALL_NODES), 0),
        asker => (asker, link, SOLICITED),
    };
    let flags = ROUTER | OVERRIDE | solicited;
    write(Addressed { mac, source: target, to, link }, ADVERTISEMENT, flags, target, out)
}

/// From where a message goes, and where to.
struct Addressed {
    mac: Mac,
    source: u128,
    to: u128,
    link: Mac,
}

fn write(
    Addressed { mac, source, to, link }: Addressed,
    kind: u8,
    flags: u8,
    target: u128,
    out: &mut [u8],
) -> Option<usize> {
    let out = out.get_mut(..FRAME)?;
    Ethernet { destination: link, source: mac, kind: ethernet::IPV6 }.write(out);
    let packet = &mut out[ethernet::HEADER..];
    ipv6::write(packet, source, to, PROTOCOL, LENGTH as u16, 0);
    ipv6::set_hops(packet, 255);
    let message = &mut packet[ipv6::HEADER..];
    put(message, 0, &[kind, 0, 0, 0, flags, 0, 0, 0]);
    put(message, 8, &target.to_be_bytes());
    let option = if kind == SOLICITATION { SOURCE_LINK_ADDRESS } else { TARGET_LINK_ADDRESS };
    put(message, 24, &[option, 1]);
    put(message, 26, &mac);
    let checksum = !sum(pseudo_v6(source, to, LENGTH as u32, PROTOCOL), message);
    put(message, 2, &checksum.to_be_bytes());
    Some(FRAME)
}
