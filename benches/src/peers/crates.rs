//! The fastest longest-prefix matches among Rust crates.

use std::net::{Ipv4Addr, Ipv6Addr};

use ip_network_table_deps_treebitmap::IpLookupTable;
use ipnet::{Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;
use rtalloc::Address;

use crate::{
    Routes,
    candidate::{Answer, Candidate},
};

fn net_v4(address: u32, len: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::from(address), len)
}

fn net_v6(address: u128, len: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from(address), len)
}

/// The crates' IPv4 maps.
pub fn v4(routes: &Routes<u32>) -> Vec<Candidate<u32>> {
    let mut map = PrefixMap::new();
    let mut bitmap = IpLookupTable::new();
    for &(prefix, next_hop) in routes {
        map.insert(net_v4(prefix.address(), prefix.len()), next_hop.interface);
        let address = Ipv4Addr::from(prefix.address());
        bitmap.insert(address, prefix.len().into(), next_hop.interface);
    }
    vec![
        one_by_one("prefix-trie", move |address| {
            map.get_lpm(&net_v4(address, 32)).map_or(0, |found| *found.1)
        }),
        one_by_one("treebitmap", move |address| {
            bitmap.longest_match(Ipv4Addr::from(address)).map_or(0, |found| *found.2)
        }),
    ]
}

/// The crates' IPv6 maps.
pub fn v6(routes: &Routes<u128>) -> Vec<Candidate<u128>> {
    let mut map = PrefixMap::new();
    let mut bitmap = IpLookupTable::new();
    for &(prefix, next_hop) in routes {
        map.insert(net_v6(prefix.address(), prefix.len()), next_hop.interface);
        let address = Ipv6Addr::from(prefix.address());
        bitmap.insert(address, prefix.len().into(), next_hop.interface);
    }
    vec![
        one_by_one("prefix-trie", move |address| {
            map.get_lpm(&net_v6(address, 128)).map_or(0, |found| *found.1)
        }),
        one_by_one("treebitmap", move |address| {
            bitmap.longest_match(Ipv6Addr::from(address)).map_or(0, |found| *found.2)
        }),
    ]
}

fn one_by_one<A: Address>(name: &str, lookup: impl Fn(A) -> u32 + 'static) -> Candidate<A> {
    Candidate::new(name, 0, Answer::NextHop, 1, move |addresses, next_hops| {
        next_hops[0] = lookup(addresses[0]);
    })
}
