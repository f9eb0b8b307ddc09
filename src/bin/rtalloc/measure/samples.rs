//! Lookups recorded while the table changes, and what the golden model says about them.
//!
//! The writer publishes its updates one after the other and counts, in [`Milestones`], how many it
//! has started and how many it has completed. A reader that takes a sample reads the one count
//! before its lookup and the other after it. The sample is right if its answer is the golden
//! model's after some number of updates between the two; see `rtalloc::testing::history`.
//!
//! # Memory ordering
//! * `completed` is stored with Release after an update and loaded with Acquire before a lookup:
//!   whoever reads `k` sees the first `k` updates, so the lookup cannot answer from an older state.
//! * `started` is stored before an update and loaded after a lookup, both relaxed, with a Release
//!   fence behind the store and an Acquire fence before the load. If the lookup read anything that
//!   the update stored, then the fences synchronize, and the load sees the store: the answer
//!   cannot come from a state past the count. This leans on nothing but the table's use of
//!   atomics; in particular not on the orderings of the table, which are under test.

use std::sync::atomic::{AtomicU64, Ordering, fence};

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use rtalloc::{
    Guard,
    testing::history::{self, Answer, Failure, Sample, Step},
};

use super::{
    check::Golden,
    ledger::Token,
    measured::{Measured, prefix_of},
    reader::BURST,
};

/// How many updates past the present one a sample may look at.
const AHEAD: usize = 4;
/// Failures described in a report; all are counted.
const DESCRIBED: usize = 10;

/// How far the writer has come. On a cache line pair of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Milestones {
    started: AtomicU64,
    completed: AtomicU64,
}

impl Milestones {
    /// The writer is about to publish an update, which will be number `count`.
    pub(super) fn start(&self, count: u64) {
        // Relaxed, then a Release fence: see the module's text.
        self.started.store(count, Ordering::Relaxed);
        // Release: orders the store above before every store of the update.
        fence(Ordering::Release);
    }

    /// Update number `count` has been published.
    pub(super) fn complete(&self, count: u64) {
        // Release: against `completed`; the update's stores come before.
        self.completed.store(count, Ordering::Release);
    }

    /// How many updates had completed by now.
    pub(super) fn completed(&self) -> u64 {
        // Acquire: against `complete`; what follows sees those updates.
        self.completed.load(Ordering::Acquire)
    }

    /// How many updates had started by the end of what came before.
    fn started(&self) -> u64 {
        // Acquire: orders every load of the lookup before the load below.
        fence(Ordering::Acquire);
        // Relaxed, after an Acquire fence: see the module's text.
        self.started.load(Ordering::Relaxed)
    }
}

/// Takes one reader's samples, spread evenly over the stream.
pub(super) struct Sampler<'a, A: Measured> {
    milestones: &'a Milestones,
    batches: &'a [&'a [Step<A>]],
    bursts: &'a [[A; BURST]],
    quota: usize,
    rng: Xoshiro256PlusPlus,
    samples: Vec<Sample<A>>,
}

impl<'a, A: Measured> Sampler<'a, A> {
    /// A sampler that takes at most `quota` samples while `batches` are applied.
    pub(super) fn new(
        milestones: &'a Milestones,
        batches: &'a [&'a [Step<A>]],
        bursts: &'a [[A; BURST]],
        quota: usize,
        seed: u64,
    ) -> Self {
        let rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        Self { milestones, batches, bursts, quota, rng, samples: Vec::with_capacity(quota) }
    }

    /// Takes a sample, unless as many were taken as the stream's progress allows.
    pub(super) fn take(&mut self, guard: &Guard<'_, Token>) {
        let done = self.milestones.completed();
        if self.samples.len() >= allowed(self.quota, done, self.batches.len()) {
            return;
        }
        let address = self.draw(done);
        // Counted again: drawing takes time, and a short window is a sharp test.
        let from = self.milestones.completed();
        let found = A::answer(guard, address);
        let answer = found.map(|entry| (prefix_of(&entry), entry.next_hop()));
        let to = self.milestones.started();
        self.samples.push(Sample { address, answer, from, to });
    }

    pub(super) fn into_samples(self) -> Vec<Sample<A>> {
        self.samples
    }

    /// Three samples of four ask for an address whose answer is about to change; the others ask
    /// for what the readers ask for anyway.
    fn draw(&mut self, done: u64) -> A {
        let next = usize::try_from(done).unwrap_or(usize::MAX);
        let next = next.saturating_add(self.rng.random_range(0..AHEAD));
        let batch = self.batches.get(next).copied().unwrap_or_default();
        if batch.is_empty() || self.rng.random_ratio(1, 4) {
            let burst = self.bursts[self.rng.random_range(0..self.bursts.len())];
            return burst[self.rng.random_range(0..BURST)];
        }
        let step = batch[self.rng.random_range(0..batch.len())];
        A::inside(step.prefix(), &mut self.rng)
    }
}

