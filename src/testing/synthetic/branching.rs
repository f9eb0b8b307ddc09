//! Draws a table as a family tree: every node of the binary trie has a type, and the type decides
//! by chance what the node holds and which types its children have.
//!
//! `scripts/fit-synthetic` walks the binary trie of a real table, sorts the nodes of each depth
//! into types by what is below and above them, and counts for every type its *outcomes*: whether
//! the node is a prefix, and the types of its left and right child, if any. (Such a process is
//! known as a multi-type branching process.) The generator starts at the root and draws.
//!
//! The draws are made without replacement: every type has an urn with as many slips as the real
//! trie has nodes of the type, and a slip that was drawn is gone. By induction over the depth the
//! full tree uses up every urn to the last slip. So the number of prefixes of each length, of
//! nodes at each depth and of whatever else the types tell apart is exactly that of the real
//! table, and only the arrangement is left to chance. Walking depth first yields prefix order.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{Address, Prefix};

/// Whether the node is a prefix (0 or 1), the types of its left and its right child, and how often
/// that was seen. Types are numbered from 1 within a depth; 0 means that there is no child.
pub(super) type Outcome = (u8, u16, u16, u32);

/// A node that is to be drawn.
#[derive(Clone, Copy)]
struct Node<A> {
    address: A,
    depth: u8,
    kind: u16,
}

/// The draws that are left for one type.
struct Urn {
    outcomes: &'static [Outcome],
    left: Vec<u32>,
    total: u32,
}

impl Urn {
    fn new(outcomes: &'static [Outcome]) -> Self {
        let left: Vec<u32> = outcomes.iter().map(|outcome| outcome.3).collect();
        Self { outcomes, total: left.iter().sum(), left }
    }

    /// Draws a slip; an empty urn is filled again, as happens in tables beyond the full size.
    fn draw(&mut self, rng: &mut ChaCha8Rng) -> Outcome {
        if self.total == 0 {
            *self = Self::new(self.outcomes);
        }
        let mut ticket = below(rng, self.total);
        self.total -= 1;
        for (left, &outcome) in self.left.iter_mut().zip(self.outcomes) {
            if ticket < *left {
                *left -= 1;
                return outcome;
            }
            ticket -= *left;
        }
        // Not reached: `total` is the sum of `left`, and `ticket` was below it.
        (0, 0, 0, 0)
    }
}

/// A number below `bound`, or 0. The bias of the multiplication is under 2^-12 for the bounds in
/// use and the result is fixed by this line alone, unlike that of a library's range type.
pub(super) fn below(rng: &mut ChaCha8Rng, bound: u32) -> u32 {
    ((u64::from(rng.next_u32()) * u64::from(bound)) >> 32) as u32
}

/// Moves `count` elements, drawn at random, to the front of `items` in random order.
pub(super) fn draw_to_front<T>(rng: &mut ChaCha8Rng, items: &mut [T], count: usize) {
    for place in 0..count.min(items.len()) {
        let other = place + below(rng, (items.len() - place) as u32) as usize;
        items.swap(place, other);
    }
}

struct Trie {
    rng: ChaCha8Rng,
    urns: Vec<Vec<Urn>>,
    full: usize,
}

impl Trie {
    fn new(types: &'static [&'static [&'static [Outcome]]], seed: u64) -> Self {
        let outcomes = types.iter().copied().flatten().copied().flatten();
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            urns: types
                .iter()
                .map(|kinds| kinds.iter().map(|outcomes| Urn::new(outcomes)).collect())
                .collect(),
            full: outcomes.map(|o| usize::from(o.0) * o.3 as usize).sum(),
        }
    }

    /// Draws `node` and everything below it. Nodes at depth `until` are not drawn but put into
    /// `edge`.
    fn grow<A: Address>(
        &mut self,
        node: Node<A>,
        until: u8,
        table: &mut Vec<Prefix<A>>,
        edge: &mut Vec<Node<A>>,
    ) {
        let Node { address, depth, kind } = node;
        if kind == 0 {
            return;
        }
        if depth == until {
            edge.push(node);
            return;
        }
        let (marked, left, right, _) =
            self.urns[usize::from(depth)][usize::from(kind) - 1].draw(&mut self.rng);
        if marked == 1 {
            table.push(Prefix::containing(address, depth));
        }
        for (bit, kind) in [(0, left), (1, right)] {
            let child = Node { address: address.with_bits(depth, 1, bit), depth: depth + 1, kind };
            self.grow(child, until, table, edge);
        }
    }

    /// A table of `count` prefixes, at most the full number, made of whole blocks of length
    /// `split`. Not sorted.
    fn table<A: Address>(&mut self, split: u8, count: usize) -> Vec<Prefix<A>> {
        let root = Node { address: A::default(), depth: 0, kind: 1 };
        let (mut table, mut blocks) = (Vec::with_capacity(count), Vec::new());
        self.grow(root, split, &mut table, &mut blocks);
        let short = (table.len() as u64 * count as u64).div_ceil(self.full as u64) as usize;
        draw_to_front(&mut self.rng, &mut table, short);
        table.truncate(short);
        if count < self.full {
            draw_to_front(&mut self.rng, &mut blocks, usize::MAX);
        }
        for block in blocks {
            if table.len() >= count {
                break;
            }
            self.grow(block, u8::MAX, &mut table, &mut Vec::new());
        }
        table.truncate(count);
        table
    }
}

/// A table of `count` distinct prefixes in prefix order; `split` as in [`Trie::table`].
pub(super) fn internet<A: Address>(
    types: &'static [&'static [&'static [Outcome]]],
    split: u8,
    seed: u64,
    count: usize,
) -> Vec<Prefix<A>> {
    let mut trie = Trie::new(types, seed);
    let mut table = Vec::new();
    while table.len() < count {
        let missing = (count - table.len()).min(trie.full);
        table.append(&mut trie.table(split, missing));
        table.sort();
        table.dedup();
    }
    table
}
