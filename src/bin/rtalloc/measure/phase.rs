//! Readers and a writer at work together for a while.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use rtalloc::{
    EntryRef,
    testing::history::{Sample, Step},
};

use super::{
    addresses::Addresses,
    error::MeasureError,
    latency::Latencies,
    ledger::Token,
    measured::{Measured, Table},
    pace::Pace,
    reader::{ReaderReport, Reading, read},
    samples::{Milestones, Sampler},
    writer::{WriterReport, write},
};

/// When a phase ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// When every update of the stream has been applied.
    StreamEnd,
    /// After this time; a stream that ends earlier starts again.
    Elapsed(Duration),
}

impl Until {
    /// Whether a phase that began at `begun` is over by the clock at `now`.
    pub(super) fn is_over(self, begun: Instant, now: Instant) -> bool {
        match self {
            Self::StreamEnd => false,
            Self::Elapsed(time) => now.duration_since(begun) >= time,
        }
    }
}

/// What the writer is to apply.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Churn<'a, A: Measured> {
    /// The stream, in batches that take effect at one instant each.
    pub(crate) batches: &'a [&'a [Step<A>]],
    /// The batch to begin with.
    pub(crate) from: usize,
    pub(crate) pace: Pace<'a>,
}

impl<'a, A: Measured> Churn<'a, A> {
    /// The batch that comes after `published` ones.
    pub(super) fn batch(&self, until: Until, published: u64) -> Option<&'a [Step<A>]> {
        let count = self.batches.len();
        let at = self.from.checked_add(usize::try_from(published).ok()?)?;
        match until {
            Until::StreamEnd => self.batches.get(at).copied(),
            Until::Elapsed(_) => self.batches.get(at.checked_rem(count)?).copied(),
        }
    }
}

/// Readers and at most one writer.
pub(crate) struct Phase<'a, A: Measured> {
    pub(crate) table: &'a Table,
    pub(crate) addresses: &'a Addresses<A>,
    pub(crate) readers: usize,
    pub(crate) until: Until,
    /// What the writer applies, if there is one. Without, the phase ends by time.
    pub(crate) churn: Option<Churn<'a, A>>,
    /// How many samples the readers take, all together. Needs a churn that begins at the front.
    pub(crate) samples: usize,
    pub(crate) seed: u64,
}

/// What came of a phase.
#[derive(Debug)]
pub(crate) struct PhaseReport<A: Measured> {
    /// Lookups a second of each reader.
    pub(crate) rates: Vec<f64>,
    /// How long bursts of lookups took, over all readers.
    pub(crate) bursts: Latencies,
    pub(crate) samples: Vec<Sample<A>>,
    /// References that readers held at their end.
    pub(crate) held: Vec<EntryRef<Token>>,
    pub(crate) writer: Option<WriterReport>,
}

impl<A: Measured> PhaseReport<A> {
    /// Lookups a second of all readers together.
    pub(crate) fn rate(&self) -> f64 {
        self.rates.iter().sum()
    }
}

