//! One route.

use core::net::IpAddr;

use super::Model;
use crate::{
    AnyPrefix,
    bsd::{Priority, RtFlags, Sockaddr},
};

/// A route of the model, also after its deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteId(pub(super) usize);

/// What is to be seen of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The destination.
    pub destination: AnyPrefix,
    /// The gateway.
    pub gateway: Sockaddr,
    /// The flags.
    pub flags: RtFlags,
    /// The priority with its down bit.
    pub priority: Priority,
    /// The largest packet, 0 for the interface's.
    pub mtu: u32,
    /// When it expires, 0 for never.
    pub expire: u64,
    /// The interface's index.
    pub interface: u16,
    /// How often it was used.
    pub uses: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) table: u32,
    pub(super) prefix: AnyPrefix,
    /// Without `MPATH`, which depends on the others of the prefix, while it is in its table.
    pub(super) flags: RtFlags,
    pub(super) priority: Priority,
    pub(super) gateway: Sockaddr,
    pub(super) interface: u16,
    pub(super) interface_address: Option<IpAddr>,
    pub(super) mtu: u32,
    pub(super) expire: u64,
    pub(super) uses: u64,
    /// Of a clone: the route that it was made from.
    pub(super) parent: Option<RouteId>,
    /// Whether it is in its table.
    pub(super) attached: bool,
    /// Of a route that clones: its clones in the order in which they are considered for eviction.
    pub(super) clones: Vec<RouteId>,
    /// Of a clone: its uses when it was last passed over by an eviction, or made.
    pub(super) passed_over_at: u64,
    /// Of a clone: its uses when an expiry first saw them so, and when that was.
    pub(super) last_seen_used: Option<(u64, u64)>,
}

impl Model {
    pub(super) fn route(&self, id: RouteId) -> &Route {
        &self.routes[id.0]
    }

    pub(super) fn route_mut(&mut self, id: RouteId) -> &mut Route {
        &mut self.routes[id.0]
    }

    /// The flags, `MPATH` included: it is there if the table holds another route of the prefix
    /// with the same priority, up or down.
    pub(super) fn flags(&self, id: RouteId) -> RtFlags {
        let route = self.route(id);
        let alike = |other: &RouteId| {
            *other != id && self.route(*other).priority.masked() == route.priority.masked()
        };
        let siblings =
            if route.attached { self.get(route.table, route.prefix) } else { Vec::new() };
        if self.is_openbsd() && siblings.iter().any(alike) {
            route.flags | RtFlags::MPATH
        } else {
            route.flags
        }
    }

    /// What the route looks like now.
    pub fn show(&self, id: RouteId) -> Shown {
        let route = self.route(id);
        Shown {
            destination: route.prefix,
            gateway: route.gateway,
            flags: self.flags(id),
            priority: route.priority,
            mtu: route.mtu,
            expire: route.expire,
            interface: route.interface,
            uses: route.uses,
        }
    }

    /// Whether the route is in its table.
    pub fn is_attached(&self, id: RouteId) -> bool {
        self.route(id).attached
    }

    /// One packet went by the route.
    pub fn note_use(&mut self, id: RouteId) {
        self.route_mut(id).uses += 1;
    }

    /// `rtisvalid`: up, its interface there, and its gateway, if it has one, reached by another
    /// route that is up.
    pub fn is_valid(&self, id: RouteId) -> bool {
        let route = self.route(id);
        if !route.flags.contains(RtFlags::UP) || self.interface(route.interface).is_none() {
            return false;
        }
        if !route.flags.contains(RtFlags::GATEWAY) {
            return true;
        }
        self.find(route.table, route.gateway)
            .is_some_and(|found| found != id && self.route(found).flags.contains(RtFlags::UP))
    }
}
