//! The sub-command `replay`: a stream of updates under readers, and whether all went right.

mod report;

use std::{
    io::Write,
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use rtalloc::{EntryRef, Prefix};
use serde_json::{Value, json};

use self::report::Replayed;
use crate::{
    args::TableArgs,
    failure::Failure,
    family::Family,
    measure::{
        Accounting, Addresses, Churn, Conclusion, Environment, Measured, Pace, Phase, Rate,
        Repeats, Speed, Stream, Table, Token, Until, check_probes, check_routes, close_books,
        due_at, golden_model, load, print_books, steps, verify,
    },
    output::stdout,
    progress::Progress,
    tables::{Routes, is_stdin},
};

/// Samples that readers take of one family's lookups, all together.
const SAMPLES: usize = 500_000;

/// Applies update streams to a table while readers look addresses up, and checks every step.
///
/// One thread applies the updates in order, first those of IPv4 and then those of IPv6, while
/// reader threads look random addresses up. Afterwards the table must be exactly the golden
/// model's that took the same updates; it must answer alike at five addresses of every prefix;
/// every answer that a reader sampled must be the golden model's at some instant during the lookup;
/// and every entry must have been dropped once, none of them by a reader. The exit status is 1 if
/// any of this fails.
///
/// Times are remarks: they depend on the machine and on what else it does, and contain some
/// nanoseconds an update for counting the entries.
#[derive(Debug, clap::Args)]
pub(crate) struct ReplayArgs {
    /// Applies the updates in these files, one file after the other; `-` is standard input.
    ///
    /// Lines `A PREFIX [NEXTHOP]` and `W PREFIX`, the output of `bgpdump -m`, or MRT files; each
    /// may be compressed by gzip or bzip2.
    #[arg(required = true, value_name = "UPDATES")]
    updates: Vec<PathBuf>,
    #[command(flatten)]
    table: TableArgs,
    /// Runs so many reader threads.
    #[arg(long, value_name = "N", default_value_t = 1)]
    readers: usize,
    /// Applies so many updates a second, such as 50000/s, or as many as possible.
    #[arg(long, value_name = "RATE", default_value_t = Rate::Max)]
    rate: Rate,
    /// Applies the updates so many times as fast as they were recorded, such as 1 for real time, or
    /// as fast as possible (max).
    ///
    /// The streams have to say when: MRT files do, and the output of `bgpdump -m`. Each family's
    /// first update is applied at once.
    #[arg(long, value_name = "FACTOR", conflicts_with = "rate")]
    speed: Option<Speed>,
    /// Publishes so many updates together, at one instant.
    #[arg(long, value_name = "N", default_value_t = NonZeroUsize::MIN)]
    batch: NonZeroUsize,
    /// Takes an announcement that names no next hop to bring the prefix's usual one, so that
    /// announcing again changes nothing, instead of a different one each time.
    #[arg(long)]
    unchanged: bool,
    /// Draws addresses by this seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints a JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn replay(args: ReplayArgs) -> Result<ExitCode, Failure> {
    let inputs = args.updates.iter().chain(&args.table.files);
    if inputs.filter(|file| is_stdin(file)).count() > 1 {
        return Err(Failure::StandardInputTwice);
    }
    let routes = Routes::read(&args.table.files, args.table.lenient)?;
    let stream = Stream::read(&args.updates, args.table.lenient)?;
    let timed = !(stream.v4_times.is_empty() && stream.v6_times.is_empty());
    if matches!(args.speed, Some(Speed::Times(_))) && !timed {
        return Err(Failure::Timeless);
    }
    let table = Table::new()?;
    let loads = [load_family::<u32>(&table, &routes)?, load_family::<u128>(&table, &routes)?];
    let mut held = Vec::new();
    let mut families = Vec::new();
    families.extend(replay_family::<u32>(&args, &table, &routes, &stream, loads[0], &mut held)?);
    families.extend(replay_family::<u128>(&args, &table, &routes, &stream, loads[1], &mut held)?);
    drop((routes, stream));
    let books = {
        let _progress = Progress::begin("closing the books", None);
        close_books(table, held)
    };
    let mut conclusion = Conclusion::default();
    for family in &families {
        conclusion.samples(&format!("{} samples", family.name), &family.samples);
        conclusion.table(&format!("{} routes", family.name), &family.routes);
        conclusion.table(&format!("{} answers", family.name), &family.answers);
    }
    conclusion.books(&books);
    print(&args, &families, &books, &conclusion)?;
    conclusion.result().map(|()| ExitCode::SUCCESS)
}

fn load_family<A: Measured>(table: &Table, routes: &Routes) -> Result<Duration, Failure> {
    let _progress = Progress::begin(&format!("{}: loading", A::NAME), None);
    let begun = Instant::now();
    load(table, <A as Family>::routes(routes))?;
    Ok(begun.elapsed())
}

/// Replays one family's updates; nothing if there are none.
fn replay_family<A: Measured>(
    args: &ReplayArgs,
    table: &Table,
    routes: &Routes,
    stream: &Stream,
    load: Duration,
    held: &mut Vec<EntryRef<Token>>,
) -> Result<Option<Replayed>, Failure> {
    let (routes, updates) = (<A as Family>::routes(routes), A::updates(stream));
    if updates.is_empty() {
        return Ok(None);
    }
    let repeats = if args.unchanged { Repeats::Nothing } else { Repeats::Change };
    let steps = steps(updates, repeats);
    let batches: Vec<_> = steps.chunks(args.batch.get()).collect();
    let due = match args.speed {
        Some(Speed::Times(factor)) => due_at(A::times(stream), factor),
        Some(Speed::Max) | None => Vec::new(),
    };
    let pace = if due.is_empty() { Pace::Rate(args.rate) } else { Pace::Recorded(&due) };
    let prefixes: Vec<Prefix<A>> = routes.iter().map(|route| route.0).collect();
    let addresses = Addresses::draw(&prefixes, args.seed);
    let phase = Phase {
        table,
        addresses: &addresses,
        readers: args.readers,
        until: Until::StreamEnd,
        churn: Some(Churn { batches: &batches, from: 0, pace }),
        samples: SAMPLES,
        seed: args.seed,
    };
    let progress = Progress::begin(&format!("{}: replaying", A::NAME), None);
    let report = phase.run()?;
    drop(progress);

    let _progress = Progress::begin(&format!("{}: checking", A::NAME), None);
    let begun = Instant::now();
    let mut golden = golden_model(routes);
    let samples = verify(&mut golden, &batches, &report.samples);
    let checked = check_routes(A::counted(table), &golden);
    let answers = check_probes(table, &golden);
    held.extend(report.held);
    Ok(Some(Replayed {
        name: A::NAME,
        iproute2: A::IPROUTE2,
        loaded: routes.len(),
        load,
        rates: report.rates,
        bursts: report.bursts.quantiles(),
        writer: report.writer,
        samples,
        routes: checked,
        answers,
        checking: begun.elapsed(),
    }))
}

fn print(
    args: &ReplayArgs,
    families: &[Replayed],
    books: &Accounting,
    conclusion: &Conclusion,
) -> Result<(), Failure> {
    let environment = Environment::detect();
    let mut out = stdout();
    if args.json {
        let object = json!({
            "environment": environment.to_json(),
            "batch": args.batch,
            "rate": args.rate.to_string(),
            "speed": args.speed.map(|speed| speed.to_string()),
            "families": families.iter().map(Replayed::to_json).collect::<Value>(),
            "books": books.to_json(),
            "conclusion": conclusion.to_json(),
        });
        writeln!(out, "{object}")?;
    } else {
        writeln!(out, "on {environment}; updates published by {}", args.batch)?;
        for family in families {
            family.print(&mut out)?;
        }
        print_books(&mut out, books)?;
        conclusion.print(&mut out)?;
    }
    out.flush()?;
    Ok(())
}
