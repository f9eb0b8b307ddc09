//! The forwarding table of one family: the tree, and the entries that its leaves name.
//!
//! A leaf of the tree is an entry's *number*; a **cell** for each number holds the entry's current
//! object. A route whose contents change gets a new object in its cell: one store, and the tree is
//! not touched. Everything else is an update of the tree.
//!
//! # Why the pair of loads is one linearizable lookup
//!
//! A lookup loads a leaf, then the leaf's cell. Suppose between the two another route takes the
//! address over, and then the first route's contents change: the lookup would return contents that
//! never were the answer for its address. So the writer keeps a note of every number that has lost
//! a leaf to another, until a grace period has passed; while there is one, a change of contents
//! takes a new number and goes through the tree, as a batch does. A lookup that has loaded the old
//! leaf finds the old cell, which is not stored into any more. With no note, every lookup that
//! could have loaded a leaf of this number from before the loss is over.
//!
//! Let `b` be the instant at which the number stops answering the address, and `r` the instant of
//! the cell's load. If `b` is after `r`, the answer is right at `r`. Otherwise no store into the
//! cell falls between `b` and `r`: a removed route's cell is left alone until its number is
//! recycled, and one that has lost a leaf has a note for as long as the lookup's guard lasts. So
//! what was loaded is what the cell held at `b`, and the answer was right just before `b`.
//!
//! The default route has no leaves, and a route that comes takes addresses from it without a note. So
//! its cell is never stored into while readers may know its number: new contents of the default take
//! a new number, always.
//!
//! # Invariants
//!
//! * **Filled**: a number that a leaf of the tree, or a directory's word for the default, names, or that a reader under a guard may have
//!   met, has a non-null cell.
//! * **Noted**: a number that lost a leaf to another entry is in `notes` until a grace period has
//!   passed since.
//! * **Recycled late**: a number is given out again only after a grace period since it left the
//!   tree.

mod burst;
mod forward;
mod load;
mod maps;
mod notes;
mod reclaim;
mod writer;

use core::{fmt, ptr::NonNull};

pub(crate) use load::Prepared;
pub use reclaim::Waiting;
pub(crate) use writer::FibWriter;

use self::forward::Forward;
use crate::{
    address::Address,
    arena::{HUGE_PAGES_FROM, Reserved, Zeroed},
    clock::Patience,
    entry::Entry,
    error::ReserveError,
    sync::{AtomicPtr, Ordering},
    tree::{Tree, Width},
};

/// Cells from which on huge pages are worth it.
const CELLS_OF_HUGE_PAGES: usize = HUGE_PAGES_FROM / size_of::<usize>();

#[cfg(not(rtalloc_loom))]
// SAFETY: an atomic pointer is valid when zero, which is null, and needs no drop.
unsafe impl<T> Zeroed for AtomicPtr<T> {}
#[cfg(rtalloc_loom)]
// SAFETY: under loom nothing is made from zeroed bytes; elements come from `Default`.
unsafe impl<T> Zeroed for AtomicPtr<T> {}

/// How large a table may grow. Nothing is committed before it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Routes, counting those removed whose grace period is not over.
    pub(crate) routes: usize,
    /// Bytes of tree nodes.
    pub(crate) node_bytes: usize,
    /// Bytes that may wait to be freed when an update begins.
    pub(crate) waiting_bytes: usize,
    /// How long an update waits for readers to move on when more wait to be freed.
    pub(crate) patience: Patience,
    /// Bytes of a leaf of the forwarding view, if there is to be one.
    pub(crate) forward: Option<Width>,
}

/// The forwarding table as its readers see it.
pub(crate) struct Fib<A, V> {
    tree: Tree<A>,
    cells: Reserved<AtomicPtr<Entry<V>>>,
    forward: Option<Forward<A>>,
}

impl<A: Address, V: Send + Sync + 'static> Fib<A, V> {
    /// An empty table and its writer.
    ///
    /// # Errors
    /// [`ReserveError`] if the system does not give the address space.
    pub(crate) fn new<R: crate::reclaim::Reclaim>(
        domain: &R,
        limits: Limits,
    ) -> Result<(Self, FibWriter<A, V, R>), ReserveError> {
        let (tree, tree_writer) = Tree::new(limits.node_bytes / 8)?;
        // Number 0 is no route.
        let cells = Reserved::new(limits.routes.saturating_add(1), 2)?;
        let (forward, forward_writer) = match limits.forward {
            Some(width) => {
                let (forward, writer) = Forward::new(limits, cells.len(), width)?;
                (Some(forward), Some(writer))
            }
            None => (None, None),
        };
        let limit =
            forward.as_ref().map_or(cells.len(), |forward| forward.limit().min(cells.len()));
        let writer = FibWriter::new(domain, tree_writer, forward_writer, limit);
        Ok((Self { tree, cells, forward }, writer))
    }

    /// The entry that answers `address`. It stays alive for as long as the caller's guard lives and
    /// passes no quiescent point.
    ///
    /// # Safety
    /// The caller holds a guard of the domain that the table's writer retires to.
    #[inline]
    pub(crate) unsafe fn lookup(&self, address: A) -> Option<NonNull<Entry<V>>> {
        let id = self.tree.lookup(address);
        if id == 0 {
            return None;
        }
        // SeqCst: edge P2, against `set`: the entry is complete.
        let entry = self.cell(id).load(Ordering::SeqCst);
        // SAFETY: Filled: the cell is not null.
        Some(unsafe { NonNull::new_unchecked(entry) })
    }

    /// The cell of a number that was given out.
    #[inline(always)]
    fn cell(&self, id: u32) -> &AtomicPtr<Entry<V>> {
        // SAFETY: the writer gives out numbers below the length alone.
        unsafe { self.cells.at(id as usize) }
    }

    /// Says that so many cells will be filled at least. If huge pages are worth it then, asks for them
    /// now: what is in small pages already, the system moves when it has time.
    fn foresee(&self, entries: usize) {
        if entries > CELLS_OF_HUGE_PAGES {
            self.cells.use_huge_pages();
        }
    }

    /// Makes `entry` the object of a number that no leaf names yet.
    fn fill(&self, id: u32, entry: *mut Entry<V>) {
        if id as usize == CELLS_OF_HUGE_PAGES {
            self.cells.use_huge_pages();
        }
        // Relaxed: published by the store that makes a leaf name the number (edge P1). A lookup
        // that knew an earlier use of the number is over.
        self.cell(id).store(entry, Ordering::Relaxed);
    }

    /// Makes `entry` the current object of its number.
    fn set(&self, id: u32, entry: *mut Entry<V>) {
        // SeqCst: edge P2, against `lookup`.
        self.cell(id).store(entry, Ordering::SeqCst);
    }
}

impl<A, V> fmt::Debug for Fib<A, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fib").finish_non_exhaustive()
    }
}
