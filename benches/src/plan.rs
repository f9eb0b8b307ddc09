//! The plan of the experiments: what `experiments.toml` says, and nothing that it does not say.
//!
//! Each experiment has a question and its parameters for each [`Mode`]. Names that the plan does not
//! know are errors, so that a parameter with a typing error is not silently another experiment.

mod parameters;
mod values;

use core::fmt;
use std::{fs, io, path::Path};

use serde::Deserialize;

pub use self::{
    parameters::{
        Build, Concurrent, Garbage, Growth, Handles, Memory, Replay, Throughput, Updates,
    },
    values::{FamilyName, Rate, RateError, Size, Threads},
};

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// Everything once, and as little of it as shows that it works.
    Check,
    /// An answer on two cores in minutes.
    Quick,
    /// What results are published from.
    Full,
}

/// An experiment: a question, and parameters by mode.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment<P> {
    /// What it answers.
    pub question: String,
    check: P,
    quick: P,
    full: P,
}

impl<P> Experiment<P> {
    /// The parameters of a mode.
    pub fn at(&self, mode: Mode) -> &P {
        match mode {
            Mode::Check => &self.check,
            Mode::Quick => &self.quick,
            Mode::Full => &self.full,
        }
    }
}

/// All experiments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Lookups a second, by readers, updates and bursts, in grids of their own.
    pub throughput: Experiment<Vec<Throughput>>,
    /// Times of single bursts.
    pub latency: Experiment<Concurrent>,
    /// Allocations on reading threads.
    pub readers: Experiment<Concurrent>,
    /// What waits to be freed, over time.
    pub garbage: Experiment<Garbage>,
    /// Updates a second, and the time to reclaim.
    pub updates: Experiment<Updates>,
    /// References to one entry.
    pub handles: Experiment<Handles>,
    /// Bytes of a prefix.
    pub memory: Experiment<Memory>,
    /// Seconds to open.
    pub build: Experiment<Build>,
    /// Lookup cost by size.
    pub growth: Experiment<Growth>,
    /// A day of updates.
    pub replay: Experiment<Replay>,
}

impl Plan {
    /// The plan in a text.
    ///
    /// # Errors
    /// What is wrong with it, with the line.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        toml::from_str(text).map_err(|error| PlanError::Format(Box::new(error)))
    }

    /// The plan in a file.
    ///
    /// # Errors
    /// If it cannot be read, or what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, PlanError> {
        let text = fs::read_to_string(path).map_err(|error| PlanError::Read(path.into(), error))?;
        Self::parse(&text)
    }
}

/// Why there is no plan.
#[derive(Debug)]
pub enum PlanError {
    /// The file cannot be read.
    Read(Box<Path>, io::Error),
    /// It is no plan.
    Format(Box<toml::de::Error>),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(f, "cannot read {}: {error}", path.display()),
            Self::Format(error) => write!(f, "the plan: {error}"),
        }
    }
}

impl core::error::Error for PlanError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Read(_, error) => Some(error),
            Self::Format(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;

    const PLAN: &str = include_str!("../experiments.toml");

    #[test]
    fn the_plan_of_the_repository_is_one() {
        let plan = Plan::parse(PLAN).unwrap();
        for mode in [Mode::Check, Mode::Quick, Mode::Full] {
            assert!(!plan.throughput.at(mode).is_empty());
        }
        let grid = &plan.throughput.at(Mode::Quick)[0];
        assert_eq!((grid.routes, &grid.readers), (Size::Routes(200_000), &Threads::Cores));
        let rates = [0.0, 1e3, 1e5, f64::INFINITY].map(Rate);
        assert_eq!((&*grid.updates, &*grid.streams), (&rates[..], &[Stream::Routed][..]));
        assert_eq!(plan.replay.at(Mode::Full).routes, Size::Day);
        assert_eq!(plan.handles.at(Mode::Check).families, [FamilyName::V4, FamilyName::V6]);
    }

    #[test]
    fn what_the_plan_does_not_know_is_named() {
        for (from, to, named) in [
            ("\n[memory.check]\n", "\n[memory.check]\nsize = 1\n", "size"),
            ("\n[memory]\n", "\n[memory]\nanswer = 1\n", "answer"),
            ("\n[memory]\n", "\n[memories]\n", "memories"),
            ("routes = \"day\"", "routes = \"night\"", "night"),
            ("[0, \"1k\"", "[0, \"1x\"", "1x"),
            ("\"hot\"", "\"cold\"", "cold"),
            ("routes = 1000", "routes = 0", "no routes"),
            ("window_ms = 1", "window_ms = 0", "nonzero"),
        ] {
            let changed = PLAN.replacen(from, to, 1);
            assert_ne!(changed, PLAN, "{from:?} is in the plan");
            let error = Plan::parse(&changed).unwrap_err().to_string();
            assert!(error.contains(named), "{named}: {error}");
        }
    }
}
