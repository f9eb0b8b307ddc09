//! Socket addresses, as far as routing looks at them.

use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::name::Name;

/// An address of some family: BSD's `sockaddr`, without what routing does not look at (ports, flow
/// labels, scopes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sockaddr {
    /// `AF_INET`.
    Inet(Ipv4Addr),
    /// `AF_INET6`.
    Inet6(Ipv6Addr),
    /// `AF_LINK`: an interface, perhaps with an address on its link.
    Link(LinkAddress),
    /// `AF_UNSPEC`: no address.
    Unspec,
    /// Any other family, which has no routing table here.
    Other {
        /// The family's number, `sa_family`.
        family: u8,
    },
}

/// A family that has a routing table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    Inet,
    /// IPv6.
    Inet6,
}

/// `AF_UNSPEC`.
pub const AF_UNSPEC: u8 = 0;
/// `AF_INET`.
pub const AF_INET: u8 = 2;
/// `AF_LINK`, the same in both systems.
pub const AF_LINK: u8 = 18;
/// OpenBSD's `AF_INET6`.
pub const AF_INET6_OPENBSD: u8 = 24;
/// FreeBSD's `AF_INET6`.
pub const AF_INET6_FREEBSD: u8 = 28;

/// An address on a link: `sockaddr_dl`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LinkAddress {
    /// The interface's index, 0 for none.
    pub index: u16,
    /// The interface's type, `IFT_*`.
    pub kind: u8,
    /// The interface's name, if given.
    pub name: Name,
    /// The address on the link, as many bytes as it has.
    pub address: Option<[u8; 6]>,
}

impl Sockaddr {
    /// The internet address, if it is one.
    pub fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Inet(address) => Some(address.into()),
            Self::Inet6(address) => Some(address.into()),
            _ => None,
        }
    }

    /// The family, if it has a routing table.
    pub fn family(self) -> Option<Family> {
        match self {
            Self::Inet(_) => Some(Family::Inet),
            Self::Inet6(_) => Some(Family::Inet6),
            _ => None,
        }
    }

    /// Whether both are of one family.
    pub fn same_family(self, other: Self) -> bool {
        match (self, other) {
            (Self::Other { family }, Self::Other { family: of }) => family == of,
            _ => core::mem::discriminant(&self) == core::mem::discriminant(&other),
        }
    }
}

impl From<IpAddr> for Sockaddr {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::Inet(address),
            IpAddr::V6(address) => Self::Inet6(address),
        }
    }
}

impl From<Ipv4Addr> for Sockaddr {
    fn from(address: Ipv4Addr) -> Self {
        Self::Inet(address)
    }
}

impl From<Ipv6Addr> for Sockaddr {
    fn from(address: Ipv6Addr) -> Self {
        Self::Inet6(address)
    }
}

impl fmt::Display for Sockaddr {
    /// The address; `link#N` or the link's address for a link; `af N` for an unknown family.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => fmt::Display::fmt(address, f),
            Self::Inet6(address) => fmt::Display::fmt(address, f),
            Self::Link(LinkAddress { address: Some([a, b, c, d, e, g]), .. }) => {
                write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
            }
            Self::Link(link) => write!(f, "link#{}", link.index),
            Self::Unspec => f.write_str("-"),
            Self::Other { family } => write!(f, "af {family}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_prints_its_number_or_its_address() {
        let bare = LinkAddress { index: 2, ..LinkAddress::default() };
        assert_eq!(Sockaddr::Link(bare).to_string(), "link#2");
        let known = LinkAddress { address: Some([2, 0, 0, 0, 0, 0x1f]), ..bare };
        assert_eq!(Sockaddr::Link(known).to_string(), "02:00:00:00:00:1f");
    }

    #[test]
    fn families_are_told_apart() {
        let other = |family| Sockaddr::Other { family };
        assert!(other(7).same_family(other(7)) && !other(7).same_family(other(8)));
        let v4 = Sockaddr::from(Ipv4Addr::LOCALHOST);
        assert!(!v4.same_family(Ipv6Addr::LOCALHOST.into()) && v4.same_family(v4));
    }
}