/// Ends the readers' loops, also when the writer panics.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        // Relaxed: the flag ends loops and hands nothing over.
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<A: Measured> Phase<'_, A> {
    /// Runs the phase. The calling thread is the writer.
    pub(crate) fn run(&self) -> Result<PhaseReport<A>, MeasureError> {
        let (stop, running) = (AtomicBool::new(false), AtomicUsize::new(0));
        let milestones = Milestones::default();
        let (writer, readers) = thread::scope(|scope| {
            let end = StopOnDrop(&stop);
            let mut readers = Vec::new();
            for number in 0..self.readers {
                let reading = self.reading(number, &milestones, &running, &stop)?;
                let name = thread::Builder::new().name(format!("reader {number}"));
                let spawned = name.spawn_scoped(scope, move || read(reading));
                readers.push(spawned.map_err(MeasureError::Thread)?);
            }
            // Relaxed: a count to wait for; it hands nothing over.
            while running.load(Ordering::Relaxed) < self.readers
                && !readers.iter().any(thread::ScopedJoinHandle::is_finished)
            {
                thread::sleep(Duration::from_micros(50));
            }
            let writer = self.write(&milestones)?;
            drop(end);
            let reports: Result<Vec<ReaderReport<A>>, _> = readers
                .into_iter()
                .map(|reader| reader.join().map_err(|_| MeasureError::ReaderPanicked))
                .collect();
            Ok::<_, MeasureError>((writer, reports?))
        })?;
        self.report(writer, readers)
    }

    fn reading<'a>(
        &'a self,
        number: usize,
        milestones: &'a Milestones,
        running: &'a AtomicUsize,
        stop: &'a AtomicBool,
    ) -> Result<Reading<'a, A>, MeasureError> {
        let bursts = self.addresses.bursts();
        let sampler = self.churn.as_ref().filter(|_| self.samples > 0).map(|churn| {
            let quota = self.samples / self.readers.max(1);
            let seed = self.seed.wrapping_add(number as u64);
            Sampler::new(milestones, churn.batches, bursts, quota, seed)
        });
        Ok(Reading {
            table: self.table,
            addresses: self.addresses,
            start: bursts.len() / self.readers.max(1) * number,
            sampler,
            latencies: Latencies::new()?,
            running,
            stop,
        })
    }

    fn write(&self, milestones: &Milestones) -> Result<Option<WriterReport>, MeasureError> {
        match (&self.churn, self.until) {
            (Some(churn), until) => write(self.table, churn, until, milestones).map(Some),
            (None, Until::Elapsed(time)) => {
                thread::sleep(time);
                Ok(None)
            }
            (None, Until::StreamEnd) => Ok(None),
        }
    }

    fn report(
        &self,
        writer: Option<WriterReport>,
        readers: Vec<ReaderReport<A>>,
    ) -> Result<PhaseReport<A>, MeasureError> {
        let mut report = PhaseReport {
            rates: Vec::with_capacity(readers.len()),
            bursts: Latencies::new()?,
            samples: Vec::new(),
            held: Vec::new(),
            writer,
        };
        for reader in readers {
            let time = reader.elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
            report.rates.push(reader.lookups as f64 / time);
            report.bursts.merge(&reader.latencies);
            report.samples.extend(reader.samples);
            report.held.extend(reader.held);
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use rtalloc::{NextHop, Prefix};

    use super::*;
    use crate::measure::{Rate, check_routes, golden_model, load, verify};

    fn routes() -> Vec<(Prefix<u128>, NextHop)> {
        let route = |number: u32| {
            let prefix = Prefix::containing(0x2001_0DB8 << 96 | u128::from(number) << 80, 48);
            (prefix, NextHop::interface(number + 1))
        };
        (0..64).map(route).collect()
    }

    fn stream() -> Vec<Step<u128>> {
        let step = |number: u32| {
            let (prefix, _) = routes()[number as usize % 64];
            match number % 3 {
                0 => Step::Remove(prefix),
                _ => Step::Set(prefix, NextHop::interface(number)),
            }
        };
        (0..3000).map(step).collect()
    }

    #[test]
    fn a_phase_applies_the_stream_and_its_samples_are_right() {
        let (table, routes, steps) = (Table::new().unwrap(), routes(), stream());
        load(&table, &routes).unwrap();
        let prefixes: Vec<_> = routes.iter().map(|route| route.0).collect();
        let batches: Vec<_> = steps.chunks(2).collect();
        let phase = Phase {
            table: &table,
            addresses: &Addresses::draw(&prefixes, 1),
            readers: 2,
            until: Until::StreamEnd,
            churn: Some(Churn {
                batches: &batches,
                from: 0,
                pace: Pace::Rate("100000".parse().unwrap()),
            }),
            samples: 1000,
            seed: 1,
        };
        let report = phase.run().unwrap();
        let writer = report.writer.as_ref().unwrap();
        assert_eq!((writer.counts.total(), writer.published), (3000, 1500));
        assert!(writer.elapsed >= Duration::from_millis(29), "100000 a second");
        assert_eq!(report.rates.len(), 2);
        assert!(report.rates.iter().all(|&rate| rate > 0.0) && !report.held.is_empty());
        let mut golden = golden_model(&routes);
        let verdict = verify(&mut golden, &batches, &report.samples);
        assert!(verdict.checked > 0 && verdict.wrong == 0, "{verdict:?}");
        assert_eq!(check_routes(table.v6(), &golden).wrong, 0);
    }

    #[test]
    fn a_stream_goes_round_while_there_is_time() {
        let table = Table::new().unwrap();
        let steps = &stream()[..7];
        let batches: Vec<_> = steps.chunks(1).collect();
        let phase = Phase {
            table: &table,
            addresses: &Addresses::draw(&[], 1),
            readers: 1,
            until: Until::Elapsed(Duration::from_millis(20)),
            churn: Some(Churn { batches: &batches, from: 5, pace: Pace::Rate(Rate::Max) }),
            samples: 0,
            seed: 1,
        };
        let report = phase.run().unwrap();
        assert!(report.writer.unwrap().published > 7);
        assert!(report.samples.is_empty());
    }

    #[test]
    fn an_empty_stream_ends_at_once() {
        let churn = Churn::<u32> { batches: &[], from: 3, pace: Pace::Rate(Rate::Max) };
        assert!(churn.batch(Until::Elapsed(Duration::MAX), 0).is_none());
        assert!(churn.batch(Until::StreamEnd, 0).is_none());
    }
}
