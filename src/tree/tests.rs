//! Operation sequences against the golden model, over several geometries.

mod windows;

use proptest::prelude::*;

use super::*;
use crate::{arena::Block, prefix::Prefix, testing::naive::Naive};

macro_rules! geometry {
    ($name:ident, $directory:literal, $chunk:literal, $stride:literal) => {
        pub(super) struct $name;
        impl Geometry for $name {
            const DIRECTORY: u8 = $directory;
            const CHUNK: u8 = $chunk;
            const STRIDE: u8 = $stride;
        }
    };
}

geometry!(Narrow, 1, 1, 1);
geometry!(Small, 2, 3, 2);
geometry!(Odd, 3, 2, 5);
geometry!(Low, 4, 4, 6);

#[derive(Clone, Debug)]
pub(super) enum Op<A: Address> {
    Insert(Prefix<A>),
    Remove(prop::sample::Index),
    /// A new entry for a route that is there.
    Renew(prop::sample::Index),
    /// Removes this route if it is there.
    Withdraw(Prefix<A>),
    Batch(Vec<Op<A>>),
    Build,
    /// Everything's grace period is over.
    Recycle,
}

/// A tree, its writer, and what the model says.
pub(super) struct Bench<A: Address, G: Geometry> {
    pub(super) tree: Tree<A, G>,
    writer: TreeWriter<A, G>,
    pub(super) model: Naive<A, u32>,
    next: u32,
    limbo: Vec<Block>,
}

impl<A: Address, G: Geometry> Bench<A, G> {
    pub(super) fn new(units: usize) -> Self {
        let (tree, writer) = Tree::new(units).unwrap();
        Self { tree, writer, model: Naive::new(), next: 1, limbo: Vec::new() }
    }

    /// The prefixes that `op` will change, and the numbers of the entries that it will make.
    pub(super) fn peek_changes(&mut self, op: &Op<A>) -> (Vec<Prefix<A>>, core::ops::Range<u32>) {
        let (model, first) = (self.model.clone(), self.next);
        let mut changes = Vec::new();
        self.changes(op, &mut changes);
        self.model = model;
        let next = core::mem::replace(&mut self.next, first);
        (changes.into_iter().map(|change| change.0).collect(), first..next)
    }

    fn changes(&mut self, op: &Op<A>, out: &mut Vec<(Prefix<A>, Change)>) {
        match op {
            Op::Insert(prefix) => {
                let id = self.next;
                self.next += 1;
                self.writer.set_len(id, prefix.len());
                let change = match self.model.insert(*prefix, id) {
                    Some(from) => Change::Swap { from, to: id },
                    None => Change::Cover { id },
                };
                out.push((*prefix, change));
            }
            Op::Remove(index) if !self.model.is_empty() => {
                let prefix = self.nth(index);
                self.changes(&Op::Withdraw(prefix), out);
            }
            Op::Renew(index) if !self.model.is_empty() => {
                let prefix = self.nth(index);
                self.changes(&Op::Insert(prefix), out);
            }
            Op::Withdraw(prefix) => {
                if let Some(from) = self.model.remove(*prefix) {
                    let to = self.model.cover(*prefix).map_or(0, |(_, &id)| id);
                    out.push((*prefix, Change::Swap { from, to }));
                }
            }
            Op::Remove(_) | Op::Renew(_) => {}
            Op::Batch(ops) => ops.iter().for_each(|op| self.changes(op, out)),
            Op::Build | Op::Recycle => {}
        }
    }

    fn nth(&self, index: &prop::sample::Index) -> Prefix<A> {
        self.model.iter().nth(index.index(self.model.len())).unwrap().0
    }

    /// Applies an operation; false, with nothing changed, if the memory does not suffice.
    pub(super) fn step(&mut self, op: &Op<A>) -> bool {
        let before = self.model.clone();
        let mut changes = Vec::new();
        self.changes(op, &mut changes);
        let done = match op {
            Op::Build => {
                let (routes, ids): (Vec<_>, Vec<_>) =
                    self.model.iter().map(|(prefix, &id)| (prefix, id)).unzip();
                let plan = Plan::new::<A, G>(&routes);
                let number = |leaf: u32| ids[leaf as usize - 1];
                let laid = self.writer.lay_out(&self.tree, &plan, number);
                laid.is_ok_and(|directory| {
                    self.writer.replace_all(&self.tree, directory);
                    true
                })
            }
            Op::Batch(_) => {
                self.writer.begin(&self.tree).is_ok()
                    && changes.iter().all(|&(prefix, change)| {
                        self.writer.add(&self.tree, prefix, change).is_ok()
                    })
                    && {
                        self.writer.publish(&self.tree);
                        true
                    }
            }
            Op::Recycle => {
                self.recycle();
                true
            }
            _ => changes
                .iter()
                .all(|&(prefix, change)| self.writer.apply(&self.tree, prefix, change).is_ok()),
        };
        if !done {
            self.model = before;
        }
        self.limbo.extend(self.writer.unlinked());
        self.writer.overwritten().for_each(drop);
        done
    }

