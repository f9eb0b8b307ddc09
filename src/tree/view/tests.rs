//! The view beside the tree of entries: updates in three steps, over several geometries.

use proptest::prelude::*;

use super::{
    burst::GROUP,
    root::Root,
    shape::{DIRECT, LINE, LINES, RECORD, end, kind, root_bits, unit_of},
    *,
};
use crate::{
    arena::Block,
    prefix::Prefix,
    sync::load_own,
    testing::probes::probes,
    tree::tests::{Bench, Low, Odd, Op, Small, op, prefix_v4, prefix_v6},
};

/// A tree, the view of it, and how often each kind of word was met.
struct Pair<A: Address, G: Geometry> {
    bench: Bench<A, G>,
    view: View<A, G>,
    writer: ViewWriter<A, G>,
    limbo: Vec<Block>,
    met: [usize; 8],
    escaped: usize,
    answered: usize,
}

/// The number of an entry's next hop.
fn hop(id: u32) -> u32 {
    id * 7 % 300
}

impl<A: Address, G: Geometry> Pair<A, G> {
    fn new(units: usize, width: Width) -> Self {
        let (view, writer) = View::new(units, width).unwrap();
        let bench = Bench::new(1 << 20);
        Self { bench, view, writer, limbo: Vec::new(), met: [0; 8], escaped: 0, answered: 0 }
    }

    /// Whether the view says what the model says, or is escaped.
    fn check(&self, probes: &[A]) -> (usize, usize) {
        let mut counts = (0, 0);
        for &address in probes {
            let expected = self.bench.model.lookup(address).map_or(0, |(_, &id)| hop(id));
            match self.view.lookup(address) {
                ESCAPED => counts.1 += 1,
                found => {
                    assert_eq!(found, expected, "at {}", address.to_ip());
                    counts.0 += 1;
                }
            }
        }
        counts
    }

    /// Bursts of each code say what lookups say.
    fn check_bursts(&mut self, probes: &[A]) {
        for code in [Code::Portable, Code::best()] {
            self.view.set_code(code);
            for len in [probes.len(), 1, GROUP, 2 * GROUP + 3] {
                let asked = &probes[..len.min(probes.len())];
                let mut numbers = vec![u32::MAX; asked.len() + 1];
                self.view.burst(asked, &mut numbers, |_| ESCAPED);
                assert_eq!(numbers.pop(), Some(u32::MAX), "nothing past the addresses is written");
                let expected: Vec<u32> = asked.iter().map(|&a| self.view.lookup(a)).collect();
                assert_eq!(numbers, expected, "{code:?}");
            }
        }
    }

    fn step(&mut self, op: &Op<A>) {
        let (changes, ids) = self.bench.peek_changes(op);
        for id in ids {
            self.writer.set_next_hop(id, hop(id));
        }
        let routes = self.bench.model.iter().map(|route| route.0);
        let probed: Vec<A> = changes.iter().copied().chain(routes).flat_map(probes).collect();
        self.check(&probed);
        let all = matches!(op, Op::Build);
        let default = all || changes.iter().any(|prefix| prefix.len() == 0);
        let changes: Vec<_> = changes.into_iter().filter(|prefix| prefix.len() > 0).collect();
        if default {
            self.writer.set_default(&self.view, ESCAPED);
        }
        if all {
            self.writer.escape_all(&self.view);
        }
        changes.iter().for_each(|&prefix| self.writer.escape(&self.view, prefix));
        self.check(&probed);
        for &prefix in &changes {
            for address in probes(prefix).filter(|&address| prefix.contains(address)) {
                assert_eq!(self.view.lookup(address), ESCAPED, "a change takes effect escaped");
            }
        }
        self.bench.step(op);
        self.check(&probed);
        if all {
            self.writer.refill_all(&self.view, &self.bench.tree);
        }
        for &prefix in &changes {
            self.writer.refill(&self.view, &self.bench.tree, prefix);
        }
        if default {
            self.check(&probed);
            // There are no readers to wait for.
            let id = self.bench.tree.default_id();
            self.writer.set_default(&self.view, if id == 0 { 0 } else { hop(id) });
        }
        let (answered, escaped) = self.check(&probed);
        self.answered += answered;
        self.escaped += escaped;
        self.check_bursts(&probed);
        self.limbo.extend(self.writer.unlinked());
        self.check_blocks();
        self.limbo.drain(..).for_each(|block| self.writer.recycle(block));
    }

