//! `rtredirect`, and `in_losing`.

use super::{Info, Model, RouteId};
use crate::bsd::{
    Errno, Priority, RtFlags, Sockaddr,
    message::{Message, MessageKind},
};

/// A router's word that another one is nearer to a destination.
#[derive(Clone, Copy, Debug)]
pub struct Redirect {
    /// For which destination.
    pub destination: Sockaddr,
    /// The router to use.
    pub gateway: Sockaddr,
    /// Who says so.
    pub source: Sockaddr,
    /// The table.
    pub table: u32,
}

impl Model {
    /// `rtredirect`: a route of its own for the destination, or a new gateway for the one it has.
    pub fn redirect(&mut self, redirect: &Redirect) -> Result<RouteId, Errno> {
        if !self.table_exists(redirect.table) {
            return Err(Errno::EAFNOSUPPORT);
        }
        let result = self.follow(redirect);
        let mut message = Message::new(MessageKind::Redirect, redirect.table as u8);
        message.errno = result.err();
        message.flags = RtFlags::HOST | RtFlags::GATEWAY;
        if let Ok((_, what)) = result {
            message.flags |= RtFlags::DONE | what;
        }
        message.addresses.destination = Some(redirect.destination);
        message.addresses.gateway = Some(redirect.gateway);
        message.addresses.author = Some(redirect.source);
        self.sent.push(message);
        result.map(|(id, _)| id)
    }

    /// The route made or changed, and the flag that says which.
    fn follow(&mut self, redirect: &Redirect) -> Result<(RouteId, RtFlags), Errno> {
        let near = redirect.gateway.ip().and_then(|_| self.on_network(redirect.gateway));
        let interface = near.ok_or(Errno::ENETUNREACH)?;
        let current = self.find(redirect.table, redirect.destination);
        let elsewhere = |id: RouteId| {
            self.route(id).gateway != redirect.source || self.route(id).interface != interface
        };
        if current.is_some_and(elsewhere) {
            return Err(Errno::EINVAL);
        }
        if redirect.gateway.ip().is_some_and(|gateway| self.owner(gateway).is_some()) {
            return Err(Errno::EHOSTUNREACH);
        }
        let Some(id) = current.filter(|id| self.route(*id).prefix.len() >= 2) else {
            return self.make_dynamic(redirect, interface);
        };
        if !self.route(id).flags.contains(RtFlags::GATEWAY) {
            return Err(Errno::EHOSTUNREACH);
        }
        if !self.route(id).flags.contains(RtFlags::HOST) {
            return self.make_dynamic(redirect, interface);
        }
        let mut route = self.route(id).clone();
        route.gateway = redirect.gateway;
        route.flags |= RtFlags::MODIFIED;
        let way = self.resolve_gateway(&mut route);
        self.check_gateway(id, way)?;
        self.replace(id, route);
        Ok((id, RtFlags::MODIFIED))
    }

    fn make_dynamic(
        &mut self,
        redirect: &Redirect,
        interface: u16,
    ) -> Result<(RouteId, RtFlags), Errno> {
        let info = Info {
            gateway: Some(redirect.gateway),
            flags: RtFlags::GATEWAY | RtFlags::HOST | RtFlags::DYNAMIC,
            interface: Some(interface),
            ..Info::new(redirect.destination, None)
        };
        self.add(&info, Priority::DEFAULT, redirect.table).map(|id| (id, RtFlags::DYNAMIC))
    }

    /// `in_losing`: the route to a destination seems not to work. One that a redirect made goes.
    pub fn losing(&mut self, destination: Sockaddr, table: u32) -> Result<RouteId, Errno> {
        if !self.table_exists(table) {
            return Err(Errno::EAFNOSUPPORT);
        }
        let id = self.find(table, destination).ok_or(Errno::ESRCH)?;
        let mut message = self.describe(MessageKind::Losing, id);
        (message.index, message.priority) = (0, 0);
        self.sent.push(message);
        if self.route(id).flags.contains(RtFlags::DYNAMIC) {
            self.remove(id);
        }
        Ok(id)
    }
}