    fn check(&mut self) {
        self.writer.check(&self.tree, &self.limbo);
        self.check_bursts();
        for prefix in self.model.iter().map(|(prefix, _)| prefix) {
            for address in crate::testing::probes::probes(prefix) {
                let expected = self.model.lookup(address).map_or(0, |(_, &id)| id);
                assert_eq!(self.tree.lookup(address), expected, "at {}", address.to_ip());
            }
        }
        assert_eq!(self.tree.lookup(A::MAX), self.model.lookup(A::MAX).map_or(0, |(_, &id)| id));
    }

    /// Bursts of several lengths answer as single lookups do, with each code that the processor has.
    fn check_bursts(&mut self) {
        let probes = |prefix| crate::testing::probes::probes(prefix);
        let addresses: Vec<A> =
            self.model.iter().flat_map(|(prefix, _)| probes(prefix)).chain([A::MAX]).collect();
        let expected: Vec<u32> = addresses.iter().map(|&a| self.tree.lookup(a)).collect();
        for code in [Code::Portable, Code::best()] {
            self.tree.code = code;
            assert!(addresses.iter().map(|&a| self.tree.lookup(a)).eq(expected.iter().copied()));
            for len in [addresses.len(), 1, GROUP, 2 * GROUP + 3] {
                let asked = &addresses[..len.min(addresses.len())];
                let mut numbers = vec![u32::MAX; asked.len() + 1];
                self.tree.numbers(asked, &mut numbers);
                let after = numbers.pop();
                assert_eq!(numbers, expected[..asked.len()], "{code:?}");
                assert_eq!(after, Some(u32::MAX), "nothing past the addresses is written");
            }
        }
    }

    fn recycle(&mut self) {
        let open = self.writer.window_is_open();
        let closed = self.limbo.drain(..).filter(|&block| self.writer.recycle(block)).count();
        assert_eq!(closed, usize::from(open), "the last window closes once");
        assert!(!self.writer.window_is_open(), "no window is for ever");
    }

    fn run(&mut self, ops: &[Op<A>]) {
        for op in ops {
            self.step(op);
            self.check();
        }
        self.recycle();
        let prefixes: Vec<_> = self.model.iter().map(|(prefix, _)| prefix).collect();
        for prefix in prefixes {
            let from = self.model.remove(prefix).unwrap();
            let to = self.model.cover(prefix).map_or(0, |(_, &id)| id);
            // Full memory cannot stop this test's larger benches.
            self.writer.apply(&self.tree, prefix, Change::Swap { from, to }).unwrap();
            self.limbo.extend(self.writer.unlinked());
        }
        self.check();
        assert_eq!(self.writer.census(&self.tree).nodes, [1], "an empty tree is a bare directory");
    }
}

/// Prefixes that lie close together, so that they nest and collide.
pub(super) fn prefix_v4() -> impl Strategy<Value = Prefix<u32>> {
    (any::<u32>(), 0u8..=32, 0u8..4).prop_map(|(random, len, mode)| {
        let address = match mode {
            0 => random,
            1 => 0x0A00_0000 | (random & 0x0003_0707),
            2 => 0x0A00_0100 | (random & 0xFF),
            _ => random & 0xE000_0003,
        };
        Prefix::containing(address, len)
    })
}

pub(super) fn prefix_v6() -> impl Strategy<Value = Prefix<u128>> {
    (any::<u128>(), 0u8..=128, 0u8..4).prop_map(|(random, len, mode)| {
        let base = 0x2001_0db8u128 << 96;
        let address = match mode {
            0 => random,
            1 => base | (random & 0x0003_0007 << 80),
            2 => base | (random & 0xFF),
            _ => random & (7 << 125 | 3),
        };
        Prefix::containing(address, len)
    })
}

