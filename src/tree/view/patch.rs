//! Lines that follow a change of one prefix without being built anew.
//!
//! Lines stand for up to 221 ranges, and one prefix changes few of them. What escaped the prefix's
//! range has given the old lines up, but nobody recycles them before the view's writer is asked for
//! what it gave up: until then they still say what is right outside of the prefix. So they are copied,
//! and the tree is asked for the keys of the prefix alone. Where a change leaves little in a line, or little
//! below a record, all is built anew after all, so that the view does not stay larger or slower than
//! it need be.

use super::{
    View, ViewWriter,
    line::{lines_below, of_ranges, ranges_of},
    ranges::Source,
    shape::{
        LINE, LINE_UNITS, LINE_WORDS, LINES, NO_KEY, end, key, key_bits, keys, kind, leading_to,
        unit_of,
    },
};
use crate::{
    address::Address,
    arena::{Blocks, Unit},
    prefix::Prefix,
    tree::{
        Tree,
        node::Node,
        shape::{Geometry, is_child, unit_of as child_of},
    },
};

/// The share of a line, as one in so many, below which it is not worth keeping.
const FEWEST: usize = 3;

/// What was escaped since the last refill.
pub(super) enum Gone<A> {
    /// Nothing.
    Nothing,
    /// The range of one prefix, and the last word that led to lines there: those of the bits from `at`
    /// on.
    One { prefix: Prefix<A>, word: u32, at: u8 },
    /// More.
    Much,
}

impl<A: Address> Gone<A> {
    /// The range of `prefix` is being escaped.
    pub(super) fn begin(&mut self, prefix: Prefix<A>) {
        *self = match self {
            Self::Nothing => Self::One { prefix, word: 0, at: 0 },
            Self::One { .. } | Self::Much => Self::Much,
        };
    }

    /// `old`, which stood for the bits from `from` on, gave way to an escaped leaf.
    pub(super) fn lose(&mut self, old: u32, from: u8) {
        if let Self::One { word, at, .. } = self
            && matches!(kind(old), LINE | LINES)
        {
            (*word, *at) = (old, from);
        }
    }
}

/// The lines of a block.
struct Lines<'v, A, G> {
    view: &'v View<A, G>,
    /// The line of keys, if there is one.
    keys: Option<&'v [u32; LINE_WORDS]>,
    first: Unit,
    count: usize,
}

impl<'v, A: Address, G: Geometry> Lines<'v, A, G> {
    fn new(view: &'v View<A, G>, word: u32) -> Self {
        let unit = unit_of(word);
        if kind(word) == LINE {
            return Self { view, keys: None, first: unit, count: 1 };
        }
        let keys = view.line(unit);
        Self { view, keys: Some(keys), first: unit + LINE_UNITS as Unit, count: lines_below(keys) }
    }

    /// Which line answers for `key`.
    fn which(&self, key: u32) -> usize {
        self.keys.map_or(0, |keys| keys.iter().filter(|&&start| start <= key).count())
    }

    /// Where line `index` begins; for the one after the last, past all keys.
    fn start(&self, index: usize) -> u32 {
        match (index.checked_sub(1), self.keys) {
            (None, _) => 0,
            (Some(before), Some(keys)) => keys.get(before).copied().unwrap_or(NO_KEY),
            (Some(_), None) => NO_KEY,
        }
    }

    fn line(&self, index: usize) -> &'v [u32; LINE_WORDS] {
        self.view.line(self.first + (index * LINE_UNITS) as Unit)
    }
}

/// Ranges of one line, in the making.
struct Fitted {
    ranges: [(u32, u32); LINE_WORDS],
    count: usize,
    most: usize,
}

impl Fitted {
    /// Adds a range; one that goes on with the answer of the last is none. Nothing if there is no room.
    fn push(&mut self, (start, answer): (u32, u32)) -> Option<()> {
        if self.as_slice().last().is_some_and(|last| last.1 == answer) {
            return Some(());
        }
        if self.count == self.most {
            return None;
        }
        self.ranges[self.count] = (start, answer);
        self.count += 1;
        Some(())
    }

