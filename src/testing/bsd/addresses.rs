//! The host's own addresses, each with a route of its own.

use core::net::IpAddr;

use super::{Info, Model, RouteId};
use crate::bsd::{
    Errno, Priority, RtFlags,
    message::{Message, MessageKind},
};

impl Model {
    /// The interface got an address: `rt_newaddrmsg` and the route to it.
    pub fn address_added(
        &mut self,
        index: u16,
        address: IpAddr,
        table: u32,
    ) -> Result<RouteId, Errno> {
        self.interface(index).ok_or(Errno::ESRCH)?;
        let id = self.add(&own_route(index, address), Priority::LOCAL, table)?;
        let message = self.address_message(MessageKind::NewAddress, index, address, table);
        self.sent.push(message);
        let message = self.added(id);
        self.sent.push(message);
        Ok(id)
    }

    /// The interface lost an address.
    pub fn address_removed(
        &mut self,
        index: u16,
        address: IpAddr,
        table: u32,
    ) -> Result<(), Errno> {
        self.interface(index).ok_or(Errno::ESRCH)?;
        let info = own_route(index, address);
        let prefix = self.prefix(&info, table)?;
        let local = |id: &RouteId| self.route(*id).flags.contains(RtFlags::LOCAL);
        let id = self.get(table, prefix).into_iter().find(local).ok_or(Errno::ESRCH)?;
        if self.route(id).interface != index {
            return Err(Errno::EHOSTUNREACH);
        }
        let message = self.describe(MessageKind::Delete, id);
        self.remove(id);
        self.sent.push(message);
        let message = self.address_message(MessageKind::DeleteAddress, index, address, table);
        self.sent.push(message);
        Ok(())
    }

    fn address_message(
        &self,
        kind: MessageKind,
        index: u16,
        address: IpAddr,
        table: u32,
    ) -> Message {
        let mut message = Message::new(kind, table as u8);
        message.index = index;
        message.addresses.interface = self.link_address(index);
        message.addresses.interface_address = Some(address);
        message
    }
}

fn own_route(index: u16, address: IpAddr) -> Info {
    Info {
        gateway: Some(address.into()),
        flags: RtFlags::HOST | RtFlags::LOCAL,
        interface: Some(index),
        ..Info::new(address, None)
    }
}
