//! What updates cost, and what a route costs in memory.
//!
//! ```text
//! cargo bench --package rtalloc-benches --bench updates -- [NAME...]
//! ```
//!
//! Runs the scenarios whose names contain one of the arguments, or all. Rates are by the time that
//! the writing thread had a processor, so that neighbours cost little of the result; latencies are
//! by the clock and contain two readings of it and every interruption. A bulk load uses all cores
//! and is timed by the clock. `RTALLOC_DAY` names the folder of the real day; without it the day
//! is synthetic. `RTALLOC_ROUNDS` is the number of rounds, 5 by default; a line gives the median
//! and the quartiles. Two versions compare by running their programs in turn.
//!
//! The work of a scenario runs in a function of its own, `measured`, for
//! `valgrind --tool=callgrind --toggle-collect='*measured*'`.

use std::{
    env, fs,
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rtalloc::{Address, NextHop, Prefix, Rib, Stats, Table, testing::history::Step};
use rtalloc_benches::{
    Day, Routes, SEED, Stream,
    changes::{apply, apply_batch, load},
};

/// Routes of a peer that flaps.
const PEER: usize = 100_000;

/// Updates of a scenario that makes up its own.
const UPDATES: usize = 200_000;

/// Changes of one sorted batch.
const BATCH: usize = 10_000;

fn main() {
    let names: Vec<String> = env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let rounds = env::var("RTALLOC_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let day = Day::open();
    println!("a {} day; IPv4 {}, IPv6 {} routes", day.source, day.v4.len(), day.v6.len());
    let bench = Bench { names, rounds: rounds.unwrap_or(5) };
    bench.family("v4", &day.v4, &day.updates_v4, Table::v4);
    bench.family("v6", &day.v6, &day.updates_v6, Table::v6);
}

/// Which scenarios run, and how often.
struct Bench {
    names: Vec<String>,
    rounds: usize,
}

impl Bench {
    fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|part| name.contains(part))
    }

    /// Runs `round` for each round and prints what it returns: million operations a second.
    fn rate(&self, name: &str, mut round: impl FnMut() -> f64) {
        if self.wants(name) {
            let mut rates: Vec<f64> = (0..self.rounds).map(|_| round()).collect();
            print(name, "M/s", &mut rates);
        }
    }

    fn family<A>(
        &self,
        family: &str,
        routes: &Routes<A>,
        updates: &[Step<A>],
        rib: impl Fn(&Table) -> &Rib<A, ()> + Copy + Sync,
    ) where
        A: Address + Looked,
        rand::distr::StandardUniform: rand::distr::Distribution<A>,
    {
        let name = |scenario: &str| format!("{family}/{scenario}");
        let loaded = || {
            let table = Table::new().expect("address space");
            load(rib(&table), routes);
            table
        };
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let mut shuffled: Routes<A> = routes.clone();
        shuffled.shuffle(&mut random);

        if self.wants(&name("load")) {
            let mut times: Vec<f64> = (0..self.rounds).map(|_| load_once(rib, routes)).collect();
            print(&name("load"), "ms", &mut times);
        }
        if self.wants(&name("bytes")) {
            print_bytes(&name("bytes"), &rib(&loaded()).stats());
        }

        self.rate(&name("replay"), || {
            let table = loaded();
            rate(updates.len(), || updates.iter().for_each(|step| apply(rib(&table), step)))
        });
        if self.wants(&name("latency of replay")) {
            for beside in [false, true] {
                let table = loaded();
                let addresses = Stream::Routed.addresses(routes, 1 << 16);
                let reader = beside.then_some(&addresses[..]);
                let mut times = beside_reader(&table, reader, || latencies(rib(&table), updates));
                let beside = if beside { " beside a reader" } else { "" };
                print_quantiles(&name(&format!("latency of replay{beside}")), &mut times);
            }
        }
        let withdrawn = &shuffled[..UPDATES.min(shuffled.len())];
        self.rate(&name("withdraw and announce"), || {
            let table = loaded();
            let rib = rib(&table);
            rate(2 * withdrawn.len(), || {
                for pair in withdrawn.chunks(16) {
                    pair.iter().for_each(|&(prefix, _)| apply(rib, &Step::Remove(prefix)));
                    pair.iter().for_each(|&(prefix, hop)| apply(rib, &Step::Set(prefix, hop)));
                }
            })
        });
        let flap = [Step::Set(Prefix::default(), routes[0].1), Step::Remove(Prefix::default())];
        if self.wants(&name("default route")) {
            let table = loaded();
            print_quantiles(
                &name("default route"),
                &mut latencies(rib(&table), &flap.repeat(5000)),
            );
        }
        self.rate(&name("withdraw and announce between changes of the default route"), || {
            let table = loaded();
            let rib = rib(&table);
            let some = &withdrawn[..UPDATES.min(withdrawn.len()) / 10];
            rate(2 * some.len(), || {
                for pair in some.chunks(16) {
                    apply(rib, &flap[0]);
                    pair.iter().for_each(|&(prefix, _)| apply(rib, &Step::Remove(prefix)));
                    apply(rib, &flap[1]);
                    pair.iter().for_each(|&(prefix, hop)| apply(rib, &Step::Set(prefix, hop)));
                }
            })
        });
        self.rate(&name("announce unchanged"), || {
            let table = loaded();
            let rib = rib(&table);
            rate(withdrawn.len(), || {
                withdrawn.iter().for_each(|&(prefix, hop)| apply(rib, &Step::Set(prefix, hop)));
            })
        });

        let sorted = |step: fn(Prefix<A>, NextHop) -> Step<A>| -> Vec<Step<A>> {
            let stride = (routes.len() / UPDATES).max(1);
            routes.iter().step_by(stride).map(|&(prefix, hop)| step(prefix, hop)).collect()
        };
        let other = |hop: NextHop| NextHop::interface(hop.interface + 1000);
        let changes =
            sorted(|prefix, hop| Step::Set(prefix, NextHop::interface(hop.interface + 1000)));
        self.rate(&name("sorted batches of changes"), || {
            let table = loaded();
            in_batches(rib(&table), &changes)
        });
        let withdrawals = sorted(|prefix, _| Step::Remove(prefix));
        let announcements = sorted(Step::Set);
        self.rate(&name("sorted batches of withdrawals and announcements"), || {
            let table = loaded();
            let first = in_batches(rib(&table), &withdrawals);
            2.0 / (1.0 / first + 1.0 / in_batches(rib(&table), &announcements))
        });

        let mut peer: Routes<A> = shuffled[..PEER.min(shuffled.len() / 2)].to_vec();
        peer.sort_by_key(|route| route.0);
        if self.wants(&name("peer")) {
            let mut times = [Vec::new(), Vec::new(), Vec::new()];
            for _ in 0..self.rounds {
                let table = loaded();
                let rib = rib(&table);
                let via: Vec<_> =
                    peer.iter().map(|&(prefix, hop)| Step::Set(prefix, other(hop))).collect();
                in_batches(rib, &via);
                times[0].push(milliseconds(|| {
                    rib.retain(|_, entry| entry.next_hop().interface < 1000).expect("room");
                }));
                times[1].push(milliseconds(|| apply_batch(rib, &via)));
                let gone: Vec<_> = peer.iter().map(|&(prefix, _)| Step::Remove(prefix)).collect();
                times[2].push(milliseconds(|| apply_batch(rib, &gone)));
            }
            let what = ["peer withdrawn by next hop", "peer announced", "peer withdrawn"];
            for (what, times) in what.iter().zip(&mut times) {
                print(&name(what), "ms", times);
            }
        }
        black_box(random.random::<u64>());
    }
}

