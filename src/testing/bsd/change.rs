//! `RTM_CHANGE`: in place.

use super::{Info, Model, RouteId, entry::Route};
use crate::bsd::{Errno, LinkRequest, Priority, RtFlags};

impl Model {
    /// `rtrequest1(RTM_CHANGE)`.
    pub fn change(
        &mut self,
        info: &Info,
        priority: Priority,
        table: u32,
    ) -> Result<RouteId, Errno> {
        let prefix = self.prefix(info, table)?;
        self.check_named(priority)?;
        let named: Vec<RouteId> =
            self.get(table, prefix).into_iter().filter(|id| self.is_named(*id, priority)).collect();
        let mut id = *named.first().ok_or(Errno::ESRCH)?;
        let mut new_gateway = info.gateway;
        if self.flags(id).contains(RtFlags::MPATH) {
            let given = |id: &RouteId| Some(self.route(*id).gateway) == info.gateway;
            id = named.into_iter().find(given).ok_or(Errno::ESRCH)?;
            new_gateway = None;
        }
        let mut route = self.route(id).clone();
        let new_gateway = new_gateway.filter(|gateway| *gateway != route.gateway);
        if let Some(gateway) = new_gateway {
            let selected = self.select(info, route.flags, prefix, Some(gateway), table)?;
            route.gateway = gateway;
            route.interface = selected.interface.index();
            route.interface_address = selected.address;
            if route.flags.contains(RtFlags::GATEWAY) {
                let found = self.resolve_gateway(&mut route);
                self.check_gateway(id, found)?;
            }
        }
        let mask = info.change_mask & RtFlags::CHANGEABLE;
        route.flags = (route.flags - mask) | (info.flags & mask);
        route.mtu = info.mtu.unwrap_or(route.mtu);
        route.expire = info.expire.unwrap_or(route.expire);
        self.tell_interface(LinkRequest::Add, &mut route);
        if route.parent.is_some() {
            route.flags -= RtFlags::CLONING;
        }
        let way = |route: &Route| (route.gateway, route.interface, route.interface_address);
        let leads_elsewhere = way(&route) != way(self.route(id));
        self.replace(id, route);
        if leads_elsewhere && !self.is_openbsd() && !prefix.is_host() {
            self.purge_clones_below(id, true);
        }
        Ok(id)
    }

    /// FreeBSD: the route itself is no way to its gateway. And a clone on the way may have taken
    /// the place of the route, if that was a clone too.
    pub(super) fn check_gateway(&self, id: RouteId, way: Option<RouteId>) -> Result<(), Errno> {
        match way {
            _ if !self.route(id).attached => Err(Errno::ESRCH),
            Some(way) if way == id && !self.is_openbsd() => Err(Errno::EADDRINUSE),
            _ => Ok(()),
        }
    }

    /// Gives a route its new looks. Its clones, of which the gateway's lookup may have made one,
    /// are as they are.
    pub(super) fn replace(&mut self, id: RouteId, mut route: Route) {
        let old = self.route_mut(id);
        route.attached = old.attached;
        route.clones = core::mem::take(&mut old.clones);
        *old = route;
    }
}
