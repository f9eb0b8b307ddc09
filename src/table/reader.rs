//! Readers, their sections, and what they look up.

use core::{fmt, net::IpAddr};

use super::Shared;
use crate::{
    address::Address,
    entry::{EntryRef, Match},
    error::ReaderId,
    reclaim::{Own, Reclaim, SlotBank},
    rib::Rib,
    sync::Arc,
};

/// One thread's access to a [`Table`](super::Table). It keeps the table alive; it may be moved to
/// another thread, but is used by one at a time.
pub struct Reader<V: Send + Sync + 'static, R: Reclaim = Own> {
    pub(super) inner: R::Reader,
    pub(super) id: ReaderId,
    pub(super) bank: &'static SlotBank,
    pub(super) shared: Arc<Shared<V, R>>,
}

impl<V: Send + Sync + 'static, R: Reclaim> Reader<V, R> {
    /// The reader's number, as errors and [`Table::stalled_readers`](super::Table::stalled_readers) name it.
    pub fn id(&self) -> ReaderId {
        self.id
    }

    /// Enters a read section. Nothing that a lookup returns under the guard is freed before the
    /// guard is gone.
    ///
    /// # Guarantees
    /// Wait-free: a load, a store and a fence.
    ///
    /// # Reclamation
    /// What is removed while the guard lives stays in memory until it is gone or passes a
    /// [quiescent point](Guard::quiescent). Hold one for a burst of packets, not across a blocking
    /// call.
    #[inline]
    pub fn enter(&mut self) -> Guard<'_, V, R> {
        Guard { inner: R::enter(&mut self.inner), bank: self.bank, shared: &self.shared }
    }
}

impl<V: Send + Sync + 'static, R: Reclaim> Drop for Reader<V, R> {
    fn drop(&mut self) {
        // References that still sit in the bank's slots stay where they are: the bank is scanned
        // as long as the table lives.
        self.shared.realm.hazards.close_bank(self.bank);
    }
}

impl<V: Send + Sync + 'static, R: Reclaim> fmt::Debug for Reader<V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// A read section of a [`Table`](super::Table).
///
/// Lookups are linearizable: each answers as the table was at one instant during the call. Two
/// lookups under one guard may see an update between them.
///
/// An entry that a lookup returned cannot be used past a quiescent point:
///
/// ```compile_fail,E0502
/// # let table = rtalloc::Table::<()>::new().unwrap();
/// # let mut reader = table.reader();
/// let mut guard = reader.enter();
/// let entry = guard.lookup_v4(0);
/// guard.quiescent();
/// drop(entry);
/// ```
///
/// ```
/// # let table = rtalloc::Table::<()>::new().unwrap();
/// # let mut reader = table.reader();
/// let mut guard = reader.enter();
/// let entry = guard.lookup_v4(0);
/// drop(entry);
/// guard.quiescent();
/// ```
pub struct Guard<'reader, V: Send + Sync + 'static, R: Reclaim = Own> {
    inner: R::Guard<'reader>,
    pub(super) bank: &'static SlotBank,
    pub(super) shared: &'reader Shared<V, R>,
}

impl<V: Send + Sync + 'static, R: Reclaim> Guard<'_, V, R> {
    /// The entry of the longest prefix that matches `address`.
    ///
    /// # Guarantees
    /// Linearizable. Wait-free: loads the root word, at most 5 slots for IPv4 or 21 for IPv6, each
    /// but two with a bitmap before it, and a cell; stores nothing.
    #[inline]
    pub fn lookup(&self, address: IpAddr) -> Option<Match<'_, V>> {
        match address {
            IpAddr::V4(address) => self.lookup_v4(address.into()),
            IpAddr::V6(address) => self.lookup_v6(address.into()),
        }
    }

    /// As [`lookup`](Self::lookup), for an IPv4 address in host order.
    #[inline]
    pub fn lookup_v4(&self, address: u32) -> Option<Match<'_, V>> {
        self.find(&self.shared.v4, address)
    }

    /// As [`lookup`](Self::lookup), for an IPv6 address in host order.
    #[inline]
    pub fn lookup_v6(&self, address: u128) -> Option<Match<'_, V>> {
        self.find(&self.shared.v6, address)
    }

    /// As [`lookup`](Self::lookup), in a table of the same realm.
    ///
    /// # Panics
    /// If the tables' realms differ.
    #[inline]
    #[cfg(feature = "std")]
    pub(crate) fn lookup_in<'g>(
        &'g self,
        table: &'g super::Table<V, R>,
        address: IpAddr,
    ) -> Option<Match<'g, V>> {
        assert!(Arc::ptr_eq(&self.shared.realm, &table.shared.realm), "a table of another realm");
        match address {
            IpAddr::V4(address) => self.find(table.v4(), address.into()),
            IpAddr::V6(address) => self.find(table.v6(), address.into()),
        }
    }

    #[inline(always)]
    fn find<'g, A: Address>(&'g self, rib: &'g Rib<A, V, R>, address: A) -> Option<Match<'g, V>> {
        // SAFETY: `self.inner` is a guard of the domain of `rib`, which is one of this table's or,
        // as `lookup_in` checks, of its realm; the result borrows `self`, which `quiescent` borrows
        // exclusively.
        let entry = unsafe { rib.lookup(address) }?;
        // SAFETY: as above; the bank belongs to this thread's reader and the realm's hazards.
        Some(unsafe { Match::new(entry, self.bank) })
    }

    /// Looks `address` up and takes an owned reference to the entry: BSD's `rtalloc`. Dropping the
    /// reference is `rtfree`.
    ///
    /// # Guarantees
    /// As [`lookup`](Self::lookup), and as [`Match::hold`].
    #[inline]
    pub fn rtalloc(&self, address: IpAddr) -> Option<EntryRef<V>> {
        self.lookup(address).map(Match::hold)
    }

    /// Passes a quiescent point: everything looked up before is let go, as if the section had been
    /// left and entered again, but cheaper. Once a burst is a good rhythm.
    ///
    /// # Guarantees
    /// Wait-free: a load, and a store if a grace period began since.
    #[inline]
    pub fn quiescent(&mut self) {
        R::quiescent(&mut self.inner);
    }

    /// Leaves the section while `blocking` runs, so that a thread that sleeps or waits holds
    /// nothing back, and enters one again, also if `blocking` panics.
    pub fn offline<T>(&mut self, blocking: impl FnOnce() -> T) -> T {
        R::offline(&mut self.inner, blocking)
    }
}

impl<V: Send + Sync + 'static, R: Reclaim> fmt::Debug for Guard<'_, V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}
