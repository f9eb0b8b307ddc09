//! The networks that ports are in, as routes.

use std::net::IpAddr;

use rtalloc::{Address, NextHop, Prefix, forward::Port};

use crate::tables::Routes;

/// Adds a route for each network that a port has an address in, unless the table has one for it.
/// Networks that are valid on their link alone are not for a table of destinations.
pub(super) fn add(routes: &mut Routes, ports: &[Port]) {
    let is_local = |address: IpAddr| match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    for port in ports {
        let next_hop = NextHop::interface(port.interface);
        for own in port.addresses.iter().filter(|own| !is_local(own.address)) {
            match own.address {
                IpAddr::V4(address) => {
                    let network = Prefix::containing(u32::from(address), own.prefix_len);
                    insert(&mut routes.v4, network, next_hop);
                }
                IpAddr::V6(address) => {
                    let network = Prefix::containing(u128::from(address), own.prefix_len);
                    insert(&mut routes.v6, network, next_hop);
                }
            }
        }
    }
}

fn insert<A: Address>(
    routes: &mut Vec<(Prefix<A>, NextHop)>,
    network: Prefix<A>,
    next_hop: NextHop,
) {
    if let Err(place) = routes.binary_search_by_key(&network, |route| route.0) {
        routes.insert(place, (network, next_hop));
    }
}

/// The same prefixes, with the ports' interfaces for next hops, by their numbers in turn.
pub(super) fn spread(mut routes: Routes, ports: &[Port]) -> Routes {
    let interfaces: Vec<u32> = ports.iter().map(|port| port.interface).collect();
    let choose = |next_hop: &mut NextHop| {
        let place = next_hop.interface as usize % interfaces.len().max(1);
        *next_hop = NextHop::interface(interfaces.get(place).copied().unwrap_or(0));
    };
    routes.v4.iter_mut().for_each(|route| choose(&mut route.1));
    routes.v6.iter_mut().for_each(|route| choose(&mut route.1));
    routes
}
