//! DPDK's own tables, as `rtalloc_benches::dpdk` says how they are built.
//!
//! `rte_fib6` takes addresses in network order, into which a burst here turns them; that is part of
//! the time. The next hops of `rte_fib` and `rte_fib6` have 8 bytes, and stay as they are.
//!
//! A table that DPDK does not make or load ends the program with DPDK's reason, as does a wrong
//! answer. What the processor does not have is printed and left out.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use rtalloc::{Address, Prefix};
use rtalloc_benches::{
    Routes,
    candidate::{Answer, Candidate},
    dpdk::{self, Dpdk, Family, Fib, Lookup, Lpm, Pages, Settings, Width},
};

/// The size of bursts, which is DPDK's usual one.
const BURST: usize = 64;

/// What DPDK's tables are made of.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What memory DPDK's tables lie on.
    #[arg(long, value_enum, default_value = "transparent")]
    dpdk_pages: Pages,
    /// Also times `rte_lpm`, into which a full table loads in one to two minutes.
    #[arg(long)]
    dpdk_lpm: bool,
}

/// `rte_fib` with DIR-24-8, of both widths, and `rte_lpm` if it is asked for.
pub(crate) fn v4(
    arguments: &Arguments,
    routes: &Routes<u32>,
) -> Result<Vec<Candidate<u32>>, Box<dyn Error>> {
    let dpdk = start(arguments)?;
    let groups = groups(routes);
    let mut candidates = Vec::new();
    for width in [Width::Two, Width::Four] {
        for lookup in [Lookup::Scalar, Lookup::Avx512] {
            let bytes = (width.bytes() << 24) + groups * 256 * width.bytes();
            candidates.extend(fib(dpdk, routes, width, lookup, bytes)?);
        }
    }
    if arguments.dpdk_lpm {
        candidates.extend(lpm(dpdk, routes, (4 << 24) + groups * 256 * 4)?);
    }
    Ok(candidates)
}

/// `rte_fib6` with its trie, of 4 bytes: 2 bytes do not number the groups of a full table.
pub(crate) fn v6(
    arguments: &Arguments,
    routes: &Routes<u128>,
) -> Result<Vec<Candidate<u128>>, Box<dyn Error>> {
    let dpdk = start(arguments)?;
    let bytes = (4 << 24) + groups(routes) * 256 * 4;
    let mut candidates = Vec::new();
    for lookup in [Lookup::Scalar, Lookup::Avx512] {
        candidates.extend(fib(dpdk, routes, Width::Four, lookup, bytes)?);
    }
    Ok(candidates)
}

fn start(arguments: &Arguments) -> Result<Dpdk, dpdk::Error> {
    let dpdk = Dpdk::start(arguments.dpdk_pages)?;
    println!("{}, tables on {:?} pages", dpdk.version(), arguments.dpdk_pages);
    Ok(dpdk)
}

fn prefixes<A: Address>(routes: &Routes<A>) -> Vec<Prefix<A>> {
    routes.iter().map(|route| route.0).collect()
}

/// Groups of entries that the routes take, or a few less, where all of a group's answers agree.
fn groups<A: Family>(routes: &Routes<A>) -> u64 {
    A::groups(&prefixes(routes))
}

/// A loaded table, in bursts and one at a time; nothing if its lookup is not to be had. `bytes` is
/// what lookups can touch.
fn fib<A: Family>(
    dpdk: Dpdk,
    routes: &Routes<A>,
    width: Width,
    lookup: Lookup,
    bytes: u64,
) -> Result<Vec<Candidate<A>>, dpdk::Error> {
    let name = format!("{} {}B {}", A::NAME, width.bytes(), name(lookup));
    let settings = Settings { lookup, ..Settings::of(prefixes(routes), width) };
    let mut fib = match Fib::new(dpdk, &settings) {
        Err(reason @ dpdk::Error::Lookup) => {
            println!("{name}: {reason}");
            return Ok(Vec::new());
        }
        made => made?,
    };
    let start = Instant::now();
    for &(prefix, next_hop) in routes {
        fib.add(prefix, next_hop.interface)?;
    }
    print_load(dpdk, &name, start.elapsed())?;
    let (burst, one) = (fib.reader(), fib.reader());
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    // Between bursts, so that no burst has to clear it.
    let mut place = [A::Key::default(); BURST];
    Ok(vec![
        Candidate::wide(&name, bytes, 1, move |addresses: &[A], next_hops| {
            one.lookup(&[addresses[0].key()], next_hops);
        }),
        Candidate::wide(&name, bytes, BURST, move |addresses: &[A], next_hops| {
            burst.lookup(A::keys(addresses, &mut place), next_hops);
        }),
    ])
}

/// `rte_lpm`, loaded: one at a time, and what it has for bursts.
fn lpm(dpdk: Dpdk, routes: &Routes<u32>, bytes: u64) -> Result<Vec<Candidate<u32>>, dpdk::Error> {
    // It takes no default route, so that route's next hop is the answer where there is none.
    let default = routes.iter().find(|route| route.0.len() == 0);
    let missing = default.map_or(0, |route| route.1.interface);
    let settings = Settings { missing, ..Settings::of(prefixes(routes), Width::Four) };
    let mut lpm = Lpm::new(dpdk, &settings, None)?;
    let start = Instant::now();
    for &(prefix, next_hop) in routes.iter().filter(|route| route.0.len() > 0) {
        lpm.add(prefix, next_hop.interface)?;
    }
    print_load(dpdk, "rte_lpm", start.elapsed())?;
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let candidate = |name: &str, burst, lookup: fn(&dpdk::LpmReader, &[u32], &mut [u32])| {
        let reader = lpm.reader();
        Candidate::new(name, bytes, Answer::NextHop, burst, move |addresses, next_hops| {
            lookup(&reader, addresses, next_hops);
        })
    };
    let single = lpm.reader();
    Ok(vec![
        Candidate::new("rte_lpm", bytes, Answer::NextHop, 1, move |addresses, next_hops| {
            next_hops[0] = single.lookup(addresses[0]);
        }),
        candidate("rte_lpm, one by one,", BURST, dpdk::LpmReader::lookup_each),
        candidate("rte_lpm bulk", BURST, dpdk::LpmReader::lookup_bulk),
        candidate("rte_lpm x4", BURST, dpdk::LpmReader::lookup_x4),
    ])
}

fn name(lookup: Lookup) -> &'static str {
    match lookup {
        Lookup::Scalar => "scalar",
        Lookup::Avx512 => "AVX-512",
    }
}

fn print_load(dpdk: Dpdk, name: &str, took: Duration) -> Result<(), dpdk::Error> {
    let megabytes = dpdk.memory()?.allocated >> 20;
    println!("{name}: loaded in {:.2} s, {megabytes} MiB in all tables", took.as_secs_f64());
    Ok(())
}
