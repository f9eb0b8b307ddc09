//! The sub-command `check`: a table against its model.
//!
//! Each family is checked three times: after a bulk load; after its routes were announced one by
//! one in a shuffled order, into another table; and after these were withdrawn one by one, in
//! another order. An answer is wrong if its prefix or its next hop is not the model's.

mod compare;
mod findings;
mod model;

use std::{io::Write, process::ExitCode};

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rtalloc::{NextHop, Prefix, Table};

use self::{compare::compare, findings::Findings, model::Model};
use crate::{
    args::SourceArgs,
    failure::Failure,
    family::Family,
    output::stdout,
    progress::Progress,
    tables::{Routes, load_family, route},
};

/// Routes announced or withdrawn between two signs of life.
const BURST: usize = 1024;

/// Reclamation rounds after which everything that was withdrawn has to be freed. No reader is
/// left by then, so that each round ends a grace period.
const ROUNDS: usize = 8;

/// Checks the answers of a table against the golden model.
///
/// The longest match is compared at five addresses of every prefix: the one before its first, its
/// first, the next, its last, and the one after its last. Every prefix is also looked up exactly,
/// and the routes are compared in order. This is done after a bulk load, after the routes were
/// announced one by one in a shuffled order, and after they were withdrawn one by one; then nothing
/// may be left in memory. The exit status is 1 if anything is wrong.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Shuffles by this seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn check(args: CheckArgs) -> Result<ExitCode, Failure> {
    let routes = args.source.routes()?;
    let mut total = Findings::default();
    total.add(check_family::<u32>(&routes, args.seed)?);
    total.add(check_family::<u128>(&routes, args.seed)?);
    if total.wrong > 0 {
        let text = format!("{} of {} answers are wrong", total.wrong, total.total());
        return Err(Failure::Wrong(text.into()));
    }
    let mut out = stdout();
    writeln!(out, "all {} answers agree", total.total())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn check_family<A: Family>(routes: &Routes, seed: u64) -> Result<Findings, Failure> {
    let sorted = A::routes(routes);
    let mut total = Findings::default();
    if sorted.is_empty() {
        return Ok(total);
    }
    let prefixes: Vec<Prefix<A>> = sorted.iter().map(|route| route.0).collect();
    let model = {
        let _progress = Progress::begin(&format!("{}: preparing the model", A::NAME), None);
        Model::of(sorted)
    };
    let mut out = stdout();
    writeln!(out, "{}: {} routes, held against {}", A::NAME, sorted.len(), model.name())?;

    let compare = |table: &Table, model: &Model<A>, step: &str| {
        let label = format!("{}: {step}, comparing", A::NAME);
        compare(table, &prefixes, model, &Progress::begin(&label, Some(prefixes.len() as u64)))
    };
    let mut conclude = |step: &str, findings: Findings| -> Result<(), Failure> {
        writeln!(out, "  {step:<14} {findings}")?;
        for fault in &findings.first {
            writeln!(out, "    {fault}")?;
        }
        out.flush()?;
        total.add(findings);
        Ok(())
    };

    let table = Table::new()?;
    load_family::<A>(&table, routes)?;
    conclude("bulk load", compare(&table, &model, "bulk load"))?;
    drop(table);

    let mut shuffled = sorted.to_vec();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    shuffled.shuffle(&mut random);
    let table = Table::new()?;
    announce(&table, &shuffled)?;
    conclude("one by one", compare(&table, &model, "one by one"))?;

    shuffled.shuffle(&mut random);
    withdraw(&table, &shuffled)?;
    let mut findings = compare(&table, &Model::of(&[]), "withdrawn");
    freed::<A>(&table, &mut findings);
    conclude("withdrawn", findings)?;
    Ok(total)
}

fn announce<A: Family>(table: &Table, routes: &[(Prefix<A>, NextHop)]) -> Result<(), Failure> {
    let label = format!("{}: announcing one by one", A::NAME);
    let progress = Progress::begin(&label, Some(routes.len() as u64));
    for burst in routes.chunks(BURST) {
        for &(prefix, next_hop) in burst {
            A::rib(table).insert(prefix, route(prefix, next_hop))?;
        }
        progress.advance(burst.len() as u64);
    }
    Ok(())
}

fn withdraw<A: Family>(table: &Table, routes: &[(Prefix<A>, NextHop)]) -> Result<(), Failure> {
    let label = format!("{}: withdrawing one by one", A::NAME);
    let progress = Progress::begin(&label, Some(routes.len() as u64));
    for burst in routes.chunks(BURST) {
        for &(prefix, _) in burst {
            A::rib(table).remove(prefix)?;
        }
        progress.advance(burst.len() as u64);
    }
    Ok(())
}

/// Checks that nothing of an emptied table is left.
fn freed<A: Family>(table: &Table, findings: &mut Findings) {
    let rib = A::rib(table);
    let left = (0..ROUNDS).map(|_| rib.reclaim()).find(|&left| left == 0);
    findings.fact(left.is_some(), || format!("after {ROUNDS} rounds something is not reclaimed"));
    let entries = rib.stats().entries;
    findings.fact(entries == 0, || format!("{entries} entries are left in an empty table"));
}
