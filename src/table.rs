//! A routing table of both families, and the readers that look addresses up in it.

use core::{fmt, net::IpAddr, time::Duration};

use crate::{
    address::Address,
    entry::{EntryRef, Match},
    error::{ReaderId, ReserveError},
    fib::Limits,
    reclaim::{Hazards, Own, Reclaim, SlotBank, StalledReader},
    rib::{Realm, Rib},
    sync::{Arc, AtomicU64, Ordering},
};

/// How large a table may grow. Nothing is committed before it is used, so the defaults suit tables
/// of ten routes and of ten million alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        let limits = Limits {
            routes: 1 << 27,
            node_bytes: 1 << 34,
            waiting_bytes: 1 << 30,
            patience: Duration::ZERO,
        };
        Self { limits }
    }
}

impl Options {
    /// The defaults: 2^27 routes, 16 GiB of nodes and 1 GiB of memory held back a family, no
    /// patience.
    pub fn new() -> Self {
        Self::default()
    }

    /// Routes of one family at most, at least 1; those removed count until they are reclaimed.
    pub fn max_routes(mut self, routes: usize) -> Self {
        self.limits.routes = routes.max(1);
        self
    }

    /// Bytes of tree nodes of one family at most. An empty table takes 2 KiB, and 8 KiB are the
    /// least.
    pub fn max_node_bytes(mut self, bytes: usize) -> Self {
        self.limits.node_bytes = bytes.clamp(1 << 13, 1 << 34);
        self
    }

    /// Bytes of one family that may wait to be freed when an update begins. Past that an update
    /// first reclaims, then waits as long as [`patience`](Self::patience) allows for readers to
    /// move on, and then fails with [`CapacityError::Waiting`], which names the reader.
    ///
    /// So what waits is at most this and what one update or batch replaces, whatever readers do.
    /// What the users' data points to is not counted.
    ///
    /// [`CapacityError::Waiting`]: crate::CapacityError::Waiting
    pub fn max_waiting_bytes(mut self, bytes: usize) -> Self {
        self.limits.waiting_bytes = bytes;
        self
    }

    /// How long an update may wait, with the family's other updates behind it, for readers that
    /// hold back more than [`max_waiting_bytes`](Self::max_waiting_bytes). By default not at all.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.limits.patience = patience;
        self
    }

    /// Opens an empty table.
    ///
    /// # Errors
    /// [`ReserveError`] if the system does not give the address space. Less than asked for is
    /// taken, halving, before that.
    pub fn open<V: Send + Sync + 'static>(self) -> Result<Table<V>, ReserveError> {
        self.open_with()
    }

    /// Opens an empty table on a reclamation backend of choice, to compare it with the crate's
    /// own. Outside semantic versioning.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[doc(hidden)]
    pub fn open_with<V: Send + Sync + 'static, R: Reclaim>(
        self,
    ) -> Result<Table<V, R>, ReserveError> {
        let realm = Arc::new(Realm { domain: Arc::new(R::default()), hazards: Hazards::default() });
        let v4 = Rib::new(Arc::clone(&realm), self.limits)?;
        let v6 = Rib::new(Arc::clone(&realm), self.limits)?;
        let readers = AtomicU64::new(0);
        Ok(Table { shared: Arc::new(Shared { v4, v6, realm, readers }) })
    }
}

struct Shared<V: Send + Sync + 'static, R: Reclaim> {
    v4: Rib<u32, V, R>,
    v6: Rib<u128, V, R>,
    realm: Arc<Realm<R>>,
    /// Readers ever registered.
    readers: AtomicU64,
}

/// A routing table for IPv4 and IPv6. Cloning it gives another handle to the same table.
///
/// ```
/// use rtalloc::{NextHop, Route, Table};
///
/// let table = Table::new()?;
/// table.insert("192.0.2.0/24".parse()?, Route::via(NextHop::gateway([10, 0, 0, 1])))?;
/// table.insert("2001:db8::/32".parse()?, Route::via(NextHop::interface(3)))?;
///
/// // One reader a thread; one guard a burst of packets.
/// let mut reader = table.reader();
/// let guard = reader.enter();
/// let entry = guard.lookup("192.0.2.77".parse()?).expect("a route");
/// assert_eq!(entry.next_hop(), NextHop::gateway([10, 0, 0, 1]));
/// assert!(guard.lookup("198.51.100.1".parse()?).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Table<V: Send + Sync + 'static = (), R: Reclaim = Own> {
    shared: Arc<Shared<V, R>>,
}

impl<V: Send + Sync + 'static> Table<V> {
    /// Opens an empty table with the default [`Options`].
    ///
    /// # Errors
    /// [`ReserveError`] if the system does not give the address space.
    pub fn new() -> Result<Self, ReserveError> {
        Options::default().open()
    }
}

