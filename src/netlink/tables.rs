//! The tables of a mirror, by their numbers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    mirror::{Changed, Changes, Mirror},
    origin::Origin,
};
use crate::{
    address::Address,
    error::{CapacityError, ReserveError},
    rib::{Applied, Batch, Outcome, Rib},
    table::{Options, Table},
};

/// The tables that a mirror fills, by their numbers. Cloning gives another handle to the same set.
///
/// A table is opened when the first route for it comes, and stays, even when it is empty again. Ask
/// for one, take a [`Reader`](crate::Reader) from it and look addresses up, on any thread. To change
/// a table is the mirror's alone: what others write into it is overwritten or stays, by chance.
#[derive(Clone, Debug)]
pub struct Tables {
    options: Options,
    open: Arc<Mutex<BTreeMap<u32, Table<Origin>>>>,
}

/// Why changes could not be applied to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplyError {
    /// The table could not be opened.
    Reserve(ReserveError),
    /// The table is full.
    Capacity(CapacityError),
}

impl core::fmt::Display for ApplyError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Reserve(error) => error.fmt(f),
            Self::Capacity(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ApplyError {}

impl From<CapacityError> for ApplyError {
    fn from(error: CapacityError) -> Self {
        Self::Capacity(error)
    }
}

impl From<ReserveError> for ApplyError {
    fn from(error: ReserveError) -> Self {
        Self::Reserve(error)
    }
}

impl Default for Tables {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

impl Tables {
    /// No table yet. Those to come are opened with `options`.
    pub fn new(options: Options) -> Self {
        Self { options, open: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Table<Origin>>> {
        // The map is whole whenever the lock is free: nothing that could panic runs under it.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The table of this number, if there has been a route for it.
    pub fn get(&self, number: u32) -> Option<Table<Origin>> {
        self.lock().get(&number).cloned()
    }

    /// All tables.
    pub fn all(&self) -> Vec<(u32, Table<Origin>)> {
        self.lock().iter().map(|(&number, table)| (number, table.clone())).collect()
    }

    /// The table of this number, opened if it is not there.
    ///
    /// # Errors
    /// [`ReserveError`] if the system does not give the address space.
    pub fn open(&self, number: u32) -> Result<Table<Origin>, ReserveError> {
        if let Some(table) = self.get(number) {
            return Ok(table);
        }
        let table = self.options.open()?;
        Ok(self.lock().entry(number).or_insert(table).clone())
    }

    /// Applies changes: each family at one instant. Where some of them fail, the other family's may
    /// have been applied; to apply all of them again does no harm.
    ///
    /// # Errors
    /// [`ApplyError`] if there is no room; the family is as it was then.
    pub fn apply(&self, changes: &Changes) -> Result<Applied, ApplyError> {
        let table = self.open(changes.table)?;
        let v4 = apply(table.v4(), &changes.v4)?;
        let v6 = apply(table.v6(), &changes.v6)?;
        Ok(Applied {
            added: v4.added + v6.added,
            replaced: v4.replaced + v6.replaced,
            removed: v4.removed + v6.removed,
            unchanged: v4.unchanged + v6.unchanged,
        })
    }
}

impl Mirror {
    /// Applies what has changed: all of it for a table and family at one instant. What a table has no
    /// room for is kept for the next call.
    ///
    /// # Errors
    /// The last [`ApplyError`], if there was one. The other tables' changes are applied.
    pub fn publish(&mut self, tables: &Tables) -> Result<(), ApplyError> {
        let mut refused = Ok(());
        for changes in self.take_changes() {
            match tables.apply(&changes) {
                Ok(Applied { added, replaced, removed, .. }) => {
                    let changes = (added + replaced + removed) as u64;
                    self.stats.changes += changes;
                    self.stats.batches += u64::from(changes > 0);
                }
                Err(error) => {
                    self.stats.refused += 1;
                    self.put_back(changes);
                    refused = Err(error);
                }
            }
        }
        refused
    }
}

/// Changes of more routes than this into an empty table are a bulk load.
const BULK: usize = 1000;

fn apply<A: Address>(
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
