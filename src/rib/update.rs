//! Changing single routes.

use super::{Rib, Writer};
use crate::{
    address::Address,
    entry::{Entry, EntryRef, Garbage},
    error::CapacityError,
    prefix::Prefix,
    reclaim::Reclaim,
    route::Route,
    sync::lock,
};

/// What announcing a route did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The prefix had no route before.
    Added,
    /// The prefix had a route, which says something else now.
    Replaced,
    /// The prefix had a route that said the same. Nothing was done.
    Unchanged,
}

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> Rib<A, V, R> {
    /// Announces a route: adds it, or changes what the route of `prefix` says.
    ///
    /// If the route is there and says the same, nothing at all is done. If it says something else,
    /// the tree is not touched either: the new entry takes the old one's place by one store. The
    /// exceptions are a route that has just lost addresses to a longer prefix, while readers may
    /// still be about to return it for those, and the default route: the new contents get a number of
    /// their own and go through the tree.
    ///
    /// The comparison runs with the writers' mutex held: it must not use this table.
    ///
    /// # Errors
    /// [`CapacityError`] if there is no room; the table is as it was then.
    pub fn insert(&self, prefix: Prefix<A>, route: Route<V>) -> Result<Outcome, CapacityError>
    where
        V: PartialEq,
    {
        self.announce(prefix, route, Entry::says)
    }

    /// As [`insert`](Self::insert), but always publishes a new entry, also one that says the same.
    /// For data that cannot be compared.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    pub fn replace(&self, prefix: Prefix<A>, route: Route<V>) -> Result<Outcome, CapacityError> {
        self.announce(prefix, route, |_, _| false)
    }

    fn announce(
        &self,
        prefix: Prefix<A>,
        route: Route<V>,
        same: impl FnOnce(&Entry<V>, &Route<V>) -> bool,
    ) -> Result<Outcome, CapacityError> {
        // Declared before the lock, so dropped after it: destructors are foreign code.
        let mut garbage = Garbage::new();
        let mut route = Some(route);
        let mut guard = lock(&self.writer);
        let writer = &mut *guard;
        let spot = writer.map.locate(prefix);
        let old = writer.map.value(spot);
        let said = old.zip(route.as_ref());
        if said.is_some_and(|(old, route)| same(old, route)) {
            return Ok(Outcome::Unchanged);
        }
        let noted = old.is_some_and(|old| writer.fib.is_noted(old.id()));
        self.make_room(writer, 1, &mut garbage)?;
        self.open_change(writer);
        if noted {
            // Perhaps the note's grace period is over and the tree need not be touched.
            self.reclaim_all(writer, &mut garbage);
        }
        let Writer { map, fib, .. } = writer;
        let staged = match map.value(spot) {
            None => fib.stage_add(&self.fib, prefix, &mut route),
            Some(old) => fib.stage_replace(&self.fib, old, prefix, &mut route),
        };
        let new = staged.inspect_err(|_| self.cancel_change(writer, &mut garbage))?;
        let outcome = if spot.is_there() {
            // The old entry comes back, whose claim is dropped.
            drop(writer.map.replace_at(spot, new));
            Outcome::Replaced
        } else {
            writer.map.insert_at(spot, prefix, new);
            Outcome::Added
        };
        self.settle_up(writer, &mut garbage);
        Ok(outcome)
    }

    /// Withdraws the route of `prefix`. Returns it, no longer up, or `None` if there is none.
    ///
    /// # Errors
    /// [`CapacityError`] if there is no room for the nodes that a withdrawal may have to copy; the
    /// table is as it was then. Never because readers hold back too much.
    pub fn remove(&self, prefix: Prefix<A>) -> Result<Option<EntryRef<V>>, CapacityError> {
        let mut garbage = Garbage::new();
        let mut guard = lock(&self.writer);
        let writer = &mut *guard;
        let spot = writer.map.locate(prefix);
        let Some(old) = writer.map.value(spot).cloned() else { return Ok(None) };
        self.make_way(writer, 0, &mut garbage);
        self.open_change(writer);
        let cover = writer.map.cover_at(spot, prefix).map(|(_, entry)| entry);
        writer
            .fib
            .stage_remove(&self.fib, &old, prefix, cover)
            .inspect_err(|_| self.cancel_change(writer, &mut garbage))?;
        writer.map.remove_at(spot);
        self.settle_up(writer, &mut garbage);
        Ok(Some(old.into_ref()))
    }
}
