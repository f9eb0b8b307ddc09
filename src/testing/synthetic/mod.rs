//! A synthetic Internet: tables of any size with the shape of a real one, from a seed.
//!
//! The tables are fitted to the full table of one peer of RIPE RIS (AS3333, 2026-05-11 00:00 UTC).
//! What decides about the size of a lookup structure is how prefixes share their leading bits, so
//! this is what the fit keeps. At its full size a synthetic table has exactly as many prefixes of
//! each length as the real one, exactly as many blocks of each size in use (so a multibit trie has
//! exactly as many nodes on each level) and exactly as many prefixes that another one covers. How
//! deeply prefixes nest, how far they are from their cover, how many stand in a row and into how
//! many pieces they cut the space is close: within 15 %, give or take one percent of the routes.
//! The pieces are 6 % (IPv4) and 14 % (IPv6) too many, because real holders assign their space in
//! order, and the longest rows of adjacent prefixes are too short. [`shape`] measures this,
//! [`real_v4`] and [`real_v6`] are the real table's numbers, and the tests hold the one against the
//! other. The generator is in `branching.rs`.
//!
//! Only the first 8 bits of IPv4 and 16 of IPv6 are those of the real table; everything below is
//! drawn by chance. Two seeds give two Internets with the same shape.
//!
//! The same seed and count give the same table on every platform. The generator uses ChaCha8 from
//! a fixed seed, integers of fixed width and no order that depends on a hash.

mod branching;
mod real;
pub mod shape;
mod types_v4;
mod types_v6;
mod updates;

use crate::Prefix;

pub use real::{real_v4, real_v6};
pub use updates::{Updates, updates_v4, updates_v6};

pub use crate::stand_in::default_next_hop as next_hop;

/// The number of IPv4 prefixes in the table that was fitted.
pub const FULL_V4: usize = 1_042_325;
/// The number of IPv6 prefixes in the table that was fitted.
pub const FULL_V6: usize = 246_175;
/// The largest table of either family; a larger count counts as this.
pub const LIMIT: usize = 10_000_000;
/// The seed where nobody asks for another.
pub const SEED: u64 = 4271;

/// A table of `count` IPv4 prefixes in prefix order, all distinct.
///
/// Below [`FULL_V4`] the table is made of whole /16 blocks drawn at random, with a fair share of
/// the shorter prefixes: fewer regions, each as dense as in the full table, with a little less
/// nesting. Above, it is the union of several Internets in the same /8 blocks. The shares of the
/// lengths move little, but the space is finite: regions fill up, and of two million prefixes nine
/// tenths have a cover, where the real table has one half.
pub fn internet_v4(seed: u64, count: usize) -> Vec<Prefix<u32>> {
    branching::internet(types_v4::TYPES, 16, seed, count.min(LIMIT))
}

/// A table of `count` IPv6 prefixes in prefix order, all distinct; as [`internet_v4`], with
/// [`FULL_V6`], with /28 blocks in smaller tables and the same /16 blocks in larger ones.
pub fn internet_v6(seed: u64, count: usize) -> Vec<Prefix<u128>> {
    branching::internet(types_v6::TYPES, 28, seed, count.min(LIMIT))
}

#[cfg(test)]
mod tests {
    use core::fmt::Write;

    use super::*;
    use crate::{Address, stand_in::Fnv1a};

    fn checksum<A: Address>(table: &[Prefix<A>]) -> u32 {
        let mut hash = Fnv1a::default();
        for prefix in table {
            writeln!(hash, "{prefix}").unwrap();
        }
        hash.0
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        let mut hash = Fnv1a::default();
        hash.write_str("foobar").unwrap();
        assert_eq!(hash.0, 0xBF9C_F968, "a test vector of the algorithm's authors");
        let hop = next_hop(Prefix::new(0x0100_0000u32, 24).unwrap());
        assert!((1..=250).contains(&hop.interface) && hop.gateway.is_none());
    }

    /// A change of platform, of a dependency or of the generator that changes the tables is seen
    /// here.
    #[test]
    fn the_full_tables_are_the_same_everywhere() {
        let (v4, v6) = (internet_v4(SEED, FULL_V4), internet_v6(SEED, FULL_V6));
        assert_eq!((v4.len(), checksum(&v4)), (FULL_V4, 2_990_800_977));
        assert_eq!((v6.len(), checksum(&v6)), (FULL_V6, 1_074_989_185));
    }

    #[test]
    fn every_count_is_met_in_order() {
        for count in [0, 1, 2, 1000, 40_000, FULL_V6 - 1] {
            let (v4, v6) = (internet_v4(1, count), internet_v6(1, count));
            assert_eq!((v4.len(), v6.len()), (count, count));
            assert!(v4.is_sorted_by(|a, b| a < b) && v6.is_sorted_by(|a, b| a < b));
        }
        let larger = internet_v6(1, 2 * FULL_V6 + 1);
        assert_eq!(larger.len(), 2 * FULL_V6 + 1);
        assert!(larger.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn seeds_make_different_tables_and_one_seed_the_same() {
        assert_eq!(internet_v4(7, 500), internet_v4(7, 500));
        assert_ne!(internet_v4(7, 500), internet_v4(8, 500));
    }
}
