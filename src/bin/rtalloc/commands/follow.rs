//! What `mirror` and `fpm` print while they follow: the tables, and what has been counted.

use core::fmt::Display;
use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use rtalloc::netlink::{MirrorStats, Tables};
use serde_json::{Value, json};

use super::watch::{Seen, Watch};
use crate::failure::Failure;

/// How long to follow, and what to say meanwhile.
#[derive(Debug, clap::Args)]
pub(crate) struct FollowArgs {
    /// Follows this table alone, by its number: 254 is main, 255 local.
    #[arg(long, value_name = "ID")]
    pub(crate) table: Option<u32>,
    /// Ends after so many seconds, instead of going on until it is stopped.
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
    /// Runs so many threads that look up addresses of table main, or of the one that is followed
    /// alone, and counts those whose route is gone since they were drawn, within two seconds.
    #[arg(long, value_name = "N", default_value_t = 0)]
    readers: usize,
    /// Prints a JSON object a line: one for each time, whether or not something has changed.
    #[arg(long)]
    json: bool,
    /// Prints so often.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1000)]
    every: u64,
}

/// The clock of a command that follows, and what it has printed.
pub(crate) struct Follower {
    began: Instant,
    end: Option<Instant>,
    every: Duration,
    next: Instant,
    json: bool,
    watch: Option<Watch>,
    printed: Option<String>,
    malformed: Once,
}

/// Something that is said the first time and then only counted.
#[derive(Default)]
pub(crate) struct Once(bool);

impl Once {
    /// Says what there is to say, if there is anything and nothing has been said.
    pub(crate) fn say(&mut self, what: Option<impl Display>) {
        if let Some(what) = what
            && !core::mem::replace(&mut self.0, true)
        {
            // Standard error may be closed; the count is on standard output as well.
            let _ = writeln!(io::stderr(), "rtalloc: {what}");
        }
    }
}

impl Follower {
    pub(crate) fn begin(args: &FollowArgs) -> Self {
        let began = Instant::now();
        // An end so far away that no clock reaches it is none.
        let end = args.seconds.and_then(|seconds| began.checked_add(Duration::from_secs(seconds)));
        Self {
            began,
            end,
            every: Duration::from_millis(args.every.max(1)),
            next: began,
            json: args.json,
            watch: None,
            printed: None,
            malformed: Once::default(),
        }
    }

    /// Starts the readers, if there are to be any.
    pub(crate) fn watch(&mut self, args: &FollowArgs, tables: &Tables) -> Result<(), Failure> {
        if args.readers > 0 {
            self.watch = Some(Watch::begin(tables, args.table, args.readers)?);
        }
        Ok(())
    }

    /// Whether it prints objects.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// How long the next step may wait; `None` at the end.
    pub(crate) fn wait(&self) -> Option<Duration> {
        let now = Instant::now();
        let until = self.end.map_or(self.next, |end| end.min(self.next));
        match self.end {
            Some(end) if now >= end => None,
            _ => Some(until.saturating_duration_since(now)),
        }
    }

    /// Prints what has changed since the last time, if it is time to, and the first malformed
    /// message once. What is `besides` goes into the object.
    pub(crate) fn tick(
        &mut self,
        tables: &Tables,
        stats: &MirrorStats,
        besides: impl FnOnce() -> Vec<(&'static str, Value)>,
    ) -> io::Result<()> {
        if Instant::now() < self.next {
            return Ok(());
        }
        self.next = Instant::now() + self.every;
        self.print(tables, stats, besides())
    }

    /// Prints what has changed since the last time.
    pub(crate) fn print(
        &mut self,
        tables: &Tables,
        stats: &MirrorStats,
        besides: Vec<(&'static str, Value)>,
    ) -> io::Result<()> {
        let first = stats.first_malformed.as_ref();
        self.malformed.say(first.map(|error| format!("{error} (others are only counted)")));
        let seen = self.watch.as_ref().map(Watch::seen);
        let seconds = self.began.elapsed().as_secs_f64();
        let mut out = io::stdout().lock();
        if self.json {
            let mut object = object(tables, stats);
            object["seconds"] = seconds.into();
            object["readers"] = seen.map(Seen::to_json).into();
            besides.into_iter().for_each(|(name, value)| object[name] = value);
            writeln!(out, "{object}")?;
            return out.flush();
        }
        let now = summary(tables, stats);
        if self.printed.as_ref() == Some(&now) {
            return Ok(());
        }
        for line in now.lines() {
            writeln!(out, "{seconds:8.1} s  {line}")?;
        }
        if let Some(seen) = seen {
            write!(out, "{seconds:8.1} s  ")?;
            seen.print(&mut out)?;
        }
        out.flush()?;
        self.printed = Some(now);
        Ok(())
    }
}

fn summary(tables: &Tables, stats: &MirrorStats) -> String {
    let mut text = String::new();
    for (number, table) in tables.all() {
        let (v4, v6) = (table.v4(), table.v6());
        text += &format!(
            "table {number}: {} IPv4 and {} IPv6 routes, generations {} and {}\n",
            v4.len(),
            v6.len(),
            v4.generation(),
            v6.generation()
        );
    }
    text + &stats.to_string() + "\n"
}

/// The same as an object, and every count of the mirror.
fn object(tables: &Tables, stats: &MirrorStats) -> Value {
    let tables = tables.all().into_iter().map(|(number, table)| {
        let (v4, v6) = (table.v4(), table.v6());
        json!({
            "table": number,
            "inet": { "routes": v4.len(), "generation": v4.generation() },
            "inet6": { "routes": v6.len(), "generation": v6.generation() },
        })
    });
    json!({
        "tables": tables.collect::<Value>(),
        "updates": stats.updates,
        "dumped": stats.dumped,
        "other": stats.other,
        "batches": stats.batches,
        "changes": stats.changes,
        "resyncs": stats.resyncs,
        "swept": stats.swept,
        "overruns": stats.overruns,
        "inexact_dumps": stats.inexact_dumps,
        "malformed": stats.malformed,
        "bad_frames": stats.bad_frames,
        "disconnects": stats.disconnects,
        "unsupported": stats.unsupported,
        "surplus_tables": stats.surplus_tables,
        "unmatched": stats.unmatched,
        "refused": stats.refused,
    })
}
