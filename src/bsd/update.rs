//! A change under way, with the lock of changes held: what all changes are made of.

use super::{
    entry::{Draft, RtEntry},
    errno::{Errno, RouteError},
    flags::RtFlags,
    interface::{Interface, LinkRequest, LinkView},
    routing::{Control, Shared},
    tables::RtTable,
    uses::UseCounter,
};
use std::sync::Arc;

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

    /// The clones of `entry`, in prefix order.
    pub(super) fn clones_of(&self, entry: &RtEntry) -> Vec<Arc<RtEntry>> {
        self.control.broods.get(&entry.serial()).map(|brood| brood.in_order()).unwrap_or_default()
    }

    /// Strikes a route that is gone from the lists of clones and timers.
    pub(super) fn forget(&mut self, entry: &RtEntry) {
        self.control.broods.remove(&entry.serial());
        self.control.timers.forget(entry.serial());
        self.control.transient.remove(&entry.serial());
        let Some(parent) = entry.parent() else { return };
        if let Some(brood) = self.control.broods.get_mut(&parent.serial()) {
            brood.remove(entry);
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
