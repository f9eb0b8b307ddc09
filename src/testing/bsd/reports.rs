//! What is said of a route in messages.

use super::{Model, RouteId};
use crate::bsd::{
    Errno, RtFlags, Sockaddr,
    message::{Message, MessageKind, MessageMetrics},
};

impl Model {
    /// `rt_missmsg` about a destination alone.
    pub(super) fn tell_of(
        &mut self,
        kind: MessageKind,
        destination: Sockaddr,
        errno: Option<Errno>,
        table: u32,
    ) {
        let mut message = Message::new(kind, table as u8);
        message.flags = RtFlags::DONE;
        message.errno = errno;
        message.addresses.destination = Some(destination);
        self.sent.push(message);
    }

    /// Destination, mask and gateway, with the flags as they are; OpenBSD also says by which
    /// interface and of which priority.
    pub(super) fn describe(&self, kind: MessageKind, id: RouteId) -> Message {
        let route = self.route(id);
        let mut message = Message::new(kind, route.table as u8);
        message.flags = self.flags(id) | RtFlags::DONE;
        if self.is_openbsd() {
            message.index = route.interface;
            message.priority = route.priority.masked().number();
        }
        message.addresses.destination = Some(route.prefix.address().into());
        message.addresses.gateway = Some(route.gateway);
        message.addresses.netmask = Some(route.prefix.len()).filter(|_| !route.prefix.is_host());
        message
    }

    /// The `RTM_ADD` of a clone or of an own address, which names no priority but the interface.
    pub(super) fn added(&self, id: RouteId) -> Message {
        let mut message = self.describe(MessageKind::Add, id);
        message.priority = 0;
        message.addresses.interface = self.link_address(self.route(id).interface);
        message.addresses.interface_address = self.route(id).interface_address;
        message
    }

    /// What a process is told of the route that its request was about, in either system.
    pub(super) fn answer(&self, kind: MessageKind, id: RouteId) -> Message {
        let route = self.route(id);
        let mut message = self.describe(kind, id);
        message.index = route.interface;
        message.priority = route.priority.masked().number();
        message.metrics = MessageMetrics { mtu: route.mtu, expire: route.expire, used: route.uses };
        message
    }
}
