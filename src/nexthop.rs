//! Next hops: where a packet goes.

use core::{fmt, net::IpAddr};

/// Where packets for a prefix go: a gateway, an interface, or both.
///
/// `interface` is the interface's index as the operating system counts it, or any number by which
/// the user knows the way out; 0 means that none is named. With no gateway the destination is
/// directly reachable through the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NextHop {
    /// The router that packets are handed to.
    pub gateway: Option<IpAddr>,
    /// The index of the outgoing interface, 0 if none is named.
    pub interface: u32,
}

impl NextHop {
    /// A next hop reached through a router.
    pub fn gateway(address: impl Into<IpAddr>) -> Self {
        Self { gateway: Some(address.into()), interface: 0 }
    }

    /// A next hop known by its interface or number alone.
    pub const fn interface(index: u32) -> Self {
        Self { gateway: None, interface: index }
    }
}

impl fmt::Display for NextHop {
    /// The gateway if there is one, then `@interface` if one is named; a bare number for an
    /// interface alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.gateway, self.interface) {
            (Some(gateway), 0) => write!(f, "{gateway}"),
            (Some(gateway), index) => write!(f, "{gateway}@{index}"),
            (None, index) => write!(f, "{index}"),
        }
    }
}
