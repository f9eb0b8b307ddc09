//! `struct route`: a route that a caller keeps.

use super::{Model, RouteId};
use crate::bsd::{RtFlags, Sockaddr};

/// What a caller keeps: `struct route`.
#[derive(Clone, Copy, Debug)]
pub struct Cache {
    /// Where to: `ro_dst`.
    pub destination: Sockaddr,
    /// In which table: `ro_tableid`.
    pub table: u32,
    /// The route: `ro_rt`.
    pub route: Option<RouteId>,
}

impl Model {
    /// `rtalloc_ign(ro, ignore)`, and `rtalloc(ro)` with nothing to ignore: what is there stays
    /// while it is up, whatever the destination is now. Otherwise a new lookup.
    pub fn cached_lookup(&mut self, cache: &mut Cache, ignore: RtFlags) -> Option<RouteId> {
        let up = |id: &RouteId| self.route(*id).flags.contains(RtFlags::UP);
        if cache.route.filter(up).is_none() {
            let resolve = !ignore.contains(RtFlags::CLONING);
            cache.route = self.lookup(cache.destination, true, resolve, cache.table);
        }
        cache.route
    }
}
