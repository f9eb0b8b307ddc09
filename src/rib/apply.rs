//! Batches: many changes, one instant.

use super::{Batch, Rib, Writer, map::RouteMap};
use crate::{
    address::Address,
    entry::{Counted, Entry},
    error::CapacityError,
    fib::{Fib, Garbage},
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
    /// # Errors
    /// [`CapacityError`] if there is no room; the table is as it was then.
    pub fn apply(&self, batch: Batch<A, V>) -> Result<Applied, CapacityError>
    where
        V: PartialEq,
    {
        // Declared before the lock, so dropped after it: destructors are foreign code.
        let mut garbage = Garbage::new();
        let mut changes = batch.into_changes();
        let mut guard = lock(&self.writer);
        self.make_room(&mut guard, &mut garbage)?;
        let mut staging = Staging::begin(&mut guard, &self.fib)?;
        for (prefix, route) in &mut changes {
            match route {
                Some(_) => staging.insert(*prefix, route)?,
                None => staging.remove(*prefix)?,
            }
        }
        let applied = staging.applied;
        if applied.changes() > 0 {
            staging.finish();
            self.settle_up(&mut guard, &mut garbage);
        }
        Ok(applied)
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
        self.make_room(writer, &mut garbage)?;
        let mut staging = Staging::begin(writer, &self.fib)?;
        for &prefix in &unwanted {
            staging.remove(prefix)?;
        }
        staging.finish();
        self.settle_up(writer, &mut garbage);
        Ok(unwanted.len())
    }
}

/// A batch under way. Unless it is finished, dropping it takes everything back: after an error,
/// and after a panic of the users' comparison.
struct Staging<'a, A: Address, V: Send + Sync + 'static, R: Reclaim> {
    writer: &'a mut Writer<A, V, R>,
    fib: &'a Fib<A, V>,
    undo: Undo<A, V>,
    applied: Applied,
    finished: bool,
}

impl<'a, A: Address, V: Send + Sync + 'static, R: Reclaim> Staging<'a, A, V, R> {
    fn begin(writer: &'a mut Writer<A, V, R>, fib: &'a Fib<A, V>) -> Result<Self, CapacityError> {
        writer.fib.begin(fib)?;
        Ok(Self { writer, fib, undo: Undo::new(), applied: Applied::default(), finished: false })
    }

    /// Stages the route in `route`, and leaves it there if there is nothing to do.
    fn insert(
        &mut self,
        prefix: Prefix<A>,
        route: &mut Option<Route<V>>,
    ) -> Result<(), CapacityError>
    where
        V: PartialEq,
    {
        let Writer { map, fib } = &mut *self.writer;
        let old = map.get(prefix);
        if old.map(|old| old.route()) == route.as_ref() {
            self.applied.unchanged += 1;
            return Ok(());
        }
        let Some(route) = route.take() else { return Ok(()) };
        let entry = match old {
            Some(old) => {
                self.applied.replaced += 1;
                fib.stage_replace(self.fib, old, prefix, route)?
            }
            None => {
                self.applied.added += 1;
                fib.stage_add(self.fib, prefix, route)?
            }
        };
        self.undo.push((prefix, map.insert(prefix, entry)));
        Ok(())
    }

    fn remove(&mut self, prefix: Prefix<A>) -> Result<(), CapacityError> {
        let Writer { map, fib } = &mut *self.writer;
        let Some(old) = map.get(prefix) else {
            self.applied.unchanged += 1;
            return Ok(());
        };
        let cover = map.cover(prefix).map(|(_, entry)| entry);
        fib.stage_remove(self.fib, old, prefix, cover)?;
        self.applied.removed += 1;
        self.undo.push((prefix, map.remove(prefix)));
        Ok(())
    }

    /// Ends the batch for [`Rib::settle_up`] to publish.
    fn finish(mut self) {
        self.finished = true;
    }
}

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> Drop for Staging<'_, A, V, R> {
    fn drop(&mut self) {
        if !self.finished {
            self.writer.fib.abort(self.fib);
            roll_back(&mut self.writer.map, core::mem::take(&mut self.undo));
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
