//! What every experiment asks of every table, whoever wrote it.
//!
//! An [`Implementation`] has the name under which a table appears in rows and plots, and opens it on
//! given routes as an [`Adapter`]. Threads then take [`Reader`]s, and one takes the [`Writer`]. All
//! calls are dynamic, but one call looks up a whole run of addresses, so the inner loops are compiled
//! for each implementation and nobody pays for another's generality.
//!
//! An answer is what the implementation finds fastest and what tells one next hop from another:
//! the interface itself, or a number that [`Reader::interface`] translates afterwards. 0 is no
//! route in either.

use core::{any::Any, hint::black_box, time::Duration};
use std::time::Instant;

use rtalloc::{
    Address, NextHop, Prefix,
    testing::{history::Step, oracle::Oracle, probes::probes},
};

use crate::{Routes, candidate::MOST};

/// Seconds a route to open a table, as the mean of those that take a time in proportion.
const OPENING: f64 = 0.6e-6;

/// Seconds a route to copy a table.
const COPYING: f64 = 0.35e-6;

/// Seconds a route to look at all of a table.
const SEARCHING: f64 = 5e-9;

/// Whatever keeps an implementation from being measured.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A table that was opened, or why it was not.
pub type Opened<A> = Result<Box<dyn Adapter<A>>, Failure>;

/// What opens a table.
pub type Open<A> = fn(&Routes<A>) -> Opened<A>;

/// A table of one family, to be shared between threads.
pub trait Adapter<A: Address>: Send + Sync {
    /// A reader for the calling thread.
    fn reader(&self) -> Box<dyn Reader<A> + '_>;

    /// What changes the table; nothing if it cannot be changed. At most one exists at a time.
    fn writer(&self) -> Option<Box<dyn Writer<A> + '_>>;

    /// All memory that the table takes, in bytes by part, as it accounts for it itself; empty if it
    /// does not, so that only the allocator's count is known.
    fn parts(&self) -> Vec<(&'static str, usize)> {
        Vec::new()
    }

    /// Bytes of what was removed and waits to be freed; nothing where that cannot be told, or where
    /// removal frees at once.
    fn waiting(&self) -> Option<usize> {
        None
    }
}

/// What one thread looks addresses up with.
pub trait Reader<A: Address> {
    /// Looks one burst up, in one read section of the implementation's kind: one lock, one guard, one
    /// quiescent point. There are as many answers as addresses, at most [`MOST`].
    fn burst(&mut self, addresses: &[A], answers: &mut [u32]);

    /// Looks all addresses up, in bursts of `burst`.
    fn run(&mut self, addresses: &[A], burst: usize) {
        let mut answers = [0; MOST];
        for addresses in addresses.chunks(burst.min(MOST)) {
            self.burst(addresses, &mut answers[..addresses.len()]);
            black_box(&mut answers);
        }
    }

    /// Looks all addresses up in bursts of `burst`, as [`run`](Self::run) does, and notes how long each
    /// took, with the end of its section.
    fn timed(&mut self, addresses: &[A], burst: usize, note: &mut dyn FnMut(Duration)) {
        let mut answers = [0; MOST];
        for addresses in addresses.chunks(burst.min(MOST)) {
            let begun = Instant::now();
            self.burst(addresses, &mut answers[..addresses.len()]);
            let took = begun.elapsed();
            black_box(&mut answers);
            note(took);
        }
    }

    /// The interface that an answer stands for, while the table does not change.
    fn interface(&mut self, answer: u32) -> u32 {
        answer
    }

    /// Calls `during` in the middle of a read section: what a reader that is preempted, or blocks
    /// where it should not, does to the others.
    fn stall(&mut self, during: &mut dyn FnMut());

    /// What rtalloc(9) is for: the route of an address, to be kept as long as the caller likes.
    /// Nothing if there is none, or if the implementation has nothing to keep but a copy.
    fn take(&mut self, address: A) -> Option<Box<dyn Any + Send>> {
        let _ = address;
        None
    }
}

/// What changes a table.
pub trait Writer<A: Address> {
    /// Makes one change, which readers see when this returns.
    fn apply(&mut self, step: &Step<A>);

