//! What the network says of routes: redirects, and peers that no longer answer.

use core::net::IpAddr;

use super::{
    add::paths_of,
    delete::Silence,
    errno::{Errno, RouteError},
    flags::RtFlags,
    message::MessageKind,
    priority::Priority,
    reference::RtRef,
    request::RouteInfo,
    routing::Routing,
    sockaddr::Sockaddr,
    tables::RtTable,
    update::Update,
};
use crate::any_prefix::AnyPrefix;

impl Routing {
    /// Takes a router's word that `dst` is better reached through `gateway`: BSD's `rtredirect`.
    /// `from` is the router. Whether it is believed or not, `RTM_REDIRECT` is sent.
    ///
    /// Returns the host route that was made, or the one that was changed.
    ///
    /// # Errors
    /// `ENETUNREACH` if the gateway is not directly reachable, `EINVAL` if the redirect does not
    /// come from the present gateway, `EHOSTUNREACH` if the gateway is this host or the destination
    /// is directly reachable, and as [`rtrequest1`](Self::rtrequest1).
    pub fn redirect(
        &self,
        dst: IpAddr,
        gateway: IpAddr,
        from: IpAddr,
        table: u32,
    ) -> Result<RtRef, RouteError> {
        let target = |update: &Update<'_>| {
            let list = update.table(table).ok()?.longest(dst)?;
            Some(RtRef::new(list, 0))
        };
        self.shared.change_locked(target, |update| update.redirect(dst, gateway, from, table))
    }

    /// Notes that the route to `dst` seems no longer to work, as TCP does when a peer falls silent:
    /// sends `RTM_LOSING`, and deletes a route that a redirect made. Returns the route.
    ///
    /// # Errors
    /// `ESRCH` if there is none; `EAFNOSUPPORT` if there is no such table; `ENOBUFS` if there is no
    /// room for the deletion.
    pub fn losing(&self, dst: IpAddr, table: u32) -> Result<RtRef, RouteError> {
        self.shared.change(|update| update.losing(dst, table))
    }
}

impl Update<'_> {
    fn redirect(
        &mut self,
        dst: IpAddr,
        gateway: IpAddr,
        from: IpAddr,
        id: u32,
    ) -> Result<RtRef, RouteError> {
        let table = self.table(id)?;
        let outcome = self.believe(table, dst, gateway, from);
        let mut flags = RtFlags::HOST | RtFlags::GATEWAY;
        match &outcome {
            Ok((rt, made)) if *made => {
                self.shared.counters.count_dynamic();
                flags |= rt.flags() & RtFlags::DYNAMIC;
            }
            Ok((rt, _)) => {
                self.shared.counters.count_new_gateway();
                flags |= rt.flags() & RtFlags::MODIFIED;
            }
            Err(_) => self.shared.counters.count_bad_redirect(),
        }
        self.shared.emit(MessageKind::Redirect, table.id, Some(dst.into()), |message| {
            message.errno = outcome.as_ref().err().map(RouteError::errno);
            flags.set(RtFlags::DONE, outcome.is_ok());
            message.flags = flags;
            message.addresses.destination = Some(dst.into());
            message.addresses.gateway = Some(gateway.into());
            message.addresses.author = Some(from.into());
        });
        outcome.map(|(rt, _)| rt)
    }

    /// The route that the redirect made, and true, or changed, and false.
    fn believe(
        &mut self,
        table: &RtTable,
        dst: IpAddr,
        gateway: IpAddr,
        from: IpAddr,
    ) -> Result<(RtRef, bool), RouteError> {
        let refuse = |errno, reason| RouteError::new(errno, Some(AnyPrefix::host(dst)), reason);
        let interface = self
            .connected(gateway)
            .ok_or(refuse(Errno::ENETUNREACH, "the new gateway is not directly reachable"))?;
        let found = table.longest(dst).map(|list| RtRef::new(list, 0));
        if let Some(rt) = &found
            && (rt.gateway() != Sockaddr::from(from) || rt.interface() != interface.index())
        {
            return Err(refuse(Errno::EINVAL, "not from the present gateway"));
        }
        if self.owner(gateway).is_some() {
            return Err(refuse(Errno::EHOSTUNREACH, "the new gateway is this host"));
        }
        let info = RouteInfo {
            gateway: Some(gateway.into()),
            flags: RtFlags::HOST | RtFlags::GATEWAY | RtFlags::DYNAMIC,
            interface: Some(interface.index()),
            ..RouteInfo::host(dst)
        };
        let made = |rt| (rt, true);
        let Some(rt) = found.filter(|rt| rt.destination().len() >= 2) else {
            return self.add(table, &info, Priority::DEFAULT).map(made);
        };
        if !rt.flags().contains(RtFlags::GATEWAY) {
            return Err(refuse(Errno::EHOSTUNREACH, "the destination is directly reachable"));
        }
        if !rt.destination().is_host() {
            return self.add(table, &info, Priority::DEFAULT).map(made);
        }
        let changed = self.regate(table, rt, &info)?;
        changed.set_flags(RtFlags::MODIFIED, RtFlags::empty());
        Ok((changed, false))
    }

    fn losing(&mut self, dst: IpAddr, id: u32) -> Result<RtRef, RouteError> {
        let table = self.table(id)?;
        let missing = RouteError::new(Errno::ESRCH, Some(AnyPrefix::host(dst)), "no route");
        let rt = RtRef::new(table.longest(dst).ok_or(missing)?, 0);
        self.shared.emit(MessageKind::Losing, table.id, Some(dst.into()), |message| {
            message.flags = rt.flags() | RtFlags::DONE;
            message.addresses = self.addresses_of(&rt);
        });
        if rt.flags().contains(RtFlags::DYNAMIC) {
            for path in paths_of(table, rt.destination()) {
                if path.entry.is(&rt) {
                    self.delete_entry(table, &path.entry, Silence::Silent)?;
                }
            }
        }
        Ok(rt)
    }
}
