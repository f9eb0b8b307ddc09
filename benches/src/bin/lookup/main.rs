//! Lookup rates of the table and of what others publish, side by side.
//!
//! ```text
//! cargo run --release -p rtalloc-benches --bin lookup -- [--table FILE]... [--rounds N] [--csv FILE]
//! ```
//!
//! Loads the routes of the files given, or the synthetic Internet, into each candidate, checks the
//! answers of each to all addresses of all streams against the oracle, and then times the
//! candidates in turn, round after round. What counts are ratios within a round, of which the
//! median and the quartiles are printed; rates are a remark, since they follow the machine's
//! neighbours.
//!
//! | stream | what it asks |
//! |---|---|
//! | uniform | any address (IPv4) |
//! | routed | a random route's prefix with random host bits |
//! | zipf | one of a million routed addresses, the `k`-th with a share of `1/k` |
//!
//! The layouts of others were written from their papers, as static tables that cannot be updated.
//! Where they have bursts, they get them. With the feature `dpdk`, DPDK's own tables are candidates
//! too.

#[cfg(feature = "dpdk")]
mod dpdk;
mod ours;
mod rows;

use std::{error::Error, fs::File, io::Write, path::PathBuf};

use clap::Parser;
use rtalloc::{
    Address, Options, Prefix, Table, Width,
    input::{ReadOptions, Source, default_next_hop, read_table},
};
use rtalloc_benches::{
    Routes, Stream,
    adapter::oracle,
    candidate::{Candidate, check},
    checked_table,
    interleave::interleave,
    internet_v4, internet_v6,
    peers::{crates, dir24_8, planb, poptrie},
};

use self::rows::Row;

/// Addresses in a stream.
const ADDRESSES: usize = 1 << 20;

/// Lookup rates of the table and of others, side by side.
#[derive(Debug, Parser)]
struct Arguments {
    /// A file of routes; may be given for each family. Without any: the synthetic Internet.
    #[arg(long)]
    table: Vec<PathBuf>,
    /// How often each candidate is timed.
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// Writes every single timing here.
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Only candidates whose name contains one of these, and the one that ratios are against.
    #[arg(long)]
    only: Vec<String>,
    /// The candidate that ratios are against.
    #[arg(long, default_value = "rtalloc entry x1")]
    against: String,
    /// Bytes of an answer in the forwarding view: 1, 2 or 4.
    #[arg(long, default_value_t = 1)]
    width: u8,
    /// Runs each candidate over each stream once, untimed, in a function called `counted`, and says
    /// which: for scripts/count-misses.
    #[arg(long)]
    once: bool,
    #[cfg(feature = "dpdk")]
    #[command(flatten)]
    dpdk: dpdk::Arguments,
}

