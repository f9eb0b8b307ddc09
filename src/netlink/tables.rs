//! The tables of a mirror, by their numbers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{mirror::Changes, origin::Origin, publish::apply};
use crate::{
    error::{CapacityError, ReserveError},
    rib::Applied,
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

    /// Applies changes: each family at one instant. No table is opened for withdrawals alone. Where some of them fail, the other family's may
    /// have been applied; to apply all of them again does no harm.
    ///
    /// # Errors
    /// [`ApplyError`] if there is no room; the family is as it was then.
    pub fn apply(&self, changes: &Changes) -> Result<Applied, ApplyError> {
        let announces = changes.v4.iter().any(|change| change.1.is_some())
            || changes.v6.iter().any(|change| change.1.is_some());
        let table = match self.get(changes.table) {
            Some(table) => table,
            None if announces => self.open(changes.table)?,
            // There is nothing that could be withdrawn.
            None => return Ok(Applied::default()),
        };
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
