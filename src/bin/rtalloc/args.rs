//! What may stand on the command line. Options of one sub-command alone are with the sub-command.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::{
    bench::BenchArgs, check::CheckArgs, exec::ExecArgs, get::GetArgs, load::LoadArgs,
    lookup::LookupArgs, monitor::MonitorArgs, replay::ReplayArgs, run::RunArgs, show::ShowArgs,
};
#[cfg(target_os = "linux")]
use crate::commands::{forward::ForwardArgs, fpm::FpmArgs, mirror::MirrorArgs};

/// Loads routing tables, looks addresses up in them, checks every answer and measures.
///
/// Without a sub-command this is `run`.
///
/// The exit status is 0 if all went well, 2 if `get` or `show` found no route, and 1 after an
/// error, which is named on standard error together with the file and the line.
#[derive(Debug, Parser)]
#[command(name = "rtalloc", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Load(LoadArgs),
    Get(GetArgs),
    Lookup(LookupArgs),
    Show(ShowArgs),
    Check(CheckArgs),
    Replay(ReplayArgs),
    Run(RunArgs),
    Exec(ExecArgs),
    Monitor(MonitorArgs),
    Bench(BenchArgs),
    #[cfg(target_os = "linux")]
    Mirror(MirrorArgs),
    #[cfg(target_os = "linux")]
    Fpm(FpmArgs),
    #[cfg(target_os = "linux")]
    Forward(Box<ForwardArgs>),
}

/// The table to work on, which has to come from files.
#[derive(Debug, clap::Args)]
pub(crate) struct TableArgs {
    /// Takes the table from this file, or from standard input if it is `-`.
    ///
    /// The format is found from the contents: a prefix list, with or without next hops, the output
    /// of `ip -j route` or of `bgpdump -m`, or an MRT RIB file; each may be compressed by gzip or
    /// bzip2. The option may be given several times; of a prefix that
    /// occurs in several files the last one counts. A route without a usable next hop gets a
    /// stand-in, one of the numbers 1 to 250 by the hash of its prefix.
    #[arg(long = "table", value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Skips lines and records that cannot be read, and counts them on standard error.
    #[arg(long)]
    pub(crate) lenient: bool,
}

/// The table to work on, from files or made up.
#[derive(Debug, clap::Args)]
pub(crate) struct SourceArgs {
    /// Takes the table from this file, or from standard input if it is `-`.
    ///
    /// The format is found from the contents: a prefix list, with or without next hops, the output
    /// of `ip -j route` or of `bgpdump -m`, or an MRT RIB file; each may be compressed by gzip or
    /// bzip2. The option may be given several times; of a prefix that
    /// occurs in several files the last one counts. A route without a usable next hop gets a
    /// stand-in, one of the numbers 1 to 250 by the hash of its prefix.
    #[arg(long = "table", value_name = "FILE", required_unless_present = "synthetic")]
    pub(crate) files: Vec<PathBuf>,
    /// Takes the built-in synthetic Internet instead of a file.
    #[arg(long, conflicts_with = "files")]
    pub(crate) synthetic: bool,
    /// Skips lines and records that cannot be read, and counts them on standard error.
    #[arg(long)]
    pub(crate) lenient: bool,
}
