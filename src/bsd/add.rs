//! Adding a route.
//!
//! All refusals come before anything is done, in the order in which the kernels check. Then the way
//! to the gateway is looked for, as the kernels do on adding, which may make a clone and send its
//! messages; then the interface is asked; then the route is published, in one step with its place
//! among its siblings.

use super::{
    delete::Silence,
    edit::Edit,
    entry::{Draft, RtEntry},
    errno::{Errno, RouteError},
    flags::RtFlags,
    interface::LinkRequest,
    paths::Path,
    priority::Priority,
    profile::Profile,
    reference::RtRef,
    request::RouteInfo,
    sockaddr::Sockaddr,
    tables::RtTable,
    update::Update,
};
use std::sync::Arc;

use crate::any_prefix::AnyPrefix;

/// Flags that the table sets by itself.
const OWN_FLAGS: RtFlags = RtFlags::UP
    .union(RtFlags::DONE)
    .union(RtFlags::MPATH)
    .union(RtFlags::CLONED)
    .union(RtFlags::HOST);

impl Update<'_> {
    pub(super) fn add(
        &mut self,
        table: &RtTable,
        info: &RouteInfo,
        priority: Priority,
    ) -> Result<RtRef, RouteError> {
        let prefix = info.prefix()?;
        let mut draft = self.draft(table, prefix, info, priority)?;
        let allowed = info.flags.contains(RtFlags::MPATH);
        if self.shared.profile == Profile::FreeBsd {
            self.refuse_own_gateway(table, &draft)?;
        }
        self.refuse_duplicate(table, &draft, allowed)?;
        if draft.flags.contains(RtFlags::GATEWAY) {
            let way = self.reach_gateway(table, draft.hop.gateway);
            if self.shared.profile == Profile::OpenBsd {
                draft.mtu = lowered(draft.mtu, way.as_deref());
            }
            // The way to the gateway may have become a clone at this very destination.
            self.refuse_duplicate(table, &draft, allowed)?;
        }
        self.ask_link(LinkRequest::Add, &mut draft);
        let mut edit = Edit::new(table);
        if self.shared.profile == Profile::FreeBsd {
            for path in paths_of(table, prefix).iter().filter(|path| gives_way(&path.entry)) {
                self.take_out_family(&mut edit, &path.entry);
            }
            if !prefix.is_host() {
                stale_clones(table, prefix, None).iter().for_each(|clone| edit.take_out(clone));
            }
        }
        self.insert(edit, draft, 0)
    }

    /// What the request makes of a route, or why it does not.
    fn draft(
        &self,
        table: &RtTable,
        prefix: AnyPrefix,
        info: &RouteInfo,
        priority: Priority,
    ) -> Result<Draft, RouteError> {
        let refuse = |reason| RouteError::new(Errno::EINVAL, Some(prefix), reason);
        let freebsd = self.shared.profile == Profile::FreeBsd;
        let mut flags = info.flags - OWN_FLAGS;
        flags.set(RtFlags::HOST, prefix.is_host());
        if freebsd && info.flags.contains(RtFlags::HOST) {
            flags.remove(RtFlags::CLONING);
        }
        if flags.contains(RtFlags::GATEWAY) && info.gateway.is_none() {
            return Err(refuse("a route through a gateway names none"));
        }
        let foreign = |gateway: Sockaddr| {
            !matches!(gateway, Sockaddr::Unspec | Sockaddr::Link(_))
                && !gateway.same_family(info.destination)
        };
        if freebsd && info.gateway.is_some_and(foreign) {
            return Err(refuse("destination and gateway are of different families"));
        }
        if !freebsd && priority > Priority::MAX {
            return Err(refuse("the priority is over 63"));
        }
        let hop = self.select_hop(table, prefix, info, flags)?;
        let interface = self.interface(hop.interface);
        let up = interface.as_ref().is_none_or(|interface| interface.is_up());
        let up = freebsd || up || flags.contains(RtFlags::LOCAL);
        flags.set(RtFlags::UP, up);
        let priority = match (freebsd, priority) {
            (true, _) => Priority::NONE,
            (false, Priority::NONE) => {
                let added = interface.as_ref().map_or(0, |interface| interface.priority());
                let number = Priority::STATIC.number().saturating_add(added);
                Priority::new(number.min(Priority::MAX.number())).with_down(!up)
            }
            (false, named) => named.with_down(!up),
        };
        let own_mtu = interface.filter(|_| freebsd).map_or(0, |interface| interface.mtu());
        let mtu = info.mtu.filter(|mtu| *mtu != 0).unwrap_or(own_mtu);
        let expire = info.expire.unwrap_or(0);
        Ok(Draft { prefix, table: table.id, flags, priority, hop, mtu, expire, parent: None })
    }

    /// FreeBSD: a host is not reached through itself. A route that says so, if there is one, is
    /// expunged.
    fn refuse_own_gateway(&mut self, table: &RtTable, draft: &Draft) -> Result<(), RouteError> {
        let own_gateway = |flags: RtFlags, gateway: Sockaddr| {
            flags.contains(RtFlags::HOST | RtFlags::GATEWAY)
                && !flags.contains(RtFlags::LLINFO)
                && gateway.ip() == Some(draft.prefix.address())
        };
        if !own_gateway(draft.flags, draft.hop.gateway) {
            return Ok(());
        }
        for path in paths_of(table, draft.prefix) {
            if own_gateway(path.entry.flags(), path.entry.gateway()) {
                self.delete_entry(table, &path.entry, Silence::Silent)?;
            }
        }
        let reason = "the gateway of a host route is the host";
        Err(RouteError::new(Errno::EADDRNOTAVAIL, Some(draft.prefix), reason))
    }

    /// The rules against duplicates: OpenBSD's `rt_mpath_conflict`; FreeBSD's one route a prefix.
    pub(super) fn refuse_duplicate(
        &self,
        table: &RtTable,
        draft: &Draft,
        multipath: bool,
    ) -> Result<(), RouteError> {
        let refuse = |reason| Err(RouteError::new(Errno::EEXIST, Some(draft.prefix), reason));
        let Some(list) = table.list(draft.prefix) else { return Ok(()) };
        if self.shared.profile == Profile::FreeBsd {
            let stays = list.data().iter().any(|path| !gives_way(&path.entry));
            return if stays { refuse("the destination has a route") } else { Ok(()) };
        }
        if !multipath && list.data().head().priority == draft.priority {
            return refuse("a route of this priority exists");
        }
        let same = |path: &Path| {
            path.priority.masked() == draft.priority.masked()
                && path.entry.gateway() == draft.hop.gateway
        };
        if list.data().iter().any(same) {
            return refuse("a route of this priority through this gateway exists");
        }
        Ok(())
    }

    /// Looks for the way to a gateway, as a lookup that resolves and reports.
    pub(super) fn reach_gateway(&mut self, table: &RtTable, gateway: Sockaddr) -> Option<RtRef> {
        let way = match gateway.ip() {
            Some(address) => self.resolve(table, address, true),
            None => {
                self.shared.emit_miss(table.id.into(), gateway, None);
                None
            }
        };
        if way.is_none() {
            self.shared.counters.count_unreachable();
        }
        way
    }

    /// Publishes a new route among its siblings, in one step with what the edit takes out.
    pub(super) fn insert(
        &mut self,
        mut edit: Edit<'_>,
        draft: Draft,
        first_use: u64,
    ) -> Result<RtRef, RouteError> {
        let table = edit.table();
        let priority = draft.priority;
        let entry = self.entry(draft, first_use);
        edit.put_in(Path::new(Arc::clone(&entry), priority));
        let tells = self.shared.profile == Profile::OpenBsd;
        self.commit(edit, |_| tells)?;
        let rt = published(table, &entry)?;
        if let Some(parent) = entry.parent() {
            let brood = self.control.broods.entry(parent.serial()).or_default();
            brood.add(Arc::clone(&entry));
        }
        let redirected = RtFlags::DYNAMIC | RtFlags::HOST;
        if rt.flags().contains(RtFlags::CLONED) || rt.flags().contains(redirected) {
            self.control.transient.insert(entry.serial(), entry);
        }
        Ok(rt)
    }
}

