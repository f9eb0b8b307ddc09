//! Serving one family: load, check, measure, check again.

use std::{num::NonZeroUsize, time::Instant};

use rtalloc::{EntryRef, NextHop, Prefix, testing::history::Step};

use super::{
    RunArgs,
    report::{Line, Served},
};
use crate::{
    failure::Failure,
    family::Family,
    measure::{
        Addresses, Churn, Measured, Pace, Phase, Repeats, Stream, Table, Token, Until,
        check_probes, check_routes, golden_model, load, steps,
    },
    progress::Progress,
    tables::Routes,
};

/// Up to so many readers every number is measured, beyond only some.
const EVERY: usize = 8;

/// What every measurement needs.
pub(super) struct Job<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) table: &'a Table,
    pub(super) cores: usize,
}

impl Job<'_> {
    /// Loads, checks and serves one family; nothing if it has no route.
    pub(super) fn serve<A: Measured>(
        &self,
        routes: &Routes,
        stream: &Stream,
        held: &mut Vec<EntryRef<Token>>,
    ) -> Result<Option<Served>, Failure> {
        let routes = <A as Family>::routes(routes);
        if routes.is_empty() {
            return Ok(None);
        }
        let progress = Progress::begin(&format!("{}: loading", A::NAME), None);
        let begun = Instant::now();
        load(self.table, routes)?;
        let load = begun.elapsed();
        drop(progress);

        let progress = Progress::begin(&format!("{}: checking", A::NAME), None);
        let begun = Instant::now();
        let mut golden = golden_model(routes);
        let mut loaded = check_routes(A::counted(self.table), &golden);
        loaded.merge(check_probes(self.table, &golden));
        let checking = begun.elapsed();
        drop(progress);

        let steps = self.steps::<A>(routes, stream);
        let (lines, applied) = self.measure(routes, &steps, held)?;

        let _progress = Progress::begin(&format!("{}: checking again", A::NAME), None);
        // A stream that went round leaves what its last round set.
        for place in applied - applied.min(steps.len())..applied {
            steps[place % steps.len()].apply(&mut golden);
        }
        let mut last = check_routes(A::counted(self.table), &golden);
        last.merge(check_probes(self.table, &golden));
        Ok(Some(Served {
            name: A::NAME,
            iproute2: A::IPROUTE2,
            routes: routes.len(),
            load,
            loaded,
            checking,
            lines,
            last,
        }))
    }

    /// The updates from the files, or synthetic ones.
    fn steps<A: Measured>(&self, routes: &[(Prefix<A>, NextHop)], stream: &Stream) -> Vec<Step<A>> {
        let _progress = Progress::begin(&format!("{}: preparing updates", A::NAME), None);
        if !self.args.updates.is_empty() {
            return steps(A::updates(stream), Repeats::Change);
        }
        let prefixes: Vec<Prefix<A>> = routes.iter().map(|route| route.0).collect();
        A::churn(&prefixes, self.args.seed, self.args.stream_len()).collect()
    }

    /// One line for each number of readers, first without updates and then with. Returns also how
    /// many updates were applied.
    fn measure<A: Measured>(
        &self,
        routes: &[(Prefix<A>, NextHop)],
        steps: &[Step<A>],
        held: &mut Vec<EntryRef<Token>>,
    ) -> Result<(Vec<Line>, usize), Failure> {
        let _progress = Progress::begin(&format!("{}: measuring", A::NAME), None);
        let prefixes: Vec<Prefix<A>> = routes.iter().map(|route| route.0).collect();
        let addresses = Addresses::draw(&prefixes, self.args.seed);
        let batches: Vec<_> = steps.chunks(1).collect();
        let counts = reader_counts(self.args.readers.map_or(self.cores, NonZeroUsize::get));
        let still = counts.iter().map(|&readers| (readers, false));
        let churning = counts.iter().map(|&readers| (readers, true));
        let churning = churning.filter(|_| !steps.is_empty());
        let (mut lines, mut applied) = (Vec::new(), 0);
        for (readers, churns) in still.chain(churning) {
            let pace = Pace::Rate(self.args.rate);
            let churn = Churn { batches: &batches, from: applied, pace };
            let phase = Phase {
                table: self.table,
                addresses: &addresses,
                readers,
                until: Until::Elapsed(self.args.time()),
                churn: churns.then_some(churn),
                samples: 0,
                seed: self.args.seed,
            };
            let mut report = phase.run()?;
            if let Some(writer) = &report.writer {
                applied += writer.counts.total() as usize;
            }
            // Those of the phase before are released, at first into the table's queue.
            *held = core::mem::take(&mut report.held);
            let busy = readers + usize::from(churns);
            lines.push(Line::new(readers, busy > self.cores, report));
        }
        Ok((lines, applied))
    }
}

/// The numbers of readers to measure, up to `most`: all of a few, then two for each doubling.
fn reader_counts(most: usize) -> Vec<usize> {
    let mut counts: Vec<usize> = (1..=most.min(EVERY)).collect();
    let mut last = EVERY;
    while last < most {
        let doubled = 1 << last.ilog2();
        last = last.saturating_add(doubled / 2).min(most);
        counts.push(last);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_readers_are_all_measured_and_many_in_steps() {
        assert_eq!(reader_counts(1), [1]);
        assert_eq!(reader_counts(3), [1, 2, 3]);
        assert_eq!(reader_counts(11), [1, 2, 3, 4, 5, 6, 7, 8, 11]);
        assert_eq!(reader_counts(70), [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 70]);
    }
}
