//! The parameters of each experiment. `experiments.toml` says what those mean that all have.

use core::num::{NonZeroU64, NonZeroUsize};

use serde::Deserialize;

use super::{FamilyName, Rate, Size, Threads};
use crate::Stream;

/// Lookups a second: all combinations of a grid.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throughput {
    /// Families, one after the other.
    pub families: Vec<FamilyName>,
    /// The table.
    pub routes: Size,
    /// Which addresses.
    pub streams: Vec<Stream>,
    /// Threads that look up.
    pub readers: Threads,
    /// Updates beside.
    pub updates: Vec<Rate>,
    /// Addresses a burst.
    pub bursts: Vec<NonZeroUsize>,
    /// Rounds.
    pub rounds: usize,
    /// How long a sample takes.
    pub window_ms: NonZeroU64,
    /// How often a disturbed sample is taken.
    pub tries: usize,
    /// Tables open at a time beside rtalloc's, 0 for all.
    pub together: usize,
    /// Whether tables are measured, too, that take minutes to open.
    #[serde(default)]
    pub slow: bool,
}

/// Readers beside a writer, whatever of them is measured.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concurrent {
    /// Families, one after the other.
    pub families: Vec<FamilyName>,
    /// The table.
    pub routes: Size,
    /// Threads that look up.
    pub readers: Threads,
    /// Updates beside.
    pub updates: Vec<Rate>,
    /// Addresses a burst.
    pub burst: NonZeroUsize,
    /// Rounds.
    pub rounds: usize,
    /// How long a sample takes.
    pub window_ms: NonZeroU64,
    /// How often a disturbed sample is taken.
    pub tries: usize,
    /// Tables open at a time beside rtalloc's, 0 for all.
    pub together: usize,
}

/// What waits to be freed, over time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Garbage {
    /// Families, one after the other.
    pub families: Vec<FamilyName>,
    /// The table.
    pub routes: Size,
    /// Threads that look up, beside the one that stalls or holds.
    pub readers: usize,
    /// Updates a second.
    pub updates: Rate,
    /// Addresses a burst.
    pub burst: NonZeroUsize,
    /// Handles that are held.
    pub handles: usize,
    /// How long a run takes.
    pub lasting_ms: u64,
    /// When the reader stalls, or the handles are taken.
    pub from_ms: u64,
    /// For how long.
    pub for_ms: u64,
    /// Time between two samples.
    pub sample_ms: NonZeroU64,
    /// Rounds.
    pub rounds: usize,
}

/// Updates without readers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Updates {
    /// Families, one after the other.
    pub families: Vec<FamilyName>,
    /// The table.
    pub routes: Size,
    /// Updates of a run, at most.
    pub most: usize,
    /// How long a run takes, at most.
    pub most_ms: u64,
    /// Updates of a batch of the bring-up storm.
    pub batch: NonZeroUsize,
    /// How much of the table the flapping peer has.
    pub flap_percent: u8,
    /// Rounds.
    pub rounds: usize,
}

/// References to one entry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handles {
    /// Families, one after the other.
    pub families: Vec<FamilyName>,
    /// The table.
    pub routes: Size,
    /// Threads that take and give back.
    pub threads: Threads,
    /// Rounds.
    pub rounds: usize,
    /// How long a sample takes.
    pub window_ms: NonZeroU64,
    /// How often a disturbed sample is taken.
    pub tries: usize,
}

/// Bytes of a prefix.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Families, one after the other.
    pub families: Vec<FamilyName>,
    /// The table.
    pub routes: Size,
}

/// Seconds to open.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// Families, one after the other.
    pub families: Vec<FamilyName>,
    /// Numbers of routes.
    pub sizes: Vec<NonZeroUsize>,
    /// Rayon's threads.
    pub threads: Threads,
    /// Routes of the table that those build.
    pub threads_routes: NonZeroUsize,
    /// Rounds.
    pub rounds: usize,
}

/// Lookup cost by size.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// Families, one after the other.
    pub families: Vec<FamilyName>,
    /// Numbers of routes.
    pub sizes: Vec<NonZeroUsize>,
    /// Addresses a burst.
    pub burst: NonZeroUsize,
    /// Addresses of a sample.
    pub addresses: usize,
    /// Rounds.
    pub rounds: usize,
    /// Tables open at a time beside rtalloc's, 0 for all.
    pub together: usize,
}

/// A day of updates, with a reader beside.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Families, one after the other.
    pub families: Vec<FamilyName>,
    /// The table.
    pub routes: Size,
    /// Addresses a burst of the reader.
    pub burst: NonZeroUsize,
    /// Updates of a run, at most.
    pub most: usize,
    /// How long a run takes, at most.
    pub most_ms: u64,
    /// Rounds.
    pub rounds: usize,
}
