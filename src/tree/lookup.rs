//! The reader's path, and nothing else.

use super::{
    Tree,
    shape::{Geometry, RUNS_AT, default_at, is_child, unit_of},
};
use crate::{address::Address, arena::Unit, sync::Ordering};

impl<A: Address, G: Geometry> Tree<A, G> {
    /// The number of the entry that answers `address`, 0 for no route.
    ///
    /// The caller holds a guard of the domain that the tree retires to, or is the writer.
    ///
    /// Linearizable and wait-free: the root word, the default route's word, then at most one word and
    /// one bitmap a level (invariant Depth), and nothing is written.
    #[inline]
    pub(crate) fn lookup(&self, address: A) -> u32 {
        // SeqCst: edge P1, against `publish`: the directory that it names is filled.
        let directory = self.root.load(Ordering::SeqCst);
        self.lookup_from(directory, address)
    }

    /// What a lookup that has loaded `directory` answers.
    #[inline(always)]
    pub(super) fn lookup_from(&self, directory: Unit, address: A) -> u32 {
        let slot = address.bits(0, G::DIRECTORY);
        // Relaxed: never stored into once the directory can be reached: edge P1 carries it.
        let default = self.word(directory, default_at::<G>()).load(Ordering::Relaxed);
        // SeqCst: edge P1, as above.
        let mut word = self.word(directory, slot).load(Ordering::SeqCst);
        if !is_child(word) {
            return or_default(word, default);
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
        or_default(word, default)
    }
}

/// What a walk that ended at the leaf `word` answers, if it began in a directory whose default
/// route is `default`.
#[inline(always)]
pub(super) fn or_default(word: u32, default: u32) -> u32 {
    if word == 0 { default } else { word }
}
