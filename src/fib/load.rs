//! Replacing the whole table at once.

use alloc::vec::Vec;
use core::ptr::NonNull;

use super::{Fib, FibWriter};
use crate::{
    address::Address,
    entry::{Counted, Entry, Filling, Source},
    error::CapacityError,
    prefix::Prefix,
    reclaim::Reclaim,
    route::Route,
    tree::{Plan, Wide},
};

/// What a load takes from the writer before it prepares anything: a number for each route, and
/// where entries come from.
pub(crate) struct Numbers<V> {
    ids: Vec<u32>,
    source: Source<V>,
}

/// A whole table, prepared without any lock: its routes' prefixes in order, their entries, which
/// are in their cells already, and the tree.
pub(crate) struct Prepared<A, V> {
    prefixes: Vec<Prefix<A>>,
    ids: Vec<u32>,
    entries: Filling<V>,
    plan: Plan,
}

impl<A: Address, V: Send + Sync + 'static> Prepared<A, V> {
    /// Prepares `routes`, which are strictly increasing, and for each of which there is a number.
    pub(crate) fn new(
        fib: &Fib<A, V>,
        numbers: Numbers<V>,
        routes: Vec<(Prefix<A>, Route<V>)>,
    ) -> Self {
        let Numbers { ids, source } = numbers;
        let prefixes = prefixes(&routes);
        let plan = Plan::new::<A, Wide>(&prefixes);
        let entries = source.filling(routes.len());
        fib.foresee(routes.len());
        fill(routes, &ids, |index, prefix, route, id| {
            // SAFETY: each index once. No leaf names the number before the load is published, and
            // it was reserved for this one.
            let entry = unsafe { entries.fill(index, prefix, route, id) };
            fib.fill(id, entry.as_ptr());
        });
        Self { prefixes, ids, entries, plan }
    }

    /// The prefixes in order.
    pub(crate) fn prefixes(&self) -> &[Prefix<A>] {
        &self.prefixes
    }

    /// The counted claim of the entry at `index`.
    ///
    /// # Safety
    /// Each index once.
    pub(crate) unsafe fn claim(&self, index: usize) -> Counted<V> {
        // SAFETY: the counted claim with which the entry was made; the contract hands it on once.
        unsafe { Counted::from_claim(self.entries.at(index)) }
    }
}

#[cfg(feature = "rayon")]
fn prefixes<A: Address, V: Sync>(routes: &[(Prefix<A>, Route<V>)]) -> Vec<Prefix<A>> {
    use rayon::prelude::*;
    if !crate::parallel::available() {
        return routes.iter().map(|&(prefix, _)| prefix).collect();
    }
    routes.par_iter().with_min_len(1 << 12).map(|&(prefix, _)| prefix).collect()
}

#[cfg(not(feature = "rayon"))]
fn prefixes<A: Address, V>(routes: &[(Prefix<A>, Route<V>)]) -> Vec<Prefix<A>> {
    routes.iter().map(|&(prefix, _)| prefix).collect()
}

/// Calls `make` with each route, its index and its number.
#[cfg(feature = "rayon")]
fn fill<A: Address, V: Send>(
    routes: Vec<(Prefix<A>, Route<V>)>,
    ids: &[u32],
    make: impl Fn(usize, Prefix<A>, Route<V>, u32) + Sync,
) {
    use rayon::prelude::*;
    if !crate::parallel::available() {
        return fill_here(routes, ids, make);
    }
    let numbered = routes.into_par_iter().zip(ids).enumerate().with_min_len(1 << 12);
    numbered.for_each(|(index, ((prefix, route), &id))| make(index, prefix, route, id));
}

#[cfg(not(feature = "rayon"))]
fn fill<A: Address, V>(
    routes: Vec<(Prefix<A>, Route<V>)>,
    ids: &[u32],
    make: impl Fn(usize, Prefix<A>, Route<V>, u32),
) {
    fill_here(routes, ids, make);
}

/// As [`fill`], on this thread.
fn fill_here<A: Address, V>(
    routes: Vec<(Prefix<A>, Route<V>)>,
    ids: &[u32],
    make: impl Fn(usize, Prefix<A>, Route<V>, u32),
) {
    for (index, ((prefix, route), &id)) in routes.into_iter().zip(ids).enumerate() {
        make(index, prefix, route, id);
    }
}

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> FibWriter<A, V, R> {
    /// Takes numbers for `count` new entries.
    ///
    /// # Errors
    /// [`CapacityError`] if there are not so many left.
    pub(crate) fn reserve(&mut self, count: usize) -> Result<Numbers<V>, CapacityError> {
        let reused = count.min(self.free_ids.len());
        let fresh = count - reused;
        if fresh > self.limit.saturating_sub(self.next_id as usize) {
            return Err(CapacityError::Entries);
        }
        let mut ids = self.free_ids.split_off(self.free_ids.len() - reused);
        // In order, so that cells and lengths are written from front to back.
        ids.sort_unstable();
        let end = self.next_id + fresh as u32;
        ids.extend(self.next_id..end);
        self.next_id = end;
        Ok(Numbers { ids, source: self.disposal.source() })
    }

    /// Replaces everything by what was prepared, in one publication. `old` are the routes that were
    /// there.
    ///
    /// # Errors
    /// [`CapacityError`] if there is no room; nothing has changed then.
    pub(crate) fn load(
        &mut self,
        fib: &Fib<A, V>,
        prepared: Prepared<A, V>,
        old: impl Iterator<Item = NonNull<Entry<V>>>,
    ) -> Result<(), CapacityError> {
        let Prepared { prefixes, ids, entries, plan } = prepared;
        for (index, (&id, prefix)) in ids.iter().zip(&prefixes).enumerate() {
            self.tree.set_len(id, prefix.len());
            if self.forward.is_some() {
                // SAFETY: the entry has the table's unit.
                let entry = unsafe { entries.at(index).as_ref() };
                self.admit_next_hop(fib, id, entry.next_hop());
            }
        }
        let number = |leaf: u32| ids[leaf as usize - 1];
        let laid_out = self.tree.lay_out(&fib.tree, &plan, number);
        if laid_out.is_err() {
            self.made.extend((0..ids.len()).map(|index| entries.at(index)));
        }
        // SAFETY: all were filled, from this writer's source.
        unsafe { self.disposal.adopt(entries) };
        let Ok(directory) = laid_out else {
            self.abort(fib);
            return Err(CapacityError::Nodes);
        };
        self.touch_all(fib);
        self.tree.replace_all(&fib.tree, directory);
        self.replaced.extend(old.map(|entry| (entry, true)));
        Ok(())
    }
}
