//! The messages that routing sends of its own accord.

use super::{
    entry::RtEntry,
    errno::Errno,
    flags::RtFlags,
    interface::Interface,
    message::{Addresses, Message, MessageKind},
    profile::Profile,
    routing::Shared,
    sockaddr::{LinkAddress, Sockaddr},
    update::Update,
};

impl Shared {
    /// Sends a message to whoever listens for its kind; it is built only if somebody does.
    pub(super) fn emit(
        &self,
        kind: MessageKind,
        table: u8,
        about: Option<Sockaddr>,
        fill: impl FnOnce(&mut Message),
    ) {
        let domain = |table: u8| self.tables.get(table.into()).map_or(0, |table| table.domain());
        self.bus.send_with(kind, table, about, domain, || {
            let mut message = Message::new(kind, table);
            message.flags = RtFlags::DONE;
            fill(&mut message);
            message
        });
    }

    /// `RTM_MISS`: no route to `dst`, or, with `errno`, no clone of the route that was returned.
    pub(super) fn emit_miss(&self, table: u32, dst: Sockaddr, errno: Option<Errno>) {
        let Ok(table) = u8::try_from(table) else { return };
        self.emit(MessageKind::Miss, table, Some(dst), |message| {
            message.errno = errno;
            message.addresses.destination = Some(dst);
        });
    }

    /// `RTM_RESOLVE`: an outside program is asked to resolve `dst`.
    pub(super) fn emit_resolve(&self, table: u8, dst: Sockaddr) {
        self.emit(MessageKind::Resolve, table, Some(dst), |message| {
            message.addresses.destination = Some(dst);
        });
    }
}

/// The interface's own address, with its name.
pub(super) fn link_of(interface: &dyn Interface) -> LinkAddress {
    LinkAddress {
        index: interface.index(),
        kind: interface.kind(),
        name: interface.name(),
        address: None,
    }
}

impl Update<'_> {
    /// The interface's address with its name, for `RTA_IFP`.
    pub(super) fn link_address(&self, index: u16) -> Option<LinkAddress> {
        self.interface(index).map(|interface| link_of(&*interface))
    }

    /// `RTM_ADD` for a clone, or for the host's own address.
    pub(super) fn emit_added(&self, entry: &RtEntry) {
        let dst = entry.destination().address().into();
        self.shared.emit(MessageKind::Add, entry.table(), Some(dst), |message| {
            message.flags |= entry.flags();
            message.index = self.index_for(entry);
            message.addresses = self.addresses_of(entry);
            message.addresses.interface = self.link_address(entry.interface());
            message.addresses.interface_address = entry.interface_address();
        });
    }

    /// `RTM_DELETE` for a route that went without anybody's asking for it. `flags` are those of
    /// before.
    pub(super) fn emit_deleted(&self, entry: &RtEntry, flags: RtFlags) {
        let dst = entry.destination().address().into();
        self.shared.emit(MessageKind::Delete, entry.table(), Some(dst), |message| {
            message.flags |= flags;
            message.index = self.index_for(entry);
            message.priority = entry.priority().masked().number();
            message.addresses = self.addresses_of(entry);
        });
    }

    /// Destination, gateway and, unless it is a host route, netmask.
    pub(super) fn addresses_of(&self, entry: &RtEntry) -> Addresses {
        let prefix = entry.destination();
        Addresses {
            destination: Some(prefix.address().into()),
            gateway: Some(entry.gateway()),
            netmask: (!prefix.is_host()).then(|| prefix.len()),
            ..Addresses::default()
        }
    }

    /// OpenBSD names the interface in `rtm_index`; FreeBSD's messages of this kind do not.
    pub(super) fn index_for(&self, entry: &RtEntry) -> u16 {
        match self.shared.profile {
            Profile::OpenBsd => entry.interface(),
            Profile::FreeBsd => 0,
        }
    }
}
