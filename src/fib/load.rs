//! Replacing the whole table at once.

use core::ptr::NonNull;

use super::{Fib, FibWriter};
use crate::{
    address::Address,
    entry::{Counted, Disposal, Entry},
    error::CapacityError,
    prefix::Prefix,
    reclaim::Reclaim,
    route::Route,
};

/// The new entries, in prefix order.
pub(crate) type Loaded<A, V> = Vec<(Prefix<A>, Counted<V>)>;

/// A route and the number that its entry gets.
type Numbered<'a, A, V> = ((Prefix<A>, Route<V>), &'a u32);

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> FibWriter<A, V, R> {
    /// Replaces everything by `routes`, which are strictly increasing, in one publication. `old`
    /// are the routes that were there. Returns the new entries in the order of `routes`.
    ///
    /// # Errors
    /// [`CapacityError`] if there is no room; nothing has changed then.
    pub(crate) fn load(
        &mut self,
        fib: &Fib<A, V>,
        domain: &R,
        routes: Vec<(Prefix<A>, Route<V>)>,
        old: impl Iterator<Item = NonNull<Entry<V>>>,
    ) -> Result<Loaded<A, V>, CapacityError> {
        let mut ids = Vec::with_capacity(routes.len());
        for _ in 0..routes.len() {
            match self.take_id() {
                Ok(id) => ids.push(id),
                Err(error) => {
                    self.free_ids.append(&mut ids);
                    return Err(error);
                }
            }
        }
        let mut leaves = Vec::with_capacity(routes.len());
        for (&(prefix, _), &id) in routes.iter().zip(&ids) {
            self.tree.set_len(id, prefix.len());
            leaves.push((prefix, id));
        }
        let entries = make_all(&self.disposal, routes, &ids);
        for ((_, entry), &id) in entries.iter().zip(&ids) {
            fib.set(id, entry.0.as_ptr());
        }
        if self.tree.build(&fib.tree, &leaves).is_err() {
            self.made.extend(entries.into_iter().map(|(_, entry)| entry.0));
            self.abort(fib);
            return Err(CapacityError::Nodes);
        }
        self.replaced.extend(old.map(|entry| (entry, true)));
        let counted = |(prefix, entry): (Prefix<A>, Made<V>)| {
            // SAFETY: the entry has the table's unit.
            (prefix, unsafe { Counted::new(entry.0) })
        };
        let loaded = entries.into_iter().map(counted).collect();
        self.commit(fib, domain);
        Ok(loaded)
    }
}

#[cfg(feature = "rayon")]
fn make_all<A: Address, V: Send + Sync>(
    disposal: &Disposal<V>,
    routes: Vec<(Prefix<A>, Route<V>)>,
    ids: &[u32],
) -> Vec<(Prefix<A>, Made<V>)> {
    use rayon::prelude::*;
    let numbered = routes.into_par_iter().zip(ids);
    numbered.chunks(CHUNK).flat_map_iter(|part| make_part(disposal, part)).collect()
}

#[cfg(not(feature = "rayon"))]
fn make_all<A: Address, V>(
    disposal: &Disposal<V>,
    routes: Vec<(Prefix<A>, Route<V>)>,
    ids: &[u32],
) -> Vec<(Prefix<A>, Made<V>)> {
    make_part(disposal, routes.into_iter().zip(ids).collect()).collect()
}

fn make_part<A: Address, V>(
    disposal: &Disposal<V>,
    part: Vec<Numbered<'_, A, V>>,
) -> impl Iterator<Item = (Prefix<A>, Made<V>)> {
    let mut admission = disposal.admit(part.len());
    part.into_iter()
        .map(move |((prefix, route), &id)| (prefix, Made(admission.entry(id, prefix, route))))
}

/// Entries that one thread makes at a time.
#[cfg(feature = "rayon")]
const CHUNK: usize = 4096;

/// An entry just made, with the table's unit.
struct Made<V>(NonNull<Entry<V>>);

// SAFETY: nobody else can reach the entry yet; its data may move to another thread.
unsafe impl<V: Send + Sync> Send for Made<V> {}
