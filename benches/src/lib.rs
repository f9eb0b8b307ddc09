//! Workloads shared by the benchmarks: tables, address streams, and the check that answers are
//! right before anything is timed.
//!
//! The benchmarks are `table`, single operations under criterion, `updates`, what updates cost, and
//! `references`, what it costs to take a route and give it back, by one thread and by two on the same
//! entry (`paper/results/README.md` says what it writes). The programs are `lookup`, which times
//! lookups of any table beside those of others, `figures`, which prints all figures that the table is
//! to reach, with their spread and their targets, and `rtalloc-bench`, which runs the experiments of
//! `experiments.toml` on all [`implementations`] and writes rows for plots: a [`plan`], the
//! [`harness`] that runs readers beside a writer for a fixed time, and one form of [`rows`].

pub mod adapter;
pub mod candidate;
pub mod changes;
pub mod counting_allocator;
mod day;
pub mod disturbance;
pub mod environment;
pub mod family;
pub mod feed;
pub mod harness;
pub mod implementations;
pub mod interleave;
pub mod ours;
pub mod peers;
pub mod pinning;
pub mod plan;
pub mod rows;
pub mod spread;
pub mod throttle;
pub mod tiers;

pub use day::Day;

#[cfg(feature = "dpdk")]
pub mod dpdk;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rtalloc::{
    Address, NextHop, Options, Prefix, Reclaim, Table,
    testing::{probes::probes, synthetic},
};

/// The seed of every workload, so that runs compare.
pub const SEED: u64 = 1;

/// Routes of one family, in prefix order.
pub type Routes<A> = Vec<(Prefix<A>, NextHop)>;

/// The synthetic Internet, IPv4.
pub fn internet_v4(count: usize) -> Routes<u32> {
    with_next_hops(synthetic::internet_v4(SEED, count))
}

/// The synthetic Internet, IPv6.
pub fn internet_v6(count: usize) -> Routes<u128> {
    with_next_hops(synthetic::internet_v6(SEED, count))
}

fn with_next_hops<A: Address>(prefixes: Vec<Prefix<A>>) -> Routes<A> {
    prefixes.into_iter().map(|prefix| (prefix, synthetic::next_hop(prefix))).collect()
}

/// Which addresses are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Any address, all equally likely.
    Uniform,
    /// A random route's prefix, with random host bits.
    Routed,
    /// One of a million routed addresses, the `k`-th with a share of `1/k`.
    Zipf,
    /// One of a thousand routed addresses, all equally likely: a hot set, which caches hold.
    Hot,
}

/// Different addresses of [`Stream::Hot`].
const HOT: usize = 1000;

/// Different addresses of [`Stream::Zipf`].
const POPULARITY: usize = 1_000_000;

impl Stream {
    /// `count` addresses for a table of `routes`.
    pub fn addresses<A: Address>(self, routes: &Routes<A>, count: usize) -> Vec<A>
    where
        rand::distr::StandardUniform: rand::distr::Distribution<A>,
    {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        match self {
            Self::Uniform => (0..count).map(|_| random.random()).collect(),
            Self::Routed => (0..count).map(|_| routed(routes, &mut random)).collect(),
            Self::Hot => {
                let pool: Vec<A> = (0..HOT).map(|_| routed(routes, &mut random)).collect();
                (0..count).map(|_| pool[random.random_range(0..HOT)]).collect()
            }
            Self::Zipf => {
                let pool: Vec<A> = (0..POPULARITY).map(|_| routed(routes, &mut random)).collect();
                let mut total = 0.0;
                let shares: Vec<f64> = (1..=POPULARITY)
                    .map(|rank| {
                        total += 1.0 / rank as f64;
                        total
                    })
                    .collect();
                let draw = |_| {
                    // The upper bits of a word, as a fraction of the total.
                    let share = random.next_u32() as f64 / (u64::from(u32::MAX) + 1) as f64 * total;
                    pool[shares.partition_point(|&up_to| up_to <= share).min(POPULARITY - 1)]
                };
                (0..count).map(draw).collect()
            }
        }
    }

    /// The stream's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Routed => "routed",
            Self::Zipf => "zipf",
            Self::Hot => "hot",
        }
    }
}

/// An address of a random route's prefix.
fn routed<A: Address>(routes: &Routes<A>, random: &mut impl Rng) -> A
where
    rand::distr::StandardUniform: rand::distr::Distribution<A>,
{
    let (prefix, _) = routes[random.random_range(0..routes.len())];
    prefix.address().splice(random.random(), prefix.len())
}

/// A table of both families on backend `R`, its answers checked against the oracle at the probe
/// addresses of every `step`th route.
///
/// # Panics
/// If an answer is wrong: what is wrong is not worth timing.
pub fn checked_table<R: Reclaim>(
    options: Options,
    v4: &Routes<u32>,
    v6: &Routes<u128>,
    step: usize,
) -> Table<(), R> {
    let table = options.open_with().expect("address space for a table");
    changes::load(table.v4(), v4);
    changes::load(table.v6(), v6);
    let mut reader = table.reader();
    let guard = reader.enter();
    check(v4, step, |address| guard.lookup_v4(address).map(|found| found.next_hop()));
    check(v6, step, |address| guard.lookup_v6(address).map(|found| found.next_hop()));
    drop(guard);
    drop(reader);
    table
}

fn check<A: Address>(
    routes: &Routes<A>,
    step: usize,
    mut lookup: impl FnMut(A) -> Option<NextHop>,
) {
    let oracle = adapter::oracle(routes);
    for &(prefix, _) in routes.iter().step_by(step) {
        for address in probes(prefix) {
            let expected = oracle.lookup(address).map(|(_, &next_hop)| next_hop);
            assert_eq!(lookup(address), expected, "at {}", address.to_ip());
        }
    }
}
