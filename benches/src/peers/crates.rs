//! The fastest longest-prefix matches among Rust crates.

use crate::{
    Routes,
    candidate::{Answer, Candidate},
    implementations::maps::{Map, Native, PrefixTrie, Treebitmap, load},
};

/// The crates' IPv4 maps.
pub fn v4(routes: &Routes<u32>) -> Vec<Candidate<u32>> {
    candidates(routes)
}

/// The crates' IPv6 maps.
pub fn v6(routes: &Routes<u128>) -> Vec<Candidate<u128>> {
    candidates(routes)
}

fn candidates<A: Native>(routes: &Routes<A>) -> Vec<Candidate<A>> {
    vec![
        one_by_one("prefix-trie", load::<A, u32, PrefixTrie<A>>(routes)),
        one_by_one("treebitmap", load::<A, u32, Treebitmap<A>>(routes)),
    ]
}

fn one_by_one<A: Native>(name: &str, map: impl Map<A>) -> Candidate<A> {
    Candidate::new(name, 0, Answer::NextHop, 1, move |addresses, next_hops| {
        next_hops[0] = map.lookup(addresses[0]).copied().unwrap_or(0);
    })
}
