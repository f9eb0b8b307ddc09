//! What a lenient reader passed over.

use std::collections::BTreeMap;

use super::error::InputError;

/// How many faults are kept in full; all are counted.
const KEPT: usize = 5;

/// The faults that a lenient reader passed over: all of them counted by kind, the first few kept.
#[derive(Debug, Default)]
pub struct Skipped {
    by_kind: BTreeMap<&'static str, u64>,
    first: Vec<InputError>,
}

impl Skipped {
    /// How many lines, records and stream ends were passed over.
    pub fn total(&self) -> u64 {
        self.by_kind.values().sum()
    }

    /// The faults by kind, with how many there are of each, in the order of their names.
    pub fn by_kind(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.by_kind.iter().map(|(&kind, &count)| (kind, count))
    }

    /// The first few faults, in input order.
    pub fn first(&self) -> &[InputError] {
        &self.first
    }

    pub(super) fn note(&mut self, error: InputError) {
        *self.by_kind.entry(error.kind.name()).or_default() += 1;
        if self.first.len() < KEPT {
            self.first.push(error);
        }
    }

    /// The first fault of all, taken out, for a reader that found nothing but faults.
    pub(super) fn into_first(self) -> Option<InputError> {
        self.first.into_iter().next()
    }
}
