//! The one thread that changes the table.

use std::time::{Duration, Instant};

use rtalloc::{Batch, CapacityError, Outcome, Rib, Route, Waiting, testing::history::Step};
use serde_json::{Value, json};

use super::{
    error::MeasureError,
    latency::Latencies,
    ledger::{self, Token},
    measured::{Measured, Table},
    pace::Pacer,
    phase::{Churn, Until},
    samples::Milestones,
};

/// What the updates did, one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Announcements of prefixes that had no route.
    pub(crate) new: u64,
    /// Announcements that changed what a route says.
    pub(crate) changed: u64,
    /// Announcements of what was there already.
    pub(crate) unchanged: u64,
    /// Withdrawals.
    pub(crate) withdrawn: u64,
    /// Withdrawals of prefixes that had no route.
    pub(crate) absent: u64,
}

impl Counts {
    pub(crate) fn total(&self) -> u64 {
        self.new + self.changed + self.unchanged + self.withdrawn + self.absent
    }

    pub(crate) fn to_json(self) -> Value {
        json!({
            "applied": self.total(),
            "announced_new": self.new,
            "announced_changed": self.changed,
            "announced_unchanged": self.unchanged,
            "withdrawn": self.withdrawn,
            "withdrawn_absent": self.absent,
        })
    }
}

/// What the writer did.
#[derive(Debug)]
pub(crate) struct WriterReport {
    /// The updates by what they did.
    pub(crate) counts: Counts,
    /// How many times it published.
    pub(crate) published: u64,
    /// How long each publication took, waiting for its turn not counted.
    pub(crate) latencies: Latencies,
    /// The most items that waited for a grace period after an update.
    pub(crate) peak_items: usize,
    /// The most bytes that waited for a grace period after an update.
    pub(crate) peak_bytes: usize,
    /// The most entries that existed after an update beside the routes of the table: waiting, or
    /// held by a reader's reference.
    pub(crate) peak_entries: u64,
    /// From the first update to the end of the last.
    pub(crate) elapsed: Duration,
}

impl WriterReport {
    /// Updates a second.
    pub(crate) fn rate(&self) -> f64 {
        self.counts.total() as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    fn note_peaks(&mut self, waiting: Waiting, routes: usize) {
        self.peak_items = self.peak_items.max(waiting.items);
        self.peak_bytes = self.peak_bytes.max(waiting.bytes);
        let entries = ledger::live().saturating_sub(routes as u64);
        self.peak_entries = self.peak_entries.max(entries);
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "updates": self.counts.to_json(),
            "published": self.published,
            "seconds": self.elapsed.as_secs_f64(),
            "updates_per_second": self.rate(),
            "publication": self.latencies.quantiles().to_json(),
            "peak_waiting_items": self.peak_items,
            "peak_waiting_bytes": self.peak_bytes,
            "peak_unreclaimed_entries": self.peak_entries,
        })
    }
}

/// Applies updates until the time is over or the stream ends.
pub(super) fn write<A: Measured>(
    table: &Table,
    churn: &Churn<'_, A>,
    until: Until,
    milestones: &Milestones,
) -> Result<WriterReport, MeasureError> {
    let rib = A::counted(table);
    let pacer = Pacer::new(churn.pace);
    let mut report = WriterReport {
        counts: Counts::default(),
        published: 0,
        latencies: Latencies::new()?,
        peak_items: 0,
        peak_bytes: 0,
        peak_entries: 0,
        elapsed: Duration::ZERO,
    };
    let begun = Instant::now();
    while let Some(batch) = churn.batch(until, report.published) {
        pacer.wait(report.counts.total(), |now| until.is_over(begun, now));
        let start = Instant::now();
        if until.is_over(begun, start) {
            break;
        }
        milestones.start(report.published + 1);
        publish(rib, batch, &mut report.counts)?;
        milestones.complete(report.published + 1);
        report.latencies.record(start.elapsed());
        report.published += 1;
        report.note_peaks(rib.waiting(), table.len());
    }
    report.elapsed = begun.elapsed();
    Ok(report)
}

/// Applies a batch at one instant; a batch of one as the single update that it is.
fn publish<A: Measured>(
    rib: &Rib<A, Token>,
    steps: &[Step<A>],
    counts: &mut Counts,
) -> Result<(), CapacityError> {
    match *steps {
        [Step::Set(prefix, next_hop)] => {
            let route = Route::with_data(next_hop, Token::new());
            match rib.insert(prefix, route)? {
                Outcome::Added => counts.new += 1,
                Outcome::Replaced => counts.changed += 1,
                Outcome::Unchanged => counts.unchanged += 1,
            }
        }
        [Step::Remove(prefix)] => match rib.remove(prefix)? {
            Some(_) => counts.withdrawn += 1,
            None => counts.absent += 1,
        },
        _ => {
            let mut batch = Batch::new();
            let mut withdrawals = 0;
            for step in steps {
                match *step {
                    Step::Set(prefix, next_hop) => {
                        batch.insert(prefix, Route::with_data(next_hop, Token::new()));
                    }
                    Step::Remove(prefix) => {
                        batch.remove(prefix);
                        withdrawals += 1;
                    }
                }
            }
            let applied = rib.apply(batch)?;
            let absent = withdrawals - applied.removed as u64;
            counts.new += applied.added as u64;
            counts.changed += applied.replaced as u64;
            counts.unchanged += applied.unchanged as u64 - absent;
            counts.withdrawn += applied.removed as u64;
            counts.absent += absent;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rtalloc::{NextHop, Prefix};

    use super::*;

    #[test]
    fn batches_and_single_updates_count_alike() {
        let prefix = |third: u32| Prefix::<u32>::containing(0xC000_0000 | third << 8, 24);
        let hop = NextHop::interface;
        let steps = [
            Step::Set(prefix(1), hop(1)),
            Step::Set(prefix(1), hop(1)),
            Step::Set(prefix(1), hop(2)),
            Step::Set(prefix(2), hop(1)),
            Step::Remove(prefix(2)),
            Step::Remove(prefix(2)),
            Step::Remove(prefix(3)),
        ];
        let expected = Counts { new: 2, changed: 1, unchanged: 1, withdrawn: 1, absent: 2 };
        for size in [1, 7] {
            let table = Table::new().unwrap();
            let mut counts = Counts::default();
            for batch in steps.chunks(size) {
                publish(table.v4(), batch, &mut counts).unwrap();
            }
            assert_eq!((counts, counts.total()), (expected, 7), "batches of {size}");
            assert_eq!(table.len(), 1);
        }
    }
}
