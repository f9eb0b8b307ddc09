//! Routing tables by number, and publishing in them.

use core::net::IpAddr;
use std::sync::OnceLock;

use super::{
    entry::RtEntry,
    errno::{Errno, RouteError},
    paths::Paths,
    reference::RtRef,
    sockaddr::Family,
};
use crate::{
    address::Address,
    any_prefix::AnyPrefix,
    entry::EntryRef,
    error::{CapacityError, ReserveError},
    nexthop::NextHop,
    prefix::Prefix,
    reclaim::Own,
    rib::{Batch, Realm, Rib},
    route::Route,
    sync::{Arc, AtomicU32, Ordering},
    table::{Options, Table},
};

/// The largest table number: `RT_TABLEID_MAX`.
pub const MAX_TABLE: u32 = 255;

/// One routing table: both families.
#[derive(Debug)]
pub(super) struct RtTable {
    pub(super) id: u8,
    pub(super) routes: Table<Paths>,
    domain: AtomicU32,
}

/// The tables of one routing. Once made a table stays, so finding one waits for nobody.
#[derive(Debug)]
pub(super) struct Tables {
    /// Table 0, which always exists.
    first: RtTable,
    /// Tables 1 and up.
    others: Box<[OnceLock<RtTable>]>,
    realm: Arc<Realm<Own>>,
    options: Options,
}

impl Tables {
    /// The tables of a routing, with table 0.
    pub(super) fn new(options: Options) -> Result<Self, ReserveError> {
        let realm = Arc::default();
        let first = RtTable::open(0, options, &realm)?;
        let others = (1..=MAX_TABLE).map(|_| OnceLock::new()).collect();
        Ok(Self { first, others, realm, options })
    }

    #[inline]
    pub(super) fn get(&self, id: u32) -> Option<&RtTable> {
        match id {
            0 => Some(&self.first),
            _ => self.others.get(id as usize - 1)?.get(),
        }
    }

    pub(super) fn first(&self) -> &RtTable {
        &self.first
    }

    /// Makes the table `id`, with the lock of changes held. One that exists is left as it is.
    pub(super) fn make(&self, id: u8) -> Result<(), ReserveError> {
        if self.get(id.into()).is_none() {
            let table = RtTable::open(id, self.options, &self.realm)?;
            // Nobody else makes tables, so the place is empty.
            let _ = self.others[usize::from(id) - 1].set(table);
        }
        Ok(())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &RtTable> {
        core::iter::once(&self.first).chain(self.others.iter().filter_map(OnceLock::get))
    }
}

/// What a prefix's list becomes: `None` for no routes.
pub(super) type Change = (AnyPrefix, Option<Paths>);

impl RtTable {
    fn open(id: u8, options: Options, realm: &Arc<Realm<Own>>) -> Result<Self, ReserveError> {
        let routes = options.open_in(realm)?;
        Ok(Self { id, routes, domain: AtomicU32::new(0) })
    }

    pub(super) fn domain(&self) -> u32 {
        // Relaxed: a label; it orders nothing.
        self.domain.load(Ordering::Relaxed)
    }

    pub(super) fn set_domain(&self, domain: u32) {
        // Relaxed: as in `domain`.
        self.domain.store(domain, Ordering::Relaxed);
    }

    /// The published list of exactly `prefix`.
    pub(super) fn list(&self, prefix: AnyPrefix) -> Option<EntryRef<Paths>> {
        match prefix {
            AnyPrefix::V4(prefix) => self.routes.v4().get(prefix),
            AnyPrefix::V6(prefix) => self.routes.v6().get(prefix),
        }
    }

    /// The list that answers `address`, as the writers see it.
    pub(super) fn longest(&self, address: IpAddr) -> Option<EntryRef<Paths>> {
        match address {
            IpAddr::V4(address) => self.routes.v4().get_longest(address.into()),
            IpAddr::V6(address) => self.routes.v6().get_longest(address.into()),
        }
    }

    /// A reference to `entry`, if it is in the table.
    pub(super) fn reference(&self, entry: &RtEntry) -> Option<RtRef> {
        let list = self.list(entry.destination())?;
        let index = list.data().index_of(entry)?;
        Some(RtRef::new(list, index))
    }

    /// References to the routes of exactly `prefix`.
    pub(super) fn references(&self, prefix: AnyPrefix) -> Vec<RtRef> {
        self.list(prefix).map(|list| RtRef::all(&list).collect()).unwrap_or_default()
    }

    pub(super) fn generation(&self, family: Family) -> u64 {
        match family {
            Family::Inet => self.routes.v4().generation(),
            Family::Inet6 => self.routes.v6().generation(),
        }
    }

