//! `RTM_ADD`. All that can refuse a route comes before all that the request does.

use super::{Info, Model, RouteId, entry::Route};
use crate::bsd::{
    Errno, Interface, LinkAddress, LinkRequest, LinkView, Priority, RtFlags, Sockaddr,
};

impl Model {
    /// `rtrequest1(RTM_ADD)`.
    pub fn add(&mut self, info: &Info, priority: Priority, table: u32) -> Result<RouteId, Errno> {
        let prefix = self.prefix(info, table)?;
        let through = info.flags.contains(RtFlags::GATEWAY);
        if through && info.gateway.is_none() {
            return Err(Errno::EINVAL);
        }
        if self.is_openbsd() && priority.masked() > Priority::MAX {
            return Err(Errno::EINVAL);
        }
        let foreign = |gateway: Sockaddr| {
            !gateway.same_family(info.destination)
                && !matches!(gateway, Sockaddr::Unspec | Sockaddr::Link(_))
        };
        if !self.is_openbsd() && info.gateway.is_some_and(foreign) {
            return Err(Errno::EINVAL);
        }
        let selected = self.select(info, info.flags, prefix, info.gateway, table)?;

        let mut route = Route {
            table,
            prefix,
            flags: info.flags - RtFlags::DONE - RtFlags::MPATH - RtFlags::CLONED - RtFlags::HOST,
            priority: Priority::NONE,
            gateway: info.gateway.unwrap_or(bare_link(&*selected.interface)),
            interface: selected.interface.index(),
            interface_address: selected.address,
            mtu: info.mtu.unwrap_or(0),
            expire: info.expire.unwrap_or(0),
            uses: 0,
            parent: None,
            attached: false,
            clones: Vec::new(),
            passed_over_at: 0,
            last_seen_used: None,
        };
        route.flags.set(RtFlags::HOST, prefix.is_host());
        if self.is_openbsd() {
            let up = selected.interface.is_up() || route.flags.contains(RtFlags::LOCAL);
            let asked = match priority.masked() {
                Priority::NONE => {
                    Priority::new(selected.interface.priority() + Priority::STATIC.number())
                }
                asked => asked,
            };
            route.flags.set(RtFlags::UP, up);
            route.priority = asked.with_down(!up);
            self.refuse_duplicate(&route, info.flags.contains(RtFlags::MPATH))?;
        } else {
            route.flags |= RtFlags::UP;
            if info.flags.contains(RtFlags::HOST) {
                route.flags -= RtFlags::CLONING;
            }
            self.refuse_own_gateway(&route)?;
            self.refuse_taken(&route)?;
        }

        if through {
            self.resolve_gateway(&mut route);
            if self.is_openbsd() {
                // That may have made a clone of this very destination.
                self.refuse_duplicate(&route, info.flags.contains(RtFlags::MPATH))?;
            }
        }
        self.tell_interface(LinkRequest::Add, &mut route);
        if !self.is_openbsd() {
            if route.mtu == 0 {
                route.mtu = selected.interface.mtu();
            }
            for known in self.get(table, prefix) {
                self.remove(known);
            }
        }
        let id = self.keep(route);
        if !self.is_openbsd() && !prefix.is_host() {
            self.purge_clones_below(id, false);
        }
        Ok(id)
    }

    /// OpenBSD: `rt_mpath_conflict`.
    pub(super) fn refuse_duplicate(&self, new: &Route, multipath: bool) -> Result<(), Errno> {
        let list: Vec<&Route> =
            self.get(new.table, new.prefix).into_iter().map(|id| self.route(id)).collect();
        let head_alike = list.first().is_some_and(|head| head.priority == new.priority);
        let twin = |known: &&Route| {
            known.priority.masked() == new.priority.masked() && known.gateway == new.gateway
        };
        if (head_alike && !multipath) || list.iter().any(twin) {
            return Err(Errno::EEXIST);
        }
        Ok(())
    }

    /// FreeBSD: a host is not reached through itself. Such a route, if there is one, goes.
    fn refuse_own_gateway(&mut self, new: &Route) -> Result<(), Errno> {
        let own = |route: &Route| {
            route.flags.contains(RtFlags::HOST | RtFlags::GATEWAY)
                && !route.flags.contains(RtFlags::LLINFO)
                && route.gateway == Sockaddr::from(route.prefix.address())
        };
        if !own(new) {
            return Ok(());
        }
        for known in self.get(new.table, new.prefix) {
            if own(self.route(known)) {
                self.remove(known);
            }
        }
        Err(Errno::EADDRNOTAVAIL)
    }

    /// FreeBSD: a clone, or what ARP has entered, will give way; anything else does not.
    fn refuse_taken(&self, new: &Route) -> Result<(), Errno> {
        let stays = |known: &RouteId| {
            let route = self.route(*known);
            let from_arp = route.flags.contains(RtFlags::LLINFO | RtFlags::HOST)
                && matches!(route.gateway, Sockaddr::Link(_));
            route.parent.is_none() && !from_arp
        };
        if self.get(new.table, new.prefix).iter().any(stays) {
            return Err(Errno::EEXIST);
        }
        Ok(())
    }

    /// Looks the gateway up, which may make a clone and send messages. OpenBSD: a route carries
    /// no larger packets than the route to its gateway.
    pub(super) fn resolve_gateway(&mut self, route: &mut Route) -> Option<RouteId> {
        let found = self.lookup(route.gateway, true, true, route.table);
        if let Some(found) = found.filter(|_| self.is_openbsd()) {
            route.mtu = route.mtu.min(self.route(found).mtu);
        }
        found
    }

    /// `ifa_rtrequest`. The interface may change some of the route before it is in the table.
    pub(super) fn tell_interface(&self, request: LinkRequest, route: &mut Route) {
        let Some(interface) = self.interface(route.interface) else { return };
        let mut view = LinkView {
            destination: route.prefix,
            flags: route.flags,
            gateway: route.gateway,
            expire: route.expire,
            interface: route.interface,
        };
        interface.route_changed(request, &mut view);
        if request != LinkRequest::Delete {
            let own = RtFlags::LLINFO | RtFlags::REJECT;
            route.flags =
                (route.flags - own) | (view.flags & own) | (view.flags & RtFlags::CLONING);
            route.gateway = view.gateway;
            route.expire = view.expire;
            route.interface = view.interface;
        }
    }

    /// Gives the route its place among all, and in its table.
    pub(super) fn keep(&mut self, route: Route) -> RouteId {
        let id = RouteId(self.routes.len());
        self.routes.push(route);
        self.link(id);
        id
    }

    /// FreeBSD: clones under the net that a wider route made would hide it, and go silently. With
    /// `own`, also those that the route itself made.
    pub(super) fn purge_clones_below(&mut self, id: RouteId, own: bool) {
        let (table, prefix) = (self.route(id).table, self.route(id).prefix);
        for clone in self.walk(table) {
            let route = self.route(clone);
            let Some(parent) = route.parent.map(|parent| self.route(parent)) else { continue };
            let wider =
                parent.prefix.len() < prefix.len() || (own && parent.prefix.len() == prefix.len());
            let pinned = route.flags.intersects(RtFlags::PINNED | RtFlags::CLONING);
            if prefix.contains(route.prefix.address()) && wider && !pinned {
                self.remove(clone);
            }
        }
    }
}

/// The gateway of a route that has none: its interface.
fn bare_link(interface: &dyn Interface) -> Sockaddr {
    Sockaddr::Link(LinkAddress {
        index: interface.index(),
        kind: interface.kind(),
        ..LinkAddress::default()
    })
}
