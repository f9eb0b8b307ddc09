//! Operation sequences against a `BTreeMap` and linear scans, over tiny nodes.

use core::num::NonZeroU32;
use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};

use super::{RouteMap, find::rank};
use crate::{address::Address, prefix::Prefix};

/// A map whose nodes split and merge after a handful of routes.
type Tiny<A, T> = RouteMap<A, T, 6, 7>;
type Model<A> = BTreeMap<Prefix<A>, u32>;

#[derive(Clone, Debug)]
enum Op<A: Address> {
    Insert(Prefix<A>, u32),
    Replace(Prefix<A>, u32),
    Remove(Prefix<A>),
    /// Removes the routes that this prefix covers.
    RemoveCovered(Prefix<A>),
    /// Keeps the values that leave a remainder.
    Retain(u32),
    Rebuild,
    Snapshot,
}

/// Prefixes that crowd into a few corners of the space, so that they nest and meet again.
fn prefix<A: Address>() -> impl Strategy<Value = Prefix<A>> {
    let corner =
        prop_oneof![Just(A::default()), Just(A::MAX), Just(A::default().with_bits(1, 6, 11))];
    let start = prop_oneof![Just(0), Just(7), Just(A::WIDTH - 8)];
    (corner, start, 0usize..256, 0..=A::WIDTH, 0u8..12).prop_map(
        |(corner, start, bits, any, near)| {
            let len = if near < 10 { start + near.min(8) } else { any };
            Prefix::containing(corner.with_bits(start, 8, bits), len)
        },
    )
}

fn op<A: Address>() -> impl Strategy<Value = Op<A>> {
    prop_oneof![
        30 => (prefix(), any::<u32>()).prop_map(|(p, v)| Op::Insert(p, v)),
        6 => (prefix(), any::<u32>()).prop_map(|(p, v)| Op::Replace(p, v)),
        14 => prefix().prop_map(Op::Remove),
        1 => prefix().prop_map(Op::RemoveCovered),
        1 => (2u32..9).prop_map(Op::Retain),
        1 => Just(Op::Rebuild),
        3 => Just(Op::Snapshot),
    ]
}

/// A map built at once of routes in order.
fn build<A: Address, T: Clone>(routes: impl IntoIterator<Item = (Prefix<A>, T)>) -> Tiny<A, T> {
    let (prefixes, values): (Vec<_>, Vec<_>) = routes.into_iter().unzip();
    Tiny::from_sorted(&prefixes, |index| values[index].clone())
}

/// Applies one operation to both and compares what they return.
fn apply<A: Address>(map: &mut Tiny<A, u32>, model: &mut Model<A>, op: Op<A>) {
    match op {
        Op::Insert(prefix, value) => {
            assert_eq!(map.insert(prefix, value), model.insert(prefix, value));
        }
        Op::Replace(prefix, value) => {
            let old = model.get_mut(&prefix).map(|old| core::mem::replace(old, value));
            assert_eq!(map.replace_at(map.locate(prefix), value), old);
        }
        Op::Remove(prefix) => assert_eq!(map.remove(prefix), model.remove(&prefix)),
        Op::RemoveCovered(cover) => {
            let taken = retain(map, |prefix, _| !cover.covers(prefix));
            let expected: Vec<_> = model.extract_if_covered(cover);
            assert_eq!(taken, expected);
        }
        Op::Retain(divisor) => {
            let taken = retain(map, |_, value| value % divisor != 0);
            let before = model.len();
            model.retain(|_, value| *value % divisor != 0);
            assert_eq!(taken.len(), before - model.len());
            assert!(taken.iter().all(|(_, value)| value % divisor == 0));
        }
        Op::Rebuild => {
            let routes: Vec<_> = map.iter().map(|(prefix, &value)| (prefix, value)).collect();
            *map = build(routes);
        }
        Op::Snapshot => {}
    }
}

trait ExtractCovered<A> {
    fn extract_if_covered(&mut self, cover: Prefix<A>) -> Vec<(Prefix<A>, u32)>;
}

impl<A: Address> ExtractCovered<A> for Model<A> {
    fn extract_if_covered(&mut self, cover: Prefix<A>) -> Vec<(Prefix<A>, u32)> {
        let (inside, outside) = core::mem::take(self)
            .into_iter()
            .partition::<Vec<_>, _>(|&(prefix, _)| cover.covers(prefix));
        *self = outside.into_iter().collect();
        inside
    }
}

