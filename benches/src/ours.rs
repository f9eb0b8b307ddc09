//! The table of this crate, as candidates.
//!
//! Their readers stay in a section until the program ends, so a table that has them is not for
//! measuring updates. Bursts end with a quiescent point; single lookups have none.

use std::rc::Rc;

use rtalloc::{Guard, Match, Table};

use crate::{
    candidate::{Answer, Candidate},
    family::Family,
    implementations::read,
};

/// A guard for as long as the program runs, with a reader of its own.
pub fn guard(table: &Table) -> Guard<'static, ()> {
    Box::leak(Box::new(table.reader())).enter()
}

fn interface(found: Match<'_, ()>) -> u32 {
    found.next_hop().interface
}

/// A table with a forwarding view, its sizes, and what its numbers stand for.
#[derive(Debug)]
pub struct Ours<'t, A> {
    table: &'t Table,
    view_bytes: usize,
    node_bytes: usize,
    lookup_bytes: usize,
    next_hops: Answer,
    entries: Answer,
    family: core::marker::PhantomData<A>,
}

impl<'t, A: Family> Ours<'t, A> {
    /// Looks at the whole table.
    pub fn new(table: &'t Table) -> Self {
        let stats = A::rib(table).stats();
        Self {
            table,
            view_bytes: stats.forward_bytes - stats.forward_free_bytes,
            node_bytes: stats.node_bytes,
            lookup_bytes: stats.lookup_bytes(),
            next_hops: next_hops::<A>(table),
            entries: entries::<A>(table),
            family: core::marker::PhantomData,
        }
    }

    /// What numbers of next hops stand for.
    pub fn next_hop_answer(&self) -> Answer {
        self.next_hops.clone()
    }

    /// Numbers of next hops, in bursts.
    pub fn next_hops(&self, name: &str, burst: usize) -> Candidate<A> {
        let mut guard = guard(self.table);
        let lookup = move |addresses: &[A], numbers: &mut [u32]| {
            if let Some(view) = guard.forwarding() {
                A::numbers(&view, addresses, numbers);
            }
            guard.quiescent();
        };
        Candidate::new(name, self.view_bytes, self.next_hop_answer(), burst, lookup)
    }

    /// Numbers of next hops, one a call and as many calls in a row as a burst has addresses.
    pub fn next_hops_one_by_one(&self, name: &str, burst: usize) -> Candidate<A> {
        let mut guard = guard(self.table);
        let lookup = move |addresses: &[A], numbers: &mut [u32]| {
            if let Some(view) = guard.forwarding() {
                for (&address, number) in addresses.iter().zip(numbers) {
                    *number = A::number(&view, address);
                }
            }
            guard.quiescent();
        };
        Candidate::new(name, self.view_bytes, self.next_hop_answer(), burst, lookup)
    }

    /// One number of a next hop.
    pub fn next_hop(&self, name: &str) -> Candidate<A> {
        let guard = guard(self.table);
        let lookup = move |addresses: &[A], numbers: &mut [u32]| {
            numbers[0] = guard.forwarding().map_or(0, |view| A::number(&view, addresses[0]));
        };
        Candidate::new(name, self.view_bytes, self.next_hop_answer(), 1, lookup)
    }

    /// Numbers of entries, in bursts.
    pub fn entry_ids(&self, name: &str, burst: usize) -> Candidate<A> {
        let mut guard = guard(self.table);
        let lookup = move |addresses: &[A], ids: &mut [u32]| {
            A::ids(&guard, addresses, ids);
            guard.quiescent();
        };
        Candidate::new(name, self.node_bytes, self.entries.clone(), burst, lookup)
    }

    /// Entries, of which the next hop is read, in bursts.
    pub fn entries_read(&self, name: &str, burst: usize) -> Candidate<A> {
        let mut guard = guard(self.table);
        let lookup = move |addresses: &[A], interfaces: &mut [u32]| {
            read(&guard, addresses, interfaces, interface);
            guard.quiescent();
        };
        Candidate::new(name, self.lookup_bytes, Answer::NextHop, burst, lookup)
    }

    /// One entry, of which the next hop is read.
    pub fn entry_read(&self, name: &str) -> Candidate<A> {
        let guard = guard(self.table);
        let lookup = move |addresses: &[A], interfaces: &mut [u32]| {
            interfaces[0] = A::lookup(&guard, addresses[0]).map_or(0, interface);
        };
        Candidate::new(name, self.lookup_bytes, Answer::NextHop, 1, lookup)
    }

    /// Whether there is an entry, which is not read.
    pub fn entry_found(&self, name: &str) -> Candidate<A> {
        let guard = guard(self.table);
        let lookup = move |addresses: &[A], found: &mut [u32]| {
            found[0] = A::lookup(&guard, addresses[0]).is_some().into();
        };
        Candidate::new(name, self.lookup_bytes, Answer::Found, 1, lookup)
    }
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
