//! How a table is opened.

use super::{Shared, Table};
use crate::{
    clock::Patience,
    error::ReserveError,
    fib::Limits,
    reclaim::Reclaim,
    rib::{Realm, Rib},
    sync::{Arc, AtomicU64},
    tree::Width,
};

/// Bytes of nodes that a tree can name: 2^31 units of 8 bytes, or what a small address space has.
const MOST_NODE_BYTES: usize = if usize::BITS > 32 { (1u64 << 34) as usize } else { 1 << 28 };

/// What the defaults are: routes of one family, bytes of its nodes, and bytes of it that may wait.
const DEFAULTS: [usize; 3] = if cfg!(not(feature = "std")) {
    [1 << 14, 1 << 20, 1 << 20]
} else if usize::BITS > 32 {
    [1 << 27, MOST_NODE_BYTES, 1 << 30]
} else {
    [1 << 22, MOST_NODE_BYTES, 1 << 30]
};

/// How large a table may grow. Nothing is committed before it is used, so the defaults suit tables
/// of ten routes and of ten million alike.
///
/// Without the feature `std` a table has no address space to grow into: the allocator gives the memory
/// for all of its nodes, and a pointer for each route that it may have, when it is opened. The defaults
/// are small then; say what the table is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        let [routes, node_bytes, waiting_bytes] = DEFAULTS;
        let limits =
            Limits { routes, node_bytes, waiting_bytes, patience: Patience::NONE, forward: None };
        Self { limits }
    }
}

impl Options {
    /// The defaults: 2^27 routes, 16 GiB of nodes and 1 GiB of memory held back a family, no
    /// patience. Without the feature `std` 2^14 routes, and 1 MiB of either.
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
        self.limits.node_bytes = bytes.clamp(1 << 13, MOST_NODE_BYTES);
        self
    }

    /// Bytes of one family that may wait to be freed when an update begins. Past that an update
    /// first reclaims, then waits as long as [`patience`](Self::patience) allows for readers to
    /// move on, and then fails with [`CapacityError::Waiting`], which names the reader. Withdrawals
    /// never fail so.
    ///
    /// So what waits is at most this, what one update or batch replaces, and what is withdrawn,
    /// whatever readers do.
    /// What the users' data points to is not counted.
    ///
    /// [`CapacityError::Waiting`]: crate::CapacityError::Waiting
    pub fn max_waiting_bytes(mut self, bytes: usize) -> Self {
        self.limits.waiting_bytes = bytes;
        self
    }

    /// Keeps a forwarding view beside the entries: a second structure whose leaves are numbers of next
    /// hops, in as many bytes as `width` says. See [`Forwarding`](crate::Forwarding). By default
    /// there is none.
    ///
    /// A table may have more next hops than fit: what is said about the others is found through the
    /// entries, which takes longer. Updates that change where packets go cost two to five times as
    /// much.
    pub fn forwarding(mut self, width: Width) -> Self {
        self.limits.forward = Some(width);
        self
    }

    /// How long an update may wait, with the family's other updates behind it, for readers that
    /// hold back more than [`max_waiting_bytes`](Self::max_waiting_bytes). By default not at all. With
    /// the feature `std`, which has a clock.
    #[cfg(feature = "std")]
    pub fn patience(mut self, patience: core::time::Duration) -> Self {
        self.limits.patience = Patience(patience);
        self
    }

    /// Opens an empty table.
    ///
    /// # Errors
    /// [`ReserveError`] if the system does not give the address space. Less than asked for is
    /// taken, halving, before that. Without the feature `std`, if the allocator does not give all of the
    /// memory.
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
        self.open_in(&Arc::default())
    }

    /// Opens an empty table whose readers may be those of other tables in `realm`.
    pub(crate) fn open_in<V: Send + Sync + 'static, R: Reclaim>(
        self,
        realm: &Arc<Realm<R>>,
    ) -> Result<Table<V, R>, ReserveError> {
        let v4 = Rib::new(Arc::clone(realm), self.limits)?;
        let v6 = Rib::new(Arc::clone(realm), self.limits)?;
        let (realm, readers) = (Arc::clone(realm), AtomicU64::new(0));
        Ok(Table { shared: Arc::new(Shared { v4, v6, realm, readers }) })
    }
}