    fn as_slice(&self) -> &[(u32, u32)] {
        &self.ranges[..self.count]
    }
}

impl<A: Address, G: Geometry> ViewWriter<A, G> {
    /// As [`build`](Self::build), after a change of `prefix`.
    pub(super) fn rebuild(
        &mut self,
        view: &View<A, G>,
        tree: &Tree<A, G>,
        word: u32,
        at: u8,
        prefix: Prefix<A>,
    ) -> u32 {
        let patched = match self.gone {
            Gone::One { prefix: of, word: old, at: from }
                if old != 0 && of == prefix && from == at && prefix.len() > at =>
            {
                self.patch(view, tree, (word, old), at, prefix)
            }
            _ => None,
        };
        patched.unwrap_or_else(|| self.build(view, tree, word, at))
    }

    /// Lines like those that the word `old` led to, with what `word` of the tree says for `prefix`. Nothing
    /// if they have no room for it.
    fn patch(
        &mut self,
        view: &View<A, G>,
        tree: &Tree<A, G>,
        (word, old): (u32, u32),
        at: u8,
        prefix: Prefix<A>,
    ) -> Option<u32> {
        if !is_child(word) {
            return None;
        }
        if Self::RECORDS && self.is_shallow(tree, Node { unit: child_of(word), at }) {
            return None;
        }
        let width = view.width.bytes();
        // What differs past the end of the view is escaped in whole, and may be so no longer.
        let left = key_bits::<G>().saturating_sub(prefix.len().min(end::<A, G>()) - at);
        let last = key::<G>(prefix.address().top(), at) | ((1u32 << left) - 1);
        let first = last & !((1u32 << left) - 1);
        let lines = Lines::new(view, old);
        let which = lines.which(first);
        if lines.which(last) != which {
            return None;
        }
        let (numbers, escaped) = (&self.numbers, view.width.escaped());
        let source = Source { tree, numbers, escaped, from: at, keys: (first, last) };
        self.ranges.collect(&source, word).ok()?;
        let mut fitted = Fitted { ranges: [(0, 0); LINE_WORDS], count: 0, most: keys(width) + 1 };
        let old_ranges = || ranges_of(width, lines.line(which), lines.start(which));
        for range in old_ranges().take_while(|range| range.0 < first) {
            fitted.push(range)?;
        }
        for &(start, answer) in self.ranges.as_slice() {
            fitted.push((start.max(first), answer))?;
        }
        let after = last + 1;
        if after < lines.start(which + 1).min(1 << key_bits::<G>()) {
            let answer = old_ranges().take_while(|range| range.0 <= after).last()?.1;
            fitted.push((after, answer))?;
            for range in old_ranges().skip_while(|range| range.0 <= after) {
                fitted.push(range)?;
            }
        }
        match (lines.keys, fitted.as_slice()) {
            (None, [(_, answer)]) => return Some(*answer),
            // Perhaps fewer lines would do.
            (Some(_), few) if few.len() * FEWEST < keys(width) => return None,
            _ => {}
        }
        self.copy(view, &lines, which, &of_ranges(width, fitted.as_slice()))
    }

    /// A copy of `lines` with another line in one place. Nothing if there is no memory.
    fn copy(
        &mut self,
        view: &View<A, G>,
        lines: &Lines<'_, A, G>,
        which: usize,
        line: &[u32; LINE_WORDS],
    ) -> Option<u32> {
        let all = lines.count + usize::from(lines.keys.is_some());
        let class = Blocks::class_of(all * LINE_UNITS);
        let block = self.blocks.take_of(&view.words, class).ok()?;
        let mut unit = block.unit;
        let copied = (0..lines.count).map(|at| if at == which { line } else { lines.line(at) });
        for line in lines.keys.into_iter().chain(copied) {
            // SAFETY: the block is new: readers cannot reach it, and the caller is the writer; it has
            // room for as many lines.
            unsafe { view.words.set_line(unit, line) };
            unit += LINE_UNITS as Unit;
        }
        let kind = if lines.keys.is_some() { LINES } else { LINE };
        Some(leading_to(kind, block.unit))
    }
}
