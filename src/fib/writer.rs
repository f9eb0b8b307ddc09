//! The writer's side of a forwarding table: publishing routes and freeing what they replace.
//!
//! Changes are *staged* and take effect with [`FibWriter::commit`]; a single change takes effect
//! as it is staged. Only after it has taken effect are replaced entries marked down and retired.

use alloc::{collections::VecDeque, vec::Vec};
use core::{fmt, ptr::NonNull};

use super::{Fib, forward::ForwardWriter, notes::Notes};
use crate::{
    address::Address,
    arena::Block,
    entry::{Counted, Disposal, Entry},
    error::CapacityError,
    nexthop::NextHop,
    prefix::Prefix,
    reclaim::{Held, Reclaim},
    route::Route,
    tree::{Change, TreeWriter},
};

/// What waits for its grace period.
pub(super) enum Retired<V> {
    /// A node's block.
    Block(Block),
    /// A number that no leaf names any more.
    Id(u32),
    /// An entry, with the table's unit.
    Entry(NonNull<Entry<V>>),
    /// A note on a number that lost a leaf.
    Note(u32),
    /// A node's block of the forwarding view.
    Node(Block),
    /// A next hop that is in no cell any more.
    NextHop(NonNull<NextHop>),
}

impl<V> Retired<V> {
    /// The memory that waits with the item.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Block(block) | Self::Node(block) => block.bytes(),
            Self::NextHop(_) => size_of::<NextHop>(),
            Self::Entry(_) => size_of::<Entry<V>>(),
            Self::Id(_) => size_of::<usize>(),
            Self::Note(_) => 0,
        }
    }
}

// SAFETY: the entry behind the pointer may be freed on the thread that gets it.
unsafe impl<V: Send + Sync> Send for Retired<V> {}

/// The one writer of a [`Fib`].
pub(crate) struct FibWriter<A, V: Send + Sync + 'static, R: Reclaim> {
    pub(super) tree: TreeWriter<A, crate::tree::Wide>,
    pub(super) forward: Option<ForwardWriter<A>>,
    pub(super) disposal: Disposal<V>,
    pub(super) limbo: R::Limbo<Retired<V>>,
    pub(super) notes: Notes,
    /// What has had its grace period and is still to be dealt with, the oldest first.
    pub(super) ripe: VecDeque<Retired<V>>,
    /// The slots' claims, scanned after the grace periods of all that is ripe.
    pub(super) held: Held,
    /// Numbers never given out start here.
    pub(super) next_id: u32,
    pub(super) free_ids: Vec<u32>,
    pub(super) limit: usize,
    batch: bool,
    /// Entries made by what is staged.
    pub(super) made: Vec<NonNull<Entry<V>>>,
    /// Entries replaced or removed by what is staged, and whether their number leaves the tree.
    pub(super) replaced: Vec<(NonNull<Entry<V>>, bool)>,
    /// Items retired since the last grace period began.
    pub(super) fresh: usize,
    /// Items that the last update retired.
    pub(super) last: usize,
    /// Bytes of what waits for its grace period.
    pub(super) waiting_bytes: usize,
}

