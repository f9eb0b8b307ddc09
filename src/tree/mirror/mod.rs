//! A second tree that leads straight to next hops: the same nodes as the tree of entries, with the
//! number of the next hop in each leaf, in one or two bytes where that is enough.
//!
//! # Never in disagreement
//!
//! The mirror is a cache of the tree of entries. A leaf of it holds the number of the next hop of the
//! entry that the other tree answers there, or it is **escaped**: whoever meets it asks the other
//! tree. An update goes in three steps:
//!
//! 1. escape every leaf of the mirror in the prefix's range;
//! 2. change the tree of entries, by its one store;
//! 3. set the escaped leaves to what the tree of entries says now.
//!
//! Before the one store and after it each leaf is either escaped or right, so the first and the last
//! step change no answer of either tree, however many stores they take and in whichever order. The
//! one store in the middle changes all answers of both.
//!
//! # Why each lookup is linearizable
//!
//! As in the tree of entries: each node that a walk enters was live at some instant since it began,
//! and a node that has been unlinked is frozen. A leaf that is not escaped was right at the instant of
//! its load if the node was live then, and otherwise at the instant of the unlink; both lie within
//! the lookup. A lookup that meets an escaped leaf answers by a lookup in the tree of entries, which
//! begins later.
//!
//! What a reader has seen in one tree it sees in the other: whoever loads a new leaf of the mirror
//! sees the one store before it, and whoever sees the one store finds escaped or newer leaves.
//!
//! # Shape
//!
//! The directory and the chunks have a word a slot, as in the tree of entries, and so has a record
//! that leads to others. A record without children is **narrow**: its runs take as many bytes as the
//! mirror's [`Width`] says. On a full table that is a quarter of the entries' records, and in nearly
//! all of them bitmap and runs are in one cache line.
//!
//! # Invariants
//!
//! * **Mirrored**: where the mirror has a node the tree of entries has one, between updates. Where
//!   the tree of entries has one the mirror has one or an escaped leaf, the latter only while it has
//!   no memory for more.
//! * **Escaped or right**, as above, at every instant.
//! * **Depth**, **Runs**, **Once** and **Frozen**, as in the [tree](super) of entries.

mod burst;
mod writer;

use core::marker::PhantomData;

pub(crate) use writer::MirrorWriter;

use super::shape::{self, Geometry, RUNS_AT, Wide, is_child, unit_of};
use crate::{
    address::Address,
    arena::{Unit, Words},
    bits::Code,
    error::ReserveError,
    sync::{AtomicU32, Ordering},
};

/// What an escaped leaf holds: ask the tree of entries.
pub(crate) const ESCAPED: u32 = (1 << 31) - 1;

/// The bit that tells a narrow record from one whose runs are words. Beside the bit of a child.
const NARROW: u32 = 1 << 30;

/// Bytes that a table's [forwarding view](crate::Forwarding) takes for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// One: 254 next hops fit, and no route.
    One,
    /// Two: 65,534.
    Two,
    /// Four: there are no narrow records.
    Four,
}

impl Width {
    /// The bytes.
    const fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// The largest number that a leaf can hold.
    const fn most(self) -> u32 {
        match self {
            Self::One => 0xFE,
            Self::Two => 0xFFFE,
            Self::Four => ESCAPED - 1,
        }
    }
}

/// The mirror as its readers see it.
#[derive(Debug)]
pub(crate) struct Mirror<A, G = Wide> {
    words: Words,
    /// Never moves.
    directory: Unit,
    width: Width,
    code: Code,
    _family: PhantomData<fn(A) -> G>,
}

/// The unit of a node, narrow or not.
#[inline(always)]
fn place_of(word: u32) -> Unit {
    unit_of(word) & !NARROW
}

