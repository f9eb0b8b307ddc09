//! The model's terms and the crate's.

use rtalloc::{
    bsd::{
        LinkAddress, RouteInfo, RtEntry, Sockaddr,
        message::{Inits, Message, MessageKind},
    },
    testing::bsd as model,
};

/// What the model shows, of the route under test.
pub(super) fn show(rt: &RtEntry) -> model::Shown {
    model::Shown {
        destination: rt.destination(),
        gateway: rt.gateway(),
        flags: rt.flags(),
        priority: rt.priority(),
        mtu: rt.mtu(),
        expire: rt.expire(),
        interface: rt.interface(),
        uses: rt.uses(),
    }
}

pub(super) fn route_info(info: &model::Info) -> RouteInfo {
    RouteInfo {
        netmask: info.netmask,
        gateway: info.gateway,
        flags: info.flags,
        change_mask: info.change_mask,
        interface: info.interface,
        interface_address: info.interface_address,
        mtu: info.mtu,
        expire: info.expire,
        ..RouteInfo::host(info.destination)
    }
}

/// The request as a message.
pub(super) fn message(kind: MessageKind, info: &model::Info, priority: u8, table: u8) -> Message {
    let mut message = Message::new(kind, table);
    message.flags = info.flags;
    message.change_mask = info.change_mask;
    message.priority = priority;
    message.pid = 100;
    message.seq = u32::from(priority);
    message.addresses.destination =
        Some(info.destination).filter(|destination| *destination != Sockaddr::Unspec);
    message.addresses.netmask = info.netmask;
    message.addresses.gateway = info.gateway;
    message.addresses.interface_address = info.interface_address;
    message.addresses.interface =
        info.interface.map(|index| LinkAddress { index, ..LinkAddress::default() });
    if let Some(mtu) = info.mtu {
        message.inits |= Inits::MTU;
        message.metrics.mtu = mtu;
    }
    if let Some(expire) = info.expire {
        message.inits |= Inits::EXPIRE;
        message.metrics.expire = expire;
    }
    message
}
