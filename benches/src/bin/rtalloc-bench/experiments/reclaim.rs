//! How long what is removed waits: from the call that removes a route to the destructor of its data,
//! with a reader beside that looks bursts up. When the memory of the entry is used again is not seen.
//!
//! What still waits when the run ends counts with the time that it has waited so far, so that the
//! longest times are at least so long; `not_freed` says how many those are, of `removals`.
//!
//! A destructor that notes the time can be hung into this crate's own tables alone, on each
//! reclamation backend. Others hold what their adapters put there.

use std::{
    collections::HashSet,
    hint::black_box,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use ipnet::IpNet;
use rtalloc::{Address, Epoch, Hyaline, Options, Own, Prefix, Reclaim, Route, Table};
use rtalloc_benches::{
    Stream, adapter::Failure, disturbance::Watch, family::Family, harness::times, plan::Updates,
    rows::Row,
};

use super::latency::percentiles;
use crate::{ground::Ground, session::Session};

/// Addresses of the reader.
const ADDRESSES: usize = 1 << 14;

/// Addresses between two quiescent points.
const BURST: usize = 32;

/// The time of an entry that was not removed.
const NEVER: u64 = u64::MAX;

/// What was removed, by when, and how long it has waited.
#[derive(Debug)]
struct Waits {
    begun: Instant,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    times: Histogram<u64>,
    /// When each was removed that has not ended: the writer's times, which differ.
    waiting: HashSet<u64>,
}

impl Seen {
    fn ended(&mut self, removed: u64, now: u64) {
        self.waiting.remove(&removed);
        self.times.saturating_record(now.saturating_sub(removed).max(1));
    }

    /// Counts what still waits with the time so far; how many those are.
    fn rest(&mut self, now: u64) -> usize {
        let waiting: Vec<u64> = self.waiting.drain().collect();
        waiting.iter().for_each(|&removed| self.ended(removed, now));
        waiting.len()
    }
}

impl Waits {
    fn now(&self) -> u64 {
        self.begun.elapsed().as_nanos() as u64
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The data of an entry, whose end is noted if it was removed.
#[derive(Debug)]
struct Stamp {
    removed: AtomicU64,
    waits: Arc<Waits>,
}

impl Stamp {
    fn new(waits: &Arc<Waits>) -> Self {
        Self { removed: AtomicU64::new(NEVER), waits: Arc::clone(waits) }
    }
}

/// Each is one of its own, so that no announcement leaves an entry as it is.
impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self, other)
    }
}

impl Drop for Stamp {
    fn drop(&mut self) {
        let removed = *self.removed.get_mut();
        if removed != NEVER {
            let now = self.waits.now();
            self.waits.seen().ended(removed, now);
        }
    }
}

fn net<A: Address>(prefix: Prefix<A>) -> Result<IpNet, Failure> {
    Ok(IpNet::new(prefix.address().to_ip(), prefix.len())?)
}

/// All backends, in one round.
pub(super) fn run<A: Family>(
    plan: &Updates,
    session: &mut Session,
    ground: &Ground<A>,
    round: usize,
) -> Result<(), Failure> {
    backend::<A, Own>("rtalloc entries", plan, session, ground, round)?;
    backend::<A, Epoch>("rtalloc on crossbeam-epoch", plan, session, ground, round)?;
    backend::<A, Hyaline>("rtalloc on seize", plan, session, ground, round)
}

