//! A prefix of either family.

use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use crate::prefix::{Prefix, PrefixError};

/// A prefix of either family.
///
/// The order puts IPv4 before IPv6 and is prefix order in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnyPrefix {
    /// IPv4.
    V4(Prefix<u32>),
    /// IPv6.
    V6(Prefix<u128>),
}

impl AnyPrefix {
    /// The prefix of length `len` at `address`; bits past the length must be zero.
    ///
    /// # Errors
    /// [`PrefixError`] if they are not, or the length is over the family's width.
    pub fn new(address: IpAddr, len: u8) -> Result<Self, PrefixError> {
        match address {
            IpAddr::V4(address) => Prefix::new(u32::from(address), len).map(Self::V4),
            IpAddr::V6(address) => Prefix::new(u128::from(address), len).map(Self::V6),
        }
    }

    /// The prefix of length `len` that contains `address`; a `len` over the family's width counts
    /// as the width.
    pub fn containing(address: IpAddr, len: u8) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(Prefix::containing(address.into(), len)),
            IpAddr::V6(address) => Self::V6(Prefix::containing(address.into(), len)),
        }
    }

    /// The prefix that holds `address` alone.
    pub fn host(address: IpAddr) -> Self {
        Self::containing(address, u8::MAX)
    }

    /// The first address.
    pub fn address(self) -> IpAddr {
        match self {
            Self::V4(prefix) => IpAddr::V4(Ipv4Addr::from(prefix.address())),
            Self::V6(prefix) => IpAddr::V6(Ipv6Addr::from(prefix.address())),
        }
    }

    /// The length in bits.
    #[expect(clippy::len_without_is_empty, reason = "a prefix length, not a number of items")]
    pub fn len(self) -> u8 {
        match self {
            Self::V4(prefix) => prefix.len(),
            Self::V6(prefix) => prefix.len(),
        }
    }

    /// Whether the prefix holds one address alone.
    pub fn is_host(self) -> bool {
        match self {
            Self::V4(prefix) => prefix.len() == 32,
            Self::V6(prefix) => prefix.len() == 128,
        }
    }

    /// Whether `address` is of the prefix's family and lies in it.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4(prefix), IpAddr::V4(address)) => prefix.contains(address.into()),
            (Self::V6(prefix), IpAddr::V6(address)) => prefix.contains(address.into()),
            _ => false,
        }
    }
}

impl fmt::Display for AnyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(prefix) => fmt::Display::fmt(prefix, f),
            Self::V6(prefix) => fmt::Display::fmt(prefix, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_behave_alike() {
        let v4 = AnyPrefix::containing("10.1.2.3".parse().unwrap(), 8);
        let v6 = AnyPrefix::containing("2001:db8::1".parse().unwrap(), 32);
        assert_eq!((v4.to_string().as_str(), v4.len()), ("10.0.0.0/8", 8));
        assert_eq!((v6.to_string().as_str(), v6.len()), ("2001:db8::/32", 32));
        assert!(v4 < v6 && v4.contains("10.9.9.9".parse().unwrap()));
        assert!(!v4.contains("::1".parse().unwrap()));
        assert!(AnyPrefix::host("::1".parse().unwrap()).is_host() && !v6.is_host());
        assert!(AnyPrefix::new("10.0.0.1".parse().unwrap(), 8).is_err());
    }
}
