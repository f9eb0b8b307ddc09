//! Owned references to entries: what `rtalloc` returns and `rtfree` consumes.

use core::{fmt, marker::PhantomData, mem::ManuallyDrop, ops::Deref, ptr::NonNull};

use super::{Entry, disposal};
use crate::reclaim::{Slot, SlotBank};

/// An owned reference to a route entry. Dropping it is `rtfree`.
///
/// The entry stays readable for as long as the reference lives, also after it was removed from the
/// table and after the table itself is gone. The reference may be sent to other threads and kept
/// for any time: it holds back no other memory than its entry, and, once the table is gone, the
/// segment of up to 4096 places in which the entry lies.
///
/// # Guarantees
/// While the table lives, taking, cloning and dropping are wait-free: at most a constant number of
/// the thread's own steps. A reference taken through a reader occupies one of the reader's hazard slots while one
/// is free and adds to the entry's count otherwise; a clone always counts. Dropping the last
/// reference to a removed entry queues it for the table's writer to free. Once the table is gone,
/// whoever drops a last reference frees what is queued, its own entry and perhaps others', and may
/// wait for a thread that is between the two steps of queueing one.
///
/// Forgetting a reference (`core::mem::forget`) leaks its entry, and at most its slot.
pub struct EntryRef<V> {
    entry: NonNull<Entry<V>>,
    /// The hazard slot that keeps the entry, or none if the reference is counted. A slot that a
    /// reclaimer has paid for no longer holds the entry, and the reference is counted then.
    slot: Option<&'static Slot>,
}

// SAFETY: a reference gives access to a shared entry and may free it: both need what sending and
// sharing an `Entry` need. The slot is an atomic that anyone may clear for its holder.
unsafe impl<V: Send + Sync> Send for EntryRef<V> {}
// SAFETY: as above.
unsafe impl<V: Send + Sync> Sync for EntryRef<V> {}

/// What a lookup found: an entry, borrowed under the guard that protects it.
///
/// Reading through it costs nothing. To keep the entry beyond the guard, [`hold`](Self::hold) it.
//
// All handles keep the address under which the entry was made, never one that went through a
// reference: whoever gives up the last claim frees through it.
pub struct Match<'g, V> {
    entry: NonNull<Entry<V>>,
    _guard: PhantomData<&'g Entry<V>>,
    /// The slots of the reader whose guard protects the entry.
    bank: &'static SlotBank,
    /// The slots belong to the reader's thread.
    _thread: PhantomData<*mut ()>,
}

impl<'g, V> Match<'g, V> {
    /// What a lookup found.
    ///
    /// # Safety
    /// The calling thread owns `bank`; for `'g` a guard protects `entry`, of the domain whose
    /// hazards `bank` belongs to, and the entry was reachable in its table under that guard.
    #[inline]
    pub(crate) unsafe fn new(entry: NonNull<Entry<V>>, bank: &'static SlotBank) -> Self {
        Self { entry, _guard: PhantomData, bank, _thread: PhantomData }
    }

    /// The entry, for as long as the guard protects it.
    #[inline]
    pub fn entry(self) -> &'g Entry<V> {
        // SAFETY: the contract of `new`: a guard protects the entry for `'g`.
        unsafe { self.entry.as_ref() }
    }

    /// Takes an owned reference: in one of the reader's hazard slots while one is free, so that no
    /// shared line is written, counted otherwise. BSD's `rtalloc` is a lookup and this.
    ///
    /// # Guarantees
    /// Wait-free: at most as many steps as a reader has slots, and one more.
    #[inline]
    pub fn hold(self) -> EntryRef<V> {
        // SAFETY: the contract of `new`. A reclaimer settles the entry only after this guard, so
        // it finds the claim; an entry that was settled already cannot be met by a lookup.
        let slot = unsafe { self.bank.claim(self.entry.as_ptr().cast()) };
        if slot.is_none() {
            return self.hold_counted();
        }
        EntryRef { entry: self.entry, slot }
    }

    /// Takes an owned, counted reference: for one that is kept for long, so that it occupies no
    /// slot.
    #[inline]
    pub fn hold_counted(self) -> EntryRef<V> {
        self.entry().retain();
        EntryRef { entry: self.entry, slot: None }
    }
}

