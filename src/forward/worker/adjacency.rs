//! What a worker remembers about the next hops that it has met: port and link address, as BSD keeps
//! the route to a gateway (`rt_gwroute`) beside the route through it.
//!
//! A memory is good for the next hop that it was made of, for as long as the port's table is in the same
//! generation and the neighbour need not be asked again. Numbers of next hops only say where to look.

use core::net::IpAddr;

use crate::{bsd::Family, forward::packet::ethernet::Mac, nexthop::NextHop};

/// How many are remembered of each family; a power of two.
const PLACES: usize = 512;

/// A next hop through a gateway on an Ethernet port, resolved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Adjacency {
    pub(super) next_hop: NextHop,
    pub(super) generation: u64,
    pub(super) fresh_until: u64,
    pub(super) port: u16,
    pub(super) mac: Mac,
}

/// The adjacencies of both families.
#[derive(Debug)]
pub(super) struct Adjacencies(Box<[Adjacency]>);

impl Adjacencies {
    pub(super) fn new() -> Self {
        let none = Adjacency {
            next_hop: NextHop::default(),
            generation: 0,
            fresh_until: 0,
            port: 0,
            mac: [0; 6],
        };
        Self(vec![none; 2 * PLACES].into_boxed_slice())
    }

    /// Where what is known of the next hop with this number belongs.
    #[inline]
    pub(super) fn place(&mut self, number: u32, is_v6: bool) -> &mut Adjacency {
        let family = if is_v6 { PLACES } else { 0 };
        &mut self.0[family + number as usize % PLACES]
    }
}

/// The family of an address.
#[inline]
pub(super) fn family(address: IpAddr) -> Family {
    match address {
        IpAddr::V4(_) => Family::Inet,
        IpAddr::V6(_) => Family::Inet6,
    }
}
