//! A route as the mirror holds it, and how one is told from another.

use core::hash::{Hash, Hasher};
use std::{collections::BTreeSet, hash::DefaultHasher};

use super::super::{
    path::{Path, PathFlags, Paths},
    route::{RouteKind, RouteMessage},
};
use crate::any_prefix::AnyPrefix;

/// Routes that router advertisements brought are no siblings of one another.
const PROTOCOL_RA: u8 = 9;
/// The scope of routes to the machine's own addresses, which outlive their link.
const SCOPE_HOST: u8 = 254;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) priority: u32,
    pub(super) object: u32,
    pub(super) mtu: u32,
    pub(super) kind: RouteKind,
    pub(super) protocol: u8,
    pub(super) scope: u8,
    pub(super) encapsulated: bool,
    /// What else tells IPv4 routes of a priority apart, as a hash: whoever entered it, its scope, and
    /// the details. 0 for IPv6, to which these are no part of a route's identity.
    pub(super) mark: u64,
    pub(super) paths: Paths,
}

impl From<RouteMessage> for Held {
    /// Puts the paths of an IPv6 route in order: the kernel tells them now from one leg on, now from
    /// another.
    fn from(mut message: RouteMessage) -> Self {
        if let (AnyPrefix::V6(_), Paths::Many(paths)) = (message.prefix, &mut message.paths)
            && !paths.is_sorted_by_key(|path| path.next_hop)
        {
            let mut sorted = paths.to_vec();
            sorted.sort_by_key(|path| path.next_hop);
            *paths = sorted.into();
        }
        let RouteMessage { priority, object, mtu, kind, protocol, scope, encapsulated, .. } =
            message;
        let mark = match message.prefix {
            AnyPrefix::V4(_) => {
                let mut hasher = DefaultHasher::new();
                (protocol, scope, message.details).hash(&mut hasher);
                hasher.finish()
            }
            AnyPrefix::V6(_) => 0,
        };
        let paths = message.paths;
        Self { priority, object, mtu, kind, protocol, scope, encapsulated, mark, paths }
    }
}

impl Held {
    /// Whether `other` tells of this route: what is not part of its identity may differ, namely the
    /// paths' states and, with a next-hop object, where that leads and whether it is a blackhole.
    ///
    /// Of IPv4 routes the kernel compares everything: two that differ in their protocol alone are two
    /// routes. Of IPv6 routes it compares the metric, the device and the gateway.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.priority == other.priority
            && self.object == other.object
            && self.mark == other.mark
            && (self.object != 0 || (self.kind == other.kind && self.paths.leads_as(&other.paths)))
    }

    /// Whether IPv6 joins this route with others of its priority into one multipath route.
    pub(super) fn has_siblings(&self) -> bool {
        let gateways = self.paths.as_slice().iter().any(|path| path.next_hop.gateway.is_some());
        gateways && self.object == 0 && self.protocol != PROTOCOL_RA
    }

    /// Takes the single path of `leg` out of a multipath route. Returns whether it was one of them.
    pub(super) fn drop_leg(&mut self, leg: &Self) -> bool {
        let ([gone], Paths::Many(_)) = (leg.paths.as_slice(), &self.paths) else { return false };
        if self.priority != leg.priority || self.kind != leg.kind || self.object != 0 {
            return false;
        }
        let rest = self.paths.changed(|path| (path.next_hop != gone.next_hop).then_some(path));
        rest.map(|rest| self.paths = rest).is_some()
    }

    /// The links have gone down, and paths over them are dead; or up, and those that are still there
    /// can be used again. Returns whether something changed.
    ///
    /// Routes to own addresses stay as they are when a link goes down: the kernel keeps them.
    pub(super) fn turn_links(&mut self, links: &BTreeSet<u32>, up: bool) -> bool {
        if !up && self.scope == SCOPE_HOST {
            return false;
        }
        let changed = self.paths.changed(|mut path| {
            if links.contains(&path.next_hop.interface) {
                path.flags.set(PathFlags::DEAD, !up);
            }
            Some(path)
        });
        changed.map(|changed| self.paths = changed).is_some()
    }

    /// Whether all paths are dead; a route that has none is not.
    pub(super) fn is_dead(&self) -> bool {
        let paths = self.paths.as_slice();
        !paths.is_empty() && !paths.iter().any(Path::is_usable)
    }
}
