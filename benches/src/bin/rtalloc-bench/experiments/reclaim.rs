//! How long what is removed waits to be freed: from the call that removes a route to the destructor
//! of its data, with a reader beside that looks bursts up.
//!
//! A destructor that notes the time can be hung into this crate's own tables alone, on each
//! reclamation backend. Others hold what their adapters put there.

use std::{
    hint::black_box,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use ipnet::IpNet;
use rtalloc::{Address, Epoch, Hyaline, Options, Own, Prefix, Reclaim, Route, Table};
use rtalloc_benches::{
    Stream, adapter::Failure, environment::waits, family::Family, harness::times, plan::Updates,
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

/// When removals began, and how long they have waited so far.
#[derive(Debug)]
struct Waits {
    begun: Instant,
    times: Mutex<Histogram<u64>>,
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
            let now = self.waits.begun.elapsed().as_nanos() as u64;
            let mut times = self.waits.times.lock().unwrap_or_else(PoisonError::into_inner);
            times.saturating_record(now.saturating_sub(removed).max(1));
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
    let waiting = Arc::new(Waits { begun: Instant::now(), times: Mutex::new(times()?) });
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
    let times = waiting.times.lock().unwrap_or_else(PoisonError::into_inner);
    session.rows.extend(percentiles(&row, "reclaim_latency", &times));
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

/// Removes routes and puts them back until the time is over; whether the thread had to wait.
fn write<A: Family, R: Reclaim>(
    table: &Table<Stamp, R>,
    ground: &Ground<A>,
    plan: &Updates,
    waiting: &Arc<Waits>,
) -> Result<bool, Failure> {
    let waited = waits();
    let (begun, most) = (Instant::now(), Duration::from_millis(plan.most_ms));
    // A number without a factor in common with most tables' sizes: routes far from each other.
    let spread = ground.routes.iter().cycle().step_by(7919);
    for &(prefix, hop) in spread.take(plan.most / 2) {
        let net = net(prefix)?;
        let removed = waiting.begun.elapsed().as_nanos() as u64;
        if let Some(entry) = table.remove(net)? {
            // Relaxed: whoever drops the entry does so after this reference is given back.
            entry.data().removed.store(removed, Ordering::Relaxed);
        }
        table.insert(net, Route::with_data(hop, Stamp::new(waiting)))?;
        if begun.elapsed() >= most {
            break;
        }
    }
    Ok(waits() > waited)
}
