//! The table of this crate, as candidates.
//!
//! Their readers stay in a section until the program ends, so a table that has them is not for
//! measuring updates.

use std::rc::Rc;

use rtalloc::{Guard, Match, Table};
use rtalloc_benches::{
    candidate::{Answer, Candidate},
    family::Family,
};

/// Numbers of next hops, in bursts with a quiescent point each.
pub(crate) const NEXT_HOPS: &str = "next hops x64";
/// Numbers of next hops, one a call and 64 calls in a row.
pub(crate) const ONE_BY_ONE: &str = "next hops, one by one, x64";
/// One number of a next hop.
pub(crate) const ONE: &str = "next hop x1";
/// Numbers of entries, in bursts with a quiescent point each.
pub(crate) const IDS: &str = "entry ids x64";
/// Entries, of which the next hop is read, likewise.
pub(crate) const ENTRIES: &str = "entries read x64";
/// Numbers of next hops, in shorter bursts with a quiescent point each.
pub(crate) const QUIESCENT: &str = "a quiescent point a burst x32";
/// The same with a guard each.
pub(crate) const GUARDED: &str = "a guard a burst x32";
/// The same under one guard from start to end.
pub(crate) const UNPROTECTED: &str = "no protection x32";

/// A guard for as long as the program runs, with a reader of its own.
fn guard(table: &Table) -> Guard<'static, ()> {
    Box::leak(Box::new(table.reader())).enter()
}

fn interface(found: Option<Match<'_, ()>>) -> u32 {
    found.map_or(0, |found| found.next_hop().interface)
}

/// The interface of each numbered next hop.
fn next_hops<A: Family>(table: &Table) -> Answer {
    let mut reader = table.reader();
    let guard = reader.enter();
    let known = |number| Some(A::next_hop(&guard.forwarding()?, number)?.interface);
    Answer::Number(core::iter::once(0).chain((1..).map_while(known)).collect())
}

/// The interface of each entry by its number.
fn entries<A: Family>(table: &Table) -> Answer {
    let mut interfaces = Vec::new();
    for (_, entry) in A::rib(table).snapshot().iter() {
        let number = entry.number() as usize;
        if number >= interfaces.len() {
            interfaces.resize(number + 1, 0);
        }
        interfaces[number] = entry.next_hop().interface;
    }
    Answer::Number(Rc::from(interfaces))
}

/// The lookups that are compared with those of others.
pub(crate) fn candidates<A: Family>(table: &Table) -> Vec<Candidate<A>> {
    let stats = A::rib(table).stats();
    let view = stats.forward_bytes - stats.forward_free_bytes;
    let next_hops = next_hops::<A>(table);
    let mut bursts = guard(table);
    let all = move |addresses: &[A], numbers: &mut [u32]| {
        if let Some(view) = bursts.forwarding() {
            A::numbers(&view, addresses, numbers);
        }
        bursts.quiescent();
    };
    let (row, single) = (guard(table), guard(table));
    let one_by_one = move |addresses: &[A], numbers: &mut [u32]| {
        if let Some(view) = row.forwarding() {
            for (&address, number) in addresses.iter().zip(numbers) {
                *number = A::number(&view, address);
            }
        }
    };
    let one = move |addresses: &[A], numbers: &mut [u32]| {
        numbers[0] = single.forwarding().map_or(0, |view| A::number(&view, addresses[0]));
    };
    let (mut numbered, mut read) = (guard(table), guard(table));
    let ids = move |addresses: &[A], ids: &mut [u32]| {
        A::ids(&numbered, addresses, ids);
        numbered.quiescent();
    };
    let entries_read = move |addresses: &[A], interfaces: &mut [u32]| {
        let mut found = [None; 64];
        let found = &mut found[..addresses.len()];
        A::entries(&read, addresses, found);
        for (&found, to) in found.iter().zip(interfaces) {
            *to = interface(found);
        }
        read.quiescent();
    };
    let (nodes, whole) = (stats.node_bytes, stats.lookup_bytes());
    vec![
        Candidate::new("next hops", view, next_hops.clone(), 64, all),
        Candidate::new("next hops, one by one,", view, next_hops.clone(), 64, one_by_one),
        Candidate::new("next hop", view, next_hops, 1, one),
        Candidate::new("entry ids", nodes, entries::<A>(table), 64, ids),
        Candidate::new("entries read", whole, Answer::NextHop, 64, entries_read),
    ]
}

/// The same burst of 32 with more and with less protection.
pub(crate) fn protections<A: Family>(table: &Table) -> Vec<Candidate<A>> {
    let next_hops = next_hops::<A>(table);
    let (mut quiescent, none) = (guard(table), guard(table));
    let mut reader = table.reader();
    let with_points = move |addresses: &[A], numbers: &mut [u32]| {
        if let Some(view) = quiescent.forwarding() {
            A::numbers(&view, addresses, numbers);
        }
        quiescent.quiescent();
    };
    let with_guards = move |addresses: &[A], numbers: &mut [u32]| {
        if let Some(view) = reader.enter().forwarding() {
            A::numbers(&view, addresses, numbers);
        }
    };
    let without = move |addresses: &[A], numbers: &mut [u32]| {
        if let Some(view) = none.forwarding() {
            A::numbers(&view, addresses, numbers);
        }
    };
    vec![
        Candidate::new("a quiescent point a burst", 0, next_hops.clone(), 32, with_points),
        Candidate::new("a guard a burst", 0, next_hops.clone(), 32, with_guards),
        Candidate::new("no protection", 0, next_hops, 32, without),
    ]
}
