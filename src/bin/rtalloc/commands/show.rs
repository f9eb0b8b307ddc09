//! The sub-command `show`: routes by prefix.

use std::{io::Write, ops::Deref, process::ExitCode};

use rtalloc::{AnyPrefix, Entry, Prefix, input::InputError};
use serde_json::json;

use crate::{
    args::SourceArgs,
    failure::Failure,
    family::Family,
    output::{JsonArray, route_object, stdout, write_route},
};

/// The exit status if there is no route.
const NO_ROUTE: u8 = 2;

/// Prints the route for a prefix, or those around it.
///
/// Every line has a prefix, its next hop and its flags, in netstat's letters, separated by tabs.
/// The exit status is 2 if there is no such route.
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// Asks about this prefix.
    #[arg(value_parser = parse_prefix)]
    prefix: AnyPrefix,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    which: Which,
    /// Prints how many routes there are instead of the routes.
    #[arg(long)]
    count: bool,
    /// Prints a JSON array with iproute2's field names.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Which {
    /// Prints the route of exactly this prefix, which is what happens without an option.
    #[arg(long)]
    exact: bool,
    /// Prints the routes that cover the prefix, its own included, the shortest first.
    #[arg(long)]
    covering: bool,
    /// Prints the routes inside the prefix, its own included, in prefix order.
    #[arg(long)]
    longer: bool,
}

fn parse_prefix(text: &str) -> Result<AnyPrefix, String> {
    text.parse().map_err(|error: InputError| error.kind.to_string())
}

pub(crate) fn show(args: ShowArgs) -> Result<ExitCode, Failure> {
    match args.prefix {
        AnyPrefix::V4(prefix) => show_prefix(&args, prefix),
        AnyPrefix::V6(prefix) => show_prefix(&args, prefix),
    }
}

fn show_prefix<A: Family>(args: &ShowArgs, prefix: Prefix<A>) -> Result<ExitCode, Failure> {
    let table = args.source.routes()?.load()?;
    let snapshot = A::rib(&table).snapshot();
    let found = if args.which.covering {
        print(args, snapshot.covering(prefix).map(|(_, entry)| entry))
    } else if args.which.longer {
        print(args, snapshot.more_specific(prefix).map(|(_, entry)| entry))
    } else {
        print(args, snapshot.get(prefix).into_iter())
    }?;
    Ok(if found > 0 { ExitCode::SUCCESS } else { ExitCode::from(NO_ROUTE) })
}

/// Prints the routes, or how many there are. Returns how many.
fn print<E: Deref<Target = Entry<()>>>(
    args: &ShowArgs,
    routes: impl Iterator<Item = E>,
) -> Result<usize, Failure> {
    let mut out = stdout();
    let mut found = 0;
    if args.count {
        found = routes.count();
        if args.json {
            writeln!(out, "{}", json!({ "count": found }))?;
        } else {
            writeln!(out, "{found}")?;
        }
    } else if args.json {
        let mut array = JsonArray::begin(&mut out)?;
        for entry in routes {
            found += 1;
            array.push(route_object(&entry))?;
        }
        array.end()?;
    } else {
        for entry in routes {
            found += 1;
            write_route(&mut out, &entry)?;
        }
    }
    out.flush()?;
    Ok(found)
}