/// Compares every question about `prefix` with a scan of the model.
fn compare_at<A: Address>(map: &Tiny<A, u32>, model: &Model<A>, prefix: Prefix<A>) {
    assert_eq!(map.get(prefix), model.get(&prefix), "get {prefix}");
    let covers: Vec<_> = model
        .iter()
        .filter(|(other, _)| other.covers(prefix))
        .map(|(&other, value)| (other, value))
        .collect();
    assert_eq!(map.covering(prefix).collect::<Vec<_>>(), covers, "covering {prefix}");
    let strict = covers.iter().rfind(|(other, _)| *other != prefix).copied();
    assert_eq!(map.cover(prefix), strict, "cover {prefix}");
    assert_eq!(map.cover_at(map.locate(prefix), prefix), strict, "cover at {prefix}");
    for near in covers.iter().map(|&(cover, _)| cover).chain([prefix]) {
        let spot = map.locate_near(map.locate(near), prefix);
        assert_eq!(map.value(spot), model.get(&prefix), "{prefix} near {near}");
        assert_eq!(map.cover_at(spot, prefix), strict, "cover of {prefix} near {near}");
    }
    let inside: Vec<_> = model
        .iter()
        .filter(|(other, _)| prefix.covers(**other))
        .map(|(&other, value)| (other, value))
        .collect();
    assert_eq!(map.more_specific(prefix).collect::<Vec<_>>(), inside, "inside {prefix}");
    let rest = model.range(prefix..).map(|(&other, value)| (other, value));
    assert!(map.iter_from(prefix).eq(rest), "from {prefix}");
    for address in [prefix.address(), prefix.last_address()] {
        let longest = model
            .iter()
            .filter(|(other, _)| other.contains(address))
            .max_by_key(|(other, _)| other.len())
            .map(|(&other, value)| (other, value));
        assert_eq!(map.lookup(address), longest, "lookup {address:?}");
    }
}

fn same<A: Address>(map: &Tiny<A, u32>, model: &Model<A>) {
    map.check();
    assert_eq!(map.len(), model.len());
    assert_eq!(map.is_empty(), model.is_empty());
    assert!(map.iter().eq(model.iter().map(|(&prefix, value)| (prefix, value))));
}

fn run<A: Address>(ops: Vec<Op<A>>, probes: Vec<Prefix<A>>) {
    let (mut map, mut model) = (Tiny::new(), Model::new());
    let mut snapshots = Vec::new();
    for op in ops {
        if matches!(op, Op::Snapshot) {
            snapshots.push((map.clone(), model.clone()));
            if snapshots.len() > 3 {
                let (map, model) = snapshots.remove(0);
                same(&map, &model);
            }
        }
        let touched = match op {
            Op::Insert(prefix, _) | Op::Replace(prefix, _) | Op::Remove(prefix) => Some(prefix),
            _ => None,
        };
        apply(&mut map, &mut model, op);
        same(&map, &model);
        if let Some(prefix) = touched {
            compare_at(&map, &model, prefix);
        }
    }
    for prefix in probes {
        compare_at(&map, &model, prefix);
    }
    for (map, model) in &snapshots {
        same(map, model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 96 }))]

    #[test]
    fn ipv4_sequences_match_the_model(
        ops in vec(op::<u32>(), 1..400),
        probes in vec(prefix(), 24),
    ) {
        run(ops, probes);
    }

    #[test]
    fn ipv6_sequences_match_the_model(
        ops in vec(op::<u128>(), 1..400),
        probes in vec(prefix(), 24),
    ) {
        run(ops, probes);
    }

    #[test]
    fn bulk_builds_of_every_size_match_the_model(routes in vec(prefix::<u32>(), 0..300)) {
        let model: Model<u32> = routes.into_iter().zip(0..).collect();
        let map = build(model.clone());
        same(&map, &model);
    }
}

#[test]
fn every_length_of_one_address_is_kept_apart() {
    let mut map: Tiny<u128, u8> = Tiny::new();
    for len in (0..=128).rev() {
        assert_eq!(map.insert(Prefix::containing(0, len), len), None);
        map.check();
    }
    let all: Vec<_> = map.covering(Prefix::containing(0, 128)).map(|(_, &len)| len).collect();
    assert_eq!(all, (0..=128).collect::<Vec<_>>());
    assert_eq!(map.cover(Prefix::containing(0, 128)).map(|(_, &len)| len), Some(127));
    assert_eq!(map.lookup(1).map(|(_, &len)| len), Some(127));
    assert_eq!(map.lookup(u128::MAX).map(|(_, &len)| len), Some(0));
}

