//! What a mirrored table says about a route beyond its next hop: the table's user data.

use std::sync::Arc;

use super::{
    path::{Path, Paths},
    route::RouteKind,
};
use crate::{
    any_prefix::AnyPrefix,
    nexthop::NextHop,
    route::{Metrics, Route, RouteFlags},
};

const PROTOCOL_REDIRECT: u8 = 1;
const PROTOCOL_BOOT: u8 = 3;
const PROTOCOL_STATIC: u8 = 4;

/// Where a mirrored route comes from, and its further paths.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// What it does with packets, as the kernel has it: more than the flags tell.
    pub kind: RouteKind,
    /// Who entered it (`rtm_protocol`).
    pub protocol: u8,
    /// The metric with which it won over other routes for the same prefix.
    pub priority: u32,
    /// Whether packets are to be wrapped up on the way (MPLS, segment routing, tunnels), which the
    /// next hop does not say: whoever cannot must not forward by it.
    pub encapsulated: bool,
    /// Its paths if there are several that can be used; the first of them is the route's next hop.
    paths: Option<Arc<[Path]>>,
}

impl Origin {
    /// All of the route's paths if there are several, otherwise nothing: then the route's next hop is
    /// the only one.
    pub fn paths(&self) -> &[Path] {
        self.paths.as_deref().unwrap_or(&[])
    }

    /// The path of a flow, by a hash of what makes the flow, in proportion to the weights; `None` if
    /// there are not several.
    ///
    /// The same hash takes the same path for as long as the paths are the same. Which path a hash
    /// takes is not what the kernel would choose.
    pub fn path(&self, hash: u32) -> Option<&Path> {
        let paths = self.paths.as_deref()?;
        let total: u64 = paths.iter().map(|path| u64::from(path.weight)).sum();
        let mut point = (u64::from(hash) * total) >> 32;
        paths.iter().find(|path| {
            let weight = u64::from(path.weight);
            let here = point < weight;
            point = point.saturating_sub(weight);
            here
        })
    }
}

/// What a table says for a route whose paths are known. `None` if no path can be used: then there
/// is no such route.
pub(super) fn route(
    prefix: AnyPrefix,
    origin: Origin,
    mtu: u32,
    paths: &Paths,
) -> Option<Route<Origin>> {
    let mut flags = match origin.kind {
        RouteKind::Blackhole => RouteFlags::BLACKHOLE,
        RouteKind::Unreachable | RouteKind::Prohibit | RouteKind::Throw => RouteFlags::REJECT,
        _ => RouteFlags::empty(),
    };
    flags |= match origin.protocol {
        PROTOCOL_REDIRECT => RouteFlags::DYNAMIC,
        PROTOCOL_BOOT | PROTOCOL_STATIC => RouteFlags::STATIC,
        _ => RouteFlags::empty(),
    };
    flags.set(RouteFlags::HOST, prefix.is_host());
    let metrics = Metrics { mtu, ..Metrics::default() };
    let mut route = Route { next_hop: NextHop::default(), flags, metrics, data: origin };
    if route.data.kind.has_paths() {
        let usable = paths.changed(|path| path.is_usable().then_some(path));
        let paths = usable.as_ref().unwrap_or(paths);
        let first = paths.as_slice().first()?;
        route.next_hop = first.next_hop;
        route.flags.set(RouteFlags::GATEWAY, first.next_hop.gateway.is_some());
        if let Paths::Many(paths) = paths {
            route.metrics.weight = first.weight;
            route.data.paths = Some(Arc::clone(paths));
        }
    }
    Some(route)
}

impl Origin {
    /// An origin without further paths, for [`route`] to add them.
    pub(super) fn new(kind: RouteKind, protocol: u8, priority: u32, encapsulated: bool) -> Self {
        Self { kind, protocol, priority, encapsulated, paths: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(weights: &[u32]) -> Origin {
        let path = |(index, &weight): (usize, &u32)| Path {
            weight,
            ..Path::new(NextHop::interface(index as u32 + 1))
        };
        let paths: Paths = weights.iter().enumerate().map(path).collect();
        let prefix = AnyPrefix::V4(Default::default());
        let origin = Origin::new(RouteKind::Unicast, 4, 0, false);
        route(prefix, origin, 0, &paths).expect("usable paths").data
    }

    #[test]
    fn flows_are_spread_by_weight() {
        let origin = origin(&[1, 3, 4]);
        let mut counts = [0; 3];
        for step in 0..8000u32 {
            let path = origin.path(step * (u32::MAX / 8000)).expect("several");
            counts[path.next_hop.interface as usize - 1] += 1;
        }
        for (count, due) in counts.into_iter().zip([1000i32, 3000, 4000]) {
            assert!((count - due).abs() <= 2, "{counts:?}");
        }
        assert_eq!(origin.path(0).map(|path| path.next_hop.interface), Some(1));
        assert_eq!(origin.path(u32::MAX).map(|path| path.next_hop.interface), Some(3));
    }

    #[test]
    fn one_path_is_no_choice() {
        assert_eq!(origin(&[7]).path(5), None);
        assert!(origin(&[7]).paths().is_empty());
    }
}
