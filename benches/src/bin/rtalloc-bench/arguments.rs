//! The command line.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand};
use rtalloc_benches::{
    Stream,
    plan::{FamilyName, Mode, Rate},
};

/// Measures routing tables beside each other.
#[derive(Debug, Parser)]
#[command(name = "rtalloc-bench")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(Run),
    List(List),
    Env(Env),
    Throughput(Throughput),
}

/// Runs experiments of a plan and writes their rows.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The experiments, as `list` names them; `all` for every one.
    #[arg(required = true)]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) what: What,
    /// The folder for NAME.csv of each experiment; made if need be.
    #[arg(long)]
    pub(crate) out: PathBuf,
}

/// Says what a run would measure, and how long it would take.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) what: What,
    /// For programs: a list of objects with name, question, samples and seconds.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is measured.
#[derive(Debug, Args)]
pub(crate) struct What {
    /// The plan of the experiments.
    #[arg(long)]
    pub(crate) plan: PathBuf,
    #[arg(long, value_enum)]
    pub(crate) mode: Mode,
    /// The folder of a real day; without it the day is synthetic.
    #[arg(long)]
    pub(crate) day: Option<PathBuf>,
    /// This family alone.
    #[arg(long, value_enum)]
    pub(crate) family: Option<FamilyName>,
    /// Only implementations whose names contain this, beside rtalloc; may be given several times.
    #[arg(long)]
    pub(crate) only: Vec<String>,
}

/// Writes down what one needs to know of this machine and this program to judge numbers.
#[derive(Debug, Args)]
pub(crate) struct Env {
    /// The file, which is JSON.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// The folder of a real day; without it the day is synthetic.
    #[arg(long)]
    pub(crate) day: Option<PathBuf>,
}

/// Lookups a second in a table on the terminal, with the parameters given here.
#[derive(Debug, Args)]
pub(crate) struct Throughput {
    /// Threads that look up.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    pub(crate) readers: Vec<NonZeroUsize>,
    /// Updates a second beside: a number, also as 1k, or unlimited.
    #[arg(long, value_delimiter = ',', default_value = "0,100k,unlimited")]
    pub(crate) updates: Vec<Rate>,
    /// Addresses a burst.
    #[arg(long, value_delimiter = ',', default_value = "32")]
    pub(crate) bursts: Vec<NonZeroUsize>,
    /// The implementations by their names; all without it.
    #[arg(long, value_delimiter = ',')]
    pub(crate) implementations: Vec<String>,
    #[arg(long, value_enum, default_value = "v4")]
    pub(crate) family: FamilyName,
    /// Routes of the synthetic table.
    #[arg(long, default_value = "200000")]
    pub(crate) routes: NonZeroUsize,
    /// The folder of a real day, whose table it is instead.
    #[arg(long, conflicts_with = "routes")]
    pub(crate) day: Option<PathBuf>,
    /// Which addresses are looked up.
    #[arg(long, value_enum, default_value = "routed")]
    pub(crate) stream: Stream,
    #[arg(long, default_value = "3")]
    pub(crate) rounds: NonZeroUsize,
    /// How long a sample takes.
    #[arg(long, default_value = "100")]
    pub(crate) window_ms: NonZeroU64,
    /// Writes all rows here.
    #[arg(long)]
    pub(crate) csv: Option<PathBuf>,
}