    /// Every unit of the arena is in the view, waiting or free, once.
    fn check_blocks(&mut self) {
        let mut owned = vec![false; self.writer.blocks.used_bytes() / 8];
        let mut own = |block: Block| {
            let start = block.unit as usize;
            for unit in &mut owned[start..start + block.bytes() / 8] {
                assert!(!*unit, "{block:?} overlaps another block");
                *unit = true;
            }
        };
        self.writer.blocks.free_blocks().for_each(&mut own);
        self.limbo.iter().copied().for_each(&mut own);
        let mut words = Vec::new();
        let mut slot = self.writer.pages().used_from(0, Root::<A, G>::LEN);
        while slot < Root::<A, G>::LEN {
            words.push((self.view.root.peek(slot), root_bits::<A, G>()));
            slot = self.writer.pages().used_from(slot + 1, Root::<A, G>::LEN);
        }
        while let Some((word, at)) = words.pop() {
            self.met[kind(word) as usize] += 1;
            let Some(block) = ViewWriter::block(&self.view, word) else { continue };
            assert!(at < end::<A, G>(), "a node past the end");
            own(block);
            if kind(word) == DIRECT {
                let slots = 0..1usize << G::STRIDE;
                let below = slots.map(|slot| load_own(self.view.word(unit_of(word), slot)));
                words.extend(below.map(|word| (word, at + G::STRIDE)));
            }
        }
    }

    /// Runs `ops`.
    fn run(mut self, ops: &[Op<A>]) -> Self {
        ops.iter().for_each(|op| self.step(op));
        self
    }
}

/// Routes below eight slots of the root, in one half as many as in the one before, so that each kind of
/// node is built.
fn dense<A: Address>(at: u8, routes: usize) -> Vec<Op<A>> {
    (1..=routes)
        .map(|index| {
            let zone = A::default().with_bits(0, 8, 0x28 + index.trailing_zeros().min(7) as usize);
            let address = zone.with_bits(at, 12, (index * 40_503) >> 4 & 0xFFF);
            let len = at + 4 + (index % 9) as u8;
            Op::Insert(Prefix::containing(address, len.min(A::WIDTH)))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 48 }))]

    #[test]
    fn ipv4_in_bytes(ops in prop::collection::vec(op(prefix_v4().boxed()), 1..60)) {
        Pair::<u32, Wide>::new(1 << 18, Width::One).run(&ops);
    }

    #[test]
    fn ipv4_in_half_words(ops in prop::collection::vec(op(prefix_v4().boxed()), 1..60)) {
        Pair::<u32, Low>::new(1 << 18, Width::Two).run(&ops);
    }

    #[test]
    fn ipv4_in_words(ops in prop::collection::vec(op(prefix_v4().boxed()), 1..60)) {
        Pair::<u32, Odd>::new(1 << 18, Width::Four).run(&ops);
    }

    #[test]
    fn ipv6_in_bytes(ops in prop::collection::vec(op(prefix_v6().boxed()), 1..30)) {
        Pair::<u128, Small>::new(1 << 18, Width::One).run(&ops);
    }

    #[test]
    fn ipv6_in_half_words(ops in prop::collection::vec(op(prefix_v6().boxed()), 1..30)) {
        Pair::<u128, Odd>::new(1 << 18, Width::Two).run(&ops);
    }

    #[test]
    fn ipv6_in_words(ops in prop::collection::vec(op(prefix_v6().boxed()), 1..30)) {
        Pair::<u128, Low>::new(1 << 18, Width::Four).run(&ops);
    }

    /// What finds no room stays escaped.
    #[test]
    fn a_full_view_asks_the_tree(ops in prop::collection::vec(op(prefix_v4().boxed()), 1..60)) {
        Pair::<u32, Low>::new(256, Width::One).run(&ops);
    }
}

