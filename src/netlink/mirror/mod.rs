//! What a kernel or a routing daemon has said, and what tables should therefore say.
//!
//! A [`Mirror`] is a state machine without sockets, clocks or threads. Events go in, changes of
//! tables come out; whoever drives it decides when. It holds every route it is told of, since of
//! several for one prefix the next best takes over when the best one goes.
//!
//! # What the kernel does not say
//! Most of the kernel's changes are notified. Some are not, and these the mirror infers:
//!
//! * When a link goes down, IPv4 routes over it vanish without a word, next-hop objects over it too,
//!   and legs of multipath routes over it are dead until it is up again.
//! * When a next-hop object goes, so do the IPv4 routes that name it.
//! * When an address goes, so do the IPv4 routes that have it as their source; when a link's last IPv4
//!   address goes, IPv4 paths over it are dead until it has one again. Which these are, the mirror
//!   does not know.
//!
//! After what concerns links and addresses it also asks for a dump ([`Mirror::wants_dump`]), as it
//! does after a loss and after the withdrawal of an IPv4 route that it does not hold. So whatever else
//! the kernel may keep to itself on such an occasion is found a moment later. The end of an object asks
//! for none: which routes named it is known.
//!
//! A route that names an object goes where the object leads. The kernel may fill in paths beside the
//! name (`nexthop_compat_mode`), and does not tell when these change; they do not count while the
//! object is known.
//!
//! # Dumps
//! Between [`begin_dump`](Mirror::begin_dump) and [`end_dump`](Mirror::end_dump) dumped messages go
//! to [`confirm`](Mirror::confirm). Nothing is taken out before the end, which sweeps what was not
//! confirmed of those [`Parts`] of the dump that are exact, and then takes the notifications that came
//! meanwhile. To repeat
//! what the dump knows already does no harm where a prefix has one route a priority, because the last
//! notification decides. Where it has several, a replacement does not say which of them it
//! replaced, and to repeat it may hit another; then another dump is asked for. So it is when a link
//! goes down after a route that names an object: if the object went with it unsaid, and its number
//! was given away again before the dump, the route seems to lead where the new object does. If changes
//! are taken only after all that, and applied as a batch, readers see the table before and the table
//! after, and never a hole.
//!
//! # Sessions
//! A routing daemon that connects anew tells everything again and does not say when it is done.
//! [`begin_session`](Mirror::begin_session) begins an epoch in which every announcement counts at
//! once and confirms its prefix, [`unconfirmed`](Mirror::unconfirmed) tells how many prefixes are
//! still those of the last session, and [`sweep`](Mirror::sweep) drops them. The daemon numbers its
//! next-hop objects anew, so those of the old session are written out into its routes first.

mod choose;
mod dump;
mod held;
mod infer;
mod objects;
mod routes;
mod single;
mod unsettled;

pub use dump::Parts;

use std::collections::{BTreeMap, HashMap};

use self::{choose::choose, objects::Objects, routes::Routes, unsettled::Unsettled};
use super::{
    message::{Event, MessageFlags},
    origin::Origin,
    stats::MirrorStats,
};
use crate::{any_prefix::AnyPrefix, prefix::Prefix, route::Route};

/// Tables at most, with those that have become empty since they were filled. Each reserves address
/// space, and a stream of garbage could name 2^32 of them.
const MOST_TABLES: usize = 256;

/// What to do with a prefix: announce a route, or withdraw the one that is there.
pub type Changed<A> = (Prefix<A>, Option<Route<Origin>>);

/// Changes of one table, each of which holds at the moment they were taken; in prefix order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The table's number.
    pub table: u32,
    /// Changes of IPv4 routes.
    pub v4: Vec<Changed<u32>>,
    /// Changes of IPv6 routes.
    pub v6: Vec<Changed<u128>>,
}

/// Who tells the mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Teller {
    Kernel,
    Daemon,
}

#[derive(Debug)]
struct TableRoutes {
    v4: Routes<u32>,
    v6: Routes<u128>,
    /// Whether it has had a route when changes were taken, so that it was opened.
    filled: bool,
}

/// The routes of a kernel or of a routing daemon, by table.
#[derive(Debug)]
pub struct Mirror {
    teller: Teller,
    only: Option<u32>,
    tables: BTreeMap<u32, TableRoutes>,
    objects: Objects,
    links: BTreeMap<u32, Link>,
    unsettled: Unsettled,
    epoch: u32,
    wants_dump: bool,
    /// Whether what is observed may be known from a dump already.
    repeating: bool,
    /// Whether a route observed since the dump names an object: by a number that may since have come
    /// to name another one.
    repeats_names: bool,
    pub(super) stats: MirrorStats,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    up: bool,
    carrier: bool,
    epoch: u32,
}