impl Arguments {
    fn width(&self) -> Width {
        match self.width {
            1 => Width::One,
            2 => Width::Two,
            _ => Width::Four,
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let (v4, v6) = routes(&arguments.table)?;
    let options = Options::new().forwarding(arguments.width());
    let table = checked_table(options, &v4, &v6, 997);
    let mut rows = Vec::new();
    if !v4.is_empty() {
        let candidates = ours::candidates(&table)
            .into_iter()
            .chain(dir24_8::candidates(&v4))
            .chain(poptrie::candidates(&v4))
            .chain(crates::v4(&v4));
        #[cfg(feature = "dpdk")]
        let candidates = candidates.chain(dpdk::v4(&arguments.dpdk, &v4)?);
        let streams = [Stream::Uniform, Stream::Routed, Stream::Zipf];
        rows.extend(family("v4", &arguments, &v4, &streams, candidates)?);
    }
    if !v6.is_empty() {
        let candidates = ours::candidates(&table)
            .into_iter()
            .chain(planb::candidates(&v6))
            .chain(crates::v6(&v6));
        #[cfg(feature = "dpdk")]
        let candidates = candidates.chain(dpdk::v6(&arguments.dpdk, &v6)?);
        let streams = [Stream::Routed, Stream::Zipf];
        rows.extend(family("v6", &arguments, &v6, &streams, candidates)?);
    }
    if let Some(path) = &arguments.csv {
        write_csv(path, &rows)?;
    }
    if !arguments.once {
        print_memory(&table);
    }
    Ok(())
}

/// The routes to load, by family.
fn routes(files: &[PathBuf]) -> Result<(Routes<u32>, Routes<u128>), Box<dyn Error>> {
    if files.is_empty() {
        let (v4, v6) = (rtalloc::testing::synthetic::FULL_V4, rtalloc::testing::synthetic::FULL_V6);
        return Ok((internet_v4(v4), internet_v6(v6)));
    }
    let (mut v4, mut v6) = (Routes::new(), Routes::new());
    for file in files {
        let read = read_table(Source::open(file)?, ReadOptions::default(), &mut |_| ())?;
        v4.extend(read.v4.into_iter().map(with_next_hop));
        v6.extend(read.v6.into_iter().map(with_next_hop));
    }
    Ok((v4, v6))
}

/// Candidates answer with a number, so every route gets one of the numbers 1 to 250.
fn with_next_hop<A: Address, T>((prefix, _): (Prefix<A>, T)) -> (Prefix<A>, rtalloc::NextHop) {
    (prefix, default_next_hop(prefix))
}

/// Checks and times all candidates of one family.
fn family<A: Address>(
    family: &'static str,
    arguments: &Arguments,
    routes: &Routes<A>,
    streams: &[Stream],
    candidates: impl Iterator<Item = Candidate<A>>,
) -> Result<Vec<Row>, Box<dyn Error>>
where
    rand::distr::StandardUniform: rand::distr::Distribution<A>,
{
    let wanted = |name: &str| {
        arguments.only.is_empty()
            || name == arguments.against
            || arguments.only.iter().any(|part| name.contains(part.as_str()))
    };
    let mut candidates: Vec<_> = candidates.filter(|candidate| wanted(&candidate.name)).collect();
    let oracle = oracle(routes);
    let mut rows = Vec::new();
    for &stream in streams {
        let addresses = stream.addresses(routes, ADDRESSES);
        if arguments.once {
            for candidate in &mut candidates {
                println!("{family}\t{}\t{}\t{}", stream.name(), candidate.name, addresses.len());
                candidate.run(&addresses[..addresses.len() / 8]);
                counted(candidate, &addresses);
            }
            continue;
        }
        let expected: Vec<u32> = addresses
            .iter()
            .map(|&a| oracle.lookup(a).map_or(0, |found| found.1.interface))
            .collect();
        for candidate in &mut candidates {
            check(candidate, &addresses, &expected)?;
        }
        let timed = interleave(&mut candidates, &addresses, arguments.rounds);
        println!("\n{family} {} of {} routes", stream.name(), routes.len());
        rows.extend(rows::print(
            family,
            stream.name(),
            routes.len(),
            &arguments.against,
            &candidates,
            &timed,
        ));
    }
    Ok(rows)
}

/// A run that instructions are counted of.
#[inline(never)]
fn counted<A>(candidate: &mut Candidate<A>, addresses: &[A]) {
    candidate.run(addresses);
}

fn write_csv(path: &PathBuf, rows: &[Row]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    writeln!(file, "family,stream,candidate,bytes,round,lookups_per_second")?;
    for row in rows {
        for (round, rate) in row.rates.iter().enumerate() {
            let Row { family, stream, candidate, bytes, .. } = row;
            writeln!(file, "{family},{stream},{candidate},{bytes},{round},{rate:.0}")?;
        }
    }
    Ok(())
}

fn print_memory(table: &Table) {
    for (family, stats) in [("v4", table.v4().stats()), ("v6", table.v6().stats())] {
        println!(
            "\n{family} tree: {} bytes of nodes, {} of cells, {} of the forwarding view's nodes",
            stats.node_bytes,
            stats.cell_bytes,
            stats.forward_bytes - stats.forward_free_bytes
        );
        for (depth, level) in stats.depths.iter().enumerate() {
            println!(
                "  depth {depth}: {} nodes, {} bytes, {} leaves",
                level.nodes, level.bytes, level.leaves
            );
        }
    }
}
