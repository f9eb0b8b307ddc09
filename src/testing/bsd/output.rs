//! `route_output`: requests through a routing socket.

use super::{Info, Model, RouteId};
use crate::bsd::{
    Errno, Priority, RtFlags,
    message::{Inits, Message, MessageKind},
};

impl Model {
    /// Does what a message asks for. The answer goes to the sender and to all listeners.
    pub fn output(&mut self, request: &Message) -> Message {
        let reply = match self.carry_out(request) {
            Ok(id) => self.reply(request, id),
            Err(errno) => Message {
                errno: Some(errno),
                flags: request.flags - RtFlags::DONE,
                ..request.clone()
            },
        };
        self.sent.push(reply.clone());
        reply
    }

    fn carry_out(&mut self, request: &Message) -> Result<RouteId, Errno> {
        use MessageKind::{Add, Change, Delete, Get, Lock};
        let kind = request.kind;
        if !matches!(kind, Add | Delete | Change | Get | Lock) {
            return Err(Errno::EOPNOTSUPP);
        }
        let table = u32::from(request.table);
        let missing = !self.table_exists(table);
        if missing && (kind != Add || !self.is_openbsd()) {
            return Err(Errno::EINVAL);
        }
        if request.flags.intersects(RtFlags::LOCAL | RtFlags::BROADCAST) {
            return Err(Errno::EINVAL);
        }
        let named = Priority::new(request.priority);
        if self.is_openbsd() && (named > Priority::MAX || named == Priority::LOCAL) {
            return Err(Errno::EINVAL);
        }
        let addresses = &request.addresses;
        let destination = addresses.destination.ok_or(Errno::EINVAL)?;
        if addresses.genmask.is_some() || (kind == Add && addresses.gateway.is_none()) {
            return Err(Errno::EINVAL);
        }
        let priority = match named {
            _ if !self.is_openbsd() => Priority::NONE,
            Priority::NONE if request.flags.contains(RtFlags::STATIC) => Priority::NONE,
            Priority::NONE if kind == Add => Priority::DEFAULT,
            Priority::NONE => Priority::ANY,
            named => named,
        };
        let info = Info {
            gateway: addresses.gateway,
            flags: request.flags - RtFlags::DONE,
            interface: addresses.interface.map(|link| link.index),
            interface_address: addresses.interface_address,
            mtu: Some(request.metrics.mtu).filter(|_| request.inits.contains(Inits::MTU)),
            expire: Some(request.metrics.expire).filter(|_| request.inits.contains(Inits::EXPIRE)),
            change_mask: request.change_mask,
            ..Info::new(destination, addresses.netmask)
        };
        if missing {
            self.table_add(table)?;
        }
        match kind {
            Add => {
                let id = self.add(&info, priority, table)?;
                // Metrics are set when the route is there, whatever the gateway's are.
                let route = self.route_mut(id);
                route.mtu = info.mtu.unwrap_or(route.mtu);
                Ok(id)
            }
            Delete => self.delete(&info, priority, table),
            Change => self.change(&info, priority, table),
            Get => self.look_for(&info, priority, table),
            _ => self.request_get(&info, priority, table),
        }
    }

    fn reply(&self, request: &Message, id: RouteId) -> Message {
        let mut reply = request.clone();
        reply.errno = None;
        if request.kind == MessageKind::Add {
            reply.flags |= RtFlags::DONE;
            if self.is_openbsd() {
                reply.priority = self.route(id).priority.masked().number();
                reply.index = self.route(id).interface;
            }
            return reply;
        }
        let answer = self.answer(request.kind, id);
        reply.flags = answer.flags;
        reply.priority = answer.priority;
        reply.index = answer.index;
        reply.metrics = answer.metrics;
        reply.addresses.destination = answer.addresses.destination;
        reply.addresses.gateway = answer.addresses.gateway;
        reply.addresses.netmask = answer.addresses.netmask;
        let asked = request.addresses;
        if asked.interface.is_some() || asked.interface_address.is_some() {
            reply.addresses.interface = self.link_address(self.route(id).interface);
            reply.addresses.interface_address = self.route(id).interface_address;
        }
        reply
    }
}
