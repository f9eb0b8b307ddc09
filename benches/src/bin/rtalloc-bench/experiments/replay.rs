//! A day of updates by a writer that makes them as fast as it can, one by one, with a reader beside
//! that looks routed addresses up. An update's latency is the time of the call that makes it, which
//! returns when readers see it. Who is too slow for a whole day is stopped; the updates that it made
//! are a row.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use rtalloc_benches::{
    Stream,
    adapter::{Adapter, Failure},
    disturbance::Watch,
    family::Family,
    feed::Feed,
    harness::times,
    pinning::Cores,
    plan::{FamilyName, Replay},
    rows::Row,
};

use super::{Experiment, latency::percentiles};
use crate::{
    session::Session,
    setting::{Cost, Setting, routes},
};

/// Addresses of the stream.
const ADDRESSES: usize = 1 << 17;

/// Addresses between two looks at whether the writer has ended.
const CHUNK: usize = 2048;

/// What was seen.
struct Seen {
    seconds: f64,
    times: Histogram<u64>,
    lookups: u64,
    refused: u64,
    disturbed: bool,
}

/// Makes the updates; how long it took, the times of each, and how many were refused.
fn write<A: Family>(
    plan: &Replay,
    adapter: &dyn Adapter<A>,
    feed: &mut Feed<'_, A>,
    count: usize,
) -> Result<(f64, Histogram<u64>, u64), Failure> {
    let mut writer = adapter.writer().ok_or("no writer")?;
    let mut times = times()?;
    let most = Duration::from_millis(plan.most_ms);
    let begun = Instant::now();
    let mut before = begun;
    for step in feed.take(count) {
        writer.apply(step);
        let now = Instant::now();
        times.saturating_record((now - before).as_nanos() as u64);
        before = now;
        if now - begun >= most {
            break;
        }
    }
    Ok(((before - begun).as_secs_f64(), times, writer.refused() as u64))
}

fn run<A: Family>(
    plan: &Replay,
    adapter: &dyn Adapter<A>,
    feed: &mut Feed<'_, A>,
    count: usize,
    addresses: &[A],
    cores: &Cores,
) -> Result<Seen, Failure> {
    let ended = AtomicBool::new(false);
    let lookups = AtomicU64::new(0);
    let (read, written) = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            cores.pin(0, 2);
            let watch = Watch::thread();
            let mut reader = adapter.reader();
            for chunk in addresses.chunks(CHUNK).cycle() {
                // Relaxed: an order; nothing else goes with it.
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                reader.run(chunk, plan.burst.get());
                // Relaxed: a count.
                lookups.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            }
            watch.end()
        });
        let writer = scope.spawn(|| {
            cores.pin(1, 2);
            let watch = Watch::thread();
            let (seconds, times, refused) = write(plan, adapter, feed, count)?;
            Ok::<_, Failure>((seconds, times, refused, watch.end()))
        });
        let written = writer.join();
        // Relaxed: an order, whatever became of the writer.
        ended.store(true, Ordering::Relaxed);
        (reader.join(), written)
    });
    let mut lost = read.map_err(|_| "the reader panicked")?;
    let (seconds, times, refused, lost_too) = written.map_err(|_| "the writer panicked")??;
    lost += lost_too;
    let disturbed = lost.disturbs() && !cores.oversubscribed(2);
    // Relaxed: the reader has ended.
    Ok(Seen { seconds, times, lookups: lookups.load(Ordering::Relaxed), refused, disturbed })
}

impl Experiment for Replay {
    fn families(&self) -> &[FamilyName] {
        &self.families
    }

    fn cost<A: Family>(&self, setting: &Setting) -> Cost {
        let routes = routes::<A>(self.routes);
        let all = setting.opened::<A>(routes).len();
        let mut cost = setting.make(routes) + setting.make(routes);
        for _ in 0..self.rounds {
            cost += setting.open::<A>(routes) + setting.check_fed::<A>(routes);
            cost += setting.overrun::<A>(routes);
            // A million updates a second, or the time that is given.
            let seconds =
                (self.most.min(routes * 5 / 4) as f64 / 1e6).min(self.most_ms as f64 / 1e3);
            cost += Cost::samples(all, seconds);
        }
        cost
    }

    fn run<A: Family>(&self, session: &mut Session) -> Result<(), Failure> {
        let ground = session.ground::<A>(self.routes)?;
        let routes = ground.routes.len();
        let addresses = A::addresses(Stream::Routed, &ground.routes, ADDRESSES);
        let count = ground.steps.len().min(self.most);
        let implementations = session.setting.implementations::<A>();
        let cores = session.setting.cores.clone();
        for round in 0..self.rounds {
            for index in session.order(implementations.len()) {
                let implementation = &implementations[index];
                let name = implementation.name;
                let Some(mut open) = session.open(implementation, &ground) else { continue };
                if open.adapter.writer().is_none() {
                    continue;
                }
                session.progress.doing(name);
                let (adapter, feed) = (&*open.adapter, &mut open.feed);
                let seen = match run(self, adapter, feed, count, &addresses, &cores) {
                    Ok(seen) => seen,
                    Err(error) => {
                        session.fail::<A>(name, routes, &error.to_string());
                        continue;
                    }
                };
                session.sampled(seen.disturbed);
                let row = Row {
                    stream: Stream::Routed.name(),
                    readers: Some(1),
                    oversubscribed: cores.oversubscribed(2),
                    burst: Some(self.burst.get()),
                    updates: Some(f64::INFINITY),
                    round,
                    disturbed: seen.disturbed,
                    ..session.row::<A>(name, routes)
                };
                open.refused += seen.refused;
                let made = open.feed.made().saturating_sub(seen.refused) as f64;
                let rows = [
                    ("seconds", "s", seen.seconds),
                    ("updates_made", "updates", made),
                    ("updates_per_second", "1/s", made / seen.seconds),
                    ("lookups_per_second", "1/s", seen.lookups as f64 / seen.seconds),
                ];
                let one = |(metric, unit, value)| Row { metric, unit, value, ..row.clone() };
                session.rows.extend(rows.map(one));
                session.rows.extend(percentiles(&row, "publication_latency", &seen.times));
                session.check_fed(&open, &ground);
            }
        }
        Ok(())
    }
}
