//! From what a mirror has taken to what tables say.
//!
//! All changes of a table and family are one batch. Only if there is no room for it the batch is taken
//! apart: what goes makes room, and then as much comes as fits. That is more than one instant, and a
//! reader may see some of it before the rest; the other way would be to keep a table full of routes that
//! are gone for want of room for one that comes.

use super::{
    mirror::{Changed, Changes, Mirror},
    origin::Origin,
    tables::{ApplyError, Tables},
};
use crate::{
    address::Address,
    error::CapacityError,
    rib::{Applied, Batch, Outcome, Rib},
};

/// Routes that are announced together when not all of them fit. The last ones that would fit may
/// wait for others of their portion.
const PORTION: usize = 256;

impl Mirror {
    /// Applies what has changed: all of it for a table and family at one instant, if there is room for
    /// all of it. Otherwise withdrawals are applied first, then announcements as far as they fit; what
    /// does not is kept for the next call.
    ///
    /// # Errors
    /// The last [`ApplyError`], if there was one. Whatever else there was is applied.
    pub fn publish(&mut self, tables: &Tables) -> Result<(), ApplyError> {
        let mut refused = Ok(());
        for changes in self.take_changes() {
            let outcome = match tables.apply(&changes) {
                Ok(applied) => {
                    self.count(applied);
                    continue;
                }
                Err(error @ ApplyError::Reserve(_)) => {
                    self.put_back(changes);
                    Err(error)
                }
                Err(ApplyError::Capacity(_)) => self.publish_in_part(tables, changes),
            };
            if outcome.is_err() {
                self.stats.refused += 1;
                refused = outcome;
            }
        }
        refused
    }

    fn publish_in_part(&mut self, tables: &Tables, changes: Changes) -> Result<(), ApplyError> {
        let Changes { table: number, v4, v6 } = changes;
        let table = match tables.open(number) {
            Ok(table) => table,
            Err(error) => {
                self.put_back(Changes { table: number, v4, v6 });
                return Err(error.into());
            }
        };
        let (mut v4, mut v6) = (Portions::new(v4), Portions::new(v6));
        let outcome = v4.apply(table.v4()).and(v6.apply(table.v6()));
        self.count(v4.applied);
        self.count(v6.applied);
        self.put_back(Changes { table: number, v4: v4.left, v6: v6.left });
        Ok(outcome?)
    }

    fn count(&mut self, applied: Applied) {
        let changes = (applied.added + applied.replaced + applied.removed) as u64;
        self.stats.changes += changes;
        self.stats.batches += u64::from(changes > 0);
    }
}

/// Changes of a family that are applied one portion after the other.
struct Portions<A> {
    /// What has found no room, and before the beginning all of it.
    left: Vec<Changed<A>>,
    applied: Applied,
}

impl<A: Address> Portions<A> {
    fn new(changes: Vec<Changed<A>>) -> Self {
        Self { left: changes, applied: Applied::default() }
    }

    /// Applies what fits: what goes first, at one instant, then what comes. Where there is no room
    /// because readers hold back what is gone, each portion would wait for them, so the rest is left.
    fn apply(&mut self, rib: &Rib<A, Origin>) -> Result<(), CapacityError> {
        let all = core::mem::take(&mut self.left);
        let (come, go): (Vec<_>, Vec<_>) = all.into_iter().partition(|change| change.1.is_some());
        let mut outcome = Ok(());
        for portion in [go.as_slice()].into_iter().chain(come.chunks(PORTION)) {
            if !matches!(outcome, Err(CapacityError::Waiting { .. })) {
                match apply(rib, portion) {
                    Ok(applied) => {
                        self.applied.added += applied.added;
                        self.applied.replaced += applied.replaced;
                        self.applied.removed += applied.removed;
                        continue;
                    }
                    Err(error) => outcome = Err(error),
                }
            }
            self.left.extend_from_slice(portion);
        }
        outcome
    }
}

/// Changes of more routes than this into an empty table are a bulk load.
const BULK: usize = 1000;

/// Applies all of it at one instant.
pub(super) fn apply<A: Address>(
    rib: &Rib<A, Origin>,
    changes: &[Changed<A>],
) -> Result<Applied, CapacityError> {
    if rib.is_empty() && changes.len() > BULK {
        let routes = changes.iter().filter_map(|(prefix, route)| Some((*prefix, route.clone()?)));
        let added = rib.load(routes)?;
        return Ok(Applied { added, ..Applied::default() });
    }
    // A single change may be one store into an entry's cell, which a batch never is.
    if let [(prefix, route)] = changes {
        let mut applied = Applied::default();
        match route {
            Some(route) => match rib.insert(*prefix, route.clone())? {
                Outcome::Added => applied.added = 1,
                Outcome::Unchanged => applied.unchanged = 1,
                Outcome::Replaced => applied.replaced = 1,
            },
            None => match rib.remove(*prefix)? {
                Some(_) => applied.removed = 1,
                None => applied.unchanged = 1,
            },
        }
        return Ok(applied);
    }
    let mut batch = Batch::new();
    for (prefix, route) in changes {
        match route {
            Some(route) => batch.insert(*prefix, route.clone()),
            None => batch.remove(*prefix),
        };
    }
    if batch.is_empty() { Ok(Applied::default()) } else { rib.apply(batch) }
}
