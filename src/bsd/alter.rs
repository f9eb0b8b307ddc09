//! Changing a route in place.

use super::{
    add::{lowered, published},
    errno::{Errno, RouteError},
    flags::RtFlags,
    hops::Hop,
    interface::{LinkRequest, LinkView},
    priority::Priority,
    profile::Profile,
    reference::{LockedRt, RtRef},
    request::RouteInfo,
    tables::RtTable,
    update::{LINK_FLAGS, Update, view_of},
};

impl Update<'_> {
    /// `RTM_CHANGE`: the entry stays the same one, also for those who hold it, and stays up. Its
    /// list is published again, so that the table's generation moves.
    pub(super) fn change_route(
        &mut self,
        table: &RtTable,
        info: &RouteInfo,
        priority: Priority,
    ) -> Result<RtRef, RouteError> {
        let prefix = info.prefix()?;
        let refuse = |errno, reason| Err(RouteError::new(errno, Some(prefix), reason));
        let openbsd = self.shared.profile == Profile::OpenBsd;
        let any_gateway = RouteInfo { gateway: None, ..*info };
        let mut rt = self.find(table, &any_gateway, priority)?;
        if openbsd && rt.flags().contains(RtFlags::MPATH) {
            // Of several routes the gateway says which, so it cannot say another.
            if info.gateway.is_none() {
                return refuse(Errno::ESRCH, "of several routes, the gateway must be named");
            }
            rt = self.find(table, info, priority)?;
        } else if info.gateway.is_some_and(|gateway| gateway != rt.gateway()) {
            return self.regate(table, rt, info);
        }
        let hop = *rt.hop();
        self.put(table, &rt, info, hop)
    }

    /// Changes a route that also gets another gateway.
    pub(super) fn regate(
        &mut self,
        table: &RtTable,
        rt: RtRef,
        info: &RouteInfo,
    ) -> Result<RtRef, RouteError> {
        let prefix = rt.destination();
        let hop = self.select_hop(table, prefix, info, rt.flags())?;
        let mut info = *info;
        if rt.flags().contains(RtFlags::GATEWAY) {
            let way = self.reach_gateway(table, hop.gateway);
            if rt.is_gone() {
                let reason = "the route, a clone, made way for one to its gateway";
                return Err(RouteError::new(Errno::ESRCH, Some(prefix), reason));
            }
            if self.shared.profile == Profile::OpenBsd {
                info.mtu = info.mtu.or(Some(lowered(rt.mtu(), way.as_deref())));
            } else if way.is_some_and(|way| way == rt) {
                let reason = "the way to the gateway is this route";
                return Err(RouteError::new(Errno::EADDRINUSE, Some(prefix), reason));
            }
        }
        let rt = self.put(table, &rt, &info, hop)?;
        if self.shared.profile == Profile::FreeBsd && !prefix.is_host() {
            self.purge_clones(table, prefix, &rt)?;
        }
        Ok(rt)
    }

    /// Puts what the request says in force. If there is no room to publish it, everything is as it
    /// was.
    fn put(
        &mut self,
        table: &RtTable,
        rt: &RtRef,
        info: &RouteInfo,
        hop: Hop,
    ) -> Result<RtRef, RouteError> {
        let locked = LockedRt::new(rt.clone());
        let prefix = rt.destination();
        let (old_hop, old_flags) = (*rt.hop(), rt.flags());
        let (old_mtu, old_expire) = (rt.mtu(), rt.expire());
        if !rt.set_hop(hop) {
            let reason = "the route has had too many gateways";
            return Err(RouteError::new(Errno::EDQUOT, Some(prefix), reason));
        }
        let changeable = info.change_mask & RtFlags::CHANGEABLE;
        rt.set_flags(info.flags & changeable, changeable - info.flags);
        locked.set_mtu(info.mtu.unwrap_or(old_mtu));
        locked.set_expire(info.expire.unwrap_or(old_expire));
        let list = table.list(prefix).map(|list| list.data().clone());
        if let Err(error) = table.publish(vec![(prefix, list)]) {
            rt.set_hop(old_hop);
            rt.set_flags(old_flags & changeable, changeable - old_flags);
            locked.set_mtu(old_mtu);
            locked.set_expire(old_expire);
            return Err(error);
        }
        self.tell_links(rt, old_hop);
        published(table, rt)
    }

    /// Tells the interface that the route has left, and the one that it has come to or changed on.
    fn tell_links(&self, rt: &RtRef, old: Hop) {
        let hop = *rt.hop();
        if hop.interface != old.interface
            && let Some(interface) = self.interface(old.interface)
        {
            let mut view =
                LinkView { gateway: old.gateway, interface: old.interface, ..view_of(rt) };
            interface.route_changed(LinkRequest::Delete, &mut view);
        }
        if let Some(interface) = self.interface(hop.interface) {
            let mut view = view_of(rt);
            interface.route_changed(LinkRequest::Add, &mut view);
            rt.set_hop(Hop { gateway: view.gateway, interface: view.interface, ..hop });
            let cloning = view.flags & RtFlags::CLONING;
            rt.set_flags(view.flags & LINK_FLAGS | cloning, LINK_FLAGS - view.flags);
            rt.set_expire(view.expire);
        }
    }
}
