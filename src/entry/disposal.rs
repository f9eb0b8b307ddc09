//! The queue in which released entries wait for their table's writer.
//!
//! The last release of an entry may come from a thread that forwards packets. It frees nothing
//! there: it pushes the entry with one swap and one store, and the writer frees it later. When the
//! table is gone there is no writer left, and whoever releases frees at once.
//!
//! # Protocol
//!
//! * *push*: mark the entry's link as pending, swap the entry into the head, store the previous
//!   head into the link. Two steps, whatever others do.
//! * *take*: swap null into the head and walk the links. A link that is still pending belongs to
//!   a push between its two steps; the walk stops there and goes on from it next time.
//! * *close* (the table drops): set `closed`, full fence, take everything, waiting out pending
//!   links. A releaser pushes, full fence, reads `closed`. Of the two, one sees the other: either
//!   the table's take finds the entry, or the releaser finds the queue closed and takes itself.
//!
//! # Invariants
//!
//! * **Kept**: `live` counts the segments in which entries of the table lie, the table, and every
//!   releaser between its push and its last look at the queue. The queue is freed by whoever brings
//!   it to zero.
//! * **Disjoint takes**: each take swaps the whole chain out, so two takers never share an entry.

use alloc::{boxed::Box, vec::Vec};
use core::{fmt, mem::needs_drop, ptr::NonNull};

use super::{
    Entry, Remains,
    slab::{Filling, Header, Slab},
};
use crate::{
    address::Address,
    prefix::Prefix,
    route::Route,
    sync::{AtomicBool, AtomicPtr, AtomicUsize, Mutex, Ordering, fence, lock, relax},
};

/// A link whose push has not finished.
fn pending<V>() -> *mut Entry<V> {
    core::ptr::without_provenance_mut(1)
}

/// The queue itself, shared by a table and its entries.
pub(super) struct Queue<V> {
    head: AtomicPtr<Entry<V>>,
    live: AtomicUsize,
    closed: AtomicBool,
    /// Entries that were dropped without the writers' mutex, whose places the slab gets back.
    dropped: Mutex<Dropped<V>>,
    #[cfg(rtalloc_loom)]
    memory: crate::sync::Memory,
}

/// Places of entries that have been dropped.
struct Dropped<V>(Vec<NonNull<Entry<V>>>);

// SAFETY: nothing but the places is left of the entries.
unsafe impl<V> Send for Dropped<V> {}

impl<V> Queue<V> {
    /// Adds one to the claims counted in `live`.
    ///
    /// # Safety
    /// The caller has a claim.
    pub(super) unsafe fn join(queue: NonNull<Self>) {
        // SAFETY: Kept: the caller's claim keeps the queue.
        let live = unsafe { &(*queue.as_ptr()).live };
        // Relaxed: the caller's claim keeps the queue while this one is added.
        live.fetch_add(1, Ordering::Relaxed);
    }

    /// Gives up one of the claims counted in `live`.
    ///
    /// # Safety
    /// The caller owns such a claim and does not touch the queue afterwards.
    pub(super) unsafe fn leave(queue: NonNull<Self>) {
        // SAFETY: Kept: the caller's claim keeps the queue.
        let live = unsafe { &(*queue.as_ptr()).live };
        // AcqRel: edge L1, every use of the queue happens before its free.
        if live.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: Kept: no claim is left, so nobody else can reach the queue; it was made by
            // `Box::leak` in `Disposal::default`.
            drop(unsafe { Box::from_raw(queue.as_ptr()) });
        }
    }

    /// Takes the whole chain and walks it, newest first.
    fn take(&self) -> *mut Entry<V> {
        // Acquire: edge D1, against the push of the entry at the head.
        self.head.swap(core::ptr::null_mut(), Ordering::Acquire)
    }

    /// Collects a chain that the caller took, waiting for pushes to finish, for it to drop. Dropping
    /// the list ends all of it even if one destructor panics.
    ///
    /// # Safety
    /// The caller owns every entry of the chain that starts at `entry`; the table has ended.
    unsafe fn collect(&self, mut entry: *mut Entry<V>) -> Vec<Ending<V>> {
        let mut chain = Vec::new();
        while let Some(link) = NonNull::new(entry) {
            // SAFETY: the caller owns the entry.
            let overlay = unsafe { &(*link.as_ptr()).gateway };
            // SAFETY: it was made a link before it was pushed.
            let next = unsafe { overlay.link() };
            // Acquire: edge D1, against the second step of the push.
            entry = next.load(Ordering::Acquire);
            while entry == pending() {
                relax();
                // Acquire: as above.
                entry = next.load(Ordering::Acquire);
            }
            chain.push(Ending(link));
        }
        chain
    }
}

/// An entry of a table that has ended: dropping this drops it, and its segment with the last.
struct Ending<V>(NonNull<Entry<V>>);

impl<V> Drop for Ending<V> {
    fn drop(&mut self) {
        // SAFETY: made by `collect` for each entry once, whose owner the caller was.
        unsafe { Remains(self.0).end() };
    }
}