// SAFETY: the pointers are to entries that this writer alone frees or hands on.
unsafe impl<A: Send, V: Send + Sync + 'static, R: Reclaim> Send for FibWriter<A, V, R> {}

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> FibWriter<A, V, R> {
    pub(super) fn new(
        domain: &R,
        tree: TreeWriter<A, crate::tree::Wide>,
        forward: Option<ForwardWriter<A>>,
        limit: usize,
    ) -> Self {
        Self {
            tree,
            forward,
            disposal: Disposal::default(),
            limbo: domain.limbo(),
            notes: Notes::default(),
            ripe: VecDeque::new(),
            held: Held::default(),
            next_id: 1,
            free_ids: Vec::new(),
            limit: limit.min(1 << 31),
            batch: false,
            made: Vec::new(),
            replaced: Vec::new(),
            fresh: 0,
            last: 0,
            waiting_bytes: 0,
        }
    }

    pub(super) fn take_id(&mut self) -> Result<u32, CapacityError> {
        if let Some(id) = self.free_ids.pop() {
            return Ok(id);
        }
        if self.next_id as usize >= self.limit {
            return Err(CapacityError::Entries);
        }
        self.next_id += 1;
        Ok(self.next_id - 1)
    }

    fn change(
        &mut self,
        fib: &Fib<A, V>,
        prefix: Prefix<A>,
        change: Change,
    ) -> Result<(), CapacityError> {
        self.touch(fib, prefix, !self.batch);
        let done = if self.batch {
            self.tree.add(&fib.tree, prefix, change)
        } else {
            self.tree.apply(&fib.tree, prefix, change)
        };
        done.map_err(|_| CapacityError::Nodes)
    }

    /// Whether there may not be room for `entries` new entries, or for the nodes of an update,
    /// before something that waits is freed.
    pub(crate) fn is_tight(&self, entries: usize) -> bool {
        let unused = self.limit.saturating_sub(self.next_id as usize);
        unused + self.free_ids.len() < entries || self.tree.is_tight()
    }

    /// Begins a batch: what is staged from here on takes effect together.
    ///
    /// # Errors
    /// [`CapacityError`] if there is no memory for it.
    pub(crate) fn begin(&mut self, fib: &Fib<A, V>) -> Result<(), CapacityError> {
        self.tree.begin(&fib.tree).map_err(|_| CapacityError::Nodes)?;
        self.batch = true;
        Ok(())
    }

    /// Stages an entry for a prefix that has none. The route is taken out of `route` once there is a
    /// number for it.
    ///
    /// # Errors
    /// [`CapacityError`] if there is no room; nothing that was staged has happened then.
    pub(crate) fn stage_add(
        &mut self,
        fib: &Fib<A, V>,
        prefix: Prefix<A>,
        route: &mut Option<Route<V>>,
    ) -> Result<Counted<V>, CapacityError> {
        self.stage_entry(fib, prefix, route, |id| Change::Cover { id })
    }

    /// Stages a new entry for a route that is there.
    ///
    /// # Errors
    /// As [`stage_add`](Self::stage_add).
    pub(crate) fn stage_replace(
        &mut self,
        fib: &Fib<A, V>,
        old: &Counted<V>,
        prefix: Prefix<A>,
        route: &mut Option<Route<V>>,
    ) -> Result<Counted<V>, CapacityError> {
        let from = old.id();
        // A number means one next hop for as long as readers can meet it in the forwarding view.
        let same = |route: &Route<V>| route.next_hop == old.next_hop();
        // Notes know nothing of addresses that the default route lost: it has no leaf that somebody
        // could have been seen to take. So what it says changes with its number.
        if !self.batch
            && prefix.len() > 0
            && !self.is_noted(from)
            && (!fib.forwards() || route.as_ref().is_some_and(same))
            && let Some(route) = route.take()
        {
            let entry = self.disposal.make(prefix, route, from);
            fib.set(from, entry.as_ptr());
            self.replaced.push((old.as_ptr(), false));
            // SAFETY: the counted claim with which the entry was made.
            return Ok(unsafe { Counted::from_claim(entry) });
        }
        let new = self.stage_entry(fib, prefix, route, |to| Change::Swap { from, to })?;
        self.replaced.push((old.as_ptr(), true));
        Ok(new)
    }

    /// Whether a lookup may still be about to load the cell of `id` for an address that `id` no
    /// longer answers, so that new contents would have to go through the tree.
    pub(crate) fn is_noted(&self, id: u32) -> bool {
        self.notes.contains(id)
    }

    /// Stages the removal of a route.
    ///
    /// # Errors
    /// As [`stage_add`](Self::stage_add).
    pub(crate) fn stage_remove(
        &mut self,
        fib: &Fib<A, V>,
        old: &Counted<V>,
        prefix: Prefix<A>,
        cover: Option<&Counted<V>>,
    ) -> Result<(), CapacityError> {
        let to = cover.map_or(0, |cover| cover.id());
        if let Err(error) = self.change(fib, prefix, Change::Swap { from: old.id(), to }) {
            self.abort(fib);
            return Err(error);
        }
        self.replaced.push((old.as_ptr(), true));
        Ok(())
    }

    fn stage_entry(
        &mut self,
        fib: &Fib<A, V>,
        prefix: Prefix<A>,
        route: &mut Option<Route<V>>,
        change: impl FnOnce(u32) -> Change,
    ) -> Result<Counted<V>, CapacityError> {
        let taken = self.take_id().and_then(|id| {
            let route = route.take().ok_or(CapacityError::Entries)?;
            self.tree.set_len(id, prefix.len());
            self.admit_next_hop(fib, id, route.next_hop);
            let entry = self.disposal.make(prefix, route, id);
            fib.fill(id, entry.as_ptr());
            Ok((id, entry))
        });
        let staged = taken.and_then(|(id, entry)| {
            // SAFETY: the counted claim with which the entry was made.
            let claim = unsafe { Counted::from_claim(entry) };
            self.made.push(entry);
            self.change(fib, prefix, change(id))?;
            Ok(claim)
        });
        if staged.is_err() {
            self.abort(fib);
        }
        staged
    }

    /// Makes what is staged take effect, and retires what it replaced.
    pub(crate) fn commit(&mut self, fib: &Fib<A, V>, domain: &R) {
        if self.batch {
            self.escape_touched(fib);
            self.tree.publish(&fib.tree);
            self.batch = false;
        }
        self.refill_touched(fib);
        self.made.clear();
        let Self { tree, forward, limbo, replaced, notes, .. } = self;
        let (mut bytes, mut count) = (0, 0);
        let mut retire = |item: Retired<V>| {
            bytes += item.bytes();
            count += 1;
            domain.retire(limbo, item);
        };
        for (entry, leaves) in replaced.drain(..) {
            // SAFETY: the entry has the table's unit until it is settled.
            let this = unsafe { entry.as_ref() };
            this.take_down();
            let id = this.id();
            retire(Retired::Entry(entry));
            if leaves {
                retire(Retired::Id(id));
            }
        }
        for block in tree.unlinked() {
            retire(Retired::Block(block));
        }
        Self::forward_retired(forward).for_each(&mut retire);
        for id in tree.overwritten() {
            notes.add(id);
            retire(Retired::Note(id));
        }
        self.waiting_bytes += bytes;
        self.fresh += count;
        self.last = count;
    }

    /// Gives up what is staged: nothing of it has taken effect.
    pub(crate) fn abort(&mut self, fib: &Fib<A, V>) {
        if self.batch {
            self.tree.abort();
            self.batch = false;
        }
        // What was escaped for an update that has not taken effect says again what it said.
        self.refill_touched(fib);
        self.replaced.clear();
        for entry in core::mem::take(&mut self.made) {
            // SAFETY: the entry was never reachable from the tree; the routes that would have kept
            // it may still hold counted claims, so only the table's unit is given up here.
            let unit = unsafe { Counted::from_claim(entry) };
            fib.fill(unit.id(), core::ptr::null_mut());
            self.release_next_hop(fib, unit.id());
            self.free_ids.push(unit.id());
        }
    }
}

impl<A, V: Send + Sync + 'static, R: Reclaim> fmt::Debug for FibWriter<A, V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FibWriter").field("tree", &self.tree).finish_non_exhaustive()
    }
}
