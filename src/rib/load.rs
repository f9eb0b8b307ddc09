//! Bulk loading.

use alloc::vec::Vec;

use super::{Rib, map::RouteMap};
use crate::{
    address::Address, entry::Garbage, error::CapacityError, fib::Prepared, prefix::Prefix,
    reclaim::Reclaim, route::Route, sync::lock,
};

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> Rib<A, V, R> {
    /// Replaces the whole table by `routes`, at one instant. Of several routes for one prefix the
    /// last one counts. Returns the number of routes loaded.
    ///
    /// Much faster than announcing one by one; uses all cores with the feature `rayon`.
    ///
    /// # Errors
    /// [`CapacityError`] if there is no room; the table is as it was then. The old table's nodes
    /// and entries are freed after the new ones are in place, so there must be room for both.
    pub fn load(
        &self,
        routes: impl IntoIterator<Item = (Prefix<A>, Route<V>)>,
    ) -> Result<usize, CapacityError> {
        let mut routes: Vec<(Prefix<A>, Route<V>)> = routes.into_iter().collect();
        sort(&mut routes);
        let mut garbage = Garbage::new();
        // All parallel work is done without the lock: a thread that waits for rayon may run any
        // other job meanwhile, also one that wants the lock.
        let numbers = {
            let writer = &mut *lock(&self.writer);
            self.make_room(writer, routes.len(), &mut garbage)?;
            writer.fib.reserve(routes.len())?
        };
        let prepared = Prepared::new(&self.fib, numbers, routes);
        // SAFETY: the map is built of each index once.
        let claim = |index| unsafe { prepared.claim(index) };
        let map = build(prepared.prefixes(), claim);
        let len = map.len();
        let mut guard = lock(&self.writer);
        let writer = &mut *guard;
        self.make_way(writer, 0, &mut garbage);
        self.open_change(writer);
        let old = writer.map.iter().map(|(_, entry)| entry.as_ptr());
        if let Err(error) = writer.fib.load(&self.fib, prepared, old) {
            // Before the others' claims are swept, so that all of them are.
            drop(map);
            self.cancel_change(writer, &mut garbage);
            return Err(error);
        }
        let old_map = core::mem::replace(&mut writer.map, map);
        self.settle_up(writer, &mut garbage);
        drop(guard);
        drop(old_map);
        Ok(len)
    }
}

#[cfg(feature = "rayon")]
fn build<A: Address, T: Send + Sync>(
    prefixes: &[Prefix<A>],
    value: impl Fn(usize) -> T + Sync,
) -> RouteMap<A, T> {
    if crate::parallel::available() {
        RouteMap::from_sorted_in_parallel(prefixes, value)
    } else {
        RouteMap::from_sorted(prefixes, value)
    }
}

#[cfg(not(feature = "rayon"))]
fn build<A: Address, T>(prefixes: &[Prefix<A>], value: impl Fn(usize) -> T) -> RouteMap<A, T> {
    RouteMap::from_sorted(prefixes, value)
}

/// Sorts routes, and keeps the last one of several for one prefix.
fn sort<A: Address, V: Send>(routes: &mut Vec<(Prefix<A>, Route<V>)>) {
    if routes.is_sorted_by(|one, other| one.0 < other.0) {
        return;
    }
    sort_all(routes);
    // The sort is stable: of equal prefixes the last one is kept, in the place of the first.
    routes.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            core::mem::swap(later, kept);
        }
        same
    });
}

#[cfg(feature = "rayon")]
fn sort_all<A: Address, V: Send>(routes: &mut [(Prefix<A>, Route<V>)]) {
    use rayon::slice::ParallelSliceMut;
    if crate::parallel::available() {
        routes.par_sort_by_key(|&(prefix, _)| prefix);
    } else {
        routes.sort_by_key(|&(prefix, _)| prefix);
    }
}

#[cfg(not(feature = "rayon"))]
fn sort_all<A: Address, V>(routes: &mut [(Prefix<A>, Route<V>)]) {
    routes.sort_by_key(|&(prefix, _)| prefix);
}
