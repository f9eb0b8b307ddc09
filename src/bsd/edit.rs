//! Changes of several lists of one family that are published in one step.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    entry::RtEntry,
    errno::{Errno, RouteError},
    flags::RtFlags,
    interface::LinkRequest,
    paths::{Path, Paths, place},
    tables::{Change, RtTable},
    update::{Update, view_of},
};
use crate::any_prefix::AnyPrefix;

/// Lists as they are to become, and the routes that leave.
pub(super) struct Edit<'t> {
    table: &'t RtTable,
    lists: BTreeMap<AnyPrefix, Vec<Path>>,
    gone: Vec<Gone>,
}

/// A route that has left its table.
pub(super) struct Gone {
    entry: Arc<RtEntry>,
    /// Its flags before.
    flags: RtFlags,
}

impl<'t> Edit<'t> {
    pub(super) fn new(table: &'t RtTable) -> Self {
        Self { table, lists: BTreeMap::new(), gone: Vec::new() }
    }

    /// The table whose lists these are.
    pub(super) fn table(&self) -> &'t RtTable {
        self.table
    }

    /// The list of `prefix`, to be published again.
    pub(super) fn list(&mut self, prefix: AnyPrefix) -> &mut Vec<Path> {
        self.lists.entry(prefix).or_insert_with(|| {
            let list = self.table.list(prefix);
            list.map(|list| list.data().iter().cloned().collect()).unwrap_or_default()
        })
    }

    /// Takes a route out.
    pub(super) fn take_out(&mut self, entry: &Arc<RtEntry>) {
        self.list(entry.destination()).retain(|path| path.entry.serial() != entry.serial());
        self.gone.push(Gone { entry: Arc::clone(entry), flags: entry.flags() });
    }

    /// Puts a route in its place among its siblings.
    pub(super) fn put_in(&mut self, path: Path) {
        place(self.list(path.entry.destination()), path);
    }

    /// Publishes the lists, in one step, and marks the routes that leave as down and gone.
    fn publish(self) -> Result<Vec<Gone>, RouteError> {
        let changes: Vec<Change> = self
            .lists
            .into_iter()
            .map(|(prefix, order)| (prefix, Paths::from_order(order)))
            .collect();
        self.table.publish(changes)?;
        for gone in &self.gone {
            gone.entry.take_down();
        }
        Ok(self.gone)
    }
}

impl Update<'_> {
    /// Publishes an edit; then tells listeners of the routes that left and that `told` names, the
    /// first of them last, and then all their interfaces.
    ///
    /// # Errors
    /// `ENOBUFS` if there is no room; nothing has changed then.
    pub(super) fn commit(
        &mut self,
        edit: Edit<'_>,
        told: impl Fn(&RtEntry) -> bool,
    ) -> Result<(), RouteError> {
        let gone = edit.publish()?;
        // Interfaces are foreign code and may panic; all else is done before they are called.
        for gone in &gone {
            self.forget(&gone.entry);
        }
        for gone in gone.iter().skip(1).chain(gone.first()).filter(|gone| told(&gone.entry)) {
            self.emit_deleted(&gone.entry, gone.flags);
        }
        for gone in &gone {
            if let Some(interface) = self.interface(gone.entry.interface()) {
                interface.route_changed(LinkRequest::Delete, &mut view_of(&gone.entry));
            }
        }
        Ok(())
    }

    /// Takes routes of one family out, in one step if there is room for that, else one by one, the
    /// first of them last. So a table that clones have filled can still be emptied.
    ///
    /// # Errors
    /// `ENOBUFS` if there is no room even for a single one; the routes that are left, the first
    /// among them, are as they were.
    pub(super) fn take_out(
        &mut self,
        table: &RtTable,
        victims: &[Arc<RtEntry>],
        told: impl Fn(&RtEntry) -> bool,
    ) -> Result<(), RouteError> {
        let mut edit = Edit::new(table);
        victims.iter().for_each(|victim| edit.take_out(victim));
        match self.commit(edit, &told) {
            Err(error) if error.errno() == Errno::ENOBUFS => {
                for victim in victims.iter().skip(1).chain(victims.first()) {
                    self.take_out_alone(table, victim, &told)?;
                }
                Ok(())
            }
            done => done,
        }
    }

    fn take_out_alone(
        &mut self,
        table: &RtTable,
        victim: &Arc<RtEntry>,
        told: impl Fn(&RtEntry) -> bool,
    ) -> Result<(), RouteError> {
        let alone = || {
            let mut edit = Edit::new(table);
            edit.take_out(victim);
            edit
        };
        self.commit(alone(), &told).or_else(|_| {
            table.routes.reclaim();
            self.commit(alone(), &told)
        })
    }
}