/// Entries whose last claim is gone, in a table that lives. Dropping it runs the destructors of the
/// users' data, which is foreign code: do it without holding a lock.
pub(crate) struct Garbage<V>(Vec<Unclaimed<V>>);

// SAFETY: whoever drops it is the entries' last owner, which needs `V: Send`.
unsafe impl<V: Send> Send for Garbage<V> {}

/// An entry that is dropped with this; its place is not given back.
struct Unclaimed<V>(NonNull<Entry<V>>);

impl<V> Drop for Unclaimed<V> {
    fn drop(&mut self) {
        // SAFETY: made of `Remains`, whose owner alone can reach the entry, and dropped once.
        unsafe { self.0.drop_in_place() };
    }
}

impl<V> Garbage<V> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an entry.
    pub(super) fn push(&mut self, remains: Remains<V>) {
        self.0.push(Unclaimed(remains.0));
    }
}

impl<V> Drop for Garbage<V> {
    fn drop(&mut self) {
        let Some(first) = self.0.first() else { return };
        // SAFETY: this is the entry's last owner.
        let segment = unsafe { Header::of(first.0) };
        // SAFETY: the segment is kept by its places that are in use.
        let queue = unsafe { segment.as_ref() }.queue;
        // SAFETY: the segment has a claim.
        unsafe { Queue::join(queue) };
        let _back = GivingBack {
            places: self.0.iter().map(|entry| entry.0).collect(),
            queue: Leaving(queue),
        };
        drop(core::mem::take(&mut self.0));
    }
}

/// Gives places back when dropped, also when a destructor panics.
struct GivingBack<V> {
    places: Vec<NonNull<Entry<V>>>,
    queue: Leaving<V>,
}

impl<V> Drop for GivingBack<V> {
    fn drop(&mut self) {
        // SAFETY: Kept: `self.queue` is a claim.
        let queue = unsafe { self.queue.0.as_ref() };
        lock(&queue.dropped).0.append(&mut self.places);
    }
}

/// A claim on the queue, given up when dropped, also when a destructor panics.
struct Leaving<V>(NonNull<Queue<V>>);

impl<V> Drop for Leaving<V> {
    fn drop(&mut self) {
        // SAFETY: whoever made this owned the claim and gave it away.
        unsafe { Queue::leave(self.0) };
    }
}

/// Disposes of an entry whose last claim was just given up.
///
/// # Safety
/// No other claim on the entry exists; the caller does not touch it afterwards.
pub(super) unsafe fn dispose<V>(entry: NonNull<Entry<V>>) {
    // SAFETY: the caller alone can reach the entry, and it is alive.
    let this = unsafe { entry.as_ref() };
    // SAFETY: as above.
    let segment = unsafe { Header::of(entry) };
    // SAFETY: the segment is kept by its places that are in use, of which the entry's is one.
    let place = unsafe { segment.as_ref() }.queue;
    // SAFETY: Kept: the segment has a claim.
    let queue = unsafe { place.as_ref() };
    // SAFETY: as above.
    unsafe { Queue::join(place) };
    let _leaving = Leaving(place);
    // SAFETY: the caller gave up the last claim.
    let next = unsafe { this.gateway.become_link() };
    // Relaxed: published by the swap.
    next.store(pending(), Ordering::Relaxed);
    // AcqRel: edge D1. Release hands the entry to the taker; acquire orders the pushes, so that a
    // taker of this one is past the one before.
    let previous = queue.head.swap(entry.as_ptr(), Ordering::AcqRel);
    #[cfg(rtalloc_loom)]
    this.memory.touch();
    // Release: edge D1, against the loads of links.
    next.store(previous, Ordering::Release);
    // SeqCst fence: edge D2, against the fence in `Disposal::drop`.
    fence(Ordering::SeqCst);
    #[cfg(rtalloc_loom)]
    queue.memory.touch();
    // Relaxed: the fence orders it.
    if queue.closed.load(Ordering::Relaxed) {
        // SAFETY: Disjoint takes: the chain is this thread's.
        drop(unsafe { queue.collect(queue.take()) });
    }
}

/// The table's end of the queue, and the memory of its entries.
pub(crate) struct Disposal<V> {
    queue: NonNull<Queue<V>>,
    slab: Slab<V>,
    /// Where the last walk met a pending link.
    resume: *mut Entry<V>,
}

// SAFETY: entries move to the thread that frees them, which needs `V: Send`; they were shared
// before, which needs `V: Sync`.
unsafe impl<V: Send + Sync> Send for Disposal<V> {}
// SAFETY: as above; shared access only counts.
unsafe impl<V: Send + Sync> Sync for Disposal<V> {}

/// Where the entries of a bulk load come from: usable on any thread while the table lives.
pub(crate) struct Source<V>(NonNull<Queue<V>>);

// SAFETY: the queue is made of atomics, and a mutex around what can be sent.
unsafe impl<V> Send for Source<V> {}

