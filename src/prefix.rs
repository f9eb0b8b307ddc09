//! Prefixes in canonical form.

use core::{
    cmp::Ordering,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use crate::address::Address;

/// A prefix of one family: an address whose bits past `len` are zero, and its length.
///
/// The order is prefix order: by address, then by length, so that a prefix comes right before
/// everything that it contains.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Prefix<A> {
    address: A,
    len: u8,
}

/// Why an address and a length are no prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrefixError {
    /// The length is larger than the address is wide.
    Length {
        /// The length given.
        len: u8,
        /// The largest length of the family.
        max: u8,
    },
    /// Bits of the address past the length are set.
    HostBits {
        /// The address given.
        address: IpAddr,
        /// The length given.
        len: u8,
    },
    /// The text is not an address of the family, a slash and a length.
    Syntax,
}

impl fmt::Display for PrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax => f.write_str("not an address of the family, a slash and a length"),
            Self::Length { len, max } => write!(f, "prefix length {len} is over {max}"),
            Self::HostBits { address, len } => write!(f, "{address}/{len} has host bits set"),
        }
    }
}

impl core::error::Error for PrefixError {}

impl<A: Address> Prefix<A> {
    /// Makes a prefix of a canonical address.
    ///
    /// # Errors
    /// [`PrefixError`] if the length is over the width or host bits are set.
    pub fn new(address: A, len: u8) -> Result<Self, PrefixError> {
        if len > A::WIDTH {
            return Err(PrefixError::Length { len, max: A::WIDTH });
        }
        if address.truncate(len) != address {
            return Err(PrefixError::HostBits { address: address.to_ip(), len });
        }
        Ok(Self { address, len })
    }

    /// Makes the prefix of length `len` that contains `address`; a `len` over the width counts as
    /// the width.
    #[inline]
    pub fn containing(address: A, len: u8) -> Self {
        let len = len.min(A::WIDTH);
        Self { address: address.truncate(len), len }
    }

    /// The first address.
    #[inline]
    pub fn address(self) -> A {
        self.address
    }

    /// The last address.
    #[inline]
    pub fn last_address(self) -> A {
        self.address.fill(self.len)
    }

    /// The length in bits.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "a prefix length, not a number of items")]
    pub fn len(self) -> u8 {
        self.len
    }

    /// Whether `address` lies in the prefix.
    #[inline]
    pub fn contains(self, address: A) -> bool {
        address.truncate(self.len) == self.address
    }

    /// Whether every address of `other` lies in this prefix; a prefix covers itself.
    #[inline]
    pub fn covers(self, other: Self) -> bool {
        self.len <= other.len && self.contains(other.address)
    }
}

impl<A: Address> Ord for Prefix<A> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.address.cmp(&other.address).then(self.len.cmp(&other.len))
    }
}

impl<A: Address> PartialOrd for Prefix<A> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<A: Address> fmt::Display for Prefix<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address.to_ip(), self.len)
    }
}

impl<A: Address> fmt::Debug for Prefix<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! from_str {
    ($int:ty, $ip:ty) => {
        impl FromStr for Prefix<$int> {
            type Err = PrefixError;

            /// Parses `address/len`.
            ///
            /// # Errors
            /// [`PrefixError`] if that is not what the text is, or the prefix is not canonical.
            fn from_str(text: &str) -> Result<Self, PrefixError> {
                let (address, len) = text.split_once('/').ok_or(PrefixError::Syntax)?;
                let address: $ip = address.parse().map_err(|_| PrefixError::Syntax)?;
                let len = len.parse().map_err(|_| PrefixError::Syntax)?;
                Self::new(address.into(), len)
            }
        }
    };
}

from_str!(u32, Ipv4Addr);
from_str!(u128, Ipv6Addr);

#[cfg(feature = "ipnet")]
mod edge {
    use super::Prefix;

    impl From<ipnet::Ipv4Net> for Prefix<u32> {
        /// Host bits, which `ipnet` allows, are cleared.
        fn from(net: ipnet::Ipv4Net) -> Self {
            Self::containing(net.addr().into(), net.prefix_len())
        }
    }

    impl From<ipnet::Ipv6Net> for Prefix<u128> {
        /// Host bits, which `ipnet` allows, are cleared.
        fn from(net: ipnet::Ipv6Net) -> Self {
            Self::containing(net.addr().into(), net.prefix_len())
        }
    }

    impl From<Prefix<u32>> for ipnet::Ipv4Net {
        fn from(prefix: Prefix<u32>) -> Self {
            Self::new_assert(prefix.address.into(), prefix.len)
        }
    }

    impl From<Prefix<u128>> for ipnet::Ipv6Net {
        fn from(prefix: Prefix<u128>) -> Self {
            Self::new_assert(prefix.address.into(), prefix.len)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_prefixes_are_made() {
        assert!(Prefix::new(0x0A00_0000u32, 8).is_ok());
        assert_eq!(
            Prefix::new(0x0A00_0001u32, 8).unwrap_err().to_string(),
            "10.0.0.1/8 has host bits set"
        );
        assert_eq!(Prefix::new(0u32, 33).unwrap_err().to_string(), "prefix length 33 is over 32");
        assert!(Prefix::new(0u128, 128).is_ok());
    }

    #[test]
    fn text_is_parsed_strictly() {
        assert_eq!("10.0.0.0/8".parse(), Prefix::new(0x0A00_0000u32, 8));
        assert_eq!("2001:db8::/32".parse(), Prefix::new(0x2001_0db8u128 << 96, 32));
        for text in ["", "10.0.0.0", "10.0.0.0/", "10.0.0.0/x", "::/0", "10.0.0.0/-1", "10/8"] {
            assert_eq!(text.parse::<Prefix<u32>>(), Err(PrefixError::Syntax), "{text}");
        }
        assert!("10.0.0.1/8".parse::<Prefix<u32>>().is_err());
        assert!("10.0.0.0/33".parse::<Prefix<u32>>().is_err());
    }

    #[test]
    fn order_puts_the_cover_first() {
        let wide = Prefix::new(0x0A00_0000u32, 8).unwrap();
        let narrow = Prefix::new(0x0A00_0000u32, 9).unwrap();
        let inside = Prefix::new(0x0A01_0000u32, 16).unwrap();
        assert!(wide < narrow && narrow < inside);
        assert!(wide.covers(narrow) && wide.covers(wide) && !narrow.covers(wide));
        assert_eq!(inside.last_address(), 0x0A01_FFFF);
    }
}
