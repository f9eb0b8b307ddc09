//! What the tests run on.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rtalloc::{
    Address, Entry, EntryRef, Guard, Match, NextHop, Options, Prefix, Rib, Route, Table,
    testing::{
        drop_count::{Counted, DropCounter},
        probes::probes,
    },
};

/// What the routes carry.
pub(crate) type Value = Counted;

/// Runs a test on both families and in both disciplines.
macro_rules! configurations {
    ($test:ident) => {
        mod $test {
            use crate::run::Discipline;

            #[test]
            fn v4_sections() {
                super::$test::<u32>(Discipline::Sections);
            }

            #[test]
            fn v4_points() {
                super::$test::<u32>(Discipline::Points);
            }

            #[test]
            fn v6_sections() {
                super::$test::<u128>(Discipline::Sections);
            }

            #[test]
            fn v6_points() {
                super::$test::<u128>(Discipline::Points);
            }
        }
    };
}
pub(crate) use configurations;

/// A family of addresses, as the tests see it.
pub(crate) trait Family: Address {
    /// Lengths that end in, before and on the border of the nodes of each level.
    const LENGTHS: &'static [u8];

    fn rib(table: &Table<Value>) -> &Rib<Self, Value>;

    fn lookup<'g>(guard: &'g Guard<'_, Value>, address: Self) -> Option<Match<'g, Value>>;

    /// Addresses that share bits in many ways.
    fn bases() -> Vec<Self> {
        (0..if cfg!(miri) { 3usize } else { 16 })
            .map(|index| {
                let top = Self::default().with_bits(0, 4, index & 3);
                let middle = top.with_bits(14, 8, index >> 2 & 1);
                middle.with_bits(Self::WIDTH - 6, 6, (index >> 3) * 21)
            })
            .collect()
    }

    /// Prefixes that nest and stand beside each other; the default route is the first.
    fn prefixes() -> Vec<Prefix<Self>> {
        let mut prefixes = vec![Prefix::default()];
        for base in Self::bases() {
            let lengths = Self::LENGTHS.iter().step_by(if cfg!(miri) { 2 } else { 1 });
            prefixes.extend(lengths.map(|&len| Prefix::containing(base, len)));
        }
        prefixes.sort();
        prefixes.dedup();
        prefixes
    }

    fn prefix_of(entry: &Entry<Value>) -> Prefix<Self>;
}

impl Family for u32 {
    const LENGTHS: &'static [u8] = &[4, 9, 10, 18, 19, 24, 26, 30, 32];

    fn rib(table: &Table<Value>) -> &Rib<Self, Value> {
        table.v4()
    }

    fn lookup<'g>(guard: &'g Guard<'_, Value>, address: Self) -> Option<Match<'g, Value>> {
        guard.lookup_v4(address)
    }

    fn prefix_of(entry: &Entry<Value>) -> Prefix<Self> {
        match entry.destination() {
            std::net::IpAddr::V4(address) => {
                Prefix::new(address.into(), entry.prefix_len()).unwrap()
            }
            other => panic!("{other} among IPv4 routes"),
        }
    }
}

impl Family for u128 {
    const LENGTHS: &'static [u8] = &[4, 9, 16, 18, 19, 32, 48, 64, 128];

    fn rib(table: &Table<Value>) -> &Rib<Self, Value> {
        table.v6()
    }

    fn lookup<'g>(guard: &'g Guard<'_, Value>, address: Self) -> Option<Match<'g, Value>> {
        guard.lookup_v6(address)
    }

    fn prefix_of(entry: &Entry<Value>) -> Prefix<Self> {
        match entry.destination() {
            std::net::IpAddr::V6(address) => {
                Prefix::new(address.into(), entry.prefix_len()).unwrap()
            }
            other => panic!("{other} among IPv6 routes"),
        }
    }
}

/// Opens a table.
pub(crate) fn open() -> Table<Value> {
    Options::new().open().unwrap()
}

/// The number by which a route of the tests is known.
pub(crate) fn number(entry: &Entry<Value>) -> u32 {
    entry.next_hop().interface
}

/// Route number `number`, with a counted value that says the same.
pub(crate) fn route(counter: &DropCounter, number: u32) -> Route<Value> {
    let mut route = Route::with_data(NextHop::interface(number), counter.value(u64::from(number)));
    route.metrics.weight = !number;
    route
}

/// Fails unless the entry's parts are of one route, and the value has not been dropped.
pub(crate) fn assert_whole(entry: &Entry<Value>) {
    let number = number(entry);
    assert_eq!(entry.data().value(), u64::from(number));
    assert_eq!(entry.route().metrics.weight, !number);
}

/// How many entries the references are to.
pub(crate) fn distinct(references: &[&EntryRef<Value>]) -> u64 {
    let mut entries: Vec<*const Entry<Value>> =
        references.iter().map(|reference| core::ptr::from_ref(&***reference)).collect();
    entries.sort_unstable();
    entries.dedup();
    entries.len() as u64
}

/// A generator of its own for each thread.
pub(crate) fn rng(thread: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(thread)
}

/// One of `all` at random.
pub(crate) fn any_of<'a, T>(rng: &mut ChaCha8Rng, all: &'a [T]) -> &'a T {
    &all[rng.random_range(0..all.len())]
}

/// An address at which `prefix` can change an answer.
pub(crate) fn any_probe<A: Family>(rng: &mut ChaCha8Rng, prefix: Prefix<A>) -> A {
    let probes: Vec<A> = probes(prefix).collect();
    *any_of(rng, &probes)
}
