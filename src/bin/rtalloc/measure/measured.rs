//! What the engine has to know about each family, beside what the whole command does.

use std::{net::IpAddr, time::Duration};

use rand::Rng;
use rtalloc::{
    Address, Entry, Guard, Match, Prefix, Rib,
    input::Update,
    testing::synthetic::{self, Updates},
};

use super::{ledger::Token, stream::Stream};
use crate::family::Family;

/// The table under measurement: its entries carry a counted token.
pub(crate) type Table = rtalloc::Table<Token>;

/// An address family that can be measured.
pub(crate) trait Measured: Family {
    /// How many prefixes the full synthetic table has.
    const FULL: usize;

    /// This family's part of a counted table.
    fn counted(table: &Table) -> &Rib<Self, Token>;

    /// The longest match of `address` in a counted table.
    fn answer<'g>(guard: &'g Guard<'_, Token>, address: Self) -> Option<Match<'g, Token>>;

    /// The address in this family's form. One of the other family comes out as some address that
    /// is as good as random: an entry of the wrong family is a wrong answer, and is found as one.
    fn of(address: IpAddr) -> Self;

    /// Any address.
    fn random(rng: &mut impl Rng) -> Self;

    /// The prefixes of a synthetic Internet.
    fn internet(seed: u64, count: usize) -> Vec<Prefix<Self>>;

    /// This family's part of a stream.
    fn updates(stream: &Stream) -> &[Update<Self>];

    /// When they were recorded, if the stream says so.
    fn times(stream: &Stream) -> &[Duration];

    /// A synthetic stream of updates for `table`.
    fn churn(table: &[Prefix<Self>], seed: u64, count: usize) -> Updates<Self>;

    /// An address of `prefix` with random bits behind the prefix.
    fn inside(prefix: Prefix<Self>, rng: &mut impl Rng) -> Self;
}

/// The destination of an entry as a prefix.
pub(crate) fn prefix_of<A: Measured>(entry: &Entry<Token>) -> Prefix<A> {
    Prefix::containing(A::of(entry.destination()), entry.prefix_len())
}

impl Measured for u32 {
    const FULL: usize = synthetic::FULL_V4;

    fn counted(table: &Table) -> &Rib<Self, Token> {
        table.v4()
    }

    #[inline(always)]
    fn answer<'g>(guard: &'g Guard<'_, Token>, address: Self) -> Option<Match<'g, Token>> {
        guard.lookup_v4(address)
    }

    fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => u128::from(address) as u32,
        }
    }

    fn random(rng: &mut impl Rng) -> Self {
        rng.next_u32()
    }

    fn internet(seed: u64, count: usize) -> Vec<Prefix<Self>> {
        synthetic::internet_v4(seed, count)
    }

    fn updates(stream: &Stream) -> &[Update<Self>] {
        &stream.v4
    }

    fn times(stream: &Stream) -> &[Duration] {
        &stream.v4_times
    }

    fn churn(table: &[Prefix<Self>], seed: u64, count: usize) -> Updates<Self> {
        synthetic::updates_v4(table, seed, count)
    }

    fn inside(prefix: Prefix<Self>, rng: &mut impl Rng) -> Self {
        prefix.address() | (Self::random(rng) & !Self::mask(prefix.len()))
    }
}

impl Measured for u128 {
    const FULL: usize = synthetic::FULL_V6;

    fn counted(table: &Table) -> &Rib<Self, Token> {
        table.v6()
    }

    #[inline(always)]
    fn answer<'g>(guard: &'g Guard<'_, Token>, address: Self) -> Option<Match<'g, Token>> {
        guard.lookup_v6(address)
    }

    fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => u32::from(address).into(),
            IpAddr::V6(address) => address.into(),
        }
    }

    fn random(rng: &mut impl Rng) -> Self {
        u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())
    }

    fn internet(seed: u64, count: usize) -> Vec<Prefix<Self>> {
        synthetic::internet_v6(seed, count)
    }

    fn updates(stream: &Stream) -> &[Update<Self>] {
        &stream.v6
    }

    fn times(stream: &Stream) -> &[Duration] {
        &stream.v6_times
    }

    fn churn(table: &[Prefix<Self>], seed: u64, count: usize) -> Updates<Self> {
        synthetic::updates_v6(table, seed, count)
    }

    fn inside(prefix: Prefix<Self>, rng: &mut impl Rng) -> Self {
        prefix.address() | (Self::random(rng) & !Self::mask(prefix.len()))
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};

    use super::*;

    fn stays_inside<A: Measured>(prefix: Prefix<A>) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let drawn: Vec<A> = (0..64).map(|_| A::inside(prefix, &mut rng)).collect();
        assert!(drawn.iter().all(|&address| prefix.contains(address)));
        let distinct: std::collections::HashSet<A> = drawn.into_iter().collect();
        let most = 1usize << (A::WIDTH - prefix.len()).min(6);
        assert!(distinct.len() > most / 3, "{} of {most}", distinct.len());
    }

    #[test]
    fn drawn_addresses_lie_in_the_prefix() {
        for len in [0, 1, 8, 24, 31, 32] {
            stays_inside(Prefix::<u32>::containing(0xC0A8_0102, len));
        }
        for len in [0, 29, 64, 127, 128] {
            stays_inside(Prefix::<u128>::containing(0x2001_0DB8 << 96 | 7, len));
        }
    }

    #[test]
    fn addresses_of_the_own_family_stay_what_they_are() {
        assert_eq!(u32::of(0xC0A8_0102u32.to_ip()), 0xC0A8_0102);
        assert_eq!(u128::of((7u128 << 99).to_ip()), 7 << 99);
    }
}
