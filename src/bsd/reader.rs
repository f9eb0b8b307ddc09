//! Readers: `rtalloc` and its relatives.

use core::{cell::Cell, fmt, marker::PhantomData, net::IpAddr};

use std::sync::Arc;

use super::{
    cache::Seen,
    flags::RtFlags,
    multipath::{choose, flow_hash},
    paths::Paths,
    reference::{LockedRt, RtMatch, RtRef},
    routing::{Routing, Shared},
    sockaddr::{Family, Sockaddr},
    tables::RtTable,
    uses::ReaderCounts,
};
use crate::{
    entry::Match,
    table::{Guard, Reader},
};

bitflags::bitflags! {
    /// Flags of [`rtalloc`].
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Lookup: u32 {
        /// `RT_REPORT`: listeners are told if the lookup fails.
        const REPORT = 0x1;
        /// `RT_RESOLVE`: of a cloning route the clone for the destination is returned, and made if
        /// it does not exist.
        const RESOLVE = 0x2;
    }
}

/// One thread's access to a [`Routing`]. It keeps the routing alive, may be moved to another
/// thread, and is used by one at a time.
pub struct RtReader {
    /// Of table 0; all tables of a routing are of one realm.
    reader: Reader<Paths>,
    counts: Arc<ReaderCounts>,
    shared: Arc<Shared>,
    /// The counters have one writer, so the reader is not to be shared.
    _alone: PhantomData<Cell<()>>,
}

impl RtReader {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            reader: shared.tables.first().routes.reader(),
            counts: shared.uses.register(),
            shared: Arc::clone(shared),
            _alone: PhantomData,
        }
    }

    /// The routing that it reads.
    pub fn routing(&self) -> Routing {
        Routing { shared: Arc::clone(&self.shared) }
    }

    pub(super) fn now(&self) -> u64 {
        self.shared.clock.now()
    }

    /// What a remembered route of that table and family is good for.
    pub(super) fn seen(&self, table: u32, family: Family) -> Option<Seen> {
        let generation = self.shared.tables.get(table)?.generation(family);
        let routing = Arc::as_ptr(&self.shared.counters).addr();
        Some(Seen { routing, generation, selects: self.shared.selects_paths() })
    }

    /// Enters a read section, for a burst of lookups; see [`Reader::enter`].
    #[inline]
    pub fn enter(&mut self) -> RtGuard<'_> {
        RtGuard { guard: self.reader.enter(), counts: &self.counts, shared: &self.shared }
    }

    /// Adds one to the route's use counter, `rmx_pksent`. Writes no line that another thread writes;
    /// the first use of a route by a reader may allocate.
    /// A route of another routing is not counted.
    pub fn note_use(&self, rt: &RtRef) {
        if rt.is_of(&self.shared.counters) {
            self.counts.use_route(rt.use_number());
        }
    }

    fn allocate(&mut self, dst: &Sockaddr, flags: Lookup, table: u32) -> Option<RtRef> {
        let report = flags.contains(Lookup::REPORT);
        let ip = dst.ip();
        if let Some(ip) = ip {
            let guard = self.enter();
            let found = guard.lookup(ip, table);
            let clones = |rt: &RtMatch<'_>| rt.flags().contains(RtFlags::CLONING);
            if let Some(rt) = found.filter(|rt| !flags.contains(Lookup::RESOLVE) || !clones(rt)) {
                return Some(rt.hold());
            }
            if found.is_some() {
                drop(guard);
                let shared = &*self.shared;
                let table = shared.tables.get(table)?;
                let rt = shared.change(|update| update.resolve(table, ip, report));
                if rt.is_none() {
                    self.counts.miss();
                }
                return rt;
            }
        }
        self.counts.miss();
        if report {
            self.shared.emit_miss(table, *dst, None);
        }
        None
    }
}

impl Drop for RtReader {
    fn drop(&mut self) {
        self.shared.uses.retire(&self.counts);
    }
}

impl fmt::Debug for RtReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RtReader").finish_non_exhaustive()
    }
}

/// A read section of a [`Routing`]: what a lookup returns stays readable under it.
pub struct RtGuard<'r> {
    guard: Guard<'r, Paths>,
    counts: &'r ReaderCounts,
    shared: &'r Shared,
}

impl RtGuard<'_> {
    /// The route that answers `dst`, without making clones or sending messages: what a forwarder
    /// asks for each packet.
    ///
    /// # Guarantees
    /// Linearizable and wait-free, as [`Guard::lookup`], with four loads more.
    #[inline]
    pub fn lookup(&self, dst: IpAddr, table: u32) -> Option<RtMatch<'_>> {
        let table: &RtTable = self.shared.tables.get(table)?;
        let list: Match<'_, Paths> = self.guard.lookup_in(&table.routes, dst)?;
        Some(RtMatch::new(list, 0))
    }

    /// As [`lookup`](Self::lookup), and of several equal routes the one that the flow from `src`
    /// takes; see [`rtalloc_mpath`].
    #[inline]
    pub fn lookup_mpath(
        &self,
        dst: IpAddr,
        src: Option<IpAddr>,
        table: u32,
    ) -> Option<RtMatch<'_>> {
        let found = self.lookup(dst, table)?;
        let paths = found.paths();
        if !paths.head().multipath || !self.shared.selects_paths() {
            return Some(found);
        }
        let hash = flow_hash(dst, src, self.shared.jitter);
        let chosen = choose(hash, paths.spread());
        Some(found.sibling(u32::try_from(chosen).unwrap_or_default()))
    }

    /// Adds one to the route's use counter; see [`RtReader::note_use`].
    pub fn note_use(&self, rt: RtMatch<'_>) {
        self.counts.use_route(rt.use_number());
    }

    /// Passes a quiescent point; see [`Guard::quiescent`].
    #[inline]
    pub fn quiescent(&mut self) {
        self.guard.quiescent();
    }
}