impl Mirror {
    /// A mirror of a Linux kernel's routes.
    pub fn of_kernel() -> Self {
        Self::new(Teller::Kernel)
    }

    /// A mirror of what a routing daemon tells (FPM), for which a prefix has one route.
    pub fn of_daemon() -> Self {
        Self::new(Teller::Daemon)
    }

    fn new(teller: Teller) -> Self {
        Self {
            teller,
            only: None,
            tables: BTreeMap::new(),
            objects: Objects::default(),
            links: BTreeMap::new(),
            unsettled: Unsettled::default(),
            epoch: 0,
            wants_dump: teller == Teller::Kernel,
            repeating: false,
            repeats_names: false,
            stats: MirrorStats::default(),
        }
    }

    /// Passes over the routes of all tables but `table`.
    pub fn only(mut self, table: u32) -> Self {
        self.only = Some(table);
        self
    }

    /// What has been counted.
    pub fn stats(&self) -> MirrorStats {
        self.stats
    }

    /// Prefixes that have a route, of all tables and both families.
    pub fn prefixes(&self) -> usize {
        self.tables.values().map(|table| table.v4.len() + table.v6.len()).sum()
    }

    /// Whether the state may differ from the kernel's, so that a dump is needed. What has been observed
    /// since changes were last taken may not count yet.
    pub fn wants_dump(&self) -> bool {
        self.wants_dump
    }

    /// Messages were lost: asks for a dump.
    pub fn note_loss(&mut self) {
        self.stats.overruns += 1;
        self.note_fault();
    }

    /// A notification could not be read, and nobody knows what it said: asks for a dump.
    pub fn note_fault(&mut self) {
        self.wants_dump = true;
    }

    /// Takes a notification. Events that are none are passed over.
    pub fn observe(&mut self, flags: MessageFlags, event: Event) {
        match event {
            Event::NewRoute(message) => {
                self.stats.updates += 1;
                self.announce(flags, message);
            }
            Event::DelRoute(message) => {
                self.stats.updates += 1;
                self.withdraw(message);
            }
            Event::NewObject(message) => {
                self.stats.other += 1;
                self.object(message);
            }
            Event::DelObject(id) => {
                self.stats.other += 1;
                self.objects.remove(id);
            }
            Event::NewLink { interface, up, carrier } => {
                self.stats.other += 1;
                self.link(interface, up, carrier);
            }
            Event::DelLink(interface) => {
                self.stats.other += 1;
                self.link_ends(interface);
            }
            Event::DelAddress(address) => {
                self.wants_dump |= self.teller == Teller::Kernel && address.is_ipv4();
            }
            Event::NewAddress(address) => {
                if address.is_ipv4() {
                    self.unsettled.note_address();
                }
            }
            Event::Overrun => self.note_loss(),
            Event::Done(_) | Event::Error(_) | Event::Other => {}
        }
    }

    /// What tables should be told: for each prefix that may have changed since the last call, the
    /// route that is the best now. Some of it the tables may say already.
    pub fn take_changes(&mut self) -> Vec<Changes> {
        self.settle();
        let (objects, mut cache) = (&self.objects, HashMap::new());
        let mut all = Vec::new();
        for (&number, table) in &mut self.tables {
            let v4 = choose(&mut table.v4, AnyPrefix::V4, objects, &mut cache);
            let v6 = choose(&mut table.v6, AnyPrefix::V6, objects, &mut cache);
            table.filled |= v4.iter().any(|change| change.1.is_some())
                || v6.iter().any(|change| change.1.is_some());
            if !v4.is_empty() || !v6.is_empty() {
                all.push(Changes { table: number, v4, v6 });
            }
        }
        // A table that was never filled has none beside it to be found again.
        self.tables.retain(|_, table| table.filled || table.v4.len() + table.v6.len() > 0);
        all
    }

    /// Changes could not be applied: the next [`take_changes`](Self::take_changes) has their prefixes
    /// again, with what is to be said then.
    pub fn put_back(&mut self, changes: Changes) {
        if let Some(table) = self.tables.get_mut(&changes.table) {
            table.v4.put_back(changes.v4.into_iter().map(|change| change.0));
            table.v6.put_back(changes.v6.into_iter().map(|change| change.0));
        }
    }
}