    /// Makes changes that need be seen only when this returns: at one instant if the implementation
    /// can do that.
    fn apply_all(&mut self, steps: &[Step<A>]) {
        for step in steps {
            self.apply(step);
        }
    }

    /// How many changes the table refused, so that its answers are no longer those of the routes.
    fn refused(&self) -> usize {
        0
    }
}

/// A way to open a table.
#[derive(Clone, Copy)]
pub struct Implementation<A: Address> {
    /// Its name in rows and plots: lower case, and the same in both families.
    pub name: &'static str,
    /// What it is, in a few words.
    pub what: &'static str,
    /// Opens it on the routes.
    pub open: Open<A>,
    /// Opens it on nothing, with room for the routes; nothing where a table grows by itself.
    pub room: Option<Open<A>>,
    /// About how long it takes, so that a run can be planned.
    pub takes: Takes,
}

/// About how many seconds something takes in a table of so many routes.
#[derive(Clone, Copy, Debug)]
pub struct Takes {
    /// To open it.
    pub opening: fn(usize) -> f64,
    /// To make an update.
    pub update: fn(usize) -> f64,
    /// To make an update that is one of many of a batch.
    pub batched: fn(usize) -> f64,
}

impl Takes {
    /// What most take, by their mean.
    pub const USUAL: Self =
        Self { opening: |routes| OPENING * routes as f64, update: |_| 2e-6, batched: |_| 0.5e-6 };

    /// Where an update copies the table, or a batch does.
    pub const COPYING: Self = Self { update: |routes| COPYING * routes as f64, ..Self::USUAL };

    /// Where an update looks at all routes, in a batch too.
    pub const SEARCHING: Self = Self {
        update: |routes| SEARCHING * routes as f64,
        batched: |routes| SEARCHING * routes as f64,
        ..Self::USUAL
    };
}

impl<A: Address> core::fmt::Debug for Implementation<A> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Implementation").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How a table's answers compare with the oracle's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Addresses asked.
    pub asked: usize,
    /// Answers that were wrong.
    pub wrong: usize,
    /// The first of them.
    pub first: Option<String>,
}

/// Asks an implementation for the addresses around every `step`th route, in bursts of several sizes,
/// and compares with the oracle.
pub fn verify<A: Address>(
    reader: &mut dyn Reader<A>,
    oracle: &Oracle<A, NextHop>,
    routes: &Routes<A>,
    step: usize,
) -> Verdict {
    verify_around(reader, oracle, routes.iter().step_by(step.max(1)).map(|route| route.0))
}

/// Asks an implementation for the addresses around prefixes, in bursts of several sizes, and compares
/// with the oracle.
pub fn verify_around<A: Address>(
    reader: &mut dyn Reader<A>,
    oracle: &Oracle<A, NextHop>,
    prefixes: impl Iterator<Item = Prefix<A>>,
) -> Verdict {
    let addresses: Vec<A> = prefixes.flat_map(probes).collect();
    let mut verdict = Verdict { asked: addresses.len(), ..Verdict::default() };
    let mut answers = [0; MOST];
    let (mut from, mut sizes) = (0, [1, 7, 32, 64, 256].into_iter().cycle());
    while from < addresses.len() {
        let to = addresses.len().min(from + sizes.next().unwrap_or(1));
        let burst = &addresses[from..to];
        reader.burst(burst, &mut answers[..burst.len()]);
        for (&address, &answer) in burst.iter().zip(&answers) {
            let expected = oracle.lookup(address).map_or(0, |(_, hop)| hop.interface);
            let found = if answer == 0 { 0 } else { reader.interface(answer) };
            if found != expected {
                verdict.wrong += 1;
                let address = address.to_ip();
                verdict
                    .first
                    .get_or_insert_with(|| format!("{address} is {expected}, not {found}"));
            }
        }
        from = to;
    }
    verdict
}

/// The routes as the oracle holds them.
pub fn oracle<A: Address>(routes: &Routes<A>) -> Oracle<A, NextHop> {
    let mut oracle = Oracle::new();
    for &(prefix, next_hop) in routes {
        oracle.insert(prefix, next_hop);
    }
    oracle
}
