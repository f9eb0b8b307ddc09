//! A thread that looks addresses up.

use core::hint::black_box;
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use rtalloc::{EntryRef, Guard, testing::history::Sample};

use super::{
    addresses::Addresses,
    latency::Latencies,
    ledger::{self, Token},
    measured::{Measured, Table},
    samples::Sampler,
};

/// Lookups between two quiescent points.
pub(crate) const BURST: usize = 32;
/// Bursts under one guard; then the reader leaves and enters again.
const BURSTS_A_GUARD: u64 = 1024;
/// Of so many bursts one is timed, so that reading the clock does not count for much.
const TIMED: u64 = 8;
/// After so many bursts a sample is taken, where samples are wanted.
const SAMPLED: u64 = 2;
/// After so many bursts a reference is taken, and the oldest one released.
const HELD: u64 = 64;
/// References that a reader keeps.
const KEPT: usize = 64;

/// What a reader is to do, beside looking up.
pub(super) struct Reading<'a, A: Measured> {
    pub(super) table: &'a Table,
    pub(super) addresses: &'a Addresses<A>,
    /// Where among the bursts to begin.
    pub(super) start: usize,
    pub(super) sampler: Option<Sampler<'a, A>>,
    pub(super) latencies: Latencies,
    /// Counts the readers that have begun.
    pub(super) running: &'a AtomicUsize,
    pub(super) stop: &'a AtomicBool,
}

/// What a reader did.
#[derive(Debug)]
pub(super) struct ReaderReport<A: Measured> {
    pub(super) lookups: u64,
    pub(super) elapsed: Duration,
    /// How long bursts took.
    pub(super) latencies: Latencies,
    pub(super) samples: Vec<Sample<A>>,
    /// References that the reader still held at its end.
    pub(super) held: Vec<EntryRef<Token>>,
}

/// Looks up until it is told to stop.
pub(super) fn read<A: Measured>(mut reading: Reading<'_, A>) -> ReaderReport<A> {
    ledger::mark_reader();
    let bursts = reading.addresses.bursts();
    let mut kept: Vec<Option<EntryRef<Token>>> = (0..KEPT).map(|_| None).collect();
    let mut reader = reading.table.reader();
    let mut done = 0u64;
    let mut at = reading.start % bursts.len();
    let begun = Instant::now();
    // Relaxed: the flag ends the loop and hands nothing over.
    while !reading.stop.load(Ordering::Relaxed) {
        let mut guard = reader.enter();
        for _ in 0..BURSTS_A_GUARD {
            let burst = &bursts[at];
            at = if at + 1 == bursts.len() { 0 } else { at + 1 };
            if done.is_multiple_of(TIMED) {
                let start = Instant::now();
                look_up(&guard, burst);
                reading.latencies.record(start.elapsed());
            } else {
                look_up(&guard, burst);
            }
            if done.is_multiple_of(SAMPLED)
                && let Some(sampler) = &mut reading.sampler
            {
                sampler.take(&guard);
            }
            if done.is_multiple_of(HELD) {
                let place = (done / HELD) as usize % KEPT;
                kept[place] = A::answer(&guard, burst[0]).map(|found| found.hold());
            }
            guard.quiescent();
            if done == 0 {
                // Relaxed: a count that the starter waits for; it hands nothing over.
                reading.running.fetch_add(1, Ordering::Relaxed);
            }
            done += 1;
            // Relaxed: as above.
            if reading.stop.load(Ordering::Relaxed) {
                break;
            }
        }
    }
    ReaderReport {
        lookups: done * BURST as u64,
        elapsed: begun.elapsed(),
        latencies: reading.latencies,
        samples: reading.sampler.map(Sampler::into_samples).unwrap_or_default(),
        held: kept.into_iter().flatten().collect(),
    }
}

/// Looks a burst up and reads the next hops, as a forwarder would.
#[inline(always)]
fn look_up<A: Measured>(guard: &Guard<'_, Token>, burst: &[A; BURST]) {
    let mut sum = 0u32;
    for &address in burst {
        if let Some(found) = A::answer(guard, address) {
            sum = sum.wrapping_add(found.next_hop().interface);
        }
    }
    black_box(sum);
}