/// A family whose addresses readers look up.
trait Looked: Sized {
    fn look(guard: &rtalloc::Guard<'_, ()>, address: Self) -> bool;
}

impl Looked for u32 {
    fn look(guard: &rtalloc::Guard<'_, ()>, address: Self) -> bool {
        guard.lookup_v4(address).is_some()
    }
}

impl Looked for u128 {
    fn look(guard: &rtalloc::Guard<'_, ()>, address: Self) -> bool {
        guard.lookup_v6(address).is_some()
    }
}

/// Where a scenario's work runs.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// The time that the calling thread had a processor; by the clock where the system does not say.
fn busy() -> Duration {
    static BEGUN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let begun = BEGUN.get_or_init(Instant::now);
    let read = || {
        let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    };
    read().unwrap_or_else(|| begun.elapsed())
}

/// Million operations a second.
fn rate(operations: usize, work: impl FnOnce()) -> f64 {
    let begun = busy();
    measured(work);
    operations as f64 / (busy() - begun).as_secs_f64() / 1e6
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    measured(work);
    begun.elapsed().as_secs_f64() * 1e3
}

fn load_once<A: Address>(rib: impl Fn(&Table) -> &Rib<A, ()>, routes: &Routes<A>) -> f64 {
    let table = Table::new().expect("address space");
    milliseconds(|| load(rib(&table), routes))
}

fn in_batches<A: Address>(rib: &Rib<A, ()>, steps: &[Step<A>]) -> f64 {
    rate(steps.len(), || steps.chunks(BATCH).for_each(|steps| apply_batch(rib, steps)))
}

/// Nanoseconds of each update.
fn latencies<A: Address>(rib: &Rib<A, ()>, updates: &[Step<A>]) -> Vec<f64> {
    let time = |step| {
        let begun = Instant::now();
        apply(rib, step);
        begun.elapsed().as_nanos() as f64
    };
    updates.iter().map(time).collect()
}

/// Runs `work` while a reader, if there are addresses for it, looks them up in bursts of 32.
fn beside_reader<A: Copy + Looked + Sync, T>(
    table: &Table,
    addresses: Option<&[A]>,
    work: impl FnOnce() -> T,
) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        if let Some(addresses) = addresses {
            let over = &over;
            scope.spawn(move || {
                let mut reader = table.reader();
                let mut guard = reader.enter();
                for burst in addresses.chunks(32).cycle() {
                    // Relaxed: only tells when to stop.
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    burst.iter().for_each(|&address| {
                        black_box(A::look(&guard, address));
                    });
                    guard.quiescent();
                }
            });
        }
        let done = work();
        // Relaxed: as for the load.
        over.store(true, Ordering::Relaxed);
        done
    })
}

fn quantile(sorted: &[f64], quantile: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * quantile).round() as usize]
}

fn print(name: &str, unit: &str, values: &mut [f64]) {
    values.sort_by(f64::total_cmp);
    let [low, median, high] = [0.25, 0.5, 0.75].map(|at| quantile(values, at));
    println!("{name:<52} {median:>9.3} {unit}  ({low:.3} to {high:.3})");
}

fn print_quantiles(name: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let [p50, p99, p999, p9999] = [0.5, 0.99, 0.999, 0.9999].map(|at| quantile(times, at));
    println!("{name:<52} p50 {p50} p99 {p99} p99.9 {p999} p99.99 {p9999} ns");
}

fn print_bytes(name: &str, stats: &Stats) {
    let each = |bytes: usize| bytes as f64 / stats.routes.max(1) as f64;
    println!(
        "{name:<52} {:>9.2} a route: nodes {:.2}, cells {:.2}, entries {:.2}, map {:.2}, writer {:.2}",
        each(stats.total_bytes()),
        each(stats.arena_bytes),
        each(stats.cell_bytes),
        each(stats.entry_bytes),
        each(stats.map_bytes),
        each(stats.writer_bytes),
    );
}
