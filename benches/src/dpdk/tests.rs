//! The wrappers against the oracle.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rtalloc::{
    Address, Prefix,
    testing::{oracle::Oracle, probes::probes},
};

use super::{Dpdk, Error, Family, Fib, Fib4, Lookup, Lpm, Pages, Qsbr, Settings, Width};
use crate::SEED;

/// Held by the test that runs: they share the heap, whose numbers one of them looks at.
static ALONE: Mutex<()> = Mutex::new(());

/// Keeps the tests here out.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn dpdk() -> (Dpdk, MutexGuard<'static, ()>) {
    let alone = alone();
    (Dpdk::start(Pages::Small).expect("an environment"), alone)
}

fn v4(address: [u8; 4], len: u8) -> Prefix<u32> {
    Prefix::new(u32::from_be_bytes(address), len).expect("a prefix")
}

/// Prefixes of all lengths from 1 on, close together so that they nest. None is at the end of the
/// address space, where DPDK errs.
fn prefixes<A: Address>(random: &mut ChaCha8Rng) -> Vec<Prefix<A>>
where
    rand::distr::StandardUniform: rand::distr::Distribution<A>,
{
    let bases: Vec<A> = (0..16).map(|_| random.random()).collect();
    let below_half = |address: A| address.with_bits(0, 1, 0);
    let mut prefixes: Vec<_> = (0..400)
        .map(|_| {
            let base = bases[random.random_range(0..bases.len())];
            let (keep, len) =
                (random.random_range(0..=A::WIDTH), random.random_range(1..=A::WIDTH));
            Prefix::containing(below_half(base.splice(random.random(), keep)), len)
        })
        .collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes
}

/// Adds, changes and deletes `prefixes` in random order, and compares with the oracle. Next hops
/// differ between lengths, since DPDK miscounts groups where a prefix has its cover's.
fn changes<A: Address>(
    prefixes: &[Prefix<A>],
    random: &mut ChaCha8Rng,
    mut add: impl FnMut(Prefix<A>, u32),
    mut delete: impl FnMut(Prefix<A>) -> bool,
    mut lookup: impl FnMut(&[A]) -> Vec<u32>,
) {
    let mut oracle = Oracle::new();
    let addresses: Vec<A> = prefixes.iter().copied().flat_map(probes).collect();
    for step in 0..2_000 {
        let prefix = prefixes[random.random_range(0..prefixes.len())];
        if random.random_range(0..5) < 3 {
            let next_hop = u32::from(prefix.len()) * 8 + random.random_range(0..8);
            add(prefix, next_hop);
            oracle.insert(prefix, next_hop);
        } else {
            assert_eq!(delete(prefix), oracle.remove(prefix).is_some(), "{prefix:?}");
        }
        if step % 20 == 0 || step > 1_990 {
            for (&address, found) in addresses.iter().zip(lookup(&addresses)) {
                let expected = oracle.lookup(address).map_or(0, |found| *found.1);
                assert_eq!(found, expected, "{} at step {step}", address.to_ip());
            }
        }
    }
}

fn fib_follows_the_oracle<A: Family>(dpdk: Dpdk, width: Width, lookup: Lookup)
where
    rand::distr::StandardUniform: rand::distr::Distribution<A>,
{
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let prefixes = prefixes::<A>(&mut random);
    let mut settings = Settings::of(prefixes.iter().copied(), width);
    settings.lookup = lookup;
    let made = Fib::<A>::new(dpdk, &settings);
    if lookup == Lookup::Avx512 && !dpdk.has_avx512() {
        assert_eq!(made.err(), Some(Error::Lookup));
        return;
    }
    let fib = core::cell::RefCell::new(made.expect("a table"));
    let reader = fib.borrow().reader();
    changes(
        &prefixes,
        &mut random,
        |prefix, next_hop| fib.borrow_mut().add(prefix, next_hop).expect("room"),
        |prefix| fib.borrow_mut().delete(prefix).expect("room"),
        |addresses| {
            let mut place = vec![A::Key::default(); addresses.len()];
            let (mut bulk, mut single) = (vec![u64::MAX; place.len()], vec![u64::MAX; place.len()]);
            reader.lookup(A::keys(addresses, &mut place), &mut bulk);
            for (address, next_hop) in addresses.iter().zip(&mut single) {
                reader.lookup(&[address.key()], core::slice::from_mut(next_hop));
            }
            assert_eq!(bulk, single);
            bulk.into_iter().map(|next_hop| u32::try_from(next_hop).expect("32 bits")).collect()
        },
    );
}

#[test]
fn fib4_follows_the_oracle() {
    let (dpdk, _alone) = dpdk();
    fib_follows_the_oracle::<u32>(dpdk, Width::Two, Lookup::Scalar);
    fib_follows_the_oracle::<u32>(dpdk, Width::Four, Lookup::Scalar);
    fib_follows_the_oracle::<u32>(dpdk, Width::Two, Lookup::Avx512);
    fib_follows_the_oracle::<u32>(dpdk, Width::Four, Lookup::Avx512);
}

#[test]
fn fib6_follows_the_oracle() {
    let (dpdk, _alone) = dpdk();
    fib_follows_the_oracle::<u128>(dpdk, Width::Two, Lookup::Scalar);
    fib_follows_the_oracle::<u128>(dpdk, Width::Four, Lookup::Scalar);
    fib_follows_the_oracle::<u128>(dpdk, Width::Two, Lookup::Avx512);
    fib_follows_the_oracle::<u128>(dpdk, Width::Four, Lookup::Avx512);
}

