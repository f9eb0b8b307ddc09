//! The times of single bursts, as percentiles, and how many bursts those are of. A burst is timed with
//! the end of its section: a quiescent point, or what a guard costs. Taking the time takes time: some tens of nanoseconds
//! a burst, the same for everyone.

use std::time::Duration;

use hdrhistogram::Histogram;
use rtalloc_benches::{
    Stream,
    adapter::Failure,
    family::Family,
    plan::{Concurrent, FamilyName},
    rows::Row,
};

use super::{Experiment, grid::Grid};
use crate::{
    session::Session,
    setting::{Cost, Setting},
};

/// The percentiles; the last is the longest time of all.
const PERCENTILES: [f64; 9] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.95, 99.99, 100.0];

/// The percentiles of `times` as rows.
pub(super) fn percentiles(
    row: &Row,
    metric: &'static str,
    times: &Histogram<u64>,
) -> impl Iterator<Item = Row> {
    PERCENTILES.into_iter().filter(|_| !times.is_empty()).map(move |percentile| Row {
        metric,
        unit: "ns",
        x: Some(percentile),
        value: times.value_at_percentile(percentile) as f64,
        ..row.clone()
    })
}

/// The experiment `latency`.
pub(super) struct Latency<'p>(pub(super) &'p Concurrent);

/// The grid of readers beside a writer that a plan gives.
pub(super) fn grid(of: &Concurrent, setting: &Setting, timed: bool) -> Grid {
    Grid {
        routes: of.routes,
        streams: vec![Stream::Routed],
        readers: of.readers.counts(setting.cores.count()),
        updates: of.updates.clone(),
        bursts: vec![of.burst.get()],
        rounds: of.rounds,
        lasting: Duration::from_millis(of.window_ms.get()),
        tries: of.tries,
        together: of.together,
        timed,
    }
}

impl Experiment for Latency<'_> {
    fn families(&self) -> &[FamilyName] {
        &self.0.families
    }

    fn cost<A: Family>(&self, setting: &Setting) -> Cost {
        grid(self.0, setting, true).cost::<A>(setting)
    }

    fn run<A: Family>(&self, session: &mut Session) -> Result<(), Failure> {
        grid(self.0, &session.setting, true).run::<A>(session, |session, row, seen| {
            session.rows.extend(percentiles(&row, "burst_latency", &seen.times));
            let rate = |metric, value| Row { metric, unit: "1/s", value, ..row.clone() };
            let bursts = seen.times.len() as f64;
            session.rows.push(Row {
                metric: "bursts",
                unit: "bursts",
                value: bursts,
                ..row.clone()
            });
            session.rows.push(rate("lookups_per_second", seen.lookups_per_second));
            session.rows.push(rate("updates_per_second", seen.updates_per_second));
        })
    }
}

#[cfg(test)]
mod tests {
    use rtalloc_benches::harness::times;

    use super::*;

    #[test]
    fn percentiles_end_with_the_longest() {
        let mut times = times().unwrap();
        assert_eq!(percentiles(&Row::default(), "burst_latency", &times).count(), 0);
        (1..=1000).for_each(|time| times.record(time).unwrap());
        let rows: Vec<_> = percentiles(&Row::default(), "burst_latency", &times).collect();
        let at = |percentile| rows.iter().find(|row| row.x == Some(percentile)).unwrap().value;
        assert_eq!([50.0, 100.0].map(at), [500.0, 1000.0]);
        // The histogram rounds a share of the count up, which is no whole number in binary.
        assert!((999.0..=1000.0).contains(&at(99.9)) && (990.0..=991.0).contains(&at(99.0)));
        assert!(rows.is_sorted_by(|one, next| one.value <= next.value));
    }
}
