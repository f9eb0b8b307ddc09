//! Readers beside a mirror: what a forwarder on these tables would see while they change.
//!
//! Each reader looks up addresses that lie in routes which were there a moment ago, a burst at a
//! time, and times the bursts. A lookup that comes back with no route, or with a shorter one than
//! the address was drawn from, is a *miss*: the route has been withdrawn since. So while a routing
//! daemon connects anew, or a dump repairs a loss, and no route is withdrawn, any miss is a hole in
//! the table.

use core::hint::black_box;
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rtalloc::{
    Address, Match, Prefix, Rib, Table,
    netlink::{Origin, Tables},
};
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    measure::{BURST, Latencies, MeasureError, Quantiles},
};

/// The kernel's table main, which readers use unless another one is followed alone.
const MAIN: u32 = 254;
/// Routes of a family that a reader draws addresses from, at most, and for how long.
const SAMPLE: usize = 64 * BURST;
const SAMPLE_AGE: Duration = Duration::from_secs(2);
/// The pause after all of them have been looked up. A forwarder would not pause; these readers leave
/// a core to whoever makes the routes.
const PAUSE: Duration = Duration::from_millis(1);

/// Reader threads, and what they have counted so far.
pub(crate) struct Watch {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What readers have seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) lookups: u64,
    pub(crate) missed: u64,
    /// How long bursts took.
    pub(crate) bursts: Quantiles,
}

struct Shared {
    stop: AtomicBool,
    lookups: AtomicU64,
    missed: AtomicU64,
    bursts: Mutex<Latencies>,
}

/// Addresses, and the lengths of the routes that they were drawn from.
#[derive(Default)]
struct Drawn<A> {
    addresses: Vec<A>,
    lengths: Vec<u8>,
}

impl Watch {
    /// Starts `readers` threads on the table of this number, which is opened if there is none.
    pub(crate) fn begin(
        tables: &Tables,
        number: Option<u32>,
        readers: usize,
    ) -> Result<Self, Failure> {
        let table = tables.open(number.unwrap_or(MAIN))?;
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            lookups: AtomicU64::new(0),
            missed: AtomicU64::new(0),
            bursts: Mutex::new(Latencies::new().map_err(MeasureError::from)?),
        });
        let mut watch = Self { shared, threads: Vec::new() };
        for number in 0..readers {
            let (table, shared) = (table.clone(), watch.shared.clone());
            let own = Latencies::new().map_err(MeasureError::from)?;
            let named = thread::Builder::new().name(format!("reader {number}"));
            let spawned = named.spawn(move || read(&table, &shared, own, number));
            watch.threads.push(spawned.map_err(MeasureError::Thread)?);
        }
        Ok(watch)
    }

    pub(crate) fn seen(&self) -> Seen {
        let bursts = self.shared.bursts.lock().unwrap_or_else(PoisonError::into_inner);
        Seen {
            // Relaxed: counts that are only printed.
            lookups: self.shared.lookups.load(Ordering::Relaxed),
            missed: self.shared.missed.load(Ordering::Relaxed),
            bursts: bursts.quantiles(),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Relaxed: the flag ends loops and hands nothing over.
        self.shared.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A reader that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

impl Seen {
    pub(crate) fn print(&self, out: &mut impl io::Write) -> io::Result<()> {
        let Quantiles { p50, p99_9, max, .. } = self.bursts;
        writeln!(
            out,
            "{} lookups, {} missed; burst of {BURST}: p50 {p50} ns, p99.9 {p99_9} ns, max {max} ns",
            self.lookups, self.missed
        )
    }

    pub(crate) fn to_json(self) -> Value {
        json!({
            "lookups": self.lookups,
            "missed": self.missed,
            "burst": self.bursts.to_json(),
        })
    }
}

/// Looks up until it is told to stop. The first sample begins at a place that `number` tells.
fn read(table: &Table<Origin>, shared: &Shared, mut own: Latencies, number: usize) {
    let mut reader = table.reader();
    let (mut v4, mut v6) = (Drawn::default(), Drawn::default());
    let mut since: Option<Instant> = None;
    let mut turn = number;
    // Relaxed: the flag ends the loop and hands nothing over.
    while !shared.stop.load(Ordering::Relaxed) {
        if since.is_none_or(|since| since.elapsed() > SAMPLE_AGE) {
            (v4, v6) = (Drawn::of(table.v4(), turn), Drawn::of(table.v6(), turn));
            since = Some(Instant::now());
            turn = turn.wrapping_add(1);
        }
        let guard = reader.enter();
        let missed = look_up(&v4, &mut own, |burst, found| guard.lookup_burst_v4(burst, found))
            + look_up(&v6, &mut own, |burst, found| guard.lookup_burst_v6(burst, found));
        drop(guard);
        let lookups = v4.addresses.len() + v6.addresses.len();
        // Relaxed: counts that are only printed.
        shared.lookups.fetch_add(lookups as u64, Ordering::Relaxed);
        // Relaxed: as above.
        shared.missed.fetch_add(missed, Ordering::Relaxed);
        shared.bursts.lock().unwrap_or_else(PoisonError::into_inner).merge(&own);
        own.clear();
        thread::sleep(PAUSE);
    }
}

impl<A: Address> Drawn<A> {
    /// The first addresses of some routes, evenly spread over the table, others each turn.
    fn of(rib: &Rib<A, Origin>, turn: usize) -> Self {
        let snapshot = rib.snapshot();
        let stride = (snapshot.len() / SAMPLE).max(1);
        let prefixes = snapshot.iter().map(|(prefix, _)| prefix);
        let prefixes: Vec<Prefix<A>> = prefixes.skip(turn % stride).step_by(stride).collect();
        Self {
            addresses: prefixes.iter().map(|prefix| prefix.address()).collect(),
            lengths: prefixes.iter().map(|prefix| prefix.len()).collect(),
        }
    }
}

/// Looks all of the addresses up. Returns how many of them have lost their route.
fn look_up<'g, A: Address>(
    drawn: &Drawn<A>,
    latencies: &mut Latencies,
    lookup_burst: impl Fn(&[A], &mut [Option<Match<'g, Origin>>]),
) -> u64 {
    let mut missed = 0;
    for (addresses, lengths) in drawn.addresses.chunks(BURST).zip(drawn.lengths.chunks(BURST)) {
        let mut found = [None; BURST];
        let Some(found) = found.get_mut(..addresses.len()) else { continue };
        let begun = Instant::now();
        lookup_burst(addresses, black_box(&mut *found));
        if addresses.len() == BURST {
            latencies.record(begun.elapsed());
        }
        let held = found.iter().zip(lengths).filter(|(found, length)| {
            found.as_ref().is_some_and(|route| route.prefix_len() >= **length)
        });
        missed += (addresses.len() - held.count()) as u64;
    }
    missed
}
