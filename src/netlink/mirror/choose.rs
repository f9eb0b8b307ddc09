//! Which route counts, and where it leads.

use std::collections::HashMap;

use super::{
    super::{
        origin::{self, Origin},
        path::Paths,
        route::RouteKind,
    },
    Changed,
    held::Held,
    objects::{Objects, Resolved},
    routes::{Change, Routes},
};
use crate::{address::Address, any_prefix::AnyPrefix, prefix::Prefix, route::Route};

/// Makes a route independent of the object that it names.
pub(super) fn write_out(
    held: &mut Held,
    objects: &Objects,
    cache: &mut HashMap<u32, Resolved>,
) -> Change {
    if held.object == 0 {
        return Change::Nothing;
    }
    match objects.resolve(held.object, cache) {
        Resolved::To { paths, encapsulated } => {
            held.paths = paths;
            held.kind = kind_of_way(held.kind);
            held.encapsulated |= encapsulated;
        }
        Resolved::Blackhole => held.kind = RouteKind::Blackhole,
        Resolved::Unknown => {}
    }
    held.object = 0;
    Change::Nothing
}

/// The kind of a route whose object leads some way: the kernel tells a route as a blackhole if its
/// object was one when it was told, and does not tell it again when the object is replaced.
fn kind_of_way(kind: RouteKind) -> RouteKind {
    match kind {
        RouteKind::Blackhole => RouteKind::Unicast,
        kind => kind,
    }
}

/// The best route of each prefix that may have changed.
pub(super) fn choose<A: Address>(
    routes: &mut Routes<A>,
    any: impl Fn(Prefix<A>) -> AnyPrefix,
    objects: &Objects,
    cache: &mut HashMap<u32, Resolved>,
) -> Vec<Changed<A>> {
    let dirty = routes.take_dirty();
    dirty
        .map(|(prefix, candidates)| {
            let best =
                candidates.iter().find_map(|held| resolve(any(prefix), held, objects, cache));
            (prefix, best)
        })
        .collect()
}

/// What a table says for the route, or `None` if it leads nowhere.
fn resolve(
    prefix: AnyPrefix,
    held: &Held,
    objects: &Objects,
    cache: &mut HashMap<u32, Resolved>,
) -> Option<Route<Origin>> {
    let (mut kind, mut encapsulated) = (held.kind, held.encapsulated);
    let resolved = match held.object {
        0 => Resolved::Unknown,
        id => objects.resolve(id, cache),
    };
    let through: &Paths = match &resolved {
        Resolved::To { paths, encapsulated: wraps } => {
            kind = kind_of_way(kind);
            encapsulated |= wraps;
            paths
        }
        Resolved::Blackhole => {
            kind = RouteKind::Blackhole;
            &Paths::None
        }
        // Without the object there is what the kernel itself has filled in.
        Resolved::Unknown => &held.paths,
    };
    let origin = Origin::new(kind, held.protocol, held.priority, encapsulated);
    origin::route(prefix, origin, held.mtu, through)
}