fn lpm_follows_the_oracle(dpdk: Dpdk, deferred: bool) {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let prefixes = prefixes::<u32>(&mut random);
    let settings = Settings::of(prefixes.iter().copied(), Width::Four);
    let states = deferred.then(|| Qsbr::new(dpdk, 2).expect("states"));
    let mut thread = states.as_ref().map(|states| states.join().expect("a reader"));
    let lpm = Lpm::new(dpdk, &settings, states.as_ref()).expect("a table");
    let (reader, lpm) = (lpm.reader(), core::cell::RefCell::new(lpm));
    changes(
        &prefixes,
        &mut random,
        |prefix, next_hop| lpm.borrow_mut().add(prefix, next_hop).expect("room"),
        |prefix| lpm.borrow_mut().delete(prefix).expect("room"),
        |addresses| {
            let single: Vec<u32> =
                addresses.iter().map(|&address| reader.lookup(address)).collect();
            let mut many = vec![u32::MAX; addresses.len()];
            reader.lookup_each(addresses, &mut many);
            assert_eq!(single, many);
            many.fill(u32::MAX);
            reader.lookup_bulk(addresses, &mut many);
            assert_eq!(single, many);
            many.fill(u32::MAX);
            // Lengths that four does not divide.
            for (addresses, next_hops) in addresses.chunks(7).zip(many.chunks_mut(7)) {
                reader.lookup_x4(addresses, next_hops);
            }
            assert_eq!(single, many);
            thread.iter_mut().for_each(|thread| thread.quiescent());
            many
        },
    );
}

#[test]
fn lpm_follows_the_oracle_with_and_without_a_defer_queue() {
    let (dpdk, _alone) = dpdk();
    lpm_follows_the_oracle(dpdk, false);
    lpm_follows_the_oracle(dpdk, true);
}

#[test]
fn a_reader_that_is_not_quiescent_holds_groups_back() {
    let (dpdk, _alone) = dpdk();
    let settings = Settings { groups: 1, ..Settings::of([v4([10, 0, 0, 0], 25)], Width::Four) };
    let states = Qsbr::new(dpdk, 1).expect("states");
    let mut thread = states.join().expect("a reader");
    assert_eq!(states.join().err(), Some(Error::NoMoreReaders), "one is all there is room for");
    let mut lpm = Lpm::new(dpdk, &settings, Some(&states)).expect("a table");
    lpm.add(v4([10, 0, 0, 0], 25), 1).expect("the only group");
    assert_eq!(lpm.delete(v4([10, 0, 0, 0], 25)), Ok(true));
    assert!(lpm.add(v4([10, 0, 1, 0], 25), 2).is_err(), "the group is still held");
    thread.quiescent();
    lpm.add(v4([10, 0, 1, 0], 25), 2).expect("the group came back");
    assert_eq!(lpm.reader().lookup(0x0A00_0101), 2);
}

#[test]
fn a_default_route_answers_what_nothing_else_does() {
    let (dpdk, _alone) = dpdk();
    let (all, ten) = (v4([0; 4], 0), v4([10, 0, 0, 0], 8));
    let settings = Settings::of([all, ten], Width::Two);
    let mut fib = Fib4::new(dpdk, &settings).expect("a table");
    fib.add(ten, 2).expect("room");
    fib.add(all, 1).expect("room");
    let mut next_hops = [u64::MAX; 2];
    fib.reader().lookup(&[0x0A00_0000, 0x0B00_0000], &mut next_hops);
    assert_eq!(next_hops, [2, 1]);
    assert_eq!(fib.delete(all), Ok(true));
    fib.reader().lookup(&[0x0A00_0000, 0x0B00_0000], &mut next_hops);
    assert_eq!(next_hops, [2, 0]);
    let mut lpm = Lpm::new(dpdk, &Settings { missing: 1, ..settings }, None).expect("a table");
    assert!(matches!(lpm.add(all, 1), Err(Error::Add(_, 0, _))));
    assert_eq!(lpm.reader().lookup(0x0B00_0000), 1);
}

#[test]
fn what_does_not_fit_is_refused() {
    let (dpdk, _alone) = dpdk();
    let prefix = v4([10, 0, 0, 0], 25);
    let one = Settings::of([prefix], Width::Two);
    let groups = Settings { groups: 1 << 15, ..one };
    let refused = Error::Groups { groups: 1 << 15, most: (1 << 15) - 1 };
    assert_eq!(Fib4::new(dpdk, &groups).err(), Some(refused));
    let routes = Settings { routes: usize::MAX, ..one };
    assert_eq!(Fib4::new(dpdk, &routes).err(), Some(Error::Routes(usize::MAX)));
    let mut fib = Fib4::new(dpdk, &one).expect("a table");
    assert!(matches!(fib.add(prefix, 1 << 15), Err(Error::Add(_, 25, _))), "15 bits");
    assert_eq!(fib.delete(prefix), Ok(false));
    assert_eq!(Dpdk::start(Pages::Transparent).err(), Some(Error::Started));
}

#[test]
fn a_dropped_table_gives_its_memory_back() {
    let (dpdk, _alone) = dpdk();
    let settings = Settings { groups: 1 << 18, ..Settings::of([v4([0; 4], 1)], Width::Four) };
    let before = dpdk.memory().expect("numbers");
    let fib = Fib4::new(dpdk, &settings).expect("a table");
    let first = dpdk.memory().expect("numbers");
    let entries = ((1 << 24) + (256 << 18)) * 4;
    assert!(first.allocated - before.allocated > entries, "{first:?} after {before:?}");
    assert!(first.allocated - before.allocated <= settings.bytes(), "{first:?} after {before:?}");
    drop(fib);
    assert_eq!(dpdk.memory().expect("numbers").allocated, before.allocated);
    let _fib = Fib4::new(dpdk, &settings).expect("a table in the same place");
    assert_eq!(dpdk.memory(), Ok(first));
}
