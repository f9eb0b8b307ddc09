//! Addresses as integers: the fast path's only view of IPv4 and IPv6.

use core::{
    fmt::Debug,
    hash::Hash,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

mod sealed {
    pub trait Sealed {}
    impl Sealed for u32 {}
    impl Sealed for u128 {}
}

/// An address of one family as an unsigned integer in host order: `u32` for IPv4, `u128` for IPv6.
///
/// The trait is sealed. Bit 0 in this crate's sense is the most significant bit, the first on the
/// wire.
pub trait Address:
    sealed::Sealed + Copy + Ord + Hash + Debug + Default + Send + Sync + Unpin + 'static
{
    /// Address width in bits: 32 or 128.
    const WIDTH: u8;
    /// The address with every bit set.
    const MAX: Self;

    /// The `count` bits from bit `start` on, as the low bits of the result; bits past the width
    /// read as zero. `count` is at most 30 and `start` at most the width.
    fn bits(self, start: u8, count: u8) -> usize;

    /// The first 64 bits, those past the width being zero.
    fn top(self) -> u64;

    /// The address without its first `count` bits: the following ones move up and zeros come in.
    /// `count` is below the width.
    fn skip(self, count: u8) -> Self;

    /// The mask whose first `len` bits are set. `len` is at most the width.
    fn mask(len: u8) -> Self;

    /// Keeps the first `len` bits and clears the others.
    fn truncate(self, len: u8) -> Self;

    /// Keeps the first `len` bits and sets the others: the last address of the prefix.
    fn fill(self, len: u8) -> Self;

    /// The first `len` bits of `self` and the others of `host`.
    fn splice(self, host: Self, len: u8) -> Self;

    /// How many leading bits `self` and `other` have in common, at most the width.
    fn common_bits(self, other: Self) -> u8;

    /// `self` with the `count` bits from bit `start` on replaced by the low bits of `value`.
    /// Bits that would lie past the width are dropped.
    fn with_bits(self, start: u8, count: u8, value: usize) -> Self;

    /// The next address, or `None` at the end of the space.
    fn next(self) -> Option<Self>;

    /// The address before, or `None` at the start of the space.
    fn previous(self) -> Option<Self>;

    /// The address in the standard library's form.
    fn to_ip(self) -> IpAddr;
}

macro_rules! address {
    ($int:ty, $ip:ty, $width:literal, $address:ident => $top:expr) => {
        impl Address for $int {
            const WIDTH: u8 = $width;
            const MAX: Self = <$int>::MAX;

            #[inline(always)]
            fn bits(self, start: u8, count: u8) -> usize {
                if start >= $width || count == 0 {
                    return 0;
                }
                ((self << start) >> ($width - count as u32)) as usize
            }

            #[inline(always)]
            fn top(self) -> u64 {
                let $address = self;
                $top
            }

            #[inline(always)]
            fn skip(self, count: u8) -> Self {
                self << count
            }

            #[inline(always)]
            fn mask(len: u8) -> Self {
                if len == 0 { 0 } else { <$int>::MAX << ($width - len as u32) }
            }

            #[inline(always)]
            fn truncate(self, len: u8) -> Self {
                self & Self::mask(len)
            }

            #[inline(always)]
            fn fill(self, len: u8) -> Self {
                self | !Self::mask(len)
            }

            #[inline(always)]
            fn splice(self, host: Self, len: u8) -> Self {
                Address::truncate(self, len) | (host & !Self::mask(len))
            }

            #[inline(always)]
            fn common_bits(self, other: Self) -> u8 {
                (self ^ other).leading_zeros() as u8
            }

            #[inline]
            fn with_bits(self, start: u8, count: u8, value: usize) -> Self {
                let kept = count.min($width - start);
                if kept == 0 {
                    return self;
                }
                let field = (value >> (count - kept)) as $int;
                let shift = $width - (start + kept) as u32;
                let mask = (Self::MAX >> ($width - kept as u32)) << shift;
                (self & !mask) | ((field << shift) & mask)
            }

            #[inline]
            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }

            #[inline]
            fn previous(self) -> Option<Self> {
                self.checked_sub(1)
            }

            #[inline]
            fn to_ip(self) -> IpAddr {
                <$ip>::from(self).into()
            }
        }
    };
}

address!(u32, Ipv4Addr, 32, address => u64::from(address) << 32);
address!(u128, Ipv6Addr, 128, address => (address >> 64) as u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_the_most_significant() {
        let address = 0xC0A8_01FFu32;
        assert_eq!(address.bits(0, 8), 0xC0);
        assert_eq!(address.bits(18, 6), 1);
        assert_eq!(address.bits(30, 6), 0b11_0000, "bits past the width read as zero");
        assert_eq!(address.bits(32, 6), 0);
        assert_eq!((1u128 << 127).bits(0, 1), 1);
        assert_eq!(u128::MAX.bits(126, 6), 0b11_0000);
    }

    #[test]
    fn masks_cover_both_ends() {
        assert_eq!(u32::mask(0), 0);
        assert_eq!(u32::mask(32), u32::MAX);
        assert_eq!(u128::mask(1), 1 << 127);
        assert_eq!(0x0A00_0000u32.fill(8), 0x0AFF_FFFF);
        assert_eq!(Address::truncate(0x0AFF_0001u32, 8), 0x0A00_0000);
    }

    #[test]
    fn with_bits_undoes_bits() {
        for start in [0u8, 9, 18, 24, 30] {
            for value in [0usize, 1, 21, 63] {
                let address = 0xFFFF_FFFFu32.with_bits(start, 6, value);
                let kept = 6.min(32 - start);
                assert_eq!(address.bits(start, 6), (value >> (6 - kept)) << (6 - kept));
            }
        }
        assert_eq!(0x0A00_0000u32.splice(0xFFFF_FFFF, 8), 0x0AFF_FFFF);
        assert_eq!(0u32.common_bits(1), 31);
        assert_eq!(7u128.common_bits(7), 128);
    }
}
