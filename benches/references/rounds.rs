//! Taking samples: in rounds, of one thread and of two.

use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use rtalloc_benches::{disturbance::Watch, tiers::Tier};

/// Operations between two looks at the clock.
const CHUNK: u32 = 1024;

/// How often a sample is taken again that something else on the machine disturbed.
const TRIES: usize = 200;

/// What one tier did for a while.
pub(crate) struct Sample {
    pub(crate) tier: &'static str,
    pub(crate) threads: u32,
    pub(crate) round: u32,
    /// Of all threads together.
    pub(crate) operations: u64,
    /// Of all threads together.
    pub(crate) seconds: f64,
    /// Whether a thread had to wait long for a processor, or the threads did not work at the same
    /// time. Two that take turns on one processor would look as if they did not meet.
    pub(crate) disturbed: bool,
}

impl Sample {
    /// How long one operation takes the thread that does it.
    pub(crate) fn nanoseconds(&self) -> f64 {
        self.seconds * 1e9 / self.operations as f64
    }
}

/// All samples, by rounds. Round 0, in which caches and pages get warm, is left out.
///
/// # Panics
/// If a tier returns another route than it should.
pub(crate) fn measure(tiers: &[Tier<'_>], rounds: u32, lasting: Duration) -> Vec<Sample> {
    for tier in tiers {
        tier.check((tier.worker)()(1), 1);
    }
    let mut samples = Vec::new();
    for round in 0..=rounds {
        for threads in [1, 2] {
            for turn in 0..tiers.len() {
                let tier = &tiers[(turn + round as usize) % tiers.len()];
                let mut sample = take(tier, threads, round, lasting);
                for _ in 1..TRIES {
                    if sample.disturbed {
                        sample = take(tier, threads, round, lasting);
                    }
                }
                samples.push(sample);
            }
        }
    }
    samples.retain(|sample| sample.round > 0);
    samples
}

/// What one thread did.
struct Work {
    begin: Instant,
    end: Instant,
    chunks: u32,
    disturbed: bool,
}

/// Lets so many threads work at the same time.
fn take(tier: &Tier<'_>, threads: u32, round: u32, lasting: Duration) -> Sample {
    let start = Barrier::new(threads as usize);
    let done: Vec<Work> = thread::scope(|scope| {
        let work = || {
            let mut worker = (tier.worker)();
            start.wait();
            let watch = Watch::thread();
            let begin = Instant::now();
            let (mut chunks, mut end) = (0, begin);
            while end - begin < lasting {
                tier.check(worker(CHUNK), CHUNK);
                chunks += 1;
                end = Instant::now();
            }
            Work { begin, end, chunks, disturbed: watch.end().disturbs() }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker")).collect()
    });
    let together = |first: &Work| {
        let ends = done.iter().map(|other| other.end.saturating_duration_since(first.begin));
        ends.min().is_some_and(|together| together >= lasting * 9 / 10)
    };
    Sample {
        tier: tier.name,
        threads,
        round,
        operations: done.iter().map(|of| u64::from(of.chunks) * u64::from(CHUNK)).sum(),
        seconds: done.iter().map(|of| (of.end - of.begin).as_secs_f64()).sum(),
        disturbed: done.iter().any(|of| of.disturbed || !together(of)),
    }
}
