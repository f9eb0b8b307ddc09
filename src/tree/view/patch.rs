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
    shape::{LINE, LINE_UNITS, LINE_WORDS, LINES, NO_KEY, end, key, key_bits, keys, kind, unit_of},
};
use crate::{
    address::Address,
    arena::Unit,
    bits::{Machine, Portable},
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
        self.keys.map_or(0, |keys| Portable::rank::<LINE_WORDS>(keys, key))
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
        let fitted = &mut self.fitted;
        fitted.clear(keys(width) + 1);
        let old_ranges = || ranges_of(width, lines.line(which), lines.start(which));
        for range in old_ranges().take_while(|range| range.0 < first) {
            fitted.push(range.0, range.1).ok()?;
        }
        for &(start, answer) in self.ranges.as_slice() {
            fitted.push(start.max(first), answer).ok()?;
        }
        let after = last + 1;
        if after < lines.start(which + 1).min(1 << key_bits::<G>()) {
            let answer = old_ranges().take_while(|range| range.0 <= after).last()?.1;
            fitted.push(after, answer).ok()?;
            for range in old_ranges().skip_while(|range| range.0 <= after) {
                fitted.push(range.0, range.1).ok()?;
            }
        }
        match (lines.keys, fitted.as_slice()) {
            (None, [(_, answer)]) => return Some(*answer),
            // Perhaps fewer lines would do.
            (Some(_), few) if few.len() * FEWEST < keys(width) => return None,
            _ => {}
        }
        let changed = of_ranges(width, fitted.as_slice());
        let copied = (0..lines.count).map(|at| if at == which { changed } else { *lines.line(at) });
        self.put_lines(view, lines.keys.copied(), copied).ok()
    }
}