impl<V: Send + Sync + 'static, R: Reclaim> Table<V, R> {
    /// The IPv4 routes.
    pub fn v4(&self) -> &Rib<u32, V, R> {
        &self.shared.v4
    }

    /// The IPv6 routes.
    pub fn v6(&self) -> &Rib<u128, V, R> {
        &self.shared.v6
    }

    /// Number of routes of both families. O(1), takes no lock.
    pub fn len(&self) -> usize {
        self.v4().len() + self.v6().len()
    }

    /// Whether there is no route.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Registers a reader: one for each thread that looks addresses up. Takes a lock for a moment.
    pub fn reader(&self) -> Reader<V, R> {
        let realm = &self.shared.realm;
        // Relaxed: a source of distinct numbers.
        let id = ReaderId(self.shared.readers.fetch_add(1, Ordering::Relaxed) + 1);
        Reader {
            inner: R::register(&realm.domain, id),
            id,
            bank: realm.hazards.open_bank(),
            shared: Arc::clone(&self.shared),
        }
    }

    /// The readers that hold back memory: those in a section that began before something was
    /// removed, and for how long writers have seen them there. The longest comes first.
    ///
    /// Takes the lock of registration for a scan of all readers.
    pub fn stalled_readers(&self) -> Vec<StalledReader> {
        self.shared.realm.domain.stalled()
    }

    /// Frees what can be freed now, in both families; see [`Rib::reclaim`]. Returns how many items
    /// still wait.
    pub fn reclaim(&self) -> usize {
        self.v4().reclaim() + self.v6().reclaim()
    }
}

impl<V: Send + Sync + 'static, R: Reclaim> Clone for Table<V, R> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<V: Send + Sync + 'static, R: Reclaim> fmt::Debug for Table<V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("v4", &self.v4().len())
            .field("v6", &self.v6().len())
            .finish_non_exhaustive()
    }
}

/// One thread's access to a [`Table`]. It keeps the table alive; it may be moved to another
/// thread, but is used by one at a time.
pub struct Reader<V: Send + Sync + 'static, R: Reclaim = Own> {
    inner: R::Reader,
    id: ReaderId,
    bank: &'static SlotBank,
    shared: Arc<Shared<V, R>>,
}

impl<V: Send + Sync + 'static, R: Reclaim> Reader<V, R> {
    /// The reader's number, as errors and [`Table::stalled_readers`] name it.
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

/// A read section of a [`Table`].
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
    bank: &'static SlotBank,
    shared: &'reader Shared<V, R>,
}

impl<V: Send + Sync + 'static, R: Reclaim> Guard<'_, V, R> {
    /// The entry of the longest prefix that matches `address`.
    ///
    /// # Guarantees
    /// Linearizable. Wait-free: at most 7 dependent loads of slots for IPv4 and 23 for IPv6, one
    /// of a cell, and no store.
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

    #[inline(always)]
    fn find<A: Address>(&self, rib: &Rib<A, V, R>, address: A) -> Option<Match<'_, V>> {
        // SAFETY: `self.inner` is a guard of the realm's domain; the result borrows `self`, which
        // `quiescent` borrows exclusively.
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

#[cfg(feature = "ipnet")]
mod edge {
    use ipnet::IpNet;

    use super::{Reclaim, Table};
    use crate::{entry::EntryRef, error::CapacityError, rib::Outcome, route::Route};

    impl<V: Send + Sync + 'static, R: Reclaim> Table<V, R> {
        /// Announces a route; see [`Rib::insert`](crate::Rib::insert). Host bits of `net`, which
        /// `ipnet` allows, are ignored.
        ///
        /// # Errors
        /// [`CapacityError`] if there is no room; the table is as it was then.
        pub fn insert(&self, net: IpNet, route: Route<V>) -> Result<Outcome, CapacityError>
        where
            V: PartialEq,
        {
            match net {
                IpNet::V4(net) => self.v4().insert(net.into(), route),
                IpNet::V6(net) => self.v6().insert(net.into(), route),
            }
        }

        /// Withdraws the route of exactly `net`; see [`Rib::remove`](crate::Rib::remove).
        ///
        /// # Errors
        /// [`CapacityError`] if there is no room; the table is as it was then.
        pub fn remove(&self, net: IpNet) -> Result<Option<EntryRef<V>>, CapacityError> {
            match net {
                IpNet::V4(net) => self.v4().remove(net.into()),
                IpNet::V6(net) => self.v6().remove(net.into()),
            }
        }

        /// The route of exactly `net`; see [`Rib::get`](crate::Rib::get).
        pub fn get(&self, net: IpNet) -> Option<EntryRef<V>> {
            match net {
                IpNet::V4(net) => self.v4().get(net.into()),
                IpNet::V6(net) => self.v6().get(net.into()),
            }
        }
    }
}