/// How many samples of `quota` may have been taken when `done` of `total` updates have completed.
fn allowed(quota: usize, done: u64, total: usize) -> usize {
    let share = quota as u128 * (u128::from(done) + 1) / (total as u128).max(1);
    usize::try_from(share).unwrap_or(quota).min(quota)
}

/// What became of the samples.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Samples checked.
    pub(crate) checked: usize,
    /// Those during which an update was under way, so that more than one answer may be right.
    pub(crate) contended: usize,
    /// Those whose answer no state of their window gives.
    pub(crate) wrong: usize,
    /// The first of these in words.
    pub(crate) described: Vec<String>,
}

/// Holds samples against the golden model, which is the table before the stream and becomes the
/// one after it.
pub(crate) fn verify<A: Measured>(
    golden: &mut Golden<A>,
    batches: &[&[Step<A>]],
    samples: &[Sample<A>],
) -> Verdict {
    let failures = history::verify(golden, batches, samples);
    Verdict {
        checked: samples.len(),
        contended: samples.iter().filter(|sample| sample.from != sample.to).count(),
        wrong: failures.len(),
        described: failures.iter().take(DESCRIBED).map(describe).collect(),
    }
}

fn describe<A: Measured>(failure: &Failure<A>) -> String {
    let Sample { address, answer, from, to } = failure.sample;
    let possible: Vec<String> = failure.possible.iter().map(in_words).collect();
    format!(
        "{} answered {} between updates {from} and {to}, where these are right: {}",
        address.to_ip(),
        in_words(&answer),
        possible.join(", "),
    )
}

/// An answer for people to read.
pub(super) fn in_words<A: Measured>(answer: &Answer<A>) -> String {
    match answer {
        Some((prefix, next_hop)) => format!("{prefix} by {next_hop}"),
        None => "no route".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rtalloc::{NextHop, Prefix};

    use super::*;

    #[test]
    fn samples_are_spread_over_the_stream() {
        assert_eq!(allowed(100, 0, 1000), 0);
        assert_eq!(allowed(100, 499, 1000), 50);
        assert_eq!(allowed(100, 1000, 1000), 100);
        assert_eq!(allowed(100, 0, 3), 33);
        assert_eq!(allowed(100, 0, 0), 100);
    }

    #[test]
    fn a_wrong_sample_is_described() {
        let prefix = Prefix::<u32>::containing(0x0A00_0000, 8);
        let hop = NextHop::interface;
        let steps = [Step::Set(prefix, hop(1)), Step::Set(prefix, hop(2))];
        let batches: Vec<&[Step<u32>]> = steps.chunks(1).collect();
        let sample = |number, from, to| Sample {
            address: 0x0A01_0000,
            answer: Some((prefix, hop(number))),
            from,
            to,
        };
        let mut golden = Golden::new();
        let samples = [sample(1, 0, 1), sample(1, 2, 2), sample(2, 1, 2)];
        let verdict = verify(&mut golden, &batches, &samples);
        assert_eq!((verdict.checked, verdict.contended, verdict.wrong), (3, 2, 1));
        assert_eq!(
            verdict.described,
            ["10.1.0.0 answered 10.0.0.0/8 by 1 between updates 2 and 2, where these are right: \
              10.0.0.0/8 by 2"]
        );
        assert_eq!(golden.get(prefix), Some(&hop(2)));
    }
}