/// FreeBSD: what makes way for a new route: a clone, and what ARP has entered.
fn gives_way(entry: &RtEntry) -> bool {
    let from_arp = entry.flags().contains(RtFlags::LLINFO | RtFlags::HOST)
        && matches!(entry.gateway(), Sockaddr::Link(_));
    entry.parent().is_some() || from_arp
}

/// FreeBSD: the clones under a network route that is new or has a new gateway, which would keep
/// winning: those made from a wider one, and its own.
pub(super) fn stale_clones(
    table: &RtTable,
    prefix: AnyPrefix,
    but: Option<&RtEntry>,
) -> Vec<Arc<RtEntry>> {
    let mut stale = Vec::new();
    table.lists_within(prefix, |at, list| {
        let wider = |path: &&Path| {
            let kept = RtFlags::PINNED | RtFlags::CLONING;
            at != prefix
                && but.is_none_or(|but| but.serial() != path.entry.serial())
                && !path.entry.flags().intersects(kept)
                && path.entry.parent().is_some_and(|of| of.destination().len() <= prefix.len())
        };
        stale.extend(list.iter().filter(wider).map(|path| Arc::clone(&path.entry)));
    });
    stale
}

/// The paths of exactly `prefix`; none if there is no route.
pub(super) fn paths_of(table: &RtTable, prefix: AnyPrefix) -> Vec<Path> {
    table.list(prefix).map(|list| list.data().iter().cloned().collect()).unwrap_or_default()
}

/// OpenBSD: a route carries no larger packets than the way to its gateway does.
pub(super) fn lowered(mtu: u32, way: Option<&RtEntry>) -> u32 {
    way.map_or(mtu, |way| mtu.min(way.mtu()))
}

/// A reference to a route that was just published, with the lock of changes held.
pub(super) fn published(table: &RtTable, entry: &RtEntry) -> Result<RtRef, RouteError> {
    let missing = || {
        let reason = "the route went while it was added";
        RouteError::new(Errno::ESRCH, Some(entry.destination()), reason)
    };
    table.reference(entry).ok_or_else(missing)
}
