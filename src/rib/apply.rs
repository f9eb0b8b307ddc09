//! Batches: many changes, one instant.

use alloc::vec::Vec;

use super::{
    Batch, Rib, Writer,
    map::{RouteMap, Spot},
};
use crate::{
    address::Address,
    entry::{Counted, Entry, Garbage},
    error::CapacityError,
    nexthop::NextHop,
    prefix::Prefix,
    reclaim::Reclaim,
    route::Route,
    sync::lock,
};

/// What a batch did, change by change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Routes announced for prefixes that had none.
    pub added: usize,
    /// Routes announced that changed what a route says.
    pub replaced: usize,
    /// Routes withdrawn.
    pub removed: usize,
    /// Announcements of what was there already, and withdrawals of what was not.
    pub unchanged: usize,
}

impl Applied {
    fn changes(&self) -> usize {
        self.added + self.replaced + self.removed
    }
}

/// How the map was before each change of a batch, to take them back.
type Undo<A, V> = Vec<(Prefix<A>, Option<Counted<V>>)>;

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> Rib<A, V, R> {
    /// Applies a batch: every lookup sees all of it or none.
    ///
    /// Unlike a single change of contents, one in a batch goes through the tree, so that all of the
    /// batch is one store. Comparisons run with the writers' mutex held: they must not use this
    /// table.
    ///
    /// # Errors
    /// [`CapacityError`] if there is no room, which includes a number for each route that the batch
    /// adds or changes; the table is as it was then.
    pub fn apply(&self, batch: Batch<A, V>) -> Result<Applied, CapacityError>
    where
        V: PartialEq,
    {
        // Declared before the lock, so dropped after it: destructors are foreign code.
        let mut garbage = Garbage::new();
        let mut changes = batch.into_changes();
        let mut guard = lock(&self.writer);
        match changes.iter().filter(|(_, route)| route.is_some()).count() {
            0 => self.make_way(&mut guard, 0, &mut garbage),
            announced => self.make_room(&mut guard, announced, &mut garbage)?,
        }
        self.open_change(&mut guard);
        let staged = self.stage(&mut guard, |staging| {
            changes.iter_mut().try_for_each(|(prefix, route)| match route {
                Some(_) => staging.insert(*prefix, route),
                None => staging.remove(*prefix),
            })
        });
        match staged {
            Ok(applied) if applied.changes() > 0 => {
                self.settle_up(&mut guard, &mut garbage);
                Ok(applied)
            }
            unchanged => {
                self.cancel_change(&mut guard, &mut garbage);
                unchanged
            }
        }
    }

    /// Withdraws every route for which `keep` says no, at one instant. Returns how many.
    ///
    /// `keep` is called in prefix order with the writers' mutex held: it must not change this
    /// table. If it panics, nothing has changed.
    ///
    /// # Errors
    /// [`CapacityError`] if there is no room for the nodes that withdrawals may have to copy; the
    /// table is as it was then.
    pub fn retain(
        &self,
        mut keep: impl FnMut(Prefix<A>, &Entry<V>) -> bool,
    ) -> Result<usize, CapacityError> {
        let mut garbage = Garbage::new();
        let mut guard = lock(&self.writer);
        let writer = &mut *guard;
        let unwanted: Vec<Prefix<A>> = writer
            .map
            .iter()
            .filter(|(prefix, entry)| !keep(*prefix, entry))
            .map(|(prefix, _)| prefix)
            .collect();
        if unwanted.is_empty() {
            return Ok(0);
        }
        self.make_way(writer, 0, &mut garbage);
        self.open_change(writer);
        self.stage(writer, |staging| unwanted.iter().try_for_each(|&p| staging.remove(p)))
            .inspect_err(|_| self.cancel_change(writer, &mut garbage))?;
        self.settle_up(writer, &mut garbage);
        Ok(unwanted.len())
    }

    /// Withdraws every route through `next_hop`, at one instant: a neighbour is gone. Returns how many
    /// there were. Takes a walk over all routes.
    ///
    /// ```
    /// use rtalloc::{NextHop, Prefix, Route, Table};
    ///
    /// let table: Table = Table::new()?;
    /// let (gone, other) = (NextHop::interface(1), NextHop::interface(2));
    /// table.v4().insert(Prefix::containing(0x0A00_0000, 8), Route::via(gone))?;
    /// table.v4().insert(Prefix::containing(0x0A01_0000, 16), Route::via(other))?;
    /// assert_eq!(table.v4().withdraw_via(gone)?, 1);
    /// assert_eq!(table.v4().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`retain`](Self::retain).
    pub fn withdraw_via(&self, next_hop: NextHop) -> Result<usize, CapacityError> {
        self.retain(|_, entry| entry.next_hop() != next_hop)
    }

    /// Stages a batch for [`settle_up`](Self::settle_up) to publish, if it changes anything.
    fn stage(
        &self,
        writer: &mut Writer<A, V, R>,
        changes: impl FnOnce(&mut Staging<'_, A, V, R>) -> Result<(), CapacityError>,
    ) -> Result<Applied, CapacityError> {
        let mut staging = Staging::begin(writer, self)?;
        changes(&mut staging)?;
        staging.finished = staging.applied.changes() > 0;
        Ok(staging.applied)
    }
}

/// A batch under way. Unless it is finished, dropping it takes everything back: after an error,
/// and after a panic of the users' comparison.
struct Staging<'a, A: Address, V: Send + Sync + 'static, R: Reclaim> {
    writer: &'a mut Writer<A, V, R>,
    rib: &'a Rib<A, V, R>,
    /// Where the last change was.
    near: Spot,
    undo: Undo<A, V>,
    applied: Applied,
    finished: bool,
}

impl<'a, A: Address, V: Send + Sync + 'static, R: Reclaim> Staging<'a, A, V, R> {
    fn begin(
        writer: &'a mut Writer<A, V, R>,
        rib: &'a Rib<A, V, R>,
    ) -> Result<Self, CapacityError> {
        writer.fib.begin(&rib.fib)?;
        let (undo, applied) = (Undo::new(), Applied::default());
        Ok(Self { writer, rib, near: Spot::NOWHERE, undo, applied, finished: false })
    }

    /// Stages the route in `route`, and leaves it there if there is nothing to do or no room.
    fn insert(
        &mut self,
        prefix: Prefix<A>,
        route: &mut Option<Route<V>>,
    ) -> Result<(), CapacityError>
    where
        V: PartialEq,
    {
        let Writer { map, fib, .. } = &mut *self.writer;
        let spot = map.locate_near(self.near, prefix);
        self.near = spot;
        let old = map.value(spot);
        if old.zip(route.as_ref()).is_some_and(|(old, route)| old.says(route)) {
            self.applied.unchanged += 1;
            return Ok(());
        }
        let old = match old {
            Some(old) => {
                self.applied.replaced += 1;
                let entry = fib.stage_replace(&self.rib.fib, old, prefix, route)?;
                map.replace_at(spot, entry)
            }
            None => {
                self.applied.added += 1;
                let entry = fib.stage_add(&self.rib.fib, prefix, route)?;
                map.insert_at(spot, prefix, entry);
                None
            }
        };
        self.undo.push((prefix, old));
        Ok(())
    }

    fn remove(&mut self, prefix: Prefix<A>) -> Result<(), CapacityError> {
        let Writer { map, fib, .. } = &mut *self.writer;
        let spot = map.locate_near(self.near, prefix);
        self.near = spot;
        let Some(old) = map.value(spot) else {
            self.applied.unchanged += 1;
            return Ok(());
        };
        let cover = map.cover_at(spot, prefix).map(|(_, entry)| entry);
        fib.stage_remove(&self.rib.fib, old, prefix, cover)?;
        self.applied.removed += 1;
        self.undo.push((prefix, map.remove_at(spot)));
        Ok(())
    }
}

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> Drop for Staging<'_, A, V, R> {
    fn drop(&mut self) {
        if !self.finished {
            self.writer.fib.abort(&self.rib.fib);
            roll_back(&mut self.writer.map, core::mem::take(&mut self.undo));
            self.rib.close_unchanged(self.writer);
        }
    }
}

/// Takes back the changes of a batch that failed, the last one first.
fn roll_back<A: Address, V>(map: &mut RouteMap<A, Counted<V>>, undo: Undo<A, V>) {
    for (prefix, old) in undo.into_iter().rev() {
        match old {
            Some(old) => drop(map.insert(prefix, old)),
            None => drop(map.remove(prefix)),
        }
    }
}
