//! The sub-command `run`, the main job: a full table, served by readers while a writer churns.

mod job;
mod report;

use std::{io::Write, num::NonZeroUsize, path::PathBuf, process::ExitCode, time::Duration};

use rtalloc::{NextHop, Prefix, testing::synthetic};
use serde_json::{Value, json};

use self::{
    job::Job,
    report::{Served, print},
};
use crate::{
    failure::Failure,
    measure::{
        Accounting, Conclusion, Environment, Measured, Rate, Stream, Table, close_books,
        print_books,
    },
    output::stdout,
    progress::Progress,
    tables::{Routes, is_stdin},
};

/// Updates of a synthetic stream, which starts again when it ends.
const UPDATES: usize = 1_000_000;
/// With `--quick`, tables, streams and times are smaller by this.
const QUICK: usize = 20;
/// Loads a full table, checks it, and serves it to readers while it changes.
///
/// This is what runs without a sub-command. Without files the table is a synthetic Internet with
/// the shape of a real one. It is loaded at once and checked against the golden model; then, for
/// each family and each number of readers, lookups are measured while the table stands still and
/// while one thread applies updates. At the end the table is checked again, against the golden
/// model that took the same updates, and dropped while some references are still held: every entry
/// must have been dropped once, none of them by a reader. The exit status is 1 if any check fails.
///
/// A reader looks up bursts of 32 addresses, seven of eight drawn from a random prefix of the
/// table, and reads each next hop; latencies are those of whole bursts. Times are remarks: what
/// counts on a shared machine is how the numbers of one run compare. A `+` after the number of
/// readers says that readers and writer are more than the cores, so that they wait for each other.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// Takes the table from this file instead; `-` is standard input. May be given several times.
    #[arg(long = "table", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Takes the updates from this file instead; may be given several times.
    #[arg(long, value_name = "FILE", requires = "files")]
    updates: Vec<PathBuf>,
    /// Skips lines and records that cannot be read, and counts them on standard error.
    #[arg(long)]
    lenient: bool,
    /// Runs up to so many readers instead of one a core.
    #[arg(long, value_name = "N")]
    readers: Option<NonZeroUsize>,
    /// Applies so many updates a second, such as 50000/s, or as many as possible.
    #[arg(long, value_name = "RATE", default_value_t = Rate::Max)]
    rate: Rate,
    /// Measures each line for so many seconds.
    #[arg(long, value_name = "SECONDS", default_value = "1.5", value_parser = parse_seconds)]
    seconds: Duration,
    /// Takes a twentieth of the synthetic Internet and of the time.
    #[arg(long)]
    quick: bool,
    /// Draws addresses and synthetic updates by this seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints a JSON object.
    #[arg(long)]
    json: bool,
}

fn parse_seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds: f64 = text.parse().map_err(|_| "not a number")?;
    if !(0.001..=3600.0).contains(&seconds) {
        return Err("not between 0.001 and 3600");
    }
    Ok(Duration::from_secs_f64(seconds))
}

pub(crate) fn run(args: RunArgs) -> Result<ExitCode, Failure> {
    if args.files.iter().chain(&args.updates).filter(|file| is_stdin(file)).count() > 1 {
        return Err(Failure::StandardInputTwice);
    }
    let environment = Environment::detect();
    let routes = args.routes()?;
    let stream = Stream::read(&args.updates, args.lenient)?;
    let table = Table::new()?;
    let mut held = Vec::new();
    let job = Job { args: &args, table: &table, cores: environment.cores };
    let mut families = Vec::new();
    families.extend(job.serve::<u32>(&routes, &stream, &mut held)?);
    families.extend(job.serve::<u128>(&routes, &stream, &mut held)?);
    drop((routes, stream));
    let books = {
        let _progress = Progress::begin("closing the books", None);
        close_books(table, held)
    };
    let conclusion = conclude(&families, &books);
    let mut out = stdout();
    if args.json {
        let object = json!({
            "environment": environment.to_json(),
            "families": families.iter().map(Served::to_json).collect::<Value>(),
            "books": books.to_json(),
            "conclusion": conclusion.to_json(),
        });
        writeln!(out, "{object}")?;
    } else {
        writeln!(out, "on {environment}; compare numbers of one run, not of two machines")?;
        print(&mut out, &families)?;
        print_books(&mut out, &books)?;
        conclusion.print(&mut out)?;
    }
    out.flush()?;
    conclusion.result().map(|()| ExitCode::SUCCESS)
}

fn conclude(families: &[Served], books: &Accounting) -> Conclusion {
    let mut conclusion = Conclusion::default();
    for family in families {
        for (when, checked) in [("loaded", &family.loaded), ("final", &family.last)] {
            conclusion.table(&format!("{} {when} table", family.name), checked);
        }
    }
    conclusion.books(books);
    conclusion
}

impl RunArgs {
    fn routes(&self) -> Result<Routes, Failure> {
        if !self.files.is_empty() {
            return Routes::read(&self.files, self.lenient);
        }
        if !self.quick {
            return Ok(Routes::synthetic());
        }
        let _progress = Progress::begin("making up an Internet", None);
        Ok(Routes { v4: internet(u32::FULL / QUICK), v6: internet(u128::FULL / QUICK) })
    }

    fn time(&self) -> Duration {
        if self.quick { self.seconds / QUICK as u32 } else { self.seconds }
    }

    fn stream_len(&self) -> usize {
        if self.quick { UPDATES / QUICK } else { UPDATES }
    }
}

fn internet<A: Measured>(count: usize) -> Vec<(Prefix<A>, NextHop)> {
    let prefixes = A::internet(synthetic::SEED, count).into_iter();
    prefixes.map(|prefix| (prefix, synthetic::next_hop(prefix))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_sensible() {
        assert_eq!(parse_seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "NaN", "inf", "1e9", "soon"] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }
}
