//! The sequential reference model of BSD's routing interface, for both systems.
//!
//! It says what each operation of [`bsd`](crate::bsd) returns, does to the tables and reports. It
//! is slow and plain: every route that ever was sits in one vector and is known by its place in
//! it, a table is a vector of prefixes with their lists, and every question is a scan. There is
//! one thread, so there are no references, no publications and no generations; what a route looks
//! like is computed when it is asked for.
//!
//! It was written from the description of the two systems and not from the implementation, so that
//! a difference between the two means something. The unit tests hold it to cases worked by hand.

mod add;
mod addresses;
mod cache;
mod change;
mod cloning;
mod delete;
mod entry;
mod get;
mod hash;
mod info;
mod interfaces;
mod links;
mod lookup;
mod output;
mod redirect;
mod reports;
mod selection;
mod table;
mod tick;
mod verdict;

#[cfg(all(test, not(rtalloc_loom)))]
mod tests;

use core::fmt;
use std::sync::Arc;

pub use self::{
    cache::Cache,
    entry::{RouteId, Shown},
    hash::{chosen, flow_hash},
    info::Info,
    redirect::Redirect,
    verdict::{Output, Verdict, verdict},
};
use self::{entry::Route, table::Table, tick::Timer};
use crate::bsd::{Errno, Interface, Profile, message::Message};

/// What can be set about a model when it is made.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Which system.
    pub profile: Profile,
    /// `net.inet.ip.multipath` and its IPv6 sister.
    pub multipath: bool,
    /// What the hash of a flow starts with.
    pub jitter: u32,
    /// How many clones a route may have.
    pub clones_per_parent: usize,
    /// FreeBSD: after how many seconds without use a clone goes.
    pub clone_idle: u64,
    /// What the clock says at first.
    pub now: u64,
}

impl Settings {
    /// The defaults of `profile`, with a jitter of 1 and the clock at 1.
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            multipath: false,
            jitter: 1,
            clones_per_parent: 65536,
            clone_idle: 3600,
            now: 1,
        }
    }
}

/// One kernel: its interfaces and its tables.
pub struct Model {
    settings: Settings,
    now: u64,
    /// Every route that ever was; a [`RouteId`] is a place in it.
    routes: Vec<Route>,
    /// In the order of their numbers. Table 0 is always there.
    tables: Vec<Table>,
    /// In the order in which they were attached.
    interfaces: Vec<Arc<dyn Interface>>,
    /// In the order in which they were set.
    timers: Vec<Timer>,
    /// Messages since [`take_messages`](Self::take_messages).
    sent: Vec<Message>,
    /// Lookups that found nothing.
    unreachable: u64,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("settings", &self.settings)
            .field("now", &self.now)
            .field("tables", &self.tables)
            .finish_non_exhaustive()
    }
}

impl Model {
    /// A kernel without interfaces and with an empty table 0.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            now: settings.now,
            routes: Vec::new(),
            tables: vec![Table::new(0)],
            interfaces: Vec::new(),
            timers: Vec::new(),
            sent: Vec::new(),
            unreachable: 0,
        }
    }

    /// Moves the clock on.
    pub fn advance(&mut self, seconds: u64) {
        self.now += seconds;
    }

    /// What the clock says.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The messages sent since the last call, in order.
    pub fn take_messages(&mut self) -> Vec<Message> {
        core::mem::take(&mut self.sent)
    }

    /// Lookups that found nothing: `rts_unreach`.
    pub fn unreachable(&self) -> u64 {
        self.unreachable
    }

    fn is_openbsd(&self) -> bool {
        self.settings.profile == Profile::OpenBsd
    }

    /// `rtable_add`: makes an empty table. FreeBSD of the time has one alone.
    pub fn table_add(&mut self, id: u32) -> Result<(), Errno> {
        if self.table_exists(id) {
            return Err(Errno::EEXIST);
        }
        if id > 255 || !self.is_openbsd() {
            return Err(Errno::EINVAL);
        }
        self.tables.push(Table::new(id));
        self.tables.sort_by_key(|table| table.id);
        Ok(())
    }

    /// `rtable_exists`.
    pub fn table_exists(&self, id: u32) -> bool {
        self.table(id).is_some()
    }

    /// `rtable_l2`: the table's routing domain, 0 for an unknown one.
    pub fn domain(&self, id: u32) -> u32 {
        self.table(id).map_or(0, |table| table.domain)
    }

    /// `rtable_l2set`: nothing for an unknown table.
    pub fn set_domain(&mut self, id: u32, domain: u32) {
        if let Some(table) = self.tables.iter_mut().find(|table| table.id == id) {
            table.domain = domain;
        }
    }

    fn table(&self, id: u32) -> Option<&Table> {
        self.tables.iter().find(|table| table.id == id)
    }
}
