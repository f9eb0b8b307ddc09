//! A second structure that leads straight to next hops, for forwarding.
//!
//! # Never in disagreement
//!
//! The view is a cache of the tree of entries. A leaf of it holds the number of the next hop of the
//! entry that the tree answers there, or it is **escaped**: whoever meets it asks the tree. An update
//! goes in three steps:
//!
//! 1. escape all of the view in the prefix's range;
//! 2. change the tree of entries, by its one store;
//! 3. build what was escaped anew, from what the tree of entries says now.
//!
//! Before the one store and after it each leaf is either escaped or right, so the first and the last
//! step change no answer of either structure, however many stores they take and in whichever order.
//! The one store in the middle changes all answers of both. So the view is free to have any shape:
//! nothing of it need change by one store, and what would be costly to build may stay escaped.
//!
//! # Shape
//!
//! ```text
//! root: a word for each value of the first 18 bits (IPv4) or 24 bits (IPv6)
//!   -> a leaf
//!   -> record (IPv4): a bitmap over the next 6 bits, and an answer for each run
//!   -> line: up to 12 keys of the next 30 bits, increasing, and 13 answers, in a cache line
//!   -> lines: 16 keys in a line, and up to 17 such lines behind it
//!   -> direct: a word for each value of the next 6 bits, where lines do not suffice
//! ```
//!
//! (Keys and answers of one byte; a line has fewer of wider ones.) Nearly all of a full IPv4 table is
//! in records, most of which lie in one cache line with their bitmap: two loads an answer. IPv6 is
//! sparse and deep below its first 24 bits, where a tree of bitmaps takes a load each 6 bits; one or two
//! lines tell all of it apart. The root is address space, of which the system gives what is used.
//!
//! Where a few routes longer than a record stand in it, the record has them escaped; lines have
//! escaped what differs past their keys or past bit 60 of an IPv6 address.
//!
//! Records and lines never change. So each word that readers load and the writer stores is in the root
//! or a direct node.
//!
//! # The default route
//!
//! A leaf of 0 says that no route but the default one matches; its number is in a word of its own. Two
//! words are not one answer: so a reader loads the default word before the root and again after the
//! leaf, and asks the tree of entries if it has changed. The word holds a version besides the number:
//! it is escaped before the default route changes and set after, each with a new version. So if a
//! reader finds it twice the same and not escaped, the default route has been the same all the time
//! between, when the leaf was 0 in particular.
//!
//! Versions come again after 2^32 steps. A reader would have to sleep through all of them: each second
//! one replaces a directory of 2 KiB, which that reader's guard keeps from being freed, so 4 TiB would
//! wait for it.
//!
//! # Why each lookup is linearizable
//!
//! The root never moves, and a direct node that has been unlinked is frozen. So the last word that
//! changes, of those that a walk loads, was current at that load or when its node was unlinked, which is
//! within the lookup. At that instant it led to the answers of the tree of entries, or was escaped. A
//! lookup that meets an escaped leaf answers by a lookup in the tree of entries, which begins later.
//!
//! What a reader has seen in one structure it sees in the other: whoever loads a new word of the view
//! sees the one store before it, and whoever sees the one store finds escaped or newer words.
//!
//! # Invariants
//!
//! * **Escaped or right**, as above, at every instant.
//! * **Immutable**: records and lines are filled before a word leads to them, and not written until
//!   they are recycled, a grace period after no word leads to them.
//! * **Frozen**: an unlinked direct node is not stored into.
//! * **Kinds**: what a word leads to is of the word's kind, and below the bits from [`shape::end`] on
//!   there is nothing.
//! * **Once**: every node is reached by one word.

mod build;
mod burst;
mod line;
mod lookup;
mod patch;
mod ranges;
mod root;
mod shape;
#[cfg(all(test, not(rtalloc_loom)))]
mod tests;
mod writer;

use core::{hint::select_unpredictable, marker::PhantomData};

#[cfg(feature = "instrument")]
pub(crate) use burst::group;
pub(crate) use shape::ESCAPED;
pub use shape::Width;
#[cfg(feature = "instrument")]
pub(crate) use shape::deepest_directs;
pub(crate) use writer::ViewWriter;

use self::root::Root;
use super::shape::{Geometry, Wide};
use crate::{
    address::Address,
    arena::{Unit, Words},
    bits::Code,
    error::ReserveError,
    sync::{AtomicU32, AtomicU64, Ordering},
};

/// The view as its readers see it.
#[derive(Debug)]
pub(crate) struct View<A, G = Wide> {
    root: Root<A, G>,
    /// The number of the default route's next hop, 0 for none, or escaped; above it a version.
    default: AtomicU64,
    words: Words,
    width: Width,
    code: Code,
    _family: PhantomData<fn(A) -> G>,
}

impl<A: Address, G: Geometry> View<A, G> {
    /// An empty view and its writer, with at most `units` 8-byte units of nodes.
    ///
    /// # Errors
    /// [`ReserveError`] if the system does not give even the space of a small table.
    pub(crate) fn new(
        units: usize,
        width: Width,
    ) -> Result<(Self, ViewWriter<A, G>), ReserveError> {
        let words = Words::new(units.min(1 << shape::UNIT_BITS), 1 << 8)?;
        let writer = ViewWriter::new(words.units());
        let view = Self {
            root: Root::new()?,
            default: AtomicU64::new(0),
            words,
            width,
            code: Code::best(),
            _family: PhantomData,
        };
        Ok((view, writer))
    }

    /// The default word: to be loaded before the root, and compared after a leaf of 0.
    #[inline(always)]
    fn default_word(&self) -> u64 {
        // SeqCst: edge P3, against `ViewWriter::set_default`.
        self.default.load(Ordering::SeqCst)
    }

    /// The number of the default route's next hop, or escaped, if the default word was `before` before
    /// the root was loaded.
    #[inline(always)]
    fn default_number(&self, before: u64) -> u32 {
        let now = self.default_word();
        select_unpredictable(now == before, now as u32, self.width.escaped())
    }

    /// A word of a direct node.
    #[inline(always)]
    fn word(&self, unit: Unit, offset: usize) -> &AtomicU32 {
        // SAFETY: every caller has `unit` from a word of this view or from its allocator, and stays
        // inside the node's block by Kinds.
        unsafe { self.words.word(unit, offset) }
    }

    /// A record's bitmap.
    #[inline(always)]
    fn bitmap(&self, unit: Unit) -> u64 {
        // SAFETY: `unit` is a record by Kinds, read from a word under a guard or by the writer, so it
        // is neither written nor recycled meanwhile (Immutable); or 0, where no block is and all is
        // zero for ever.
        unsafe { self.words.bitmap(unit) }
    }

    /// The answer of a record's run, of `W` bytes. Run -1 of the arena's first line is 0.
    #[inline(always)]
    fn lane<const W: usize>(&self, unit: Unit, run: usize) -> u32 {
        // SAFETY: as for `bitmap`; a record has an answer of `W` bytes for each run.
        unsafe { self.words.lane::<W>(unit, run) }
    }
}
