//! Reading and making nodes on the writer's side.

use super::{
    Store, Tree, TreeWriter,
    shape::{
        Geometry, Kind, RECORD_SLOTS, RUNS_AT, bits_at, child, default_at, direct_class,
        direct_units, directory_units, is_child, kind_at, record_class, run_offset, which_direct,
    },
};
use crate::{
    address::Address,
    arena::{Block, Blocks, Full, Unit},
    sync::{Ordering, load_own},
};

/// A node and the bits that it is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) unit: Unit,
    /// The first bit that indexes it.
    pub(super) at: u8,
}

/// The slots of a record, one word each.
pub(super) type Slots = [u32; RECORD_SLOTS];

impl<A: Address, G: Geometry> Tree<A, G> {
    /// The unit of the live directory, as the writer sees it.
    pub(super) fn directory(&self) -> Unit {
        load_own(&self.root)
    }

    /// A word as the writer sees it.
    pub(super) fn peek(&self, unit: Unit, offset: usize) -> u32 {
        load_own(self.word(unit, offset))
    }

    /// Writes a word of a node that readers cannot reach yet.
    pub(super) fn fill(&self, unit: Unit, offset: usize, word: u32) {
        // Relaxed: published by the store that will make the node reachable (edge P1).
        self.word(unit, offset).store(word, Ordering::Relaxed);
    }

    /// The word of one slot.
    pub(super) fn slot(&self, node: Node, slot: usize) -> u32 {
        self.peek(node.unit, self.slot_offset(node, slot))
    }

    /// Where in the node's block the word of `slot` is.
    pub(super) fn slot_offset(&self, node: Node, slot: usize) -> usize {
        match kind_at::<G>(node.at) {
            Kind::Record => run_offset(self.bitmap(node.unit), slot),
            Kind::Directory | Kind::Chunk => slot,
        }
    }

    /// The store that changes the word of one slot.
    pub(super) fn slot_store(&self, node: Node, slot: usize, word: u32) -> Store {
        Store::Slot { unit: node.unit, offset: self.slot_offset(node, slot), word }
    }

    /// The block of a node.
    pub(super) fn block(&self, node: Node) -> Block {
        match kind_at::<G>(node.at) {
            Kind::Record => Blocks::record(node.unit, self.bitmap(node.unit).count_ones() as usize),
            kind => {
                let units = match kind {
                    Kind::Directory => directory_units::<G>(),
                    Kind::Chunk | Kind::Record => direct_units(bits_at::<G>(node.at)),
                };
                Blocks::direct(node.unit, which_direct(kind), units)
            }
        }
    }

    /// All slots of a record; those past its stride repeat nothing and stay 0.
    pub(super) fn expand(&self, unit: Unit) -> Slots {
        let bitmap = self.bitmap(unit);
        let mut slots = [0; RECORD_SLOTS];
        let (mut run, mut word) = (0, 0);
        for (index, slot) in slots[..1 << G::STRIDE].iter_mut().enumerate() {
            if bitmap >> index & 1 == 1 {
                word = self.peek(unit, RUNS_AT + run);
                run += 1;
            }
            *slot = word;
        }
        slots
    }

    /// The runs of a record: the first slot of each, and its word.
    pub(super) fn runs(&self, node: Node) -> impl Iterator<Item = (usize, u32)> + '_ {
        let mut rest = self.bitmap(node.unit);
        let mut run = 0;
        core::iter::from_fn(move || {
            if rest == 0 {
                return None;
            }
            let slot = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            run += 1;
            Some((slot, self.peek(node.unit, RUNS_AT - 1 + run)))
        })
    }

    /// Whether every word of the node except that of `slot` is the leaf `word`.
    pub(super) fn others_are(&self, node: Node, slot: usize, word: u32) -> bool {
        let (first, count) = match kind_at::<G>(node.at) {
            Kind::Record => (RUNS_AT, self.bitmap(node.unit).count_ones() as usize),
            Kind::Directory | Kind::Chunk => (0, 1 << bits_at::<G>(node.at)),
        };
        let skipped = self.slot_offset(node, slot);
        (first..first + count).all(|at| at == skipped || self.peek(node.unit, at) == word)
    }
}

