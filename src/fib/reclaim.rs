//! Freeing what updates left behind: with each update a part in proportion to what it retired.

use core::ptr::NonNull;

use super::{Fib, FibWriter, writer::Retired};
use crate::{
    address::Address,
    entry::Entry,
    reclaim::{Hazards, Reclaim},
    tree::Census,
};

/// Entries whose last claim is gone. Dropping it runs the destructors of the users' data, which is
/// foreign code: do it without holding a lock.
pub(crate) type Garbage<V> = Vec<Box<Entry<V>>>;

/// What was replaced or removed and cannot be freed yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Tree nodes, entries, entry numbers and notes.
    pub items: usize,
    /// Bytes of the nodes and entries among them, without what the users' data points to.
    pub bytes: usize,
}

/// Items after whose retirement the next update reclaims.
const RECLAIM_AFTER: usize = 32;

/// Items that one update may free whatever it retired itself: a small update does not pay for a
/// backlog.
const RECLAIM_MOST: usize = 256;

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> FibWriter<A, V, R> {
    /// Reclaims a little if enough was retired since the last time.
    pub(crate) fn reclaim_some(
        &mut self,
        fib: &Fib<A, V>,
        domain: &R,
        hazards: &Hazards,
        garbage: &mut Garbage<V>,
    ) {
        if self.fresh >= RECLAIM_AFTER {
            // Twice what came since the last time, so that a backlog shrinks under large batches
            // too.
            let most = RECLAIM_MOST.max(2 * self.fresh);
            self.reclaim(fib, domain, hazards, most, garbage);
        }
    }

    /// Reclaims at most `most` items whose grace period is over. The entries among them without a
    /// claim left go to `garbage`.
    pub(crate) fn reclaim(
        &mut self,
        fib: &Fib<A, V>,
        domain: &R,
        hazards: &Hazards,
        most: usize,
        garbage: &mut Garbage<V>,
    ) {
        self.fresh = 0;
        let mut limbo = core::mem::replace(&mut self.limbo, domain.limbo());
        let mut entries = Vec::new();
        domain.reclaim(&mut limbo, most, |item| self.take_back(fib, item, &mut entries));
        self.limbo = limbo;
        self.settle(entries, hazards, garbage);
        self.sweep(garbage);
    }

    /// Moves entries whose last claim was given up elsewhere to `garbage`.
    pub(crate) fn sweep(&mut self, garbage: &mut Garbage<V>) {
        self.disposal.drain(|entry| garbage.push(entry));
    }

    /// Frees everything: the table ends.
    ///
    /// # Safety
    /// No guard of the domain exists, and whoever held one has synchronized with the caller; every
    /// entry in `live` was published by this writer and not removed since, and none is left out.
    pub(crate) unsafe fn close(
        &mut self,
        fib: &Fib<A, V>,
        domain: &R,
        hazards: &Hazards,
        live: impl Iterator<Item = NonNull<Entry<V>>>,
    ) -> Garbage<V> {
        let mut limbo = core::mem::replace(&mut self.limbo, domain.limbo());
        let mut entries = Vec::new();
        // SAFETY: handed on to the caller.
        unsafe { domain.drain(&mut limbo, |item| self.take_back(fib, item, &mut entries)) };
        for entry in live {
            // SAFETY: a live entry has the table's unit.
            unsafe { entry.as_ref() }.take_down();
            entries.push(entry);
        }
        self.close_forward(fib);
        let mut garbage = Garbage::new();
        self.settle(entries, hazards, &mut garbage);
        garbage
    }

    fn take_back(
        &mut self,
        fib: &Fib<A, V>,
        item: Retired<V>,
        entries: &mut Vec<NonNull<Entry<V>>>,
    ) {
        self.waiting_bytes -= item.bytes();
        match item {
            Retired::Block(block) => self.tree.recycle(block),
            Retired::Entry(entry) => entries.push(entry),
            Retired::Id(id) => {
                fib.set(id, core::ptr::null_mut());
                self.release_next_hop(fib, id);
                self.free_ids.push(id);
            }
            Retired::Mirror(block) => self.recycle_mirror(block),
            Retired::NextHop(next_hop) => {
                // SAFETY: made by the forwarding view's writer, which retires each once, after it
                // left its cell; its grace period is over.
                drop(unsafe { Box::from_raw(next_hop.as_ptr()) });
            }
            Retired::Note(id) => {
                if let Some(count) = self.notes.get_mut(&id) {
                    *count -= 1;
                    if *count == 0 {
                        self.notes.remove(&id);
                    }
                }
            }
        }
    }

    /// Gives up the table's unit of entries whose grace period is over.
    fn settle(&self, entries: Vec<NonNull<Entry<V>>>, hazards: &Hazards, garbage: &mut Garbage<V>) {
        if entries.is_empty() {
            return;
        }
        let held = hazards.scan();
        for entry in entries {
            // SAFETY: the entry was unlinked and its grace period is over (the domain's contract),
            // the scan came after, and each entry is retired once, with its unit.
            garbage.extend(unsafe { Entry::settle(entry, &held) });
        }
    }

    /// What waits for its grace period: items, and their bytes.
    pub(crate) fn waiting(&self) -> Waiting {
        Waiting { items: R::pending(&self.limbo), bytes: self.waiting_bytes }
    }

    /// Entries that exist, in the table or held by someone.
    pub(crate) fn entries(&self) -> usize {
        self.disposal.live()
    }

    /// The tree's nodes.
    pub(crate) fn census(&self, fib: &Fib<A, V>) -> Census {
        self.tree.census(&fib.tree)
    }

    /// Bytes of the node arena ever used, of free blocks in it, and of the writer's own tables.
    pub(crate) fn memory(&self) -> (usize, usize, usize) {
        let (used, free, tables) = self.tree.memory();
        let ids = self.free_ids.capacity() * size_of::<u32>();
        let notes = self.notes.capacity() * size_of::<(u32, u32)>();
        (used, free, tables + ids + notes)
    }

    /// Routes that there are numbers for.
    pub(crate) fn max_routes(&self) -> usize {
        self.limit - 1
    }

    /// Bytes of nodes that there is address space for.
    pub(crate) fn max_node_bytes(&self) -> usize {
        self.tree.limit_bytes()
    }

    /// Bytes of the cells in use.
    pub(crate) fn cell_bytes(&self) -> usize {
        self.next_id as usize * size_of::<usize>()
    }
}
