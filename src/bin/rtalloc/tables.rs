//! Reading tables and filling [`Table`]s with them.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rtalloc::{
    Address, NextHop, Prefix, Route, RouteFlags, Table,
    input::{InputError, ReadOptions, Skipped, Source, default_next_hop, read_table},
    testing::synthetic,
};

use crate::{
    args::{SourceArgs, TableArgs},
    failure::Failure,
    family::Family,
    progress::Progress,
};

/// Routes of both families, each prefix once, in prefix order.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    pub(crate) v4: Vec<(Prefix<u32>, NextHop)>,
    pub(crate) v6: Vec<(Prefix<u128>, NextHop)>,
}

impl Routes {
    /// Reads tables and merges them: of several routes for one prefix, the one in the last file
    /// stays. Routes without a next hop get the input's default one. What a lenient reading passes
    /// over is reported on standard error.
    pub(crate) fn read(files: &[PathBuf], lenient: bool) -> Result<Self, Failure> {
        if files.iter().filter(|file| is_stdin(file)).count() > 1 {
            return Err(Failure::StandardInputTwice);
        }
        let mut routes = Self::default();
        for file in files {
            let source = open(file)?;
            let name = source.name().to_owned();
            let progress = Progress::begin(&format!("reading {name}"), source.size());
            let mut report = |at: rtalloc::input::Progress| progress.reach(at.bytes);
            let table = read_table(source, ReadOptions { lenient }, &mut report)?;
            drop(progress);
            report_skipped(&name, &table.skipped);
            merge(&mut routes.v4, table.v4);
            merge(&mut routes.v6, table.v6);
        }
        Ok(routes)
    }

    /// The built-in synthetic Internet.
    pub(crate) fn synthetic() -> Self {
        let _progress = Progress::begin("making up an Internet", None);
        let v4 = synthetic::internet_v4(synthetic::SEED, synthetic::FULL_V4);
        let v6 = synthetic::internet_v6(synthetic::SEED, synthetic::FULL_V6);
        Self {
            v4: v4.into_iter().map(|prefix| (prefix, synthetic::next_hop(prefix))).collect(),
            v6: v6.into_iter().map(|prefix| (prefix, synthetic::next_hop(prefix))).collect(),
        }
    }

    /// Opens a table and loads these routes into it.
    pub(crate) fn load(&self) -> Result<Table, Failure> {
        let _progress = Progress::begin("loading", None);
        let table = Table::new()?;
        load_family::<u32>(&table, self)?;
        load_family::<u128>(&table, self)?;
        Ok(table)
    }
}

impl TableArgs {
    /// Reads the files and loads them.
    pub(crate) fn load(&self) -> Result<Table, Failure> {
        Routes::read(&self.files, self.lenient)?.load()
    }
}

impl SourceArgs {
    /// Reads the files, or makes the synthetic Internet.
    pub(crate) fn routes(&self) -> Result<Routes, Failure> {
        if self.synthetic {
            Ok(Routes::synthetic())
        } else {
            Routes::read(&self.files, self.lenient)
        }
    }
}

/// Loads one family in one go. Returns how long that took.
pub(crate) fn load_family<A: Family>(table: &Table, routes: &Routes) -> Result<Duration, Failure> {
    let begin = Instant::now();
    let routes = A::routes(routes).iter();
    A::rib(table).load(routes.map(|&(prefix, next_hop)| (prefix, route(prefix, next_hop))))?;
    Ok(begin.elapsed())
}

/// The route of `prefix` through `next_hop`, with the flags that follow from both.
pub(crate) fn route<A: Address>(prefix: Prefix<A>, next_hop: NextHop) -> Route {
    let mut route = Route::via(next_hop);
    route.flags.set(RouteFlags::HOST, prefix.len() == A::WIDTH);
    route
}

/// Opens a file, or standard input if it is `-`, which errors call `-` as well.
pub(crate) fn open(file: &Path) -> Result<Source, InputError> {
    if is_stdin(file) { Source::from_reader("-", io::stdin()) } else { Source::open(file) }
}

/// Whether `file` stands for standard input.
pub(crate) fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// Says on standard error what a lenient reading passed over, if it did: the first few faults in
/// full and the number of each kind.
pub(crate) fn report_skipped(name: &str, skipped: &Skipped) {
    if skipped.total() == 0 {
        return;
    }
    let mut report = String::new();
    for fault in skipped.first() {
        report.push_str(&format!("rtalloc: {fault}\n"));
    }
    let kinds: Vec<String> =
        skipped.by_kind().map(|(kind, count)| format!("{kind}: {count}")).collect();
    let total = skipped.total();
    report.push_str(&format!("rtalloc: {name}: skipped {total} ({})\n", kinds.join(", ")));
    // Nothing is left to tell anyone if standard error is closed.
    let _ = io::stderr().write_all(report.as_bytes());
}

/// Adds the routes of a file to those before it.
fn merge<A: Address>(
    routes: &mut Vec<(Prefix<A>, NextHop)>,
    file: Vec<(Prefix<A>, Option<NextHop>)>,
) {
    let file = file.into_iter();
    routes.extend(
        file.map(|(prefix, next_hop)| {
            (prefix, next_hop.unwrap_or_else(|| default_next_hop(prefix)))
        }),
    );
    // The sort is stable: of equal prefixes the later file's comes last.
    routes.sort_by_key(|route| route.0);
    routes.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            *kept = *later;
        }
        same
    });
}
