//! The addresses at which a prefix can change an answer.
//!
//! A longest-match answer is constant between the edges of prefixes. Whoever asks at both sides of
//! both edges of every prefix, and once inside, has asked in every interval of the table.

use crate::{Address, Prefix};

/// The five probe addresses of `prefix`: before its first address, the first, the second, the last
/// and the one after the last. Those past an end of the address space are left out; of a short
/// range some coincide and are given twice.
pub fn probes<A: Address>(prefix: Prefix<A>) -> impl Iterator<Item = A> {
    let (first, last) = (prefix.address(), prefix.last_address());
    [first.previous(), Some(first), first.next(), Some(last), last.next()].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<A: Address>(address: A, len: u8) -> Vec<A> {
        probes(Prefix::new(address, len).unwrap()).collect()
    }

    #[test]
    fn probes_stand_at_both_edges() {
        assert_eq!(
            at(0x0A00_0000u32, 8),
            [0x09FF_FFFF, 0x0A00_0000, 0x0A00_0001, 0x0AFF_FFFF, 0x0B00_0000]
        );
        assert_eq!(at(7u32, 32), [6, 7, 8, 7, 8]);
    }

    #[test]
    fn the_ends_of_the_space_are_respected() {
        assert_eq!(at(0u32, 0), [0, 1, u32::MAX]);
        assert_eq!(at(u32::MAX, 32), [u32::MAX - 1, u32::MAX, u32::MAX]);
        assert_eq!(at(0u128, 128), [0, 1, 0, 1]);
    }
}
