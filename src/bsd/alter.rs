//! Changing a route in place.
//!
//! Who remembers what a route said goes by the table's generation
//! ([`Routing::generation`](super::Routing::generation)). So `RTM_CHANGE` and a redirect set gateway,
//! flags, MTU and expiry while it is odd, and it becomes even after the last of them: an even generation
//! that was read before the old gateway is never read again.
//!
//! Some of what an entry says is set without that, and whoever needs it reads it there: MTU, expiry
//! and `RTF_REJECT` through a [`LockedRt`](super::LockedRt), the expiry by
//! [`Routing::timer_add`](super::Routing::timer_add), the MTU that a message gives a route it has just
//! added, the mark that a redirect has changed a route, and an entry's copies of its priority, of `RTF_MPATH`
//! and of the link's `RTF_UP`, which follow the change of the list.

use super::{
    add::{lowered, published, stale_clones},
    edit::Edit,
    errno::{Errno, RouteError},
    flags::RtFlags,
    hops::Hop,
    interface::{LinkRequest, LinkView},
    priority::Priority,
    profile::Profile,
    reference::RtRef,
    request::RouteInfo,
    tables::RtTable,
    update::{LINK_FLAGS, Update, view_of},
};

impl Update<'_> {
    /// The route that an `RTM_CHANGE` is about.
    pub(super) fn change_target(
        &self,
        table: &RtTable,
        info: &RouteInfo,
        priority: Priority,
    ) -> Result<RtRef, RouteError> {
        let prefix = info.prefix()?;
        let refuse = |errno, reason| Err(RouteError::new(errno, Some(prefix), reason));
        let openbsd = self.shared.profile == Profile::OpenBsd;
        let any_gateway = RouteInfo { gateway: None, ..*info };
        let rt = self.find(table, &any_gateway, priority)?;
        if openbsd && rt.flags().contains(RtFlags::MPATH) {
            // Of several routes the gateway says which, so it cannot say another.
            if info.gateway.is_none() {
                return refuse(Errno::ESRCH, "of several routes, the gateway must be named");
            }
            return self.find(table, info, priority);
        }
        Ok(rt)
    }

    /// `RTM_CHANGE`: the entry stays the same one, also for those who hold it, and stays up. The table's
    /// generation moves.
    ///
    /// The caller holds the entry's own lock, or nobody else can have it.
    pub(super) fn change_route(
        &mut self,
        table: &RtTable,
        info: &RouteInfo,
        priority: Priority,
    ) -> Result<RtRef, RouteError> {
        let rt = self.change_target(table, info, priority)?;
        if info.gateway.is_some_and(|gateway| gateway != rt.gateway()) {
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
        self.put(table, &rt, &info, hop)
    }

    /// Puts what the request says in force: after the interface was asked, and after stale clones were
    /// taken out, which is the last thing that can be refused.
    fn put(
        &mut self,
        table: &RtTable,
        rt: &RtRef,
        info: &RouteInfo,
        hop: Hop,
    ) -> Result<RtRef, RouteError> {
        let prefix = rt.destination();
        let old = *rt.hop();
        let changeable = info.change_mask & RtFlags::CHANGEABLE;
        let mut view = LinkView {
            flags: (rt.flags() - changeable) | (info.flags & changeable),
            gateway: hop.gateway,
            interface: hop.interface,
            expire: info.expire.unwrap_or(rt.expire()),
            ..view_of(rt)
        };
        if let Some(interface) = self.interface(hop.interface) {
            interface.route_changed(LinkRequest::Add, &mut view);
        }
        if rt.parent().is_some() {
            view.flags.remove(RtFlags::CLONING);
        }
        let hop = Hop { gateway: view.gateway, interface: view.interface, ..hop };
        if !rt.has_room_for(&hop) {
            let reason = "the route has had too many gateways";
            return Err(RouteError::new(Errno::EDQUOT, Some(prefix), reason));
        }
        if self.shared.profile == Profile::FreeBsd && hop != old && !prefix.is_host() {
            let mut edit = Edit::new(table);
            let stale = stale_clones(table, prefix, Some(rt));
            stale.iter().for_each(|clone| edit.take_out(clone));
            self.commit(edit, |_| false)?;
        }
        let may_set = LINK_FLAGS | RtFlags::CLONING;
        let set = (changeable & info.flags) | (view.flags & may_set);
        table.change_in_place(prefix, || {
            rt.set_hop(hop);
            rt.set_flags(set, (changeable | LINK_FLAGS) - set);
            rt.set_mtu(info.mtu.unwrap_or(rt.mtu()));
            rt.set_expire(view.expire);
        });
        if hop.interface != old.interface
            && let Some(left) = self.interface(old.interface)
        {
            let mut view =
                LinkView { gateway: old.gateway, interface: old.interface, ..view_of(rt) };
            left.route_changed(LinkRequest::Delete, &mut view);
        }
        published(table, rt)
    }
}