/// A day of churn in full-size nodes: every route replaced many times over, in scattered order.
/// The bound is a fill of 3/8 in every node (`check`); the average stays far above it.
#[test]
fn churn_keeps_the_nodes_filled() {
    let key = |n: u32| Prefix::containing(n.wrapping_mul(0x9E37_79B1) & !0xFF, 24);
    let value = |n: u32| NonZeroU32::MIN.saturating_add(n);
    let count = if cfg!(miri) { 2_000 } else { 40_000 };
    let mut map: RouteMap<u32, NonZeroU32> = RouteMap::new();
    for n in 0..count {
        map.insert(key(n), value(n));
    }
    let rounds = if cfg!(miri) { 1 } else { 10 };
    for n in 0..count * rounds {
        assert_eq!(map.remove(key(n)), Some(value(n)));
        assert_eq!(map.insert(key(n + count), value(n + count)), None);
    }
    map.check();
    let full = map.len() * (size_of::<u32>() + size_of::<u8>() + size_of::<NonZeroU32>());
    let used = map.bytes();
    assert!(used * 2 < full * 3, "{used} bytes for {full} of routes: filled under 2/3");
}

/// Removes the routes for which `keep` says no, one by one, and returns them.
fn retain<A: Address, T: Clone, const L: usize, const I: usize>(
    map: &mut RouteMap<A, T, L, I>,
    mut keep: impl FnMut(Prefix<A>, &T) -> bool,
) -> Vec<(Prefix<A>, T)> {
    let unwanted: Vec<_> =
        map.iter().filter(|&(p, value)| !keep(p, value)).map(|(p, _)| p).collect();
    unwanted.into_iter().filter_map(|p| Some((p, map.remove(p)?))).collect()
}

/// A write that changes nothing leaves even the root shared with the snapshot.
#[test]
fn writes_that_change_nothing_copy_nothing() {
    let key = |n: u32| Prefix::containing(n << 8, 24);
    let routes = (0..1000).map(|n| (key(n), n));
    let mut map: Tiny<u32, u32> = build(routes);
    let snapshot = map.clone();
    assert_eq!(map.remove(key(5000)), None);
    assert_eq!(map.replace_at(map.locate(key(5000)), 1), None);
    assert!(std::sync::Arc::ptr_eq(&map.root, &snapshot.root));
    assert_eq!(map.replace_at(map.locate(key(500)), 1), Some(500));
    assert!(!std::sync::Arc::ptr_eq(&map.root, &snapshot.root));
    assert_eq!(snapshot.get(key(500)), Some(&500));
}

/// A value whose copies fail on demand: the map must keep what it had.
#[test]
fn a_panic_in_a_copy_leaves_the_routes_where_they_were() {
    use std::{cell::Cell, panic, rc::Rc};

    struct Fragile(u32, Rc<Cell<bool>>);
    impl Clone for Fragile {
        fn clone(&self) -> Self {
            assert!(!self.1.get(), "no copy today");
            Self(self.0, Rc::clone(&self.1))
        }
    }

    let broken = Rc::new(Cell::new(false));
    let key = |n: u32| Prefix::containing(n << 8, 24);
    let routes = (0..60).map(|n| (key(n), Fragile(n, Rc::clone(&broken))));
    let mut map: Tiny<u32, Fragile> = build(routes);
    let snapshot = map.clone();
    for n in 0..60 {
        broken.set(true);
        let result = panic::catch_unwind(panic::AssertUnwindSafe(|| map.remove(key(n))));
        assert!(result.is_err());
        broken.set(false);
        map.check();
        assert!(map.iter().map(|(_, value)| value.0).eq(0..60));
    }
    assert_eq!(snapshot.len(), 60);
}

/// Node sizes on both sides of every way to search: one block, several, halving.
#[test]
fn rank_counts_the_keys_at_or_below() {
    for count in (0..70).chain([127, 128, 255, 256, 257, 600]) {
        let keys: Vec<_> = (0..count).map(|n| (n / 3 * 16, 28 + (n % 3) as u8)).collect();
        let (addresses, lens): (Vec<u32>, Vec<u8>) = keys.iter().copied().unzip();
        for address in 0..count / 3 * 16 + 33 {
            for len in 27..=32 {
                let key = Prefix::containing(address, len);
                let expected = keys.partition_point(|&at| at <= (key.address(), len));
                assert_eq!(rank(&addresses, &lens, key), expected, "{key} in {count}");
            }
        }
    }
}