impl fmt::Debug for RtGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RtGuard").finish_non_exhaustive()
    }
}

/// Looks in the routing table `table` for a route that matches `dst`, and takes a reference to it:
/// OpenBSD's `rtalloc` of 2014.
///
/// The longest prefix decides, then the priority. Whether the route is up does not matter: look at
/// [`is_up`](super::RtEntry::is_up). A family or table that does not exist has no routes.
///
/// With [`Lookup::RESOLVE`] a cloning route is answered by its clone for `dst`. If that cannot be
/// made, the cloning route itself is returned, and with [`Lookup::REPORT`] listeners get `RTM_MISS`
/// with the reason. A new clone is announced by `RTM_ADD`, also without `REPORT`; one that an
/// outside program must resolve by `RTM_RESOLVE`, with `REPORT` alone.
///
/// # Guarantees
/// Wait-free where a route is found and no clone is to be made. Making a clone takes the lock of
/// changes; reporting a miss allocates if somebody listens.
///
/// Source: OpenBSD rtalloc(9), 2014.
pub fn rtalloc(reader: &mut RtReader, dst: &Sockaddr, flags: Lookup, table: u32) -> Option<RtRef> {
    reader.allocate(dst, flags, table)
}

/// As [`rtalloc`] with both flags, and of several routes of equal priority the one that the flow
/// from `src` to `dst` takes: OpenBSD's `rtalloc_mpath`.
///
/// Flows are spread evenly over the paths by a hash (RFC 2992's hash-threshold); no source counts
/// as zeros. Selects only if the routing's [multipath switch](Routing::set_multipath) is on, else
/// the first route is returned.
///
/// Source: OpenBSD rtalloc(9), 2014.
pub fn rtalloc_mpath(
    reader: &mut RtReader,
    dst: &Sockaddr,
    src: Option<IpAddr>,
    table: u32,
) -> Option<RtRef> {
    let rt = reader.allocate(dst, Lookup::all(), table)?;
    if !rt.has_siblings() || !reader.shared.selects_paths() {
        return Some(rt);
    }
    let hash = flow_hash(dst.ip()?, src, reader.shared.jitter);
    Some(rt.choose(|paths| choose(hash, paths.spread())))
}

/// Looks for a route as FreeBSD's and MidnightBSD's `rtalloc1` of 2004 does, in table 0, and returns
/// it referenced and locked.
///
/// Without `report` no clone is made and no message sent, whatever `ignore` says. With it, cloning
/// routes are answered by their clones unless `ignore` holds [`RtFlags::CLONING`], the only flag
/// that can be ignored.
///
/// Source: FreeBSD rtalloc(9), 2004.
pub fn rtalloc1(
    reader: &mut RtReader,
    dst: &Sockaddr,
    report: bool,
    ignore: RtFlags,
) -> Option<LockedRt> {
    reader.allocate(dst, freebsd_lookup(report, ignore), 0).map(LockedRt::new)
}

/// The flags of a lookup in FreeBSD's terms.
pub(super) fn freebsd_lookup(report: bool, ignore: RtFlags) -> Lookup {
    let mut flags = Lookup::empty();
    flags.set(Lookup::REPORT, report);
    flags.set(Lookup::RESOLVE, report && !ignore.contains(RtFlags::CLONING));
    flags
}

/// Releases a reference. A deleted route is freed with its last reference.
pub fn rtfree(rt: RtRef) {
    drop(rt);
}

/// Another reference to the same route.
pub fn rtref(rt: &RtRef) -> RtRef {
    rt.clone()
}

/// Whether the route can be used: it is up, its interface is there, and its gateway, if it has
/// one, is reached by another route that is up. OpenBSD's `rtisvalid` of 2015, which looks at a
/// remembered route to the gateway; this one looks for it, without making a clone.
pub fn rtisvalid(reader: &mut RtReader, rt: &RtRef) -> bool {
    if !rt.is_up() || rt.interface() == 0 {
        return false;
    }
    if !rt.flags().contains(RtFlags::GATEWAY) {
        return true;
    }
    let Some(gateway) = rt.gateway().ip() else { return false };
    let guard = reader.enter();
    let way = guard.lookup(gateway, rt.table().into());
    way.is_some_and(|way| way.is_up() && !way.is(rt))
}

/// `RT_LOCK`: takes the route's update lock, waiting for whoever has it.
pub fn rt_lock(rt: RtRef) -> LockedRt {
    LockedRt::new(rt)
}

/// `RT_UNLOCK`: gives the update lock back and keeps the reference.
pub fn rt_unlock(rt: LockedRt) -> RtRef {
    rt.reference().clone()
}

/// `RT_ADDREF`: another reference to a locked route.
pub fn rt_addref(rt: &LockedRt) -> RtRef {
    rt.reference().clone()
}

/// `RT_REMREF`: releases a reference to a locked route, which its lock's holder keeps.
pub fn rt_remref(_locked: &LockedRt, rt: RtRef) {
    drop(rt);
}
