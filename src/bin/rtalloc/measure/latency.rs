//! Latencies in histograms.

use std::time::Duration;

use hdrhistogram::{CreationError, Histogram};
use serde_json::{Value, json};

/// Longer latencies count as this one: a minute, in nanoseconds.
const LONGEST: u64 = 60_000_000_000;
/// Significant decimal digits: percentiles are exact to 1 %. One more would cost eight times the
/// cache for nothing that a shared machine can tell.
const DIGITS: u8 = 2;

/// Latencies of one kind of action.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Histogram<u64>);

/// What is reported of them, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quantiles {
    pub(crate) count: u64,
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p99_9: u64,
    pub(crate) p99_99: u64,
    pub(crate) max: u64,
}

impl Latencies {
    pub(crate) fn new() -> Result<Self, CreationError> {
        Histogram::new_with_bounds(1, LONGEST, DIGITS).map(Self)
    }

    #[inline]
    pub(crate) fn record(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(LONGEST));
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.0.reset();
    }

    /// Counts the others in.
    pub(crate) fn merge(&mut self, others: &Self) {
        for value in others.0.iter_recorded() {
            self.0.saturating_record_n(value.value_iterated_to(), value.count_at_value());
        }
    }

    pub(crate) fn quantiles(&self) -> Quantiles {
        Quantiles {
            count: self.0.len(),
            p50: self.0.value_at_quantile(0.5),
            p99: self.0.value_at_quantile(0.99),
            p99_9: self.0.value_at_quantile(0.999),
            p99_99: self.0.value_at_quantile(0.9999),
            max: self.0.max(),
        }
    }
}

impl Quantiles {
    pub(crate) fn to_json(self) -> Value {
        json!({
            "count": self.count,
            "p50_ns": self.p50,
            "p99_ns": self.p99,
            "p99.9_ns": self.p99_9,
            "p99.99_ns": self.p99_99,
            "max_ns": self.max,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_merged_histograms() {
        let (mut a, mut b) = (Latencies::new().unwrap(), Latencies::new().unwrap());
        for nanos in 1..=50 {
            a.record(Duration::from_nanos(nanos));
            b.record(Duration::from_nanos(50 + nanos));
        }
        a.merge(&b);
        let found = a.quantiles();
        assert_eq!((found.count, found.p50, found.p99, found.max), (100, 50, 99, 100));
        a.clear();
        assert_eq!(a.quantiles(), Quantiles::default());
    }

    #[test]
    fn too_long_a_time_counts_as_the_longest() {
        let mut latencies = Latencies::new().unwrap();
        latencies.record(Duration::from_secs(1 << 40));
        let max = latencies.quantiles().max as f64;
        assert!((0.98..1.02).contains(&(max / LONGEST as f64)), "{max}");
    }
}
