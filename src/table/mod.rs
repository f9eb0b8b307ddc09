//! A routing table of both families, and the readers that look addresses up in it.

mod burst;
mod forwarding;
mod options;
mod reader;

use alloc::vec::Vec;
use core::fmt;

pub use forwarding::Forwarding;
pub use options::Options;
pub use reader::{Guard, Reader};

use crate::{
    error::{ReaderId, ReserveError},
    reclaim::{Own, Reclaim, StalledReader},
    rib::{Realm, Rib},
    sync::{Arc, AtomicU64, Ordering},
};

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
