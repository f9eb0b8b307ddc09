//! The reader's path, and nothing else.

use super::{
    Tree,
    shape::{Geometry, RUNS_AT, is_child, unit_of},
};
use crate::{address::Address, sync::Ordering};

impl<A: Address, G: Geometry> Tree<A, G> {
    /// The number of the entry that answers `address`, 0 for no route.
    ///
    /// The caller holds a guard of the domain that the tree retires to, or is the writer.
    ///
    /// Linearizable and wait-free: the root word, then at most one word and one bitmap a level
    /// (invariant Depth), and nothing is written.
    #[inline]
    pub(crate) fn lookup(&self, address: A) -> u32 {
        let slot = address.bits(0, G::DIRECTORY);
        // SeqCst: edge P1, against `publish`: the directory that it names is filled.
        let directory = self.root.load(Ordering::SeqCst);
        // SeqCst: edge P1, as above.
        let mut word = self.word(directory, slot).load(Ordering::SeqCst);
        if !is_child(word) {
            return word;
        }
        let slot = address.bits(G::DIRECTORY, G::CHUNK);
        // SeqCst: edge P1, as above.
        word = self.word(unit_of(word), slot).load(Ordering::SeqCst);
        let mut rest = address.skip(G::DIRECTORY + G::CHUNK);
        while is_child(word) {
            let unit = unit_of(word);
            let runs = self.code.runs_up_to(self.bitmap(unit), rest.bits(0, G::STRIDE));
            let offset = RUNS_AT - 1 + runs;
            // SeqCst: edge P1, as above.
            word = self.word(unit, offset).load(Ordering::SeqCst);
            rest = rest.skip(G::STRIDE);
        }
        word
    }
}
