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
//! * **Kept**: `live` counts the entries that exist, the table, and every releaser between its
//!   push and its last look at the queue. The queue is freed by whoever brings it to zero.
//! * **Disjoint takes**: each take swaps the whole chain out, so two takers never share an entry.

use core::{fmt, ptr::NonNull};

use super::Entry;
use crate::sync::{AtomicBool, AtomicPtr, AtomicUsize, Ordering, fence, relax};

/// A link whose push has not finished.
fn pending<V>() -> *mut Entry<V> {
    core::ptr::without_provenance_mut(1)
}

/// The queue itself, shared by a table and its entries.
pub(super) struct Queue<V> {
    head: AtomicPtr<Entry<V>>,
    live: AtomicUsize,
    closed: AtomicBool,
    #[cfg(rtalloc_loom)]
    memory: crate::sync::Memory,
}

impl<V> Queue<V> {
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
    /// the list drops all of it even if one destructor panics.
    ///
    /// # Safety
    /// The caller owns every entry of the chain that starts at `entry`.
    unsafe fn collect(&self, mut entry: *mut Entry<V>) -> Vec<Box<Entry<V>>> {
        let mut chain = Vec::new();
        while let Some(link) = NonNull::new(entry) {
            // SAFETY: the caller owns the entry.
            let next = unsafe { &(*link.as_ptr()).next };
            // Acquire: edge D1, against the second step of the push.
            entry = next.load(Ordering::Acquire);
            while entry == pending() {
                relax();
                // Acquire: as above.
                entry = next.load(Ordering::Acquire);
            }
            // SAFETY: the caller owns the entry, which was leaked from its box; its push is done.
            chain.push(unsafe { Box::from_raw(link.as_ptr()) });
        }
        chain
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
    let Some(place) = this.disposal else {
        // SAFETY: the caller alone can reach the entry. No table has had it, so it is nobody's to
        // free later; it was leaked from its box.
        return drop(unsafe { Box::from_raw(entry.as_ptr()) });
    };
    // SAFETY: Kept: the entry itself is still counted in `live`.
    let queue = unsafe { place.as_ref() };
    // Relaxed: the entry's own claim keeps the queue while this one is added.
    queue.live.fetch_add(1, Ordering::Relaxed);
    let _leaving = Leaving(place);
    // Relaxed: published by the swap.
    this.next.store(pending(), Ordering::Relaxed);
    // AcqRel: edge D1. Release hands the entry to the taker; acquire orders the pushes, so that a
    // taker of this one is past the one before.
    let previous = queue.head.swap(entry.as_ptr(), Ordering::AcqRel);
    #[cfg(rtalloc_loom)]
    this.memory.touch();
    // Release: edge D1, against the loads of links.
    this.next.store(previous, Ordering::Release);
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

/// The table's end of the queue.
pub(crate) struct Disposal<V> {
    queue: NonNull<Queue<V>>,
    /// Where the last walk met a pending link.
    resume: *mut Entry<V>,
}

// SAFETY: entries move to the thread that frees them, which needs `V: Send`; they were shared
// before, which needs `V: Sync`.
unsafe impl<V: Send + Sync> Send for Disposal<V> {}
// SAFETY: as above; shared access only admits.
unsafe impl<V: Send + Sync> Sync for Disposal<V> {}

impl<V> Disposal<V> {
    fn queue(&self) -> &Queue<V> {
        // SAFETY: Kept: the table's claim is given up in `drop` alone.
        unsafe { self.queue.as_ref() }
    }

    /// Takes a prepared entry in, under number `id`. The caller gets the table's unit.
    pub(crate) fn admit(&self, mut entry: Box<Entry<V>>, id: u32) -> NonNull<Entry<V>> {
        // Relaxed: the table's claim keeps the queue while this one is added.
        self.queue().live.fetch_add(1, Ordering::Relaxed);
        entry.disposal = Some(self.queue);
        entry.id = id;
        NonNull::from(Box::leak(entry))
    }

    /// Entries that exist, in the table or held by someone. A moment's value.
    pub(crate) fn live(&self) -> usize {
        // Relaxed: a count for people to read. The table's own claim is not an entry.
        self.queue().live.load(Ordering::Relaxed) - 1
    }

    /// Hands the released entries to `free`.
    pub(crate) fn drain(&mut self, mut free: impl FnMut(Box<Entry<V>>)) {
        let resumed = core::mem::replace(&mut self.resume, core::ptr::null_mut());
        if self.walk(resumed, &mut free) {
            let taken = self.queue().take();
            self.walk(taken, &mut free);
        }
    }

    /// Walks a chain that the table took; false if it ends at a pending link, remembered then.
    fn walk(&mut self, mut entry: *mut Entry<V>, free: &mut impl FnMut(Box<Entry<V>>)) -> bool {
        while let Some(link) = NonNull::new(entry) {
            // SAFETY: Disjoint takes: the chain is the table's alone.
            let next = unsafe { &(*link.as_ptr()).next };
            // Acquire: edge D1, against the second step of the push.
            let next = next.load(Ordering::Acquire);
            if next == pending() {
                self.resume = entry;
                return false;
            }
            // SAFETY: as above; leaked from its box, and its push is done.
            free(unsafe { Box::from_raw(link.as_ptr()) });
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
            #[cfg(rtalloc_loom)]
            memory: Default::default(),
        };
        let queue = NonNull::from(Box::leak(Box::new(queue)));
        Self { queue, resume: core::ptr::null_mut() }
    }
}

impl<V> Drop for Disposal<V> {
    fn drop(&mut self) {
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