impl<A: Address, G: Geometry> TreeWriter<A, G> {
    /// Makes a record of `slots`, merging equal neighbours.
    ///
    /// # Errors
    /// [`Full`] if there is no memory for it.
    pub(super) fn make_record(&mut self, tree: &Tree<A, G>, slots: &Slots) -> Result<u32, Full> {
        let mut bitmap = 1u64;
        for index in 1..1usize << G::STRIDE {
            // Children are never equal, so each keeps a run of its own (Runs).
            bitmap |= u64::from(slots[index] != slots[index - 1]) << index;
        }
        let block = self.take(tree, record_class(bitmap))?;
        // SAFETY: the block is new: readers cannot reach it, and the caller is the writer.
        unsafe { tree.words.set_bitmap(block.unit, bitmap) };
        let (mut rest, mut run) = (bitmap, RUNS_AT);
        while rest != 0 {
            tree.fill(block.unit, run, slots[rest.trailing_zeros() as usize]);
            rest &= rest - 1;
            run += 1;
        }
        Ok(child(block.unit))
    }

    /// Makes a direct node whose words are `word`.
    ///
    /// # Errors
    /// [`Full`] if there is no memory for it.
    pub(super) fn make_direct(
        &mut self,
        tree: &Tree<A, G>,
        at: u8,
        word: u32,
    ) -> Result<Node, Full> {
        let block = self.take(tree, direct_class(kind_at::<G>(at)))?;
        for slot in 0..1 << bits_at::<G>(at) {
            tree.fill(block.unit, slot, word);
        }
        Ok(Node { unit: block.unit, at })
    }

    /// Makes a copy of a node, word by word.
    ///
    /// # Errors
    /// [`Full`] if there is no memory for it.
    pub(super) fn copy(&mut self, tree: &Tree<A, G>, node: Node) -> Result<Node, Full> {
        let block = self.take(tree, tree.block(node).class())?;
        let (first, count) = match kind_at::<G>(node.at) {
            Kind::Record => {
                let bitmap = tree.bitmap(node.unit);
                // SAFETY: the block is new: readers cannot reach it, and the caller is the writer.
                unsafe { tree.words.set_bitmap(block.unit, bitmap) };
                (RUNS_AT, bitmap.count_ones() as usize)
            }
            Kind::Directory => (0, default_at::<G>() + 1),
            Kind::Chunk => (0, 1 << G::CHUNK),
        };
        for offset in first..first + count {
            tree.fill(block.unit, offset, tree.peek(node.unit, offset));
        }
        Ok(Node { unit: block.unit, at: node.at })
    }

    /// Makes a node for the bits from `at` on whose slots `first..=last` hold `inner` and whose
    /// others hold `outer`.
    ///
    /// # Errors
    /// [`Full`] if there is no memory for it.
    pub(super) fn make_range(
        &mut self,
        tree: &Tree<A, G>,
        at: u8,
        outer: u32,
        (first, last): (usize, usize),
        inner: u32,
    ) -> Result<u32, Full> {
        if kind_at::<G>(at) == Kind::Record {
            let mut slots = [outer; RECORD_SLOTS];
            slots[first..=last].fill(inner);
            return self.make_record(tree, &slots);
        }
        let node = self.make_direct(tree, at, outer)?;
        for slot in first..=last {
            tree.fill(node.unit, slot, inner);
        }
        Ok(child(node.unit))
    }
}

/// Whether all `slots` hold one leaf.
pub(super) fn uniform(slots: &[u32]) -> Option<u32> {
    let first = *slots.first()?;
    (!is_child(first) && slots.iter().all(|&word| word == first)).then_some(first)
}