fn backend<A: Family, R: Reclaim>(
    name: &'static str,
    plan: &Updates,
    session: &mut Session,
    ground: &Ground<A>,
    round: usize,
) -> Result<(), Failure> {
    if !session.setting.implementations::<A>().iter().any(|of| of.name == name) {
        return Ok(());
    }
    session.progress.doing(&format!("{name}, reclaim"));
    let seen = Mutex::new(Seen { times: times()?, waiting: HashSet::new() });
    let waiting = Arc::new(Waits { begun: Instant::now(), seen });
    let table: Table<Stamp, R> = Options::new().open_with()?;
    for &(prefix, hop) in &ground.routes {
        table.insert(net(prefix)?, Route::with_data(hop, Stamp::new(&waiting)))?;
    }
    let addresses = A::addresses(Stream::Routed, &ground.routes, ADDRESSES);
    let ended = AtomicBool::new(false);
    let cores = session.setting.cores.clone();
    let written = thread::scope(|scope| {
        let (table, ended, cores, waiting) = (&table, &ended, &cores, &waiting);
        let reader = scope.spawn(move || {
            cores.pin(0, 2);
            read(table, &addresses, ended);
        });
        let writer = scope.spawn(move || {
            cores.pin(1, 2);
            write(table, ground, plan, waiting)
        });
        let written = writer.join();
        // Relaxed: an order, whatever became of the writer.
        ended.store(true, Ordering::Relaxed);
        reader.join().and(written)
    });
    let disturbed = written.map_err(|_| "a thread panicked")?? && !cores.oversubscribed(2);
    session.sampled(disturbed);
    let row = Row {
        stream: Stream::Routed.name(),
        readers: Some(1),
        oversubscribed: cores.oversubscribed(2),
        burst: Some(BURST),
        updates: Some(f64::INFINITY),
        case: "reclaim".to_owned(),
        round,
        disturbed,
        ..session.row::<A>(name, ground.routes.len())
    };
    // While the table is there, whose end frees what waits.
    let mut seen = waiting.seen();
    let not_freed = seen.rest(waiting.now());
    session.rows.extend(percentiles(&row, "reclaim_latency", &seen.times));
    let removals = seen.times.len() as f64;
    let rows = [("removals", removals), ("not_freed", not_freed as f64)];
    let count = |(metric, value)| Row { metric, unit: "entries", value, ..row.clone() };
    session.rows.extend(rows.map(count));
    drop(seen);
    Ok(())
}

fn read<A: Family, R: Reclaim>(table: &Table<Stamp, R>, addresses: &[A], ended: &AtomicBool) {
    let mut reader = table.reader();
    let mut guard = reader.enter();
    for burst in addresses.chunks(BURST).cycle() {
        // Relaxed: an order; nothing else goes with it.
        if ended.load(Ordering::Relaxed) {
            return;
        }
        for &address in burst {
            black_box(guard.lookup(address.to_ip()).map(|found| found.next_hop()));
        }
        guard.quiescent();
    }
}

/// Removes routes and puts them back until the time is over; whether something disturbed that.
fn write<A: Family, R: Reclaim>(
    table: &Table<Stamp, R>,
    ground: &Ground<A>,
    plan: &Updates,
    waiting: &Arc<Waits>,
) -> Result<bool, Failure> {
    let watch = Watch::thread();
    let mut last = 0;
    let (begun, most) = (Instant::now(), Duration::from_millis(plan.most_ms));
    // A number without a factor in common with most tables' sizes: routes far from each other.
    let spread = ground.routes.iter().cycle().step_by(7919);
    for &(prefix, hop) in spread.take(plan.most / 2) {
        let net = net(prefix)?;
        let removed = waiting.now().max(last + 1);
        last = removed;
        if let Some(entry) = table.remove(net)? {
            waiting.seen().waiting.insert(removed);
            // Relaxed: whoever drops the entry does so after this reference is given back.
            entry.data().removed.store(removed, Ordering::Relaxed);
        }
        table.insert(net, Route::with_data(hop, Stamp::new(waiting)))?;
        if begun.elapsed() >= most {
            break;
        }
    }
    Ok(watch.end().disturbs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_still_waits_counts_with_its_age() {
        let mut seen = Seen { times: times().unwrap(), waiting: HashSet::from([100, 400, 700]) };
        seen.ended(400, 500);
        assert_eq!((seen.times.len(), seen.times.max()), (1, 100));
        assert_eq!((seen.rest(1000), seen.rest(1000)), (2, 0));
        assert_eq!((seen.times.len(), seen.times.max()), (3, 900));
    }
}
