//! `RTM_NEWROUTE` and `RTM_DELROUTE`.
//!
//! `struct rtmsg` is 12 bytes (family, length of the destination, length of the source, TOS, table,
//! protocol, scope, type, and flags in 4 bytes); attributes follow. A table number over 255 does
//! not fit the header: then `RTA_TABLE` has it. `RTA_MULTIPATH` is a list of `struct rtnexthop`
//! (length in 2 bytes, flags, weight - 1, interface in 4 bytes), each with attributes of its own.

use core::{
    fmt,
    hash::{Hash, Hasher},
};
use std::hash::DefaultHasher;

use super::{
    error::DecodeErrorKind,
    path::{Path, PathFlags, Paths},
    wire::{self, AF_INET, AF_INET6, Attribute, Attributes},
};
use crate::{any_prefix::AnyPrefix, nexthop::NextHop};

const HEADER: usize = 12;
const PATH_HEADER: usize = 8;

pub(super) const RTA_DST: u16 = 1;
pub(super) const RTA_OIF: u16 = 4;
pub(super) const RTA_GATEWAY: u16 = 5;
pub(super) const RTA_PRIORITY: u16 = 6;
const RTA_PREFSRC: u16 = 7;
const RTA_METRICS: u16 = 8;
pub(super) const RTA_MULTIPATH: u16 = 9;
const RTA_FLOW: u16 = 11;
pub(super) const RTA_TABLE: u16 = 15;
const RTA_VIA: u16 = 18;
const RTA_ENCAP: u16 = 22;
pub(super) const RTA_NH_ID: u16 = 30;
const RTAX_MTU: u16 = 2;

/// The route is a copy that a lookup made, no route of the table.
const RTM_F_CLONED: u32 = 0x200;

/// What a route does with packets (`rtm_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteKind {
    /// Sends them along.
    Unicast,
    /// Takes them: the address is this machine's.
    Local,
    /// Takes them, and sends them out as broadcasts.
    Broadcast,
    /// Takes them: an address that several machines have.
    Anycast,
    /// Sends them to a group.
    Multicast,
    /// Drops them silently.
    Blackhole,
    /// Refuses them: destination unreachable.
    Unreachable,
    /// Refuses them: administratively prohibited.
    Prohibit,
    /// Ends the search in this table, as if there were no route.
    Throw,
    /// A kind that this crate does not know, by its number.
    Other(u8),
}

impl RouteKind {
    /// The kind of the kernel's number.
    pub fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Unicast,
            2 => Self::Local,
            3 => Self::Broadcast,
            4 => Self::Anycast,
            5 => Self::Multicast,
            6 => Self::Blackhole,
            7 => Self::Unreachable,
            8 => Self::Prohibit,
            9 => Self::Throw,
            other => Self::Other(other),
        }
    }

    /// Whether packets go some way, rather than being refused.
    pub fn has_paths(self) -> bool {
        matches!(
            self,
            Self::Unicast | Self::Local | Self::Broadcast | Self::Anycast | Self::Multicast
        )
    }
}

impl fmt::Display for RouteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unicast => "unicast",
            Self::Local => "local",
            Self::Broadcast => "broadcast",
            Self::Anycast => "anycast",
            Self::Multicast => "multicast",
            Self::Blackhole => "blackhole",
            Self::Unreachable => "unreachable",
            Self::Prohibit => "prohibit",
            Self::Throw => "throw",
            Self::Other(number) => return write!(f, "{number}"),
        })
    }
}

/// A route as the kernel or a routing daemon tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteMessage {
    /// The destination.
    pub prefix: AnyPrefix,
    /// The table, as `RTA_TABLE` has it.
    pub table: u32,
    /// What it does with packets.
    pub kind: RouteKind,
    /// Who entered it: 2 is the kernel, 3 boot, 4 the administrator, others are daemons.
    pub protocol: u8,
    /// How far the destination is: 0 anywhere, 253 on the link, 254 on this machine.
    pub scope: u8,
    /// The type of service for which alone it is, 0 for any.
    pub tos: u8,
    /// Whether it is for some sources alone (IPv6 source-specific routing).
    pub source_specific: bool,
    /// Whether it is a copy that a lookup made.
    pub cloned: bool,
    /// Its metric. Of several routes for a prefix the one with the lowest is used.
    pub priority: u32,
    /// The next-hop object that it uses, 0 for none.
    pub object: u32,
    /// The largest packet, 0 for the interface's own.
    pub mtu: u32,
    /// Whether a path wraps packets up (MPLS, segment routing, tunnels), which is not decoded.
    pub encapsulated: bool,
    /// A hash of what is not decoded and yet tells IPv4 routes apart: the preferred source, all of
    /// the metrics and, unless there is a next-hop object, realms and encapsulation. 0 without any.
    pub details: u64,
    /// Where packets go. The kernel fills these in for next-hop objects too.
    pub paths: Paths,
}

