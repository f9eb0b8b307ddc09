//! Building what the view says from what the tree of entries says.

use super::{
    View, ViewWriter,
    line::{lines_below, of_keys, of_ranges},
    ranges::{Ranges, Source, TooMany},
    shape::{
        DIRECT, LINE, LINE_UNITS, LINE_WORDS, LINES, MOST_LINES, NO_KEY, RECORD, end, keys, kind,
        leading_to, unit_of, usual_ranges,
    },
};
use crate::{
    address::Address,
    arena::{Block, Blocks, Full, Unit},
    sync::Ordering,
    tree::{
        Tree,
        node::Node,
        shape::{Geometry, RECORD_SLOTS, is_child, unit_of as child_of},
    },
};

/// Most ranges below the slots of a record that the record has escaped. With more it gives way to
/// lines, which are larger and have them.
const FEW: usize = if cfg!(rtalloc_loom) { 2 } else { 8 };

/// Most ranges in lines, for numbers of `width` bytes. Models have no lines: there a direct node comes
/// in their place.
pub(super) const fn most_ranges(width: usize) -> usize {
    if cfg!(rtalloc_loom) { 1 } else { MOST_LINES * (keys(width) + 1) }
}

impl<A: Address, G: Geometry> ViewWriter<A, G> {
    /// Whether records suit the family. Few IPv6 routes end where one would.
    pub(super) const RECORDS: bool = A::WIDTH <= 32 || cfg!(rtalloc_loom);

    /// Builds what `word` of the tree of entries, which stands for the bits from `at` on, leads to.
    /// Escaped if there is no memory.
    pub(super) fn build(&mut self, view: &View<A, G>, tree: &Tree<A, G>, word: u32, at: u8) -> u32 {
        if !is_child(word) {
            return self.leaf(view, word);
        }
        let escaped = view.width.escaped();
        if at >= end::<A, G>() {
            return escaped;
        }
        let node = Node { unit: child_of(word), at };
        if Self::RECORDS && self.is_shallow(tree, node) {
            return self.build_record(view, tree, node).unwrap_or(escaped);
        }
        let mut ranges = core::mem::replace(&mut self.ranges, Ranges::new(0));
        let source = Source { tree, numbers: &self.numbers, escaped, from: at, keys: (0, NO_KEY) };
        let built = match ranges.collect(&source, word) {
            Ok(()) => Some(self.build_lines(view, ranges.as_slice())),
            Err(TooMany) => None,
        };
        self.ranges = ranges;
        built.unwrap_or_else(|| self.build_direct(view, tree, node)).unwrap_or(escaped)
    }

    /// Whether what stands below a record of the tree is little or nothing.
    pub(super) fn is_shallow(&self, tree: &Tree<A, G>, node: Node) -> bool {
        let deep = tree.runs(node).filter(|&(_, word)| is_child(word));
        let runs = deep.map(|(_, word)| tree.bitmap(child_of(word)).count_ones() as usize);
        runs.sum::<usize>() <= FEW
    }

    fn build_record(
        &mut self,
        view: &View<A, G>,
        tree: &Tree<A, G>,
        node: Node,
    ) -> Result<u32, Full> {
        let (mut bitmap, mut runs) = (0u64, 0);
        let mut answers = [0; RECORD_SLOTS];
        for (slot, word) in tree.runs(node) {
            let answer = if is_child(word) { view.width.escaped() } else { self.leaf(view, word) };
            if runs == 0 || answers[runs - 1] != answer {
                bitmap |= 1 << slot;
                answers[runs] = answer;
                runs += 1;
            }
        }
        if runs == 1 {
            return Ok(answers[0]);
        }
        let width = view.width.bytes();
        let block =
            self.blocks.take_of(&view.words, Blocks::class_of(1 + (runs * width).div_ceil(8)))?;
        // SAFETY: the block is new: readers cannot reach it, and the caller is the writer.
        unsafe { view.words.set_bitmap(block.unit, bitmap) };
        for (run, &answer) in answers[..runs].iter().enumerate() {
            // SAFETY: as above, and the block has room for as many answers.
            unsafe { view.words.set_lane(width, block.unit, run, answer) };
        }
        Ok(leading_to(RECORD, block.unit))
    }

    fn build_lines(&mut self, view: &View<A, G>, ranges: &[(u32, u32)]) -> Result<u32, Full> {
        if let [(_, answer)] = ranges {
            return Ok(*answer);
        }
        let width = view.width.bytes();
        let count = match ranges.len() {
            few if few <= keys(width) + 1 => 1,
            many => many.div_ceil(usual_ranges(width)).min(MOST_LINES),
        };
        // As many in each as can be, so that none is nearly empty.
        let lines = ranges.chunks(ranges.len().div_ceil(count));
        let keys = (lines.len() > 1).then(|| of_keys(lines.clone()));
        self.put_lines(view, keys, lines.map(|ranges| of_ranges(width, ranges)))
    }

    /// Lines of ranges in a new block, behind a line of keys if there are several.
    ///
    /// # Errors
    /// [`Full`] if there is no memory.
    pub(super) fn put_lines(
        &mut self,
        view: &View<A, G>,
        keys: Option<[u32; LINE_WORDS]>,
        lines: impl ExactSizeIterator<Item = [u32; LINE_WORDS]>,
    ) -> Result<u32, Full> {
        let all = lines.len() + usize::from(keys.is_some());
        let block = self.blocks.take_of(&view.words, Blocks::class_of(all * LINE_UNITS))?;
        let kind = if keys.is_some() { LINES } else { LINE };
        for (place, line) in keys.into_iter().chain(lines).enumerate() {
            let unit = block.unit + (place * LINE_UNITS) as Unit;
            // SAFETY: the block is new: readers cannot reach it, and the caller is the writer; it has
            // room for as many lines.
            unsafe { view.words.set_line(unit, &line) };
        }
        Ok(leading_to(kind, block.unit))
    }

    fn build_direct(
        &mut self,
        view: &View<A, G>,
        tree: &Tree<A, G>,
        node: Node,
    ) -> Result<u32, Full> {
        let slots = 1usize << G::STRIDE;
        let block = self.blocks.take_of(&view.words, Blocks::class_of(slots.div_ceil(2)))?;
        let entries = tree.expand(node.unit);
        for (slot, &word) in entries[..slots].iter().enumerate() {
            let built = self.build(view, tree, word, node.at + G::STRIDE);
            // Relaxed: published by the store that will make the node reachable (edge P3).
            view.word(block.unit, slot).store(built, Ordering::Relaxed);
        }
        Ok(leading_to(DIRECT, block.unit))
    }

    /// The block of the node that `word` leads to, if it leads to one.
    pub(super) fn block(view: &View<A, G>, word: u32) -> Option<Block> {
        let unit = unit_of(word);
        let units = match kind(word) {
            RECORD => {
                let runs = view.bitmap(unit).count_ones() as usize;
                1 + (runs * view.width.bytes()).div_ceil(8)
            }
            LINE => LINE_UNITS,
            LINES => (1 + lines_below(view.line(unit))) * LINE_UNITS,
            DIRECT => (1usize << G::STRIDE).div_ceil(2),
            _ => return None,
        };
        Some(Blocks::of_units(unit, units))
    }
}