pub(super) fn op<A: Address>(
    prefix: impl Strategy<Value = Prefix<A>> + Clone + 'static,
) -> BoxedStrategy<Op<A>> {
    let single = prop_oneof![
        10 => prefix.prop_map(Op::Insert),
        6 => any::<prop::sample::Index>().prop_map(Op::Remove),
        2 => any::<prop::sample::Index>().prop_map(Op::Renew),
        1 => Just(Op::Insert(Prefix::default())),
        1 => Just(Op::Withdraw(Prefix::default())),
    ]
    .boxed();
    prop_oneof![
        16 => single.clone(),
        4 => prop::collection::vec(single, 0..12).prop_map(Op::Batch),
        2 => Just(Op::Build),
        3 => Just(Op::Recycle),
    ]
    .boxed()
}

macro_rules! against_the_model {
    ($($name:ident: $address:ty, $geometry:ty, $prefix:ident;)*) => {
        proptest! {
            $(
                #[test]
                fn $name(ops in prop::collection::vec(op($prefix().boxed()), 1..60)) {
                    Bench::<$address, $geometry>::new(1 << 22).run(&ops);
                }
            )*
        }
    };
}

against_the_model! {
    ipv4_with_strides_of_one: u32, Narrow, prefix_v4;
    ipv4_with_small_strides: u32, Small, prefix_v4;
    ipv4_with_odd_strides: u32, Odd, prefix_v4;
    ipv4_with_low_roots: u32, Low, prefix_v4;
    ipv4_with_real_strides: u32, Wide, prefix_v4;
    ipv6_with_strides_of_one: u128, Narrow, prefix_v6;
    ipv6_with_odd_strides: u128, Odd, prefix_v6;
    ipv6_with_real_strides: u128, Wide, prefix_v6;
}

proptest! {
    /// With hardly any memory most operations fail; each must leave the tree as it was.
    #[test]
    fn a_failed_update_changes_nothing(
        ops in prop::collection::vec(op(prefix_v4().boxed()), 1..60),
        units in 40usize..160,
    ) {
        let mut bench = Bench::<u32, Small>::new(units);
        let mut failed = 0;
        for op in &ops {
            failed += usize::from(!bench.step(op));
            bench.check();
            bench.recycle();
        }
        prop_assume!(failed > 0);
    }
}

#[test]
fn one_changed_run_is_stored_in_place() {
    let mut bench = Bench::<u32, Wide>::new(1 << 16);
    let wide = Prefix::new(0x0A00_0000, 8).unwrap();
    let narrow = Prefix::new(0x0A01_0200, 24).unwrap();
    bench.step(&Op::Insert(wide));
    bench.step(&Op::Insert(narrow));
    let before = bench.writer.census(&bench.tree);
    // Withdrawn, the record collapses; beside another route it keeps its runs.
    bench.step(&Op::Insert(Prefix::new(0x0A01_0400, 24).unwrap()));
    bench.recycle();
    let from = bench.model.remove(narrow).unwrap();
    let to = bench.model.cover(narrow).map_or(0, |(_, &id)| id);
    bench.writer.apply(&bench.tree, narrow, Change::Swap { from, to }).unwrap();
    assert_eq!(bench.writer.unlinked().count(), 0, "withdrawing rewrote a node");
    bench.step(&Op::Insert(narrow));
    assert_eq!(bench.limbo, [], "announcing again rewrote a node");
    assert_eq!(bench.writer.census(&bench.tree).nodes, before.nodes);
    bench.check();
}

#[test]
fn a_default_route_is_one_store_of_the_root() {
    let mut bench = Bench::<u32, Wide>::new(1 << 20);
    for high in 0..200u32 {
        bench.step(&Op::Insert(Prefix::new(high << 24 | 0x0001_0200, 24).unwrap()));
    }
    bench.recycle();
    let directory = bench.tree.directory();
    bench.step(&Op::Insert(Prefix::new(0, 0).unwrap()));
    assert_ne!(bench.tree.directory(), directory, "published above everything it changes");
    bench.check();
}

#[test]
fn a_batch_in_one_chunk_leaves_the_root_alone() {
    let mut bench = Bench::<u32, Wide>::new(1 << 20);
    bench.step(&Op::Insert(Prefix::new(0x0A00_0000, 24).unwrap()));
    let directory = bench.tree.directory();
    let batch = (0..20u32).map(|low| Op::Insert(Prefix::new(0x0A00_0000 | low << 8, 24).unwrap()));
    bench.step(&Op::Batch(batch.collect()));
    assert_eq!(bench.tree.directory(), directory);
    bench.check();
}
