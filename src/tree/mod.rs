//! The radix tree that readers walk: from an address to the number of the entry that answers it.
//!
//! # Shape
//!
//! A multibit radix tree, **leaf-pushed**: the answer is the one word at which a walk ends, and
//! nothing that was met on the way matters. The one exception is the default route: where the last
//! word is 0, the word for the default in the directory that the walk began in is the answer
//! ([`default`]). Three kinds of node, by depth:
//!
//! ```text
//! root word -> directory            chunk                record             record ...
//!              2^9 slots, direct -> 2^9 slots, direct -> 64 slots, runs  -> 64 slots, runs
//!              bits 0..9            bits 9..18           bits 18..24        bits 24..30
//!              the default route
//! ```
//!
//! A slot holds a word: a *leaf* (an entry's number, 0 where nothing but the default route may
//! answer) or a *child* (bit 31 and the node's unit). Direct nodes have a word for each slot. A **record** has one for each *run* of
//! equal neighbouring slots, found by counting bits in its bitmap: bit `i` is set where a run
//! begins. Neighbouring runs may be equal, so that a route that comes and goes does not change the
//! bitmap each time.
//!
//! Strides past the address's width are cut off by reading zeros there: a /32 in the record for
//! bits 30..36 owns 16 slots, which cost one run.
//!
//! # One store an update
//!
//! Every update, and every batch of updates, takes effect by exactly one store:
//!
//! * one run changes: into that run, in place;
//! * more of one node changes: the node is copied, and the store goes into its parent's slot;
//! * more than one subtree changes: everything changed is copied up to the node above them all,
//!   at most to the directory, whose address is the root word;
//! * the default route changes: the directory is copied, and the store goes into the root word.
//!
//! What the copies replace is *unlinked* and frozen: nobody stores into it again. If the default
//! has changed, all that the old directory leads to is frozen as well, until a grace period has
//! passed: updates copy it as if more than it changed.
//!
//! # Why each lookup is linearizable
//!
//! The time from one change of the default route to the next is an *era*. Directories that replace
//! each other within an era have the same word for the default. A lookup belongs to the era in which
//! it loaded the root word, and every word that it loads was on the live path of its address at some
//! instant of the lookup that lies in its era. By induction along the path:
//!
//! * The directory is live when the root word is loaded.
//! * A node that is live, in the era, when the reader loads a slot of it: what is loaded is live at that
//!   instant.
//! * A node that was unlinked before that, in the era or by the store that ended it: it has been
//!   frozen since, so what is loaded is what the slot held at the instant of the unlink. That lies within the lookup, since the
//!   node was live at some instant within it.
//! * The era has ended before the load, and the node was live until then: it can be reached from
//!   the directory that was replaced when the era ended, and by **Frozen** it has not been stored
//!   into since, and will not be before the lookup ends. So what is loaded is what the slot held at the
//!   last instant of the era, which lies within the lookup.
//!
//! If the last word is not 0, it was the whole answer at that instant, by leaf pushing. If it is 0, no
//! route but the default covered the address at that instant; and since the instant is in the era of
//! the directory that the lookup began in, that directory's word for the default was the answer.
//!
//! A slot is loaded and stored sequentially consistent, so all readers agree on the order of updates to
//! different words too. The word for the default is set before its directory is published and never
//! again, so it may be loaded relaxed and at any time of the lookup.
//!
//! A directory that is replaced within an era while readers of an earlier one are still about needs
//! no care of its own. Its own readers are in the second and third case for as long as the era lasts.
//! Those of the earlier era are in the fourth, which does not mention what is live: copying a node
//! instead of storing into it is all that it asks of updates. And if a whole tree is replaced by another,
//! every node of the old one is unlinked: the third case.
//!
//! A batch is one store, so a reader sees all of it or none: the argument does not mention how much
//! one store changes.
//!
//! # Invariants
//!
//! * **Rooted**: the root word is the unit of a directory.
//! * **No default leaf**: no leaf is the number of an entry of length 0.
//! * **Depth**: a child of a node for bits `[a, b)` is the node for bits `[b, ...)`; a walk takes at
//!   most `2 + ceil((WIDTH - 18) / 6)` steps below the root word: 5 for IPv4, 21 for IPv6.
//! * **Runs**: a record's bit 0 is set, and a child's run has exactly one slot.
//! * **Once**: every node is reached by one slot of the live tree.
//! * **Frozen**: an unlinked node is not stored into, and its block is reused only after a grace
//!   period. Nor is a node stored into, live or not, that can be reached from a directory which a
//!   change of the default has replaced and whose grace period is not over.

mod batch;
mod build;
mod burst;
mod census;
mod default;
mod edit;
mod lookup;
mod node;
mod shape;
#[cfg(all(test, not(rtalloc_loom)))]
mod tests;
mod units;
mod view;
mod writer;

use core::marker::PhantomData;

pub(crate) use build::Plan;
pub(crate) use burst::GROUP;
pub(crate) use census::Census;
pub(crate) use edit::Change;
pub(crate) use shape::{Geometry, Wide};
pub use view::Width;
pub(crate) use view::{ESCAPED, View, ViewWriter};
#[cfg(feature = "instrument")]
pub(crate) use view::{deepest_directs, group as view_group};
pub(crate) use writer::TreeWriter;

use crate::{
    address::Address,
    arena::{Unit, Words},
    bits::Code,
    error::ReserveError,
    sync::{AtomicU32, Ordering},
};

/// A tree as its readers see it.
#[derive(Debug)]
pub(crate) struct Tree<A, G = Wide> {
    words: Words,
    /// The unit of the directory.
    root: AtomicU32,
    /// What the processor has.
    code: Code,
    _family: PhantomData<fn(A) -> G>,
}

/// Where one word is to be stored to make an update take effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Store {
    /// Into the word `offset` words into the block at `unit`.
    Slot { unit: Unit, offset: usize, word: u32 },
    /// Into the root word.
    Root(Unit),
}

impl<A: Address, G: Geometry> Tree<A, G> {
    /// An empty tree and its writer, in at most `units` 8-byte units.
    ///
    /// # Errors
    /// [`ReserveError`] if the system does not give even the space of a small table.
    pub(crate) fn new(units: usize) -> Result<(Self, TreeWriter<A, G>), ReserveError> {
        let words = Words::new(units, shape::least_units::<G>())?;
        let mut writer = TreeWriter::new(words.units());
        let tree =
            Self { words, root: AtomicU32::new(0), code: Code::best(), _family: PhantomData };
        let directory = writer
            .empty_directory(&tree)
            .map_err(|_| ReserveError { bytes: tree.words.units() * 8 })?;
        tree.publish(Store::Root(directory));
        Ok((tree, writer))
    }

    /// Makes an update take effect. The writer's only store into memory that readers can reach.
    fn publish(&self, store: Store) {
        match store {
            // SeqCst: edge P1, against the loads in `lookup`: all that the word leads to is
            // visible to whoever reads it; and all readers see updates in one order.
            Store::Slot { unit, offset, word } => {
                self.word(unit, offset).store(word, Ordering::SeqCst);
            }
            // SeqCst: edge P1, as above.
            Store::Root(unit) => self.root.store(unit, Ordering::SeqCst),
        }
    }

    /// A word of a node.
    #[inline(always)]
    fn word(&self, unit: Unit, offset: usize) -> &AtomicU32 {
        // SAFETY: every caller has `unit` from a slot of this tree or from its allocator, and
        // stays inside the node's block by the invariants Depth and Runs; a directory's block has a
        // word for the default after its slots.
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
