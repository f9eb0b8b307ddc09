//! The reader's windows: what the neighbour does in each, and what is seen.
//!
//! The times of single bursts are of windows of their own, since taking the time takes time. A window
//! in which the reader waited long for its core is repeated a few times, and if that does not help it
//! counts and is told of.

use std::{hint::black_box, time::Instant};

use hdrhistogram::{CreationError, Histogram};
use rtalloc::{Guard, Match, Table};
use rtalloc_benches::{disturbance::Watch, family::Family};

use crate::{
    neighbour::{Doing, Orders},
    report::Plan,
};

/// Addresses of a burst.
const BURST: usize = 32;

/// Bursts between two looks at the clock.
const BURSTS: usize = 64;

/// Which lookups the reader makes.
#[derive(Clone, Copy)]
pub(crate) enum Lookups {
    NextHops,
    Entries,
}

/// How many kinds of windows there are.
pub(crate) const KINDS: usize = 7;

/// A kind of window: what the neighbour does, and whether single bursts are timed.
type Window = (Doing, bool);

/// All kinds, in the order of what [`read`] returns.
const WINDOWS: [Window; KINDS] = [
    (Doing::Nothing, false),
    (Doing::Throttled, false),
    (Doing::Unthrottled, false),
    (Doing::Writing, false),
    (Doing::Nothing, true),
    (Doing::Throttled, true),
    (Doing::Unthrottled, true),
];

/// How often a window is repeated that something disturbed.
const TRIES: usize = 4;

/// What was seen in windows of one kind, by round.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// Rounds that were disturbed even so.
    pub(crate) disturbed: usize,
    /// Lookups a second, or where bursts are timed the 99.99th percentile in nanoseconds.
    pub(crate) values: Vec<f64>,
    /// The neighbour's updates a second.
    pub(crate) updates: Vec<f64>,
}

/// The reader's thread: all windows of all rounds.
pub(crate) fn read<A: Family>(
    table: &Table,
    addresses: &[A],
    lookups: Lookups,
    orders: &Orders,
    plan: &Plan,
) -> Result<[Seen; KINDS], CreationError> {
    let mut reader = table.reader();
    let mut guard = reader.enter();
    let mut bursts = addresses.chunks_exact(BURST).cycle();
    let mut seen: [Seen; KINDS] = Default::default();
    let mut window = |(doing, each): Window| {
        orders.order(doing);
        // Until the neighbour has noticed and the caches are its.
        let settle = Instant::now();
        while settle.elapsed() < plan.window / 8 {
            bursts.by_ref().take(BURSTS).for_each(|burst| look(&mut guard, lookups, burst));
        }
        let mut times = Histogram::<u64>::new_with_bounds(1, 1 << 36, 3)?;
        let watch = Watch::thread();
        let (begun, done, mut count) = (Instant::now(), orders.done(), 0);
        while begun.elapsed() < plan.window {
            for burst in bursts.by_ref().take(BURSTS) {
                if each {
                    let begun = Instant::now();
                    look(&mut guard, lookups, burst);
                    times.saturating_record(begun.elapsed().as_nanos() as u64);
                } else {
                    look(&mut guard, lookups, burst);
                }
            }
            count += BURSTS * BURST;
        }
        let (seconds, done) = (begun.elapsed().as_secs_f64(), orders.done() - done);
        let value = match each {
            true => times.value_at_quantile(0.9999) as f64,
            false => count as f64 / seconds,
        };
        Ok((value, done as f64 / seconds, watch.end().disturbs()))
    };
    // So that it is known how much to write.
    let (_, rate, _) = window((Doing::Unthrottled, false))?;
    orders.set_rate(rate);
    for round in 0..plan.rounds {
        for turn in 0..WINDOWS.len() {
            let index = (turn + round * 3) % WINDOWS.len();
            let (mut value, mut rate, mut disturbed) = window(WINDOWS[index])?;
            for _ in 1..TRIES {
                if disturbed {
                    (value, rate, disturbed) = window(WINDOWS[index])?;
                }
            }
            if WINDOWS[index] == (Doing::Unthrottled, false) {
                orders.set_rate(rate);
            }
            seen[index].values.push(value);
            seen[index].updates.push(rate);
            seen[index].disturbed += usize::from(disturbed);
        }
    }
    Ok(seen)
}

/// One burst, and a quiescent point.
#[inline(always)]
fn look<A: Family>(guard: &mut Guard<'_, ()>, lookups: Lookups, burst: &[A]) {
    match lookups {
        Lookups::NextHops => {
            let mut numbers = [0; BURST];
            if let Some(view) = guard.forwarding() {
                A::numbers(&view, burst, &mut numbers);
            }
            black_box(&mut numbers);
        }
        Lookups::Entries => {
            let mut found = [None; BURST];
            A::entries(guard, burst, &mut found);
            let interface = |found: Match<'_, ()>| found.next_hop().interface;
            black_box(found.map(|found| found.map_or(0, interface)));
        }
    }
    guard.quiescent();
}
