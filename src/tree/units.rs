//! A set of units.

use alloc::vec::Vec;

use crate::arena::Unit;

/// A set of units, one bit each.
#[derive(Debug, Default)]
pub(super) struct Units(Vec<u64>);

impl Units {
    fn place(unit: Unit) -> (usize, u64) {
        ((unit / 64) as usize, 1 << (unit % 64))
    }

    pub(super) fn insert(&mut self, unit: Unit) {
        let (word, bit) = Self::place(unit);
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= bit;
    }

    pub(super) fn contains(&self, unit: Unit) -> bool {
        let (word, bit) = Self::place(unit);
        self.0.get(word).is_some_and(|units| units & bit != 0)
    }

    pub(super) fn remove(&mut self, unit: Unit) -> bool {
        let (word, bit) = Self::place(unit);
        let found = self.contains(unit);
        if found {
            self.0[word] &= !bit;
        }
        found
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
