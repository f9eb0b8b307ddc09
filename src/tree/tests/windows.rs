//! Readers that began before a change of the default route and go on after it.
//!
//! One thread plays the writer and all readers: a reader is stopped wherever it is for as many updates
//! as the case says, and what was retired since it began is not recycled before it has ended.

use core::cell::Cell;

use super::*;
use crate::tree::{
    lookup::or_default,
    node::Node,
    shape::{bits_at, is_child, unit_of},
};

/// All prefixes that operations name.
fn named<A: Address>(ops: &[Op<A>], into: &mut Vec<Prefix<A>>) {
    for op in ops {
        match op {
            Op::Insert(prefix) | Op::Withdraw(prefix) => into.push(*prefix),
            Op::Batch(ops) => named(ops, into),
            Op::Remove(_) | Op::Renew(_) | Op::Build | Op::Recycle => {}
        }
    }
}

/// Addresses at which operations can change an answer.
fn addresses<A: Address>(ops: &[Op<A>]) -> Vec<A> {
    let mut prefixes = vec![Prefix::default()];
    named(ops, &mut prefixes);
    let mut addresses: Vec<A> =
        prefixes.into_iter().flat_map(crate::testing::probes::probes).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// What each operation retired, the oldest first, and when.
struct Limbo(Vec<(usize, Block)>);

impl Limbo {
    fn retire<A: Address, G: Geometry>(&mut self, now: usize, bench: &mut Bench<A, G>) {
        self.0.extend(bench.limbo.drain(..).map(|block| (now, block)));
    }

    /// Recycles what was retired before `oldest`.
    fn recycle<A: Address, G: Geometry>(&mut self, oldest: usize, bench: &mut Bench<A, G>) {
        let count = self.0.partition_point(|&(retired, _)| retired < oldest);
        for (_, block) in self.0.drain(..count) {
            bench.writer.recycle(block);
        }
    }
}

/// A directory that a change of the default has replaced, and what it answered before.
struct Replaced {
    retired: usize,
    directory: Unit,
    answers: Vec<u32>,
}

/// For as long as a directory that was replaced by a change of the default is not recycled, a walk
/// from it answers as it did when it was replaced. Returns how often one of many was looked at.
fn replaced_directories_stay_as_they_are<A: Address, G: Geometry>(
    ops: &[(Op<A>, prop::sample::Index)],
) -> usize {
    let mut bench = Bench::<A, G>::new(1 << 22);
    let (plain, _): (Vec<Op<A>>, Vec<_>) = ops.iter().cloned().unzip();
    let addresses = addresses(&plain);
    let (mut limbo, mut replaced) = (Limbo(Vec::new()), Vec::<Replaced>::new());
    let mut looked = 0;
    for (now, (op, index)) in ops.iter().enumerate() {
        let (directory, default) = (bench.tree.directory(), bench.tree.default_id());
        let before = bench.model.clone();
        // Recycled is what the case says, below.
        if !matches!(op, Op::Recycle) {
            assert!(bench.step(op), "room");
            bench.check_answers(&addresses);
        }
        limbo.retire(now, &mut bench);
        if bench.tree.default_id() != default {
            assert_ne!(bench.tree.directory(), directory, "by a store of the root word");
            let answer = |&address: &A| before.lookup(address).map_or(0, |(_, &id)| id);
            let answers = addresses.iter().map(answer).collect();
            replaced.push(Replaced { retired: now, directory, answers });
            assert!(bench.writer.window_is_open() || matches!(op, Op::Build));
        }
        for Replaced { directory, answers, .. } in &replaced {
            for (&address, &answer) in addresses.iter().zip(answers) {
                let found = bench.tree.lookup_from(*directory, address);
                assert_eq!(found, answer, "at {} after {now}", address.to_ip());
            }
            looked += 1;
        }
        if matches!(op, Op::Recycle) {
            let oldest = index.index(now + 1);
            replaced.retain(|replaced| replaced.retired >= oldest);
            limbo.recycle(oldest, &mut bench);
        }
        let blocks: Vec<Block> = limbo.0.iter().map(|&(_, block)| block).collect();
        bench.writer.check(&bench.tree, &blocks);
    }
    looked
}

/// A lookup that is stopped between two loads.
struct Walk<A> {
    began: usize,
    address: A,
    default: u32,
    word: u32,
    at: u8,
    /// Answers that have been right since it began.
    right: Vec<u32>,
}

impl<A: Address> Walk<A> {
    fn begin<G: Geometry>(now: usize, bench: &Bench<A, G>, address: A) -> Self {
        let directory = bench.tree.directory();
        let default = bench.tree.default_of(directory);
        let word = crate::tree::shape::child(directory);
        let mut walk = Self { began: now, address, default, word, at: 0, right: Vec::new() };
        walk.note(bench);
        walk
    }

    /// Notes the answer that is right now.
    fn note<G: Geometry>(&mut self, bench: &Bench<A, G>) {
        let answer = bench.model.lookup(self.address).map_or(0, |(_, &id)| id);
        if !self.right.contains(&answer) {
            self.right.push(answer);
        }
    }

    /// Goes down one level. Returns whether that was the last one, and has checked the answer then.
    fn step<G: Geometry>(&mut self, bench: &Bench<A, G>) -> bool {
        let bits = bits_at::<G>(self.at);
        let node = Node { unit: unit_of(self.word), at: self.at };
        self.word = bench.tree.slot(node, self.address.bits(self.at, bits));
        self.at += bits;
        if is_child(self.word) {
            return false;
        }
        let answer = or_default(self.word, self.default);
        let Self { right, address, .. } = self;
        assert!(right.contains(&answer), "{answer} at {}, not of {right:?}", address.to_ip());
        true
    }
}

/// Lookups that are stopped between any two loads answer what was right at some instant since they
/// began, also where there is memory for hardly any node and where batches are given up. Returns how
/// many of them ended where the default has changed since.
fn stopped_lookups_are_right<A: Address, G: Geometry>(
    units: usize,
    ops: &[(Op<A>, prop::sample::Index)],
) -> usize {
    let mut bench = Bench::<A, G>::new(units);
    let (plain, _): (Vec<Op<A>>, Vec<_>) = ops.iter().cloned().unzip();
    let addresses = addresses(&plain);
    let (mut limbo, mut walks) = (Limbo(Vec::new()), Vec::<Walk<A>>::new());
    let mut outlived = 0;
    for (now, (op, index)) in ops.iter().enumerate() {
        let random = |most: usize, salt: usize| {
            (index.index(1 << 20) + salt).wrapping_mul(0x9E37_79B9) / 64 % most
        };
        for salt in 0..4 {
            let address = addresses[random(addresses.len(), salt)];
            walks.push(Walk::begin(now, &bench, address));
        }
        if random(5, 77) == 0 {
            bench.give_up(op);
        }
        if !matches!(op, Op::Recycle) {
            assert!(bench.step(op) || units <= TIGHT, "room");
        }
        limbo.retire(now, &mut bench);
        walks.iter_mut().for_each(|walk| walk.note(&bench));
        // Some go on a little, some to their ends, most stay where they are.
        let default = bench.tree.default_id();
        let mut place = 0;
        walks.retain_mut(|walk| {
            place += 1;
            let steps = [0, 0, 0, 0, 0, 1, 2, 200][random(8, 100 + place)];
            let ended = (0..steps).any(|_| walk.step(&bench));
            outlived += usize::from(ended && walk.default != default);
            !ended
        });
        if matches!(op, Op::Recycle) {
            let oldest = walks.iter().map(|walk| walk.began).min().unwrap_or(now + 1);
            limbo.recycle(oldest, &mut bench);
        }
    }
    walks.iter_mut().for_each(|walk| while !walk.step(&bench) {});
    outlived
}

/// Units that are too few for most of the tables here.
const TIGHT: usize = 300;

impl<A: Address, G: Geometry> Bench<A, G> {
    /// Stages `op` as a batch and gives it up.
    fn give_up(&mut self, op: &Op<A>) {
        let (model, mut changes) = (self.model.clone(), Vec::new());
        self.changes(op, &mut changes);
        self.model = model;
        let staged = self.writer.begin(&self.tree).is_ok()
            && changes
                .iter()
                .all(|&(prefix, change)| self.writer.add(&self.tree, prefix, change).is_ok());
        if staged {
            self.writer.abort();
        }
        assert_eq!(self.writer.unlinked().count(), 0, "nothing was unlinked");
        self.writer.overwritten().for_each(drop);
    }

    fn check_answers(&self, addresses: &[A]) {
        for &address in addresses {
            let expected = self.model.lookup(address).map_or(0, |(_, &id)| id);
            assert_eq!(self.tree.lookup(address), expected, "at {}", address.to_ip());
        }
    }
}

/// Operations among which changes of the default are frequent, each with something random.
fn ops<A: Address>(
    prefix: BoxedStrategy<Prefix<A>>,
) -> impl Strategy<Value = Vec<(Op<A>, prop::sample::Index)>> {
    let one = prop_oneof![
        5 => op(prefix),
        1 => Just(Op::Insert(Prefix::default())),
        1 => Just(Op::Withdraw(Prefix::default())),
    ];
    prop::collection::vec((one, any::<prop::sample::Index>()), 1..50)
}

/// Runs `case` with many sequences, and sees to it that they reached what they are for.
fn many<A: Address>(
    prefix: BoxedStrategy<Prefix<A>>,
    case: impl Fn(&[(Op<A>, prop::sample::Index)]) -> usize,
) {
    let cases = if cfg!(miri) { 2 } else { 48 };
    let reached = Cell::new(0);
    let config = ProptestConfig { cases, source_file: Some(file!()), ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let run = runner.run(&ops(prefix), |ops| {
        reached.set(reached.get() + case(&ops));
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(cfg!(miri) || reached.get() > 100, "reached {reached:?} times");
}

macro_rules! over_geometries {
    ($($name:ident: $address:ty, $geometry:ty, $prefix:ident;)*) => {
        $(
            mod $name {
                use super::*;

                #[test]
                fn replaced_directories() {
                    many($prefix().boxed(), replaced_directories_stay_as_they_are::<$address, $geometry>);
                }

                #[test]
                fn stopped_lookups() {
                    let case = stopped_lookups_are_right::<$address, $geometry>;
                    many($prefix().boxed(), |ops| case(1 << 22, ops));
                }
            }
        )*
    };
}

#[test]
fn stopped_lookups_with_hardly_any_memory() {
    many(prefix_v4().boxed(), |ops| stopped_lookups_are_right::<u32, Narrow>(100, ops));
    many(prefix_v4().boxed(), |ops| stopped_lookups_are_right::<u32, Small>(150, ops));
    many(prefix_v4().boxed(), |ops| stopped_lookups_are_right::<u32, Odd>(200, ops));
    many(prefix_v6().boxed(), |ops| stopped_lookups_are_right::<u128, Odd>(TIGHT, ops));
}

over_geometries! {
    ipv4_narrow: u32, Narrow, prefix_v4;
    ipv4_small: u32, Small, prefix_v4;
    ipv4_odd: u32, Odd, prefix_v4;
    ipv4_low: u32, Low, prefix_v4;
    ipv4_wide: u32, Wide, prefix_v4;
    ipv6_narrow: u128, Narrow, prefix_v6;
    ipv6_odd: u128, Odd, prefix_v6;
    ipv6_wide: u128, Wide, prefix_v6;
}
