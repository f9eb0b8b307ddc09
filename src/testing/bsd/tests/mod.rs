//! The model against cases worked by hand. `T1` and so on name the traps that the description of
//! the two systems lists; those about memory layout and reference counts have no place in a model.

mod adding;
mod cloning;
mod deleting;
mod events;
mod lookups;
mod messages;
mod multipath;
mod requests;

use core::net::IpAddr;
use std::sync::Arc;

use super::{Info, Model, RouteId, Settings};
use crate::{
    AnyPrefix,
    bsd::{
        Errno, Interface, InterfaceAddress, LinkAddress, LinkRequest, LinkView, MemoryInterface,
        Name, Priority, Profile, RtFlags, Sockaddr,
        message::{Message, MessageKind},
    },
};

const NONE: Priority = Priority::NONE;
const GATEWAY: RtFlags = RtFlags::GATEWAY;
const CLONING: RtFlags = RtFlags::CLONING;
const MPATH: RtFlags = RtFlags::MPATH;

/// A model with `em0`, 10.0.0.1/24 and 2001:db8::1/64, and `em1`, 10.1.0.1/16.
struct World {
    model: Model,
    em0: Arc<MemoryInterface>,
}

fn world(profile: Profile) -> World {
    with_settings(Settings::new(profile))
}

fn with_settings(settings: Settings) -> World {
    let mut model = Model::new(settings);
    let em0 = Arc::new(MemoryInterface::new(1, "em0".parse().unwrap(), 1500));
    em0.set_address(own("10.0.0.1", 24));
    em0.set_address(own("2001:db8::1", 64));
    let em1 = Arc::new(MemoryInterface::new(2, "em1".parse().unwrap(), 9000));
    em1.set_address(own("10.1.0.1", 16));
    model.attach(em0.clone()).unwrap();
    model.attach(em1).unwrap();
    model.take_messages();
    World { model, em0 }
}

fn own(address: &str, prefix_len: u8) -> InterfaceAddress {
    InterfaceAddress { address: ip(address), prefix_len, peer: None }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn at(text: &str) -> Sockaddr {
    ip(text).into()
}

/// `10.0.0.0/8`, or an address alone for a request without a mask.
fn info(destination: &str) -> Info {
    match destination.split_once('/') {
        Some((address, len)) => Info::new(ip(address), Some(len.parse().unwrap())),
        None => Info::new(ip(destination), None),
    }
}

fn prefix(text: &str) -> AnyPrefix {
    let (address, len) = text.split_once('/').unwrap();
    AnyPrefix::new(ip(address), len.parse().unwrap()).unwrap()
}

/// A route through a gateway, with these flags besides.
fn via(destination: &str, gateway: &str, flags: RtFlags) -> Info {
    Info { gateway: Some(at(gateway)), flags: flags | GATEWAY, ..info(destination) }
}

/// A route straight out of an interface.
fn out_of(destination: &str, interface: u16, flags: RtFlags) -> Info {
    Info { interface: Some(interface), flags, ..info(destination) }
}

impl World {
    fn add(&mut self, info: Info) -> RouteId {
        self.model.add(&info, NONE, 0).unwrap()
    }

    /// Adds a route via 10.0.0.`last` of that priority.
    fn add_path(&mut self, destination: &str, last: u8, priority: u8) -> Result<RouteId, Errno> {
        let info = via(destination, &format!("10.0.0.{last}"), MPATH);
        let added = self.model.add(&info, Priority::new(priority), 0);
        self.model.take_messages();
        added
    }

    /// A lookup that neither clones nor reports.
    fn find(&mut self, destination: &str) -> Option<RouteId> {
        let before = self.model.sent.len();
        let found = self.model.lookup(at(destination), false, false, 0);
        assert_eq!(self.model.sent.len(), before);
        found
    }

    /// A lookup that does both.
    fn resolve(&mut self, destination: &str) -> Option<RouteId> {
        self.model.lookup(at(destination), true, true, 0)
    }

    fn flags(&self, id: RouteId) -> RtFlags {
        self.model.show(id).flags
    }

    /// The prefixes of a walk with their priorities.
    fn walk(&self) -> Vec<String> {
        let show = |id| {
            let shown = self.model.show(id);
            format!("{} {}", shown.destination, shown.priority)
        };
        self.model.walk(0).into_iter().map(show).collect()
    }

    /// What was sent: kind, destination, errno.
    fn told(&mut self) -> Vec<String> {
        self.model.take_messages().iter().map(brief).collect()
    }
}

fn brief(message: &Message) -> String {
    let mut text = format!("{:?}", message.kind);
    if let Some(destination) = message.addresses.destination {
        text += &format!(" {destination}");
    }
    if let Some(len) = message.addresses.netmask {
        text += &format!("/{len}");
    }
    if let Some(errno) = message.errno {
        text += &format!(" {}", errno.name());
    }
    text
}

/// An interface whose link does as ARP does: a route to a net becomes one that clones, with an
/// empty link address, and clones carry something of the link's.
struct Arp(MemoryInterface);

impl Interface for Arp {
    fn index(&self) -> u16 {
        self.0.index()
    }

    fn name(&self) -> Name {
        self.0.name()
    }

    fn is_up(&self) -> bool {
        self.0.is_up()
    }

    fn mtu(&self) -> u32 {
        self.0.mtu()
    }

    fn addresses(&self) -> Vec<InterfaceAddress> {
        self.0.addresses()
    }

    fn route_changed(&self, request: LinkRequest, view: &mut LinkView) {
        match request {
            LinkRequest::Add if !view.flags.intersects(RtFlags::HOST | GATEWAY) => {
                view.flags |= CLONING;
                view.gateway =
                    Sockaddr::Link(LinkAddress { index: self.index(), ..LinkAddress::default() });
                view.expire = 7;
            }
            LinkRequest::Resolve => view.flags |= RtFlags::LLINFO | RtFlags::PROTO1,
            _ => {}
        }
    }
}

/// The world with `arp0`, 10.2.0.1/24, beside the others.
fn with_arp(profile: Profile) -> World {
    let mut world = world(profile);
    let arp = MemoryInterface::new(3, "arp0".parse().unwrap(), 1500);
    arp.set_address(own("10.2.0.1", 24));
    world.model.attach(Arc::new(Arp(arp))).unwrap();
    world.model.take_messages();
    world
}