impl RouteMessage {
    /// Decodes what follows the message's header. `None` if it is no route of IPv4 or IPv6.
    pub(super) fn decode(body: &[u8]) -> Result<Option<Self>, DecodeErrorKind> {
        let family = wire::u8_at(body, 0)?;
        if !matches!(family, AF_INET | AF_INET6) {
            return Ok(None);
        }
        let attributes = wire::after(body, HEADER)?;
        let flags = wire::u32_at(body, 8)?;
        let mut table = u32::from(wire::u8_at(body, 4)?);
        let (mut priority, mut object, mut mtu, mut details) = (0, 0, 0, 0);
        let mut destination = None;
        let mut single = Ways::new(family, path_flags(flags));
        let mut several = None;
        for attribute in Attributes::new(attributes) {
            let attribute = attribute?;
            match attribute.kind {
                RTA_DST => destination = Some(attribute.address_of(family)?),
                RTA_TABLE => table = attribute.u32()?,
                RTA_PRIORITY => priority = attribute.u32()?,
                RTA_NH_ID => object = attribute.u32()?,
                RTA_METRICS => {
                    mtu = mtu_of(attribute.value)?;
                    details = mixed(details, attribute);
                }
                RTA_PREFSRC => details = mixed(details, attribute),
                RTA_OIF => single.interface = Some(attribute.u32()?),
                RTA_MULTIPATH => several = Some(multipath(family, attribute.value)?),
                _ => single.note(attribute)?,
            }
        }
        let length = wire::u8_at(body, 1)?;
        let prefix = match destination {
            Some(address) => {
                AnyPrefix::new(address, length).map_err(|_| DecodeErrorKind::Prefix)?
            }
            None if length == 0 && family == AF_INET => AnyPrefix::V4(Default::default()),
            None if length == 0 => AnyPrefix::V6(Default::default()),
            None => return Err(DecodeErrorKind::Prefix),
        };
        let (paths, encapsulated) = match several {
            Some((paths, encapsulated, of_paths)) => {
                single.details ^= of_paths;
                (paths, encapsulated)
            }
            None => (single.path().into_iter().collect(), single.encapsulated),
        };
        if object == 0 {
            details ^= single.details;
        }
        Ok(Some(Self {
            prefix,
            table,
            kind: RouteKind::from_number(wire::u8_at(body, 7)?),
            protocol: wire::u8_at(body, 5)?,
            scope: wire::u8_at(body, 6)?,
            tos: wire::u8_at(body, 3)?,
            source_specific: wire::u8_at(body, 2)? != 0,
            cloned: flags & RTM_F_CLONED != 0,
            priority,
            object,
            mtu,
            encapsulated,
            details,
            paths,
        }))
    }
}

/// What the attributes of a route, or of one of its paths, say about a next hop.
struct Ways {
    family: u8,
    gateway: Option<core::net::IpAddr>,
    interface: Option<u32>,
    weight: u32,
    flags: PathFlags,
    encapsulated: bool,
    details: u64,
}

impl Ways {
    fn new(family: u8, flags: PathFlags) -> Self {
        let (gateway, interface) = (None, None);
        Self { family, gateway, interface, weight: 1, flags, encapsulated: false, details: 0 }
    }

    /// Takes what concerns the next hop from an attribute, and passes over any other.
    fn note(&mut self, attribute: Attribute<'_>) -> Result<(), DecodeErrorKind> {
        match attribute.kind {
            RTA_GATEWAY => self.gateway = Some(attribute.address_of(self.family)?),
            RTA_VIA => self.gateway = attribute.via()?,
            RTA_ENCAP => {
                self.encapsulated = true;
                self.details = mixed(self.details, attribute);
            }
            RTA_FLOW => self.details = mixed(self.details, attribute),
            _ => {}
        }
        Ok(())
    }

    fn path(&self) -> Option<Path> {
        (self.gateway.is_some() || self.interface.is_some()).then(|| Path {
            next_hop: NextHop {
                gateway: self.gateway,
                interface: self.interface.unwrap_or_default(),
            },
            weight: self.weight,
            flags: self.flags,
        })
    }
}

/// The flags of a path, from those of a route or of a next hop, whose low byte they are.
pub(super) fn path_flags(flags: u32) -> PathFlags {
    PathFlags::from_bits_truncate(flags.to_le_bytes()[0])
}

/// The paths of `RTA_MULTIPATH`, whether one of them wraps packets up, and their details.
fn multipath(family: u8, mut rest: &[u8]) -> Result<(Paths, bool, u64), DecodeErrorKind> {
    const WRONG: DecodeErrorKind = DecodeErrorKind::AttributeValue { attribute: RTA_MULTIPATH };
    let (mut paths, mut encapsulated, mut details) = (Vec::new(), false, 0u64);
    while rest.len() >= PATH_HEADER {
        let length = usize::from(wire::u16_at(rest, 0)?);
        let attributes = rest.get(PATH_HEADER..length).ok_or(WRONG)?;
        let mut ways = Ways::new(family, path_flags(u32::from(wire::u8_at(rest, 2)?)));
        ways.weight = u32::from(wire::u8_at(rest, 3)?) + 1;
        ways.interface = Some(wire::u32_at(rest, 4)?);
        for attribute in Attributes::new(attributes) {
            ways.note(attribute?)?;
        }
        encapsulated |= ways.encapsulated;
        details = details.rotate_left(1) ^ ways.details;
        paths.extend(ways.path());
        rest = rest.get(wire::aligned(length)..).unwrap_or(&[]);
    }
    if rest.is_empty() { Ok((Paths::from_iter(paths), encapsulated, details)) } else { Err(WRONG) }
}

/// `hash` with an attribute added to what it is of.
fn mixed(hash: u64, attribute: Attribute<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (hash, attribute.kind, attribute.value).hash(&mut hasher);
    hasher.finish()
}

/// `RTAX_MTU` of `RTA_METRICS`.
fn mtu_of(metrics: &[u8]) -> Result<u32, DecodeErrorKind> {
    let mut mtu = 0;
    for metric in Attributes::new(metrics) {
        let metric = metric?;
        if metric.kind == RTAX_MTU {
            mtu = metric.u32()?;
        }
    }
    Ok(mtu)
}
