//! The table of this crate, as candidates.

use rtalloc::Table;
use rtalloc_benches::{
    candidate::Candidate,
    family::Family,
    ours::{Ours, guard},
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

/// The lookups that are compared with those of others.
pub(crate) fn candidates<A: Family>(table: &Table) -> Vec<Candidate<A>> {
    let ours = Ours::new(table);
    vec![
        ours.next_hops("next hops", 64),
        ours.next_hops_one_by_one("next hops, one by one,", 64),
        ours.next_hop("next hop"),
        ours.entry_ids("entry ids", 64),
        ours.entries_read("entries read", 64),
    ]
}

/// The same burst of 32 with more and with less protection.
pub(crate) fn protections<A: Family>(table: &Table) -> Vec<Candidate<A>> {
    let (ours, none, mut reader) = (Ours::new(table), guard(table), table.reader());
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
    let answer = ours.next_hop_answer();
    vec![
        ours.next_hops("a quiescent point a burst", 32),
        Candidate::new("a guard a burst", 0, answer.clone(), 32, with_guards),
        Candidate::new("no protection", 0, answer, 32, without),
    ]
}
