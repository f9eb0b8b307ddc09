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

use clap::Parser;

use crate::arguments::Arguments;

fn main() {
    let arguments = Arguments::parse();
    println!("{arguments:?}");
}
