//! Looking at all routes of one instant.

use core::fmt;

use super::{
    Rib,
    map::{Iter, RouteMap},
};
use crate::{
    address::Address,
    entry::{Counted, Entry},
    prefix::Prefix,
    reclaim::Reclaim,
    sync::lock,
};

/// All routes of a table as they were at one instant.
///
/// Taking one costs O(1) and holds up nobody: readers and writers go on while it is looked at. It
/// shares its memory with the table; each part that a writer changes meanwhile is copied, and freed
/// when the snapshot is dropped. It outlives the table if need be.
pub struct Snapshot<A: Address, V> {
    map: RouteMap<A, Counted<V>>,
    generation: u64,
}

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> Rib<A, V, R> {
    /// Takes a snapshot of all routes. Takes the writers' mutex for a moment, O(1).
    pub fn snapshot(&self) -> Snapshot<A, V> {
        let writer = lock(&self.writer);
        Snapshot { map: writer.map.clone(), generation: self.generation() }
    }
}

impl<A: Address, V> Snapshot<A, V> {
    /// Number of routes.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is no route.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The table's [generation](Rib::generation) at the instant of the snapshot.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The route of exactly `prefix`.
    pub fn get(&self, prefix: Prefix<A>) -> Option<&Entry<V>> {
        self.map.get(prefix).map(|entry| &**entry)
    }

    /// The longest match of `address`. For looking into a snapshot; readers have a faster one.
    pub fn lookup(&self, address: A) -> Option<&Entry<V>> {
        self.map.lookup(address).map(|(_, entry)| &**entry)
    }

    /// All routes in prefix order: by address, shorter prefixes first.
    pub fn iter(&self) -> Routes<'_, A, V> {
        Routes(self.map.iter())
    }

    /// All routes in prefix order, as owned references.
    #[cfg(feature = "std")]
    pub(crate) fn references(
        &self,
    ) -> impl Iterator<Item = (Prefix<A>, crate::entry::EntryRef<V>)> {
        self.map.iter().map(|(prefix, entry)| (prefix, entry.clone().into_ref()))
    }

    /// The routes from `prefix` on, in prefix order: to go on where an earlier walk stopped.
    pub fn iter_from(&self, prefix: Prefix<A>) -> Routes<'_, A, V> {
        Routes(self.map.iter_from(prefix))
    }

    /// The routes inside `prefix`, its own included, in prefix order.
    pub fn more_specific(&self, prefix: Prefix<A>) -> Routes<'_, A, V> {
        Routes(self.map.more_specific(prefix))
    }

    /// The routes that cover `prefix`, its own included, the shortest first.
    pub fn covering(&self, prefix: Prefix<A>) -> impl Iterator<Item = (Prefix<A>, &Entry<V>)> {
        self.map.covering(prefix).map(|(prefix, entry)| (prefix, &**entry))
    }
}

/// Routes of a [`Snapshot`] in prefix order.
pub struct Routes<'a, A: Address, V>(Iter<'a, A, Counted<V>>);

impl<'a, A: Address, V> Iterator for Routes<'a, A, V> {
    type Item = (Prefix<A>, &'a Entry<V>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(prefix, entry)| (prefix, &**entry))
    }
}

impl<'a, A: Address, V> IntoIterator for &'a Snapshot<A, V> {
    type Item = (Prefix<A>, &'a Entry<V>);
    type IntoIter = Routes<'a, A, V>;

    fn into_iter(self) -> Routes<'a, A, V> {
        self.iter()
    }
}

impl<A: Address, V> fmt::Debug for Snapshot<A, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<A: Address, V> fmt::Debug for Routes<'_, A, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").finish_non_exhaustive()
    }
}
