//! What the crates call the addresses and prefixes of a family.

use std::net::{Ipv4Addr, Ipv6Addr};

use ip_network_table_deps_treebitmap::address::Address as Nibbles;
use iptrie::{IpPrefix, IpPrefixCovering, IpRootPrefix, Ipv4Prefix, Ipv6Prefix};
use rtalloc::{Address, Prefix};

/// A family of addresses that all of the crates know.
pub(crate) trait Native: Address + poptrie::Address {
    /// An address of the standard library.
    type Ip: Nibbles + IpPrefix<Addr = Self::Ip> + Send + Sync + 'static;
    /// A prefix as a pair of address and length.
    type Pair: prefix_trie::Prefix + poptrie::Prefix<ADDRESS = Self> + Send + Sync + 'static;
    /// A prefix of `iptrie`.
    type Bits: IpRootPrefix<Addr = Self::Ip> + IpPrefixCovering<Self::Ip> + Send + Sync + 'static;

    /// The address as the standard library has it.
    fn ip(self) -> Self::Ip;

    /// The prefix as a pair.
    fn pair(prefix: Prefix<Self>) -> Self::Pair;

    /// The address as a prefix of one address.
    fn host(self) -> Self::Pair;

    /// The prefix as `iptrie` has it.
    ///
    /// # Panics
    /// Never: a prefix of a family is not longer than its addresses.
    fn bits_prefix(prefix: Prefix<Self>) -> Self::Bits;
}

impl Native for u32 {
    type Ip = Ipv4Addr;
    type Pair = (u32, u8);
    type Bits = Ipv4Prefix;

    #[inline(always)]
    fn ip(self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self)
    }

    fn pair(prefix: Prefix<Self>) -> (u32, u8) {
        (prefix.address(), prefix.len())
    }

    #[inline(always)]
    fn host(self) -> (u32, u8) {
        (self, 32)
    }

    fn bits_prefix(prefix: Prefix<Self>) -> Ipv4Prefix {
        Ipv4Prefix::new(prefix.address().ip(), prefix.len()).expect("at most 32 bits")
    }
}

impl Native for u128 {
    type Ip = Ipv6Addr;
    type Pair = (u128, u8);
    type Bits = Ipv6Prefix;

    #[inline(always)]
    fn ip(self) -> Ipv6Addr {
        Ipv6Addr::from_bits(self)
    }

    fn pair(prefix: Prefix<Self>) -> (u128, u8) {
        (prefix.address(), prefix.len())
    }

    #[inline(always)]
    fn host(self) -> (u128, u8) {
        (self, 128)
    }

    fn bits_prefix(prefix: Prefix<Self>) -> Ipv6Prefix {
        Ipv6Prefix::new(prefix.address().ip(), prefix.len()).expect("at most 128 bits")
    }
}
