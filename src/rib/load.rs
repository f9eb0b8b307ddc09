//! Bulk loading.

use super::{Rib, map::RouteMap};
use crate::{
    address::Address,
    error::CapacityError,
    fib::{Garbage, Prepared},
    prefix::Prefix,
    reclaim::Reclaim,
    route::Route,
    sync::lock,
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
        // The sort is stable: of equal prefixes the last one is kept, in the place of the first.
        routes.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                core::mem::swap(later, kept);
            }
            same
        });
        // All parallel work is done before the lock is taken: a thread that waits for rayon may run
        // any other job meanwhile, also one that wants the lock.
        let mut prepared = Prepared::new(routes);
        let mut garbage = Garbage::new();
        let mut guard = lock(&self.writer);
        let writer = &mut *guard;
        self.make_room(writer, prepared.len(), &mut garbage)?;
        self.open_change(writer);
        let old = writer.map.iter().map(|(_, entry)| entry.as_ptr());
        let loaded = match writer.fib.load(&self.fib, &mut prepared, old) {
            Ok(loaded) => loaded,
            Err(error) => {
                self.cancel_change(writer, &mut garbage);
                return Err(error);
            }
        };
        let old_map = match RouteMap::from_sorted(loaded) {
            Ok(map) => core::mem::replace(&mut writer.map, map),
            // Sorted and without duplicates just above.
            Err(error) => unreachable!("{error}"),
        };
        self.settle_up(writer, &mut garbage);
        drop(guard);
        drop(old_map);
        Ok(prepared.len())
    }
}

#[cfg(feature = "rayon")]
fn sort<A: Address, V: Send>(routes: &mut [(Prefix<A>, Route<V>)]) {
    use rayon::slice::ParallelSliceMut;
    if routes.is_sorted_by_key(|&(prefix, _)| prefix) {
        return;
    }
    if crate::parallel::available() {
        routes.par_sort_by_key(|&(prefix, _)| prefix);
    } else {
        routes.sort_by_key(|&(prefix, _)| prefix);
    }
}

#[cfg(not(feature = "rayon"))]
fn sort<A: Address, V>(routes: &mut [(Prefix<A>, Route<V>)]) {
    routes.sort_by_key(|&(prefix, _)| prefix);
}
