//! The table of this crate.

use rtalloc::{Guard, Match, Table};

use crate::candidate::{Answer, Candidate};

/// A guard for as long as the program runs, with a reader of its own.
fn guard(table: &Table) -> Guard<'static, ()> {
    Box::leak(Box::new(table.reader())).enter()
}

fn interface(found: Option<Match<'_, ()>>) -> u32 {
    found.map_or(0, |found| found.next_hop().interface)
}

/// What the table offers for IPv4. Bursts end with a quiescent point.
pub(crate) fn v4(table: &Table) -> Vec<Candidate<u32>> {
    let stats = table.v4().stats();
    let bytes = stats.node_bytes + stats.cell_bytes;
    let (entry, found) = (guard(table), guard(table));
    vec![
        Candidate::new("rtalloc entry", bytes, Answer::NextHop, 1, move |addresses, next_hops| {
            next_hops[0] = interface(entry.lookup_v4(addresses[0]));
        }),
        Candidate::new("rtalloc found", bytes, Answer::Found, 1, move |addresses, next_hops| {
            next_hops[0] = found.lookup_v4(addresses[0]).is_some().into();
        }),
    ]
}

/// What the table offers for IPv6. Bursts end with a quiescent point.
pub(crate) fn v6(table: &Table) -> Vec<Candidate<u128>> {
    let stats = table.v6().stats();
    let bytes = stats.node_bytes + stats.cell_bytes;
    let (entry, found) = (guard(table), guard(table));
    vec![
        Candidate::new("rtalloc entry", bytes, Answer::NextHop, 1, move |addresses, next_hops| {
            next_hops[0] = interface(entry.lookup_v6(addresses[0]));
        }),
        Candidate::new("rtalloc found", bytes, Answer::Found, 1, move |addresses, next_hops| {
            next_hops[0] = found.lookup_v6(addresses[0]).is_some().into();
        }),
    ]
}
