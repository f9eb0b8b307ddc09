//! The sub-command `load`: what a table is and what it costs.

use std::{
    io::Write,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use rtalloc::{
    NextHop, Prefix, Stats, Table,
    testing::synthetic::{real_v4, real_v6, shape::Shape},
};
use serde_json::{Value, json};

use crate::{
    args::SourceArgs,
    failure::Failure,
    family::Family,
    footprint,
    output::stdout,
    progress::Progress,
    tables::{Routes, load_family},
};

/// Loads a table and prints how many routes it has.
#[derive(Debug, clap::Args)]
pub(crate) struct LoadArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Prints also how long loading took, the table's memory by part, and its tree by depth.
    #[arg(long)]
    stats: bool,
    /// Prints also the table's shape beside that of the table in these files.
    ///
    /// Without a file it is set beside the real table to which the synthetic Internet was fitted,
    /// whose numbers are built in.
    #[arg(long, value_name = "FILE", num_args = 0..)]
    compare: Option<Vec<PathBuf>>,
    /// Prints a JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn load(args: LoadArgs) -> Result<ExitCode, Failure> {
    let begin = Instant::now();
    let routes = args.source.routes()?;
    let read = begin.elapsed();
    let progress = Progress::begin("loading", None);
    let table = Table::new()?;
    let v4 = Loaded::new::<u32>(&table, &routes)?;
    let v6 = Loaded::new::<u128>(&table, &routes)?;
    drop(progress);
    let comparisons = match &args.compare {
        Some(files) => compare(&routes, files, args.source.lenient)?,
        None => Vec::new(),
    };
    let mut out = stdout();
    if args.json {
        let mut object = json!({ "families": [v4.json(args.stats), v6.json(args.stats)] });
        if args.stats {
            object["read_seconds"] = read.as_secs_f64().into();
        }
        if args.compare.is_some() {
            object["comparisons"] = comparisons.iter().map(Comparison::json).collect();
        }
        writeln!(out, "{object}")?;
    } else {
        for family in [&v4, &v6] {
            family.print(&mut out, args.stats)?;
        }
        if args.stats {
            writeln!(out, "read in {:.3} s", read.as_secs_f64())?;
        }
        for comparison in &comparisons {
            comparison.print(&mut out)?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// One family of the table, loaded.
struct Loaded {
    name: &'static str,
    iproute2: &'static str,
    width: u8,
    build: Duration,
    stats: Stats,
}

impl Loaded {
    fn new<A: Family>(table: &Table, routes: &Routes) -> Result<Self, Failure> {
        let build = load_family::<A>(table, routes)?;
        Ok(Self {
            name: A::NAME,
            iproute2: A::IPROUTE2,
            width: A::WIDTH,
            build,
            stats: A::rib(table).stats(),
        })
    }

    fn print(&self, out: &mut impl Write, stats: bool) -> Result<(), Failure> {
        writeln!(out, "{}: {} routes", self.name, self.stats.routes)?;
        if stats && self.stats.routes > 0 {
            writeln!(out, "  built in {:.3} s", self.build.as_secs_f64())?;
            footprint::print(out, &self.stats, self.width)?;
        }
        Ok(())
    }

    fn json(&self, stats: bool) -> Value {
        let mut object = json!({ "family": self.iproute2, "routes": self.stats.routes });
        if stats {
            object["build_seconds"] = self.build.as_secs_f64().into();
            object["footprint"] = footprint::json(&self.stats, self.width);
        }
        object
    }
}

/// The shape of one family of the table beside that of another table.
struct Comparison {
    name: &'static str,
    iproute2: &'static str,
    this: Shape,
    other: Shape,
}

impl Comparison {
    fn new<A: Family>(routes: &Routes, other: Shape) -> Self {
        let this = shape(A::routes(routes));
        Self { name: A::NAME, iproute2: A::IPROUTE2, this, other }
    }

    fn print(&self, out: &mut impl Write) -> Result<(), Failure> {
        writeln!(out, "\n{:<20} {:>9} {:>9} {:>10}", self.name, "this", "other", "change")?;
        write!(out, "{}", self.this.beside(&self.other))?;
        Ok(())
    }

    fn json(&self) -> Value {
        let comparison = self.this.beside(&self.other);
        let rows = comparison.rows().into_iter().map(|(statistic, this, other)| {
            json!({ "statistic": statistic, "this": this, "other": other })
        });
        json!({ "family": self.iproute2, "statistics": rows.collect::<Value>() })
    }
}

/// Sets `routes` beside the table in `files`, or beside the built-in numbers if there are none.
/// A family that the files do not have is left out.
fn compare(routes: &Routes, files: &[PathBuf], lenient: bool) -> Result<Vec<Comparison>, Failure> {
    let (v4, v6) = if files.is_empty() {
        (real_v4(), real_v6())
    } else {
        let other = Routes::read(files, lenient)?;
        let _progress = Progress::begin("measuring", None);
        (shape(&other.v4), shape(&other.v6))
    };
    let mut comparisons = Vec::new();
    if v4.routes() > 0 {
        comparisons.push(Comparison::new::<u32>(routes, v4));
    }
    if v6.routes() > 0 {
        comparisons.push(Comparison::new::<u128>(routes, v6));
    }
    Ok(comparisons)
}

fn shape<A: Family>(routes: &[(Prefix<A>, NextHop)]) -> Shape {
    let prefixes: Vec<Prefix<A>> = routes.iter().map(|route| route.0).collect();
    Shape::of(&prefixes)
}
