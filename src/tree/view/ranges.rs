//! What the tree of entries says below a node, as ranges of keys.

use alloc::vec::Vec;

use super::shape::{end, key_bits};
use crate::{
    address::Address,
    tree::{
        Tree,
        node::Node,
        shape::{Geometry, is_child, unit_of},
    },
};

/// Ranges in order: where each begins, and its answer.
#[derive(Debug)]
pub(super) struct Ranges {
    ranges: Vec<(u32, u32)>,
    most: usize,
}

/// There are more ranges than asked for.
pub(super) struct TooMany;

/// What is to be collected.
pub(super) struct Source<'s, A, G> {
    pub(super) tree: &'s Tree<A, G>,
    /// By entry number: the number of its next hop.
    pub(super) numbers: &'s [u32],
    pub(super) escaped: u32,
    /// The first bit of the keys.
    pub(super) from: u8,
    /// The first and the last key that matter.
    pub(super) keys: (u32, u32),
}

impl Ranges {
    /// Room for `most` ranges.
    pub(super) fn new(most: usize) -> Self {
        Self { ranges: Vec::with_capacity(most), most }
    }

    /// How many ranges there is room for.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// The ranges.
    pub(super) fn as_slice(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// Forgets the ranges; there is room for `most` from here on.
    pub(super) fn clear(&mut self, most: usize) {
        self.ranges.clear();
        self.most = most;
    }

    /// Adds a range behind the others. One that goes on with the answer of the last is none.
    ///
    /// # Errors
    /// [`TooMany`] if there is no room.
    pub(super) fn push(&mut self, start: u32, answer: u32) -> Result<(), TooMany> {
        if self.ranges.last().is_some_and(|last| last.1 == answer) {
            return Ok(());
        }
        if self.ranges.len() == self.most {
            return Err(TooMany);
        }
        self.ranges.push((start, answer));
        Ok(())
    }

    /// Collects what `word` of the tree, which stands for the bits from `source.from` on, leads to,
    /// for the keys that matter; the first range may begin before them. What differs past the keys' last bit, or past the end of the view, is escaped.
    ///
    /// # Errors
    /// [`TooMany`] if there is no room for all ranges.
    pub(super) fn collect<A: Address, G: Geometry>(
        &mut self,
        source: &Source<'_, A, G>,
        word: u32,
    ) -> Result<(), TooMany> {
        self.ranges.clear();
        self.add(source, word, source.from, 0)
    }

    fn add<A: Address, G: Geometry>(
        &mut self,
        source: &Source<'_, A, G>,
        word: u32,
        at: u8,
        start: u32,
    ) -> Result<(), TooMany> {
        if !is_child(word) {
            return self.push(start, source.numbers[word as usize].min(source.escaped));
        }
        let last = source.from + key_bits::<G>();
        if at >= last || at >= end::<A, G>() {
            return self.push(start, source.escaped);
        }
        let below = at + G::STRIDE;
        let node = Node { unit: unit_of(word), at };
        let begin = |slot: usize| start + ((slot as u32) << (last - below));
        let mut runs = source.tree.runs(node).peekable();
        while let Some((slot, word)) = runs.next() {
            let after = runs.peek().map_or(1 << G::STRIDE, |next| next.0);
            if begin(after) <= source.keys.0 {
                continue;
            }
            if begin(slot) > source.keys.1 {
                break;
            }
            self.add(source, word, below, begin(slot))?;
        }
        Ok(())
    }
}