/// Runs many routes in few places, each followed by all checks, and then withdraws half of them.
fn dense_routes<A: Address, G: Geometry>(width: Width, kinds: &[u32]) {
    let ops = dense::<A>(root_bits::<A, G>(), if cfg!(miri) { 8 } else { 700 });
    // In a few batches: a check after each route would take long.
    let inserts: Vec<Op<A>> = ops.chunks(70).map(|ops| Op::Batch(ops.to_vec())).collect();
    let mut pair = Pair::<A, G>::new(1 << 18, width).run(&inserts);
    let withdrawn = ops.iter().step_by(2).filter_map(|op| match op {
        Op::Insert(prefix) => Some(Op::Withdraw(*prefix)),
        _ => None,
    });
    for op in withdrawn.take(20) {
        pair.step(&op);
    }
    // One by one into nodes of all kinds, so that lines are patched.
    for op in ops.iter().step_by(2).take(20) {
        pair.step(op);
    }
    for &kind in kinds {
        assert!(cfg!(miri) || pair.met[kind as usize] > 0, "kind {kind:03b} in {:?}", pair.met);
    }
    assert!(pair.escaped <= pair.answered / 4, "{} of {}", pair.escaped, pair.answered);
}

/// Lines of a /36 and in it a /60 with differing ends, which come and go one by one.
#[test]
fn what_is_escaped_past_the_end_is_so_no_longer_than_it_must() {
    let at = |bits: u128| bits << 64;
    let zone = 0x2a0_u128 << 52;
    let cover = |index: u128| Prefix::containing(at(zone | index << 20), 44);
    let covers = (0..250).map(|index| Op::Insert(cover(index))).collect();
    let ends: Vec<_> = (0..16).map(|end| Prefix::containing(at(zone | end), 64)).collect();
    let mut pair = Pair::<u128, Wide>::new(1 << 18, Width::One);
    pair.step(&Op::Batch(covers));
    for &end in &ends {
        pair.step(&Op::Insert(end));
    }
    let inside = ends[7].address();
    assert_eq!(pair.view.lookup(inside), ESCAPED, "the view ends before them");
    for &end in &ends {
        pair.step(&Op::Withdraw(end));
    }
    for end in &ends {
        assert_ne!(pair.view.lookup(end.address()), ESCAPED, "nothing differs any more");
    }
}

/// A few long routes make lines of a record, and when they are gone the lines go.
#[test]
fn a_record_comes_back() {
    let zone = 0x2800_0000_u32;
    let nets = (0..64).map(|net| Op::Insert(Prefix::containing(zone | net << 8, 24))).collect();
    let hosts: Vec<_> = (0..5).map(|net| Prefix::containing(zone | net << 8 | 77, 32)).collect();
    let mut pair = Pair::<u32, Wide>::new(1 << 18, Width::One);
    pair.step(&Op::Batch(nets));
    let slot = (zone >> (32 - root_bits::<u32, Wide>())) as usize;
    assert_eq!(kind(pair.view.root.peek(slot)), RECORD);
    hosts.iter().for_each(|&host| pair.step(&Op::Insert(host)));
    assert_eq!(kind(pair.view.root.peek(slot)), LINES);
    hosts.iter().for_each(|&host| pair.step(&Op::Withdraw(host)));
    assert_eq!(kind(pair.view.root.peek(slot)), RECORD);
}

#[test]
fn ipv4_has_records_lines_and_direct_nodes() {
    dense_routes::<u32, Wide>(Width::One, &[RECORD, LINE, LINES, DIRECT]);
    dense_routes::<u32, Wide>(Width::Two, &[RECORD, LINES, DIRECT]);
    dense_routes::<u32, Wide>(Width::Four, &[RECORD, LINES, DIRECT]);
}

#[test]
fn ipv6_has_lines_and_direct_nodes() {
    dense_routes::<u128, Wide>(Width::One, &[LINE, LINES, DIRECT]);
    dense_routes::<u128, Wide>(Width::Two, &[LINE, LINES, DIRECT]);
    dense_routes::<u128, Wide>(Width::Four, &[LINE, LINES, DIRECT]);
}