impl<V> Clone for Match<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Match<'_, V> {}

impl<V> Deref for Match<'_, V> {
    type Target = Entry<V>;

    #[inline]
    fn deref(&self) -> &Entry<V> {
        self.entry()
    }
}

impl<V: fmt::Debug> fmt::Debug for Match<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.entry(), f)
    }
}

impl<V> EntryRef<V> {
    /// Whether the reference adds to the entry's count, or did when it was taken, rather than
    /// occupying a hazard slot.
    pub fn is_counted(&self) -> bool {
        self.slot.is_none()
    }
}

impl<V> Deref for EntryRef<V> {
    type Target = Entry<V>;

    #[inline]
    fn deref(&self) -> &Entry<V> {
        // SAFETY: the reference is a claim: a counted unit, or a slot, which keeps the entry by
        // the invariants Unit and Late.
        unsafe { self.entry.as_ref() }
    }
}

impl<V> Clone for EntryRef<V> {
    /// A counted reference to the same entry.
    #[inline]
    fn clone(&self) -> Self {
        self.retain();
        Self { entry: self.entry, slot: None }
    }
}

impl<V> Drop for EntryRef<V> {
    #[inline]
    fn drop(&mut self) {
        if let Some(slot) = self.slot
            && slot.release(self.entry.as_ptr().cast())
        {
            return;
        }
        // SAFETY: the reference is counted, from the start or since a reclaimer paid for it, and
        // ends here.
        if unsafe { Entry::release(self.entry) } {
            // SAFETY: that was the last claim, so this thread alone can reach the entry.
            unsafe { disposal::dispose(self.entry) };
        }
    }
}

impl<V: fmt::Debug> fmt::Debug for EntryRef<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<V> PartialEq for EntryRef<V> {
    /// Whether both refer to the same entry.
    fn eq(&self, other: &Self) -> bool {
        self.entry == other.entry
    }
}

impl<V> Eq for EntryRef<V> {}

/// A counted claim in one word, for the routes that a table keeps.
pub(crate) struct Counted<V>(NonNull<Entry<V>>);

// SAFETY: as for `EntryRef`.
unsafe impl<V: Send + Sync> Send for Counted<V> {}
// SAFETY: as for `EntryRef`.
unsafe impl<V: Send + Sync> Sync for Counted<V> {}

impl<V> Counted<V> {
    /// Takes over a claim that there is: a counted one, or the table's unit of an entry that no
    /// reader has ever been able to reach.
    ///
    /// # Safety
    /// The caller owns the claim and gives it up.
    pub(crate) unsafe fn from_claim(entry: NonNull<Entry<V>>) -> Self {
        Self(entry)
    }

    /// The entry's address; the claim stays with `self`.
    pub(crate) fn as_ptr(&self) -> NonNull<Entry<V>> {
        self.0
    }

    /// The same claim as a reference for the user.
    pub(crate) fn into_ref(self) -> EntryRef<V> {
        EntryRef { entry: ManuallyDrop::new(self).0, slot: None }
    }
}

impl<V> Deref for Counted<V> {
    type Target = Entry<V>;

    fn deref(&self) -> &Entry<V> {
        // SAFETY: `self` is a counted claim.
        unsafe { self.0.as_ref() }
    }
}

impl<V> Clone for Counted<V> {
    fn clone(&self) -> Self {
        self.retain();
        Self(self.0)
    }
}

impl<V> Drop for Counted<V> {
    fn drop(&mut self) {
        // SAFETY: a counted claim, which ends here.
        if unsafe { Entry::release(self.0) } {
            // SAFETY: that was the last claim, so this thread alone can reach the entry.
            unsafe { disposal::dispose(self.0) };
        }
    }
}

impl<V> fmt::Debug for Counted<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counted").field(&self.0).finish()
    }
}
