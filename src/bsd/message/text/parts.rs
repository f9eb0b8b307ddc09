//! The parts of a message's text: sets of names, and addresses.

use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::ETHERNET;
use crate::bsd::{
    flags::RtFlags,
    message::{Inits, LinkAddress},
    profile::Profile,
    sockaddr::Sockaddr,
};

/// `<A,B>`, or nothing.
pub(super) fn list(
    f: &mut fmt::Formatter<'_>,
    names: impl Iterator<Item = &'static str>,
) -> fmt::Result {
    let mut any = false;
    for name in names {
        f.write_str(if any { "," } else { "<" })?;
        f.write_str(name)?;
        any = true;
    }
    f.write_str(if any { ">" } else { "" })
}

/// The names of flags, in the order of the system's bits.
pub(super) struct Flags(pub(super) Profile, pub(super) RtFlags);

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(profile, flags) = *self;
        let bits = flags.to_wire(profile);
        let present = (0..u32::BITS).map(|bit| bits & 1 << bit).filter(|bit| *bit != 0);
        list(f, present.filter_map(|bit| flag_name(profile, bit)))
    }
}

fn flag_name(profile: Profile, bit: u32) -> Option<&'static str> {
    let flag = RtFlags::from_wire(profile, bit);
    let (name, _) = flag.iter_names().next()?;
    Some(if flag == RtFlags::CLONED && profile == Profile::FreeBsd { "WASCLONED" } else { name })
}

/// The names of metrics.
pub(super) struct Metrics(pub(super) Inits);

impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(Inits, &str); 8] = [
            (Inits::MTU, "mtu"),
            (Inits::HOPCOUNT, "hopcount"),
            (Inits::EXPIRE, "expire"),
            (Inits::RPIPE, "recvpipe"),
            (Inits::SPIPE, "sendpipe"),
            (Inits::SSTHRESH, "ssthresh"),
            (Inits::RTT, "rtt"),
            (Inits::RTTVAR, "rttvar"),
        ];
        let present = NAMES.iter().filter(|(metric, _)| self.0.contains(*metric));
        list(f, present.map(|(_, name)| *name))
    }
}

/// An address in the last line.
pub(super) enum Printed {
    Address(Sockaddr, Profile),
    /// A mask of so many bits, of the family of an address.
    Mask(u8, Option<IpAddr>),
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Address(Sockaddr::Inet(address), _) => inet(f, address),
            Self::Address(Sockaddr::Link(link), profile) => print_link(f, link, profile),
            Self::Address(Sockaddr::Unspec, _) => f.write_str("(0)"),
            Self::Address(Sockaddr::Other { family }, _) => write!(f, "({family})"),
            Self::Address(address @ Sockaddr::Inet6(_), _) => fmt::Display::fmt(&address, f),
            Self::Mask(len, Some(IpAddr::V4(_))) => {
                let mask = u32::MAX.checked_shr(len.into()).map_or(u32::MAX, |rest| !rest);
                inet(f, Ipv4Addr::from(mask))
            }
            Self::Mask(len, Some(IpAddr::V6(_))) => {
                let mask = u128::MAX.checked_shr(len.into()).map_or(u128::MAX, |rest| !rest);
                fmt::Display::fmt(&Ipv6Addr::from(mask), f)
            }
            Self::Mask(len, None) => write!(f, "/{len}"),
        }
    }
}

fn inet(f: &mut fmt::Formatter<'_>, address: Ipv4Addr) -> fmt::Result {
    if address.is_unspecified() { f.write_str("default") } else { fmt::Display::fmt(&address, f) }
}

/// As OpenBSD's `link_print` or both systems' `link_ntoa`.
fn print_link(f: &mut fmt::Formatter<'_>, link: LinkAddress, profile: Profile) -> fmt::Result {
    let Some(address) = link.address else {
        return if link.name.is_empty() {
            write!(f, "link#{}", link.index)
        } else {
            fmt::Display::fmt(&link.name, f)
        };
    };
    if profile == Profile::OpenBsd && link.kind == ETHERNET {
        return fmt::Display::fmt(&Sockaddr::Link(link), f);
    }
    if !link.name.is_empty() {
        write!(f, "{}:", link.name)?;
    }
    address.iter().enumerate().try_for_each(|(place, byte)| {
        f.write_str(if place == 0 { "" } else { "." })?;
        write!(f, "{byte:x}")
    })
}
