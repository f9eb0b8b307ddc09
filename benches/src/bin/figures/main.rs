//! The figures that the table is to reach, each with its spread, its target and whether it is
//! reached.
//!
//! ```text
//! cargo run --release -p rtalloc-benches --bin figures -- \
//!     [--day DIR] [--rounds N] [--only NAME]... [--csv FILE] [--quick] [--growth]
//! ```
//!
//! # How to read the table
//!
//! A row has a name, what its values are against, the median of the values with the quartiles, the
//! target, and whether the median reaches it. *Close* says that the target lies between the
//! quartiles, so that another run may decide otherwise. Ratios are of two measurements of one round,
//! and what is compared takes turns in an order that changes; so what happens to the machine happens
//! to both. Rates in remarks are of this machine in this hour.
//!
//! Answers are checked before anything is timed; a wrong one ends the program.
//!
//! Without `--day` the Internet is synthetic, and so are the updates. `--day` names a folder with a
//! real table and the updates of a day, as [`Day::read`] wants it. The lines above the table say what
//! was measured on what; if the load average is not near the number of this program's own threads,
//! others had the machine too.
//!
//! | names begin with | what it is | by |
//! |---|---|---|
//! | `lookup` | lookup rates against others' | the thread's own time |
//! | `updates` | rates of updates; the slowest in 1000 | the thread's own time; the clock |
//! | `short` | a default route, a /8 and a /12 over a full table | the clock |
//! | `reader` | a reader beside a writer on the other core | the clock |
//! | `protocol` | guards and quiescent points | the thread's own time |
//! | `load` | a whole table on all cores | the clock |
//! | `memory` | bytes of a prefix and of a route | what the table's `stats` count |
//! | `fragmentation` | node memory before and after the day | likewise |
//! | `growth` | ten times today's Internet, and a million host routes; with `--growth` | as above |
//!
//! `DIR24_8`, `Poptrie` and `PlanB` are static tables written from the papers, which cannot be updated.
//! The first stands for DPDK's `rte_fib`, whose targets its rows bear. It is a burst that prefetches,
//! inlined, where `rte_fib` is called through a pointer; one at a time that matters most, so there
//! the rows against it have no target. The feature `dpdk` adds DPDK's own tables, as
//! `rtalloc_benches::dpdk` says; without it their rows say so.

#[cfg(feature = "dpdk")]
#[path = "../lookup/dpdk.rs"]
mod dpdk;
#[cfg(not(feature = "dpdk"))]
#[path = "no_dpdk.rs"]
mod dpdk;
mod figure;
mod growth;
mod host_routes;
mod load;
mod lookups;
mod memory;
mod neighbour;
mod ours;
mod protocol;
mod reader;
mod report;
mod rte_fib;
mod short;
mod tables;
mod updates;
mod windows;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use rtalloc_benches::{
    Day,
    environment::{environment, instructions, load_average},
};

use crate::report::{Plan, Report};

/// Whatever ends the program early.
type Failure = Box<dyn std::error::Error>;

/// The figures to reach, in one table.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder of a real day; without it the day is synthetic.
    #[arg(long)]
    day: Option<PathBuf>,
    /// Rounds of what takes milliseconds; what takes seconds has a quarter of them.
    #[arg(long)]
    rounds: Option<usize>,
    /// Only figures whose names contain this; may be given several times.
    #[arg(long, num_args = 1..)]
    only: Vec<String>,
    /// Writes every single value here.
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Little of everything, to see that it works; its numbers mean little.
    #[arg(long)]
    quick: bool,
    /// Also tables of ten times today's size, and a million host routes. Takes several GiB.
    #[arg(long)]
    growth: bool,
    #[command(flatten)]
    dpdk: dpdk::Arguments,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("figures: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let before = load_average();
    let plan = Plan::new(arguments.rounds, arguments.quick, arguments.only.clone());
    let clones = if arguments.growth { host_routes::clones(&plan)? } else { None };
    let day = arguments.day.as_deref().map_or_else(Day::synthetic, Day::read);
    let mut around = surroundings(&day, before.clone());
    for (name, value) in &around {
        println!("{name}: {value}");
    }
    if others_run(&before) {
        println!("others have this machine too: rates and the clock's times suffer, ratios spread");
    }
    println!();
    let mut report = Report::new(plan);
    lookups::run(&mut report, &day, &arguments.dpdk)?;
    for section in
        [protocol::run, updates::run, rte_fib::run, short::run, reader::run, load::run, memory::run]
    {
        section(&mut report, &day)?;
    }
    if arguments.growth {
        growth::run(&mut report, &day)?;
        host_routes::run(&mut report, &day, clones)?;
    }
    report.print_summary();
    println!("load average after: {}", load_average());
    if let Some(path) = &arguments.csv {
        around.push(("load_average_end", load_average()));
        report.write_csv(path, &around)?;
    }
    Ok(())
}

/// Whether other threads wanted to run during the minute before this program began.
fn others_run(load_before: &str) -> bool {
    load_before.parse::<f64>().is_ok_and(|load| load > 0.5)
}

/// What someone needs to know to judge the numbers.
fn surroundings(day: &Day, load_before: String) -> Vec<(&'static str, String)> {
    let mut around = environment(day.v4.len(), load_before);
    around.retain(|(name, _)| *name != "pinned" && *name != "load_average_after");
    around.push(("routes_v6", day.v6.len().to_string()));
    around.push(("updates", format!("{} and {}", day.updates_v4.len(), day.updates_v6.len())));
    around.push(("day", day.source.clone()));
    around.push(("checksum", format!("{:08x}", day.checksum())));
    around.push(("features", if cfg!(feature = "dpdk") { "dpdk" } else { "" }.to_owned()));
    around.push(("instructions", instructions().to_owned()));
    around
}
