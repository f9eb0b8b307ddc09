//! One walk.

use core::hint::select_unpredictable;

use super::{
    View,
    line::answer,
    shape::{
        DIRECT, ESCAPED, LINE, LINE_UNITS, LINES, RECORD, is_leaf, key, kind, root_bits, root_slot,
        slot, unit_of,
    },
};
use crate::{
    address::Address,
    arena::Unit,
    bits::{Machine, Portable},
    sync::Ordering,
    tree::shape::Geometry,
};

impl<A: Address, G: Geometry> View<A, G> {
    /// The number of the next hop for `address`, 0 for no route, or [`ESCAPED`].
    ///
    /// The caller holds a guard of the domain that the view retires to.
    ///
    /// Wait-free: the root's word, a word for each direct node on the way, two reads of a record or of
    /// lines, the default word.
    #[inline]
    pub(crate) fn lookup(&self, address: A) -> u32 {
        let top = address.top();
        let word = self.root.load(root_slot::<A, G>(top));
        let answer = match self.width.bytes() {
            1 => self.below_root::<1>(word, top),
            2 => self.below_root::<2>(word, top),
            _ => self.below_root::<4>(word, top),
        };
        if answer < self.width.escaped() { answer } else { ESCAPED }
    }

    /// The answer of `W` bytes that a word of the root leads to.
    #[inline(always)]
    fn below_root<const W: usize>(&self, word: u32, top: u64) -> u32 {
        let at = root_bits::<A, G>();
        if A::WIDTH > 32 || kind(word) > RECORD {
            return self.from::<W>(word, at, top);
        }
        // Whether the root has an answer is as good as random, so that is not a branch: where it has,
        // the walk goes through the arena's first line, which is empty.
        let record = kind(word) == RECORD;
        let unit = select_unpredictable(record, unit_of(word), 0);
        let runs = self.code.runs_up_to(self.bitmap(unit), slot::<G>(top, at));
        let found = self.lane::<W>(unit, runs.wrapping_sub(1));
        let found = select_unpredictable(record, found, word);
        select_unpredictable(found == 0, self.default_number(), found)
    }

    /// The answer of `W` bytes that `word`, which stands for the bits from `at` on, leads to.
    #[inline(always)]
    pub(super) fn from<const W: usize>(&self, mut word: u32, mut at: u8, top: u64) -> u32 {
        while kind(word) == DIRECT {
            // SeqCst: edge P3, against `ViewWriter`'s stores.
            word = self.word(unit_of(word), slot::<G>(top, at)).load(Ordering::SeqCst);
            at += G::STRIDE;
        }
        let found = match kind(word) {
            RECORD => {
                let unit = unit_of(word);
                let runs = self.code.runs_up_to(self.bitmap(unit), slot::<G>(top, at));
                self.lane::<W>(unit, runs - 1)
            }
            LINE => self.of_line::<W, Portable>(unit_of(word), key::<G>(top, at)),
            LINES => self.of_lines::<W>(unit_of(word), key::<G>(top, at)),
            _ => word,
        };
        debug_assert!(is_leaf(found), "nodes lead to leaves");
        if found == 0 { self.default_number() } else { found }
    }

    fn of_lines<const W: usize>(&self, unit: Unit, key: u32) -> u32 {
        let keys = self.line(unit);
        let which = 1 + Portable::rank::<16>(keys, key);
        self.of_line::<W, Portable>(unit + (which * LINE_UNITS) as Unit, key)
    }

    /// The answer of a line of ranges.
    #[inline(always)]
    pub(super) fn of_line<const W: usize, M: Machine>(&self, unit: Unit, key: u32) -> u32 {
        answer::<W, M>(self.line(unit), key)
    }

    /// A line of keys or of ranges.
    #[inline(always)]
    pub(super) fn line(&self, unit: Unit) -> &[u32; 16] {
        // SAFETY: a line by Kinds, under a guard or for the writer, so it is not written meanwhile
        // (Immutable); or the arena's first line, which is zero for ever.
        unsafe { self.words.line(unit) }
    }
}
