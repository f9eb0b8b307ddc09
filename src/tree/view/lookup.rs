//! One walk.

use super::{
    View,
    line::answer,
    shape::{
        DIRECT, ESCAPED, LINE, LINE_UNITS, LINES, RECORD, Width, is_leaf, key, kind, root_bits,
        root_slot, slot, unit_of,
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
    /// Wait-free: the default word, the root's word, a word for each direct node on the way, two reads of
    /// a record or of lines, the default word again.
    #[inline]
    pub(crate) fn lookup(&self, address: A) -> u32 {
        let (top, default) = (address.top(), self.default_word());
        let word = self.root.load(root_slot::<A, G>(top));
        // What is common is small enough to be inlined, so that several lookups are under way at once.
        let leaf = match kind(word) {
            RECORD => {
                let (unit, at) = (unit_of(word), root_bits::<A, G>());
                let runs = self.code.runs_up_to(self.bitmap(unit), slot::<G>(top, at));
                match self.width {
                    Width::One => self.lane::<1>(unit, runs - 1),
                    Width::Two => self.lane::<2>(unit, runs - 1),
                    Width::Four => self.lane::<4>(unit, runs - 1),
                }
            }
            _ if is_leaf(word) => word,
            _ => self.below_root(word, top),
        };
        debug_assert!(is_leaf(leaf), "nodes lead to leaves");
        let answer = if leaf == 0 { self.default_number(default) } else { leaf };
        if answer < self.width.escaped() { answer } else { ESCAPED }
    }

    /// The leaf that a word of the root leads to.
    #[inline(never)]
    fn below_root(&self, word: u32, top: u64) -> u32 {
        match self.width {
            Width::One => self.from::<1>(word, root_bits::<A, G>(), top),
            Width::Two => self.from::<2>(word, root_bits::<A, G>(), top),
            Width::Four => self.from::<4>(word, root_bits::<A, G>(), top),
        }
    }

    /// The leaf of `W` bytes that `word`, which stands for the bits from `at` on, leads to.
    #[inline(always)]
    pub(super) fn from<const W: usize>(&self, mut word: u32, mut at: u8, top: u64) -> u32 {
        while kind(word) == DIRECT {
            // SeqCst: edge P3, against `ViewWriter`'s stores.
            word = self.word(unit_of(word), slot::<G>(top, at)).load(Ordering::SeqCst);
            at += G::STRIDE;
        }
        match kind(word) {
            RECORD => {
                let unit = unit_of(word);
                let runs = self.code.runs_up_to(self.bitmap(unit), slot::<G>(top, at));
                self.lane::<W>(unit, runs - 1)
            }
            LINE => self.of_line::<W, Portable>(unit_of(word), key::<G>(top, at)),
            LINES => self.of_lines::<W>(unit_of(word), key::<G>(top, at)),
            _ => word,
        }
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
