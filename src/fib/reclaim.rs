//! Freeing what updates left behind: with each update a part in proportion to what it retired.

use alloc::boxed::Box;
use core::ptr::NonNull;

use super::{Fib, FibWriter, writer::Retired};
use crate::{
    address::Address,
    entry::{Entry, Garbage},
    reclaim::{Hazards, Reclaim},
    tree::Census,
};

/// What was replaced or removed and cannot be freed yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Tree nodes, entries, entry numbers and notes.
    pub items: usize,
    /// Bytes of the nodes and entries among them, without what the users' data points to.
    pub bytes: usize,
}

/// Items after whose retirement the next update begins a grace period.
const RECLAIM_AFTER: usize = 32;

/// Ripe items that one update deals with whatever it retired itself: a small update does not pay
/// for a backlog. A single change retires one to three.
const DEAL_WITH: usize = 8;

/// Items that one update lets become ripe, whatever it retired itself.
const RIPEN: usize = 256;

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> FibWriter<A, V, R> {
    /// Reclaims a little.
    pub(crate) fn reclaim_some(
        &mut self,
        fib: &Fib<A, V>,
        domain: &R,
        hazards: &Hazards,
        garbage: &mut Garbage<V>,
    ) {
        // Twice what came, so that a backlog shrinks under large batches too.
        let twice = 2 * core::mem::take(&mut self.last);
        if self.fresh >= RECLAIM_AFTER {
            self.ripen(domain, hazards, RIPEN.max(twice));
            self.sweep(garbage);
        }
        self.deal_with(fib, DEAL_WITH.max(twice), garbage);
        self.retire_given_up(domain);
    }

    /// Reclaims everything whose grace period is over. The entries among it without a claim left go
    /// to `garbage`.
    pub(crate) fn reclaim(
        &mut self,
        fib: &Fib<A, V>,
        domain: &R,
        hazards: &Hazards,
        garbage: &mut Garbage<V>,
    ) {
        self.ripen(domain, hazards, usize::MAX);
        self.deal_with(fib, usize::MAX, garbage);
        self.retire_given_up(domain);
        self.sweep(garbage);
    }

    /// Begins a grace period, lets at most `most` items whose own is over become ripe, and looks at
    /// the hazard slots then.
    fn ripen(&mut self, domain: &R, hazards: &Hazards, most: usize) {
        self.fresh = 0;
        let Self { limbo, ripe, .. } = self;
        if domain.reclaim(limbo, most, |item| ripe.push_back(item)) > 0 {
            self.held = hazards.scan();
        }
    }

    /// Deals with at most `most` ripe items.
    fn deal_with(&mut self, fib: &Fib<A, V>, most: usize, garbage: &mut Garbage<V>) {
        for _ in 0..most {
            let Some(item) = self.ripe.pop_front() else { break };
            self.take_back(fib, item, garbage);
        }
    }

    /// Moves entries whose last claim was given up elsewhere to `garbage`.
    pub(crate) fn sweep(&mut self, garbage: &mut Garbage<V>) {
        self.disposal.drain(garbage);
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
        let Self { limbo, ripe, .. } = self;
        // SAFETY: handed on to the caller.
        unsafe { domain.drain(limbo, |item| ripe.push_back(item)) };
        self.held = hazards.scan();
        let mut garbage = Garbage::new();
        self.deal_with(fib, usize::MAX, &mut garbage);
        for entry in live {
            // SAFETY: a live entry has the table's unit.
            unsafe { entry.as_ref() }.take_down();
            self.settle(entry, &mut garbage);
        }
        self.close_forward(fib);
        garbage
    }

    fn take_back(&mut self, fib: &Fib<A, V>, item: Retired<V>, garbage: &mut Garbage<V>) {
        self.waiting_bytes -= item.bytes();
        match item {
            Retired::Block(block) => {
                self.tree.recycle(block);
            }
            Retired::Entry(entry) => self.settle(entry, garbage),
            Retired::Id(id) => {
                fib.fill(id, core::ptr::null_mut());
                self.release_next_hop(fib, id);
                self.free_ids.push(id);
            }
            Retired::Note(id) => self.notes.remove(id),
            Retired::Node(block) => self.recycle_node(block),
            Retired::NextHop(next_hop) => {
                // SAFETY: made by the forwarding view's writer, which retires each once, after it
                // left its cell; its grace period is over.
                drop(unsafe { Box::from_raw(next_hop.as_ptr()) });
            }
        }
    }

    /// Gives up the table's unit of an entry that is ripe.
    fn settle(&mut self, entry: NonNull<Entry<V>>, garbage: &mut Garbage<V>) {
        // SAFETY: the entry was unlinked and its grace period is over (the domain's contract), the
        // scan came after, and each entry is retired once, with its unit.
        if let Some(remains) = unsafe { Entry::settle(entry, &self.held) } {
            self.disposal.end(remains, garbage);
        }
    }

    /// What waits for its grace period: items, and their bytes.
    pub(crate) fn waiting(&self) -> Waiting {
        let items = R::pending(&self.limbo) + self.ripe.len();
        Waiting { items, bytes: self.waiting_bytes }
    }

    /// Entries that exist, in the table or held by someone, and the bytes that there are for them.
    pub(crate) fn entries(&mut self) -> (usize, usize) {
        self.disposal.take_back_dropped();
        (self.disposal.live(), self.disposal.bytes())
    }

    /// The tree's nodes.
    pub(crate) fn census(&self, fib: &Fib<A, V>) -> Census {
        self.tree.census(&fib.tree)
    }

    /// Bytes of the node arena ever used, of free blocks in it, and of the writer's own tables.
    pub(crate) fn memory(&self) -> (usize, usize, usize) {
        let (used, free, tables) = self.tree.memory();
        let ids = self.free_ids.capacity() * size_of::<u32>();
        (used, free, tables + ids + self.notes.bytes())
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
