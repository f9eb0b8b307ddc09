//! Remembering a route between packets: `struct route`, and how it is done today.

use core::net::IpAddr;

use super::{
    flags::RtFlags,
    reader::{RtReader, freebsd_lookup, rtalloc, rtalloc_mpath},
    reference::RtRef,
    sockaddr::Sockaddr,
};

/// A destination and the route to it that was found last: BSD's `struct route`.
///
/// Two ways to use it, not to be mixed on one cache:
///
/// * [`rtalloc`](Self::rtalloc) and [`rtalloc_ign`](Self::rtalloc_ign) are the calls of 2004. They
///   use the remembered route again for as long as it is up, without looking at the destination,
///   and do not notice a better route that was added since.
/// * [`lookup`](Self::lookup) is what OpenBSD does today. It uses the remembered route only for the
///   same destination, source and table, and only while nothing in the table has changed.
#[derive(Debug)]
pub struct RouteCache {
    destination: Sockaddr,
    table: u32,
    rt: Option<RtRef>,
    source: Option<IpAddr>,
    generation: Option<Seen>,
}

/// What must be the same for the remembered route to be the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// The routing, by an address that lives as long as the remembered route.
    pub(super) routing: usize,
    pub(super) generation: u64,
    pub(super) selects: bool,
}

impl RouteCache {
    /// An empty cache for `destination` in `table`.
    pub fn new(destination: impl Into<Sockaddr>, table: u32) -> Self {
        Self { destination: destination.into(), table, rt: None, source: None, generation: None }
    }

    /// `ro_dst`.
    pub fn destination(&self) -> Sockaddr {
        self.destination
    }

    /// Sets `ro_dst`. As in BSD a remembered route stays: callers compare and
    /// [release](Self::release) it themselves.
    pub fn set_destination(&mut self, destination: impl Into<Sockaddr>) {
        self.destination = destination.into();
        self.generation = None;
    }

    /// `ro_rt`: the route remembered.
    pub fn route(&self) -> Option<&RtRef> {
        self.rt.as_ref()
    }

    /// `RTFREE(ro->ro_rt)`: releases the route and forgets it.
    pub fn release(&mut self) {
        self.rt = None;
        self.generation = None;
    }

    /// FreeBSD's `rtalloc`: keeps the route if it is up and has an interface, else releases it and
    /// looks the destination up, making clones and sending messages. On a miss there is none.
    pub fn rtalloc(&mut self, reader: &mut RtReader) -> Option<&RtRef> {
        self.rtalloc_ign(reader, RtFlags::empty())
    }

    /// As [`rtalloc`](Self::rtalloc), ignoring flags of routes, of which only
    /// [`RtFlags::CLONING`] has an effect: no clone is made.
    pub fn rtalloc_ign(&mut self, reader: &mut RtReader, ignore: RtFlags) -> Option<&RtRef> {
        if !self.rt.as_ref().is_some_and(|rt| rt.is_up() && rt.interface() != 0) {
            self.release();
            self.rt = rtalloc(reader, &self.destination, freebsd_lookup(true, ignore), self.table);
        }
        self.rt.as_ref()
    }

    /// The route that a flow to `destination` takes: the remembered one if destination, source and
    /// table are the same and the table has not changed since it was found, else that of a new
    /// lookup. OpenBSD's `route_cache` and `route_mpath` of today.
    ///
    /// # Guarantees
    /// A route that is not the best one is returned only if a better one arrives during the call.
    /// As wait-free as [`rtalloc`](super::rtalloc()).
    pub fn lookup(
        &mut self,
        reader: &mut RtReader,
        destination: impl Into<Sockaddr>,
        source: Option<IpAddr>,
        table: u32,
    ) -> Option<&RtRef> {
        let destination = destination.into();
        // Before anything else: what is found after this is at least as new.
        let generation = destination
            .family()
            .and_then(|family| reader.seen(table, family))
            .filter(|seen| seen.generation % 2 == 0);
        let same = self.destination == destination
            && self.table == table
            && self.source == source
            && generation.is_some()
            && self.generation == generation
            && self.rt.as_ref().is_some_and(|rt| rt.is_up());
        if !same {
            self.release();
            (self.destination, self.table, self.source) = (destination, table, source);
            self.rt = rtalloc_mpath(reader, &destination, source, table);
            self.generation = generation;
        }
        self.rt.as_ref()
    }
}
