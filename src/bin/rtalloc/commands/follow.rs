//! What `mirror` and `fpm` print while they follow: the tables, and what has been counted.

use core::fmt::Display;
use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use rtalloc::netlink::{MirrorStats, Tables};

/// How often there may be something to print.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long to follow.
#[derive(Debug, clap::Args)]
pub(crate) struct FollowArgs {
    /// Follows this table alone, by its number: 254 is main, 255 local.
    #[arg(long, value_name = "ID")]
    pub(crate) table: Option<u32>,
    /// Ends after so many seconds, instead of going on until it is stopped.
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
}

/// The clock of a command that follows, and what it has printed.
pub(crate) struct Follower {
    began: Instant,
    end: Option<Instant>,
    next: Instant,
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
        Self { began, end, next: began, printed: None, malformed: Once::default() }
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
    /// message once.
    pub(crate) fn tick(&mut self, tables: &Tables, stats: &MirrorStats) -> io::Result<()> {
        if Instant::now() < self.next {
            return Ok(());
        }
        self.next = Instant::now() + INTERVAL;
        self.print(tables, stats)
    }

    /// Prints what has changed since the last time.
    pub(crate) fn print(&mut self, tables: &Tables, stats: &MirrorStats) -> io::Result<()> {
        let first = stats.first_malformed.as_ref();
        self.malformed.say(first.map(|error| format!("{error} (others are only counted)")));
        let now = summary(tables, stats);
        if self.printed.as_ref() == Some(&now) {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        for line in now.lines() {
            writeln!(out, "{:8.1} s  {line}", self.began.elapsed().as_secs_f64())?;
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