impl<A: Address, G: Geometry> Mirror<A, G> {
    /// An empty mirror and its writer, in at most `units` 8-byte units.
    ///
    /// # Errors
    /// [`ReserveError`] if the system does not give even the space of a small table.
    pub(crate) fn new(
        units: usize,
        width: Width,
    ) -> Result<(Self, MirrorWriter<A, G>), ReserveError> {
        // A narrow record's bit leaves 30 bits for units.
        let words = Words::new(units.min(1 << 30), shape::least_units::<G>())?;
        let mut writer = MirrorWriter::new(words.units());
        let mut mirror =
            Self { words, directory: 0, width, code: Code::best(), _family: PhantomData };
        mirror.directory = writer
            .empty_directory(&mirror)
            .map_err(|_| ReserveError { bytes: mirror.words.units() * 8 })?;
        Ok((mirror, writer))
    }

    /// The number of the next hop for `address`, 0 for no route, or [`ESCAPED`].
    ///
    /// The caller holds a guard of the domain that the mirror retires to.
    #[inline]
    pub(crate) fn lookup(&self, address: A) -> u32 {
        let slot = address.bits(0, G::DIRECTORY);
        // SeqCst: edge P3, against `store`.
        let mut word = self.word(self.directory, slot).load(Ordering::SeqCst);
        if !is_child(word) {
            return word;
        }
        let slot = address.bits(G::DIRECTORY, G::CHUNK);
        // SeqCst: edge P3, as above.
        word = self.word(place_of(word), slot).load(Ordering::SeqCst);
        let mut rest = address.skip(G::DIRECTORY + G::CHUNK);
        while is_child(word) {
            let unit = place_of(word);
            let runs = self.code.runs_up_to(self.bitmap(unit), rest.bits(0, G::STRIDE));
            let run = runs - 1;
            if word & NARROW != 0 {
                return self.lane(unit, run);
            }
            // SeqCst: edge P3, as above.
            word = self.word(unit, RUNS_AT + run).load(Ordering::SeqCst);
            rest = rest.skip(G::STRIDE);
        }
        word
    }

    /// The value of a narrow record's run.
    #[inline(always)]
    fn lane(&self, unit: Unit, run: usize) -> u32 {
        match self.width {
            Width::One => self.narrow::<1>(unit, run),
            Width::Two | Width::Four => self.narrow::<2>(unit, run),
        }
    }

    /// Models have no narrow records.
    #[cfg(rtalloc_loom)]
    fn narrow<const W: usize>(&self, unit: Unit, run: usize) -> u32 {
        unreachable!("run {run} of {unit}, of {W} bytes")
    }

    /// The value of a narrow record's run of `W` bytes.
    #[cfg(not(rtalloc_loom))]
    #[inline(always)]
    fn narrow<const W: usize>(&self, unit: Unit, run: usize) -> u32 {
        if W == 1 {
            // SAFETY: the run lies in the record's block, whose runs are bytes while it is live; or
            // in the arena's first line, which no block has.
            let lane = unsafe { self.words.byte(unit, run) };
            // SeqCst: edge P3, against `store`.
            let value = u32::from(lane.load(Ordering::SeqCst));
            return if value == 0xFF { ESCAPED } else { value };
        }
        // SAFETY: the run lies in the record's block, whose runs have two bytes while it is live.
        let lane = unsafe { self.words.half(unit, run) };
        // SeqCst: edge P3, against `store`.
        let value = u32::from(lane.load(Ordering::SeqCst));
        if value == 0xFFFF { ESCAPED } else { value }
    }

    /// A word of a node.
    #[inline(always)]
    fn word(&self, unit: Unit, offset: usize) -> &AtomicU32 {
        // SAFETY: every caller has `unit` from a slot of this mirror or from its allocator, and
        // stays inside the node's block by the invariants Depth and Runs.
        unsafe { self.words.word(unit, offset) }
    }

    /// A record's bitmap.
    #[inline(always)]
    fn bitmap(&self, unit: Unit) -> u64 {
        // SAFETY: `unit` is a record by Depth, read from a published slot under a guard or by the
        // writer, so it is neither written nor recycled meanwhile (Frozen); or 0, where no block is
        // and all is zero for ever.
        unsafe { self.words.bitmap(unit) }
    }
}