impl<V> Source<V> {
    /// Room for `entries` entries, to be filled and then [adopted](Disposal::adopt).
    pub(crate) fn filling(&self, entries: usize) -> Filling<V> {
        // SAFETY: Kept: `self` is a claim.
        unsafe { Filling::new(self.0, entries) }
    }
}

impl<V> Drop for Source<V> {
    fn drop(&mut self) {
        // SAFETY: a claim, which ends here.
        unsafe { Queue::leave(self.0) };
    }
}

impl<V> Disposal<V> {
    fn queue(&self) -> &Queue<V> {
        // SAFETY: Kept: the table's claim is given up in `drop` alone.
        unsafe { self.queue.as_ref() }
    }

    /// Makes a new entry. The caller gets the table's unit and a counted claim.
    pub(crate) fn make<A: Address>(
        &mut self,
        prefix: Prefix<A>,
        route: Route<V>,
        id: u32,
    ) -> NonNull<Entry<V>> {
        self.slab.place(prefix, route, id)
    }

    /// Where entries for this table can be made without the writers' mutex.
    pub(crate) fn source(&self) -> Source<V> {
        // SAFETY: the table has a claim.
        unsafe { Queue::join(self.queue) };
        Source(self.queue)
    }

    /// Takes in entries that were made elsewhere. The caller gets the table's unit and a counted
    /// claim of each.
    ///
    /// # Safety
    /// All were filled, and came from this table's [`source`](Self::source).
    pub(crate) unsafe fn adopt(&mut self, filling: Filling<V>) {
        // SAFETY: handed on to the caller.
        unsafe { filling.adopt_into(&mut self.slab) };
    }

    /// Ends an entry: at once if that runs no foreign code, otherwise with `garbage`.
    pub(crate) fn end(&mut self, remains: Remains<V>, garbage: &mut Garbage<V>) {
        if needs_drop::<V>() {
            garbage.push(remains);
        } else {
            self.slab.end(remains);
        }
    }

    /// Takes back the places of entries that were dropped without the mutex.
    pub(crate) fn take_back_dropped(&mut self) {
        if !needs_drop::<V>() {
            return;
        }
        let dropped = core::mem::take(&mut lock(&self.queue().dropped).0);
        for entry in dropped {
            // SAFETY: `Garbage` dropped it; it was of this table, whose queue it was put into.
            unsafe { self.slab.put(entry) };
        }
    }

    /// Bytes of the memory for entries.
    pub(crate) fn bytes(&self) -> usize {
        self.slab.bytes()
    }

    /// Entries that exist, in the table or held by someone, or whose places have not come back.
    pub(crate) fn live(&self) -> usize {
        self.slab.used()
    }

    /// Ends the released entries, as [`end`](Self::end) does.
    pub(crate) fn drain(&mut self, garbage: &mut Garbage<V>) {
        self.take_back_dropped();
        let resumed = core::mem::replace(&mut self.resume, core::ptr::null_mut());
        if self.walk(resumed, garbage) {
            let taken = self.queue().take();
            self.walk(taken, garbage);
        }
    }

    /// Walks a chain that the table took; false if it ends at a pending link, remembered then.
    fn walk(&mut self, mut entry: *mut Entry<V>, garbage: &mut Garbage<V>) -> bool {
        while let Some(link) = NonNull::new(entry) {
            // SAFETY: Disjoint takes: the chain is the table's alone.
            let overlay = unsafe { &(*link.as_ptr()).gateway };
            // SAFETY: a chain is made of links.
            let next = unsafe { overlay.link() };
            // Acquire: edge D1, against the second step of the push.
            let next = next.load(Ordering::Acquire);
            if next == pending() {
                self.resume = entry;
                return false;
            }
            self.end(Remains(link), garbage);
            entry = next;
        }
        true
    }
}

impl<V> Default for Disposal<V> {
    fn default() -> Self {
        let queue = Queue {
            head: AtomicPtr::new(core::ptr::null_mut()),
            live: AtomicUsize::new(1),
            closed: AtomicBool::new(false),
            dropped: Mutex::new(Dropped(Vec::new())),
            #[cfg(rtalloc_loom)]
            memory: Default::default(),
        };
        let queue = NonNull::from(Box::leak(Box::new(queue)));
        Self { queue, slab: Slab::new(queue), resume: core::ptr::null_mut() }
    }
}

impl<V> Drop for Disposal<V> {
    fn drop(&mut self) {
        self.take_back_dropped();
        self.slab.close();
        let queue = self.queue();
        // Relaxed: the fence orders it.
        queue.closed.store(true, Ordering::Relaxed);
        // SeqCst fence: edge D2, against the fence in `dispose`.
        fence(Ordering::SeqCst);
        let _leaving = Leaving(self.queue);
        // SAFETY: the rest of an earlier take, which is the table's alone.
        let mut chain = unsafe { queue.collect(self.resume) };
        // SAFETY: Disjoint takes: the chain is the table's alone.
        chain.append(&mut unsafe { queue.collect(queue.take()) });
    }
}

impl<V> fmt::Debug for Disposal<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disposal").field("live", &self.live()).finish_non_exhaustive()
    }
}
