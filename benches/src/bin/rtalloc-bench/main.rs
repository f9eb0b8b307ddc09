//! The experiments, on every implementation, as rows.
//!
//! ```text
//! rtalloc-bench run NAME... --plan benches/experiments.toml --mode quick --out DIR
//!     [--day DIR] [--family v4|v6] [--only IMPLEMENTATION]...
//! rtalloc-bench list --plan benches/experiments.toml --mode quick [--day DIR] [--json]
//! rtalloc-bench env --out env.json [--day DIR]
//! rtalloc-bench throughput [--readers 1,2] [--updates 0,100k,unlimited] [--bursts 1,32]
//!     [--implementations rtalloc,...] [--routes N] [--csv FILE]
//! ```
//!
//! What is measured, on how much, is in the plan alone, except with `throughput`, the short way in,
//! which takes it from its command line and prints a table. `run` writes `DIR/NAME.csv` for each
//! experiment when it is complete: rows of [`rtalloc_benches::rows`]. The program needs neither a
//! toolchain nor the repository where it runs.

mod arguments;
mod env;
mod experiments;
mod ground;
mod list;
mod progress;
mod run;
mod session;
mod setting;
mod terminal;

use std::{alloc::System, process::ExitCode};

use clap::Parser;
use rtalloc_benches::counting_allocator::Counting;

use crate::arguments::{Arguments, Command};

#[global_allocator]
static ALLOCATOR: Counting<System> = Counting(System);

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::List(arguments) => list::list(&arguments),
        Command::Env(arguments) => env::env(&arguments),
        Command::Throughput(arguments) => terminal::throughput(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rtalloc-bench: {error}");
            ExitCode::FAILURE
        }
    }
}