    /// Publishes the changes of one family as one step, and copies their marks to the entries.
    pub(super) fn publish(&self, changes: Vec<Change>) -> Result<(), RouteError> {
        let of = changes.first().map(|(prefix, _)| *prefix);
        let lists: Vec<Paths> = changes.iter().filter_map(|(_, list)| list.clone()).collect();
        let published = match of {
            None => return Ok(()),
            Some(AnyPrefix::V4(_)) => publish(self.routes.v4(), changes, |prefix| match prefix {
                AnyPrefix::V4(prefix) => Some(prefix),
                AnyPrefix::V6(_) => None,
            }),
            Some(AnyPrefix::V6(_)) => publish(self.routes.v6(), changes, |prefix| match prefix {
                AnyPrefix::V6(prefix) => Some(prefix),
                AnyPrefix::V4(_) => None,
            }),
        };
        published.map_err(|error| refusal(of, error))?;
        lists.iter().for_each(Paths::mark_entries);
        Ok(())
    }

    /// Runs `change`, which changes a route of `prefix` in place, so that the generation of its family
    /// moves: it is odd until all of the change is in force.
    pub(super) fn change_in_place(&self, prefix: AnyPrefix, change: impl FnOnce()) {
        match prefix {
            AnyPrefix::V4(_) => self.routes.v4().change_in_place(change),
            AnyPrefix::V6(_) => self.routes.v6().change_in_place(change),
        }
    }

    /// Every list of the table, IPv4 first, in prefix order.
    pub(super) fn lists(&self, mut each: impl FnMut(AnyPrefix, &Paths)) {
        for (prefix, entry) in &self.routes.v4().snapshot() {
            each(AnyPrefix::V4(prefix), entry.data());
        }
        for (prefix, entry) in &self.routes.v6().snapshot() {
            each(AnyPrefix::V6(prefix), entry.data());
        }
    }

    /// References to every list of the table, IPv4 first, in prefix order. Each family's are of one
    /// instant.
    pub(super) fn list_references(&self) -> Vec<(AnyPrefix, EntryRef<Paths>)> {
        let (v4, v6) = (self.routes.v4().snapshot(), self.routes.v6().snapshot());
        let v4 = v4.references().map(|(prefix, list)| (AnyPrefix::V4(prefix), list));
        let v6 = v6.references().map(|(prefix, list)| (AnyPrefix::V6(prefix), list));
        v4.chain(v6).collect()
    }

    /// Every list of a prefix that lies in `prefix`, in prefix order.
    pub(super) fn lists_within(&self, prefix: AnyPrefix, mut each: impl FnMut(AnyPrefix, &Paths)) {
        match prefix {
            AnyPrefix::V4(within) => {
                for (prefix, entry) in self.routes.v4().snapshot().more_specific(within) {
                    each(AnyPrefix::V4(prefix), entry.data());
                }
            }
            AnyPrefix::V6(within) => {
                for (prefix, entry) in self.routes.v6().snapshot().more_specific(within) {
                    each(AnyPrefix::V6(prefix), entry.data());
                }
            }
        }
    }
}

/// Where a prefix comes in a walk: by address, the most specific mask first.
pub(super) fn walk_order(prefix: AnyPrefix) -> (IpAddr, core::cmp::Reverse<u8>) {
    (prefix.address(), core::cmp::Reverse(prefix.len()))
}

fn refusal(prefix: Option<AnyPrefix>, error: CapacityError) -> RouteError {
    let reason = match error {
        CapacityError::Nodes => "the memory reserved for the table's nodes is used up",
        CapacityError::Entries => "every entry number of the table is taken",
        CapacityError::Waiting { .. } => "a reader holds back as much memory as the table may",
    };
    RouteError::new(Errno::ENOBUFS, prefix, reason)
}

fn publish<A: Address>(
    rib: &Rib<A, Paths>,
    mut changes: Vec<Change>,
    own: impl Fn(AnyPrefix) -> Option<Prefix<A>>,
) -> Result<(), CapacityError> {
    if changes.len() == 1 {
        let Some((prefix, list)) = changes.pop() else { return Ok(()) };
        let Some(prefix) = own(prefix) else { return Ok(()) };
        return match list {
            Some(list) => rib.replace(prefix, core_route(list)).map(drop),
            None => rib.remove(prefix).map(drop),
        };
    }
    let mut batch = Batch::new();
    for (prefix, list) in changes {
        match (own(prefix), list) {
            (Some(prefix), Some(list)) => _ = batch.insert(prefix, core_route(list)),
            (Some(prefix), None) => _ = batch.remove(prefix),
            (None, _) => {}
        }
    }
    rib.apply(batch).map(drop)
}

/// A list as the table under it holds it. What its routes say changes in place, so it is not
/// repeated there.
fn core_route(list: Paths) -> Route<Paths> {
    Route::with_data(NextHop::default(), list)
}
