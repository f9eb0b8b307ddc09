//! Replacing the whole table at once.

use core::ptr::NonNull;

use super::{Fib, FibWriter};
use crate::{
    address::Address,
    entry::{Counted, Entry},
    error::CapacityError,
    prefix::Prefix,
    reclaim::Reclaim,
    route::Route,
    tree::{Plan, Wide},
};

/// A whole table, prepared without any lock: its routes' prefixes in order, their entries, and the
/// tree.
pub(crate) struct Prepared<A, V> {
    prefixes: Vec<Prefix<A>>,
    /// Taken out once there is room for all of them.
    entries: Vec<Box<Entry<V>>>,
    plan: Plan,
}

/// The new entries, in prefix order.
pub(crate) type Loaded<A, V> = Vec<(Prefix<A>, Counted<V>)>;

impl<A: Address, V: Send + Sync> Prepared<A, V> {
    /// Prepares `routes`, which are strictly increasing.
    pub(crate) fn new(routes: Vec<(Prefix<A>, Route<V>)>) -> Self {
        let prefixes: Vec<Prefix<A>> = routes.iter().map(|&(prefix, _)| prefix).collect();
        let plan = Plan::new::<A, Wide>(&prefixes);
        Self { prefixes, entries: entries(routes), plan }
    }

    /// Number of routes.
    pub(crate) fn len(&self) -> usize {
        self.prefixes.len()
    }
}

#[cfg(feature = "rayon")]
fn entries<A: Address, V: Send + Sync>(routes: Vec<(Prefix<A>, Route<V>)>) -> Vec<Box<Entry<V>>> {
    use rayon::prelude::*;
    if !crate::parallel::available() {
        return routes.into_iter().map(|(prefix, route)| Entry::prepare(prefix, route)).collect();
    }
    routes.into_par_iter().map(|(prefix, route)| Entry::prepare(prefix, route)).collect()
}

#[cfg(not(feature = "rayon"))]
fn entries<A: Address, V>(routes: Vec<(Prefix<A>, Route<V>)>) -> Vec<Box<Entry<V>>> {
    routes.into_iter().map(|(prefix, route)| Entry::prepare(prefix, route)).collect()
}

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> FibWriter<A, V, R> {
    /// Replaces everything by what was prepared, in one publication. `old` are the routes that were
    /// there. Returns the new entries in prefix order.
    ///
    /// # Errors
    /// [`CapacityError`] if there is no room; nothing has changed then.
    pub(crate) fn load(
        &mut self,
        fib: &Fib<A, V>,
        prepared: &mut Prepared<A, V>,
        old: impl Iterator<Item = NonNull<Entry<V>>>,
    ) -> Result<Loaded<A, V>, CapacityError> {
        let Prepared { prefixes, entries, plan } = prepared;
        let mut ids = Vec::with_capacity(prefixes.len());
        for prefix in &*prefixes {
            match self.take_id() {
                Ok(id) => {
                    self.tree.set_len(id, prefix.len());
                    ids.push(id);
                }
                Err(error) => {
                    self.free_ids.append(&mut ids);
                    return Err(error);
                }
            }
        }
        let number = |leaf: u32| ids[leaf as usize - 1];
        let Ok(directory) = self.tree.lay_out(&fib.tree, plan, number) else {
            self.free_ids.append(&mut ids);
            return Err(CapacityError::Nodes);
        };
        let mut loaded = Loaded::with_capacity(prefixes.len());
        for ((entry, &id), &prefix) in entries.drain(..).zip(&ids).zip(&*prefixes) {
            self.admit_next_hop(fib, id, entry.next_hop());
            let entry = self.disposal.admit(entry, id);
            fib.set(id, entry.as_ptr());
            // SAFETY: the caller of `admit` has the table's unit.
            loaded.push((prefix, unsafe { Counted::new(entry) }));
        }
        self.touch(fib, Prefix::default(), true);
        self.tree.replace_all(&fib.tree, directory);
        self.replaced.extend(old.map(|entry| (entry, true)));
        Ok(loaded)
    }
}
