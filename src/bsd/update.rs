//! A change under way, with the lock of changes held: what all changes are made of.

use std::collections::BTreeMap;

use super::{
    entry::{Draft, RtEntry},
    errno::{Errno, RouteError},
    flags::RtFlags,
    interface::{Interface, LinkRequest, LinkView},
    paths::Path,
    routing::{Control, Shared},
    tables::{Change, RtTable},
    uses::UseCounter,
};
use std::sync::Arc;

use crate::any_prefix::AnyPrefix;

/// A change under way.
pub(super) struct Update<'a> {
    pub(super) shared: &'a Shared,
    pub(super) control: &'a mut Control,
}

/// Flags that an interface may set or clear in a route. `CLONING` it may set.
pub(super) const LINK_FLAGS: RtFlags = RtFlags::LLINFO.union(RtFlags::REJECT);

impl<'a> Update<'a> {
    pub(super) fn interface(&self, index: u16) -> Option<Arc<dyn Interface>> {
        self.control.interfaces.iter().find(|known| known.index() == index).cloned()
    }

    /// The table of that number, or `EAFNOSUPPORT`.
    pub(super) fn table(&self, id: u32) -> Result<&'a RtTable, RouteError> {
        let shared: &'a Shared = self.shared;
        shared.tables.get(id).ok_or(RouteError::new(
            Errno::EAFNOSUPPORT,
            None,
            "no routing table of this number",
        ))
    }

    /// Makes an entry; nobody knows it yet.
    pub(super) fn entry(&self, draft: Draft, first_use: u64) -> Arc<RtEntry> {
        let uses = UseCounter::new(&self.shared.uses, first_use);
        Arc::new(RtEntry::new(draft, uses, &self.shared.counters))
    }

    /// The paths of exactly `prefix`; none if there is no route.
    pub(super) fn paths(&self, table: &RtTable, prefix: AnyPrefix) -> Vec<Path> {
        table.list(prefix).map(|list| list.data().iter().cloned().collect()).unwrap_or_default()
    }

    /// Asks the interface of `draft` what it wants changed before the route comes.
    pub(super) fn ask_link(&self, request: LinkRequest, draft: &mut Draft) {
        let Some(interface) = self.interface(draft.hop.interface) else { return };
        let mut view = LinkView {
            destination: draft.prefix,
            flags: draft.flags,
            gateway: draft.hop.gateway,
            expire: draft.expire,
            interface: draft.hop.interface,
        };
        interface.route_changed(request, &mut view);
        let set = view.flags & (LINK_FLAGS | RtFlags::CLONING);
        draft.flags = (draft.flags - LINK_FLAGS) | set;
        draft.hop.gateway = view.gateway;
        draft.hop.interface = view.interface;
        draft.expire = view.expire;
    }

    /// Takes routes of one family out of their table, in one step, and tells their interfaces.
    pub(super) fn withdraw(
        &mut self,
        table: &RtTable,
        victims: &[Arc<RtEntry>],
    ) -> Result<(), RouteError> {
        let mut gone: BTreeMap<AnyPrefix, Vec<u64>> = BTreeMap::new();
        for victim in victims {
            gone.entry(victim.destination()).or_default().push(victim.serial());
        }
        let mut changes: Vec<Change> = Vec::with_capacity(gone.len());
        for (prefix, serials) in gone {
            if let Some(list) = table.list(prefix) {
                let left = list.data().without(|entry| serials.contains(&entry.serial()));
                changes.push((prefix, left));
            }
        }
        table.publish(changes)?;
        for victim in victims {
            victim.take_down();
        }
        for victim in victims {
            self.forget(victim);
            if let Some(interface) = self.interface(victim.interface()) {
                interface.route_changed(LinkRequest::Delete, &mut view_of(victim));
            }
        }
        Ok(())
    }

    /// The clones of `entry`, in prefix order.
    pub(super) fn clones_of(&self, entry: &RtEntry) -> Vec<Arc<RtEntry>> {
        self.control.broods.get(&entry.serial()).map(|brood| brood.in_order()).unwrap_or_default()
    }

    /// Strikes a route that is gone from the lists of clones and timers.
    fn forget(&mut self, entry: &RtEntry) {
        self.control.broods.remove(&entry.serial());
        self.control.timers.forget(entry.serial());
        self.control.transient.remove(&entry.serial());
        let Some(parent) = entry.parent() else { return };
        if let Some(brood) = self.control.broods.get_mut(&parent.serial()) {
            brood.remove(entry);
            if brood.len() == 0 {
                self.control.broods.remove(&parent.serial());
            }
        }
    }
}

/// The route as its interface sees it.
pub(super) fn view_of(entry: &RtEntry) -> LinkView {
    LinkView {
        destination: entry.destination(),
        flags: entry.flags(),
        gateway: entry.gateway(),
        expire: entry.expire(),
        interface: entry.interface(),
    }
}
