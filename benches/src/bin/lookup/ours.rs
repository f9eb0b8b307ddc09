//! The table of this crate.

use std::rc::Rc;

use rtalloc::{Address, Guard, Match, Rib, Table};

use crate::candidate::{Answer, Candidate, MOST};

/// The sizes of bursts.
const BURSTS: [usize; 5] = [8, 16, 32, 64, 256];

/// A guard for as long as the program runs, with a reader of its own.
fn guard(table: &Table) -> Guard<'static, ()> {
    Box::leak(Box::new(table.reader())).enter()
}

fn interface(found: Option<Match<'_, ()>>) -> u32 {
    found.map_or(0, |found| found.next_hop().interface)
}

/// The interface of each route by its number.
fn numbers<A: Address>(rib: &Rib<A, ()>) -> Rc<[u32]> {
    let mut interfaces = Vec::new();
    for (_, entry) in rib.snapshot().iter() {
        let number = entry.number() as usize;
        if number >= interfaces.len() {
            interfaces.resize(number + 1, 0);
        }
        interfaces[number] = entry.next_hop().interface;
    }
    interfaces.into()
}

/// The interface of each numbered next hop.
fn next_hops(interface: impl Fn(u32) -> Option<u32>) -> Rc<[u32]> {
    core::iter::once(0).chain((1..).map_while(interface)).collect()
}

/// The candidates of a family, whose methods have names of their own.
macro_rules! candidates {
    (
        $family:ident, $address:ty,
        $lookup_burst:ident, $lookup:ident, $next_hop:ident, $number:ident,
        $numbers_burst:ident, $numbers:ident
    ) => {
        /// What the table offers for a family. Bursts end with a quiescent point.
        pub(crate) fn $family(table: &Table) -> Vec<Candidate<$address>> {
            let stats = table.$family().stats();
            let (tree, bytes) = (stats.node_bytes, stats.node_bytes + stats.cell_bytes);
            let view = stats.forward_bytes - stats.forward_free_bytes;
            let (entry, found) = (guard(table), guard(table));
            let mut candidates = vec![
                Candidate::new(
                    "rtalloc entry",
                    bytes,
                    Answer::NextHop,
                    1,
                    move |addresses, next_hops| {
                        next_hops[0] = interface(entry.$lookup(addresses[0]));
                    },
                ),
                Candidate::new(
                    "rtalloc found",
                    bytes,
                    Answer::Found,
                    1,
                    move |addresses, next_hops| {
                        next_hops[0] = found.$lookup(addresses[0]).is_some().into();
                    },
                ),
            ];
            for burst in BURSTS {
                let mut guard = guard(table);
                let lookup = move |addresses: &[_], next_hops: &mut [u32]| {
                    let mut found = [None; MOST];
                    let found = &mut found[..addresses.len()];
                    guard.$lookup_burst(addresses, found);
                    for (&found, next_hop) in found.iter().zip(next_hops) {
                        *next_hop = interface(found);
                    }
                    guard.quiescent();
                };
                candidates.push(Candidate::new(
                    "rtalloc entry",
                    bytes,
                    Answer::NextHop,
                    burst,
                    lookup,
                ));
            }
            let one = guard(table);
            let next_hops =
                next_hops(|number| Some(one.forwarding()?.$next_hop(number)?.interface));
            let answer = Answer::Number(Rc::clone(&next_hops));
            let lookup = move |addresses: &[_], numbers: &mut [u32]| {
                numbers[0] = one.forwarding().map_or(0, |view| view.$number(addresses[0]));
            };
            candidates.push(Candidate::new("rtalloc next hop", view, answer, 1, lookup));
            let mut each = guard(table);
            let lookup = move |addresses: &[_], numbers: &mut [u32]| {
                if let Some(view) = each.forwarding() {
                    for (&address, number) in addresses.iter().zip(numbers) {
                        *number = view.$number(address);
                    }
                }
                each.quiescent();
            };
            let answer = Answer::Number(Rc::clone(&next_hops));
            candidates.push(Candidate::new(
                "rtalloc next hop, one by one,",
                view,
                answer,
                64,
                lookup,
            ));
            for burst in BURSTS {
                let mut guard = guard(table);
                let lookup = move |addresses: &[_], numbers: &mut [u32]| {
                    if let Some(view) = guard.forwarding() {
                        view.$numbers(addresses, numbers);
                    }
                    guard.quiescent();
                };
                let answer = Answer::Number(Rc::clone(&next_hops));
                candidates.push(Candidate::new("rtalloc next hop", view, answer, burst, lookup));
            }
            let numbers = numbers(table.$family());
            for burst in BURSTS {
                let mut guard = guard(table);
                let lookup = move |addresses: &[_], next_hops: &mut [u32]| {
                    guard.$numbers_burst(addresses, next_hops);
                    guard.quiescent();
                };
                let answer = Answer::Number(Rc::clone(&numbers));
                candidates.push(Candidate::new("rtalloc number", tree, answer, burst, lookup));
            }
            candidates
        }
    };
}

candidates!(
    v4,
    u32,
    lookup_burst_v4,
    lookup_v4,
    next_hop_v4,
    number_v4,
    numbers_burst_v4,
    numbers_v4
);
candidates!(
    v6,
    u128,
    lookup_burst_v6,
    lookup_v6,
    next_hop_v6,
    number_v6,
    numbers_burst_v6,
    numbers_v6
);
