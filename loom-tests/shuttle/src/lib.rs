//! Runs a model of a whole table under schedules drawn at random, and counts what they reached.
//!
//! loom explores every schedule and every weak load of a few steps; shuttle takes some schedules of
//! many steps. One thread runs at a time and sees all that the others did, so every access is
//! sequentially consistent: a missing step or two steps in the wrong order are found, a weak
//! ordering or a missing fence is not. Those are loom's part.
//!
//! Each model runs under two schedulers. *Random* takes any thread that can run at each switching
//! point. *PCT* gives the threads priorities and lowers them at a few points drawn before, which
//! keeps one thread away for long: what needs few but distant switches is found so, with a
//! probability that is known.
//!
//! The numbers of schedules and the seed come from `RTALLOC_SHUTTLE_SCHEDULES` and
//! `RTALLOC_SHUTTLE_SEED`; a run with the same two is the same run. When a model fails, the seed and
//! the failing schedule are printed, and `RTALLOC_SHUTTLE_REPLAY` takes that schedule.

#![cfg(rtalloc_shuttle)]

mod payload;
mod routes;

use std::{
    env, panic,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

pub use payload::{Payload, number};
pub use routes::{Family, any_address, any_prefix, make, step};
use shuttle::{
    Config, Runner,
    scheduler::{PctScheduler, RandomScheduler, Scheduler},
};

/// Priority changes in a schedule of PCT.
const CHANGES: usize = 4;

/// Bytes of a model thread's stack.
const STACK: usize = 1 << 18;

/// What the schedules of a model have reached.
#[derive(Clone, Debug)]
pub struct Seen {
    facts: &'static [&'static str],
    counts: Arc<[AtomicU64]>,
}

impl Seen {
    /// Notes `fact` if `happened`.
    ///
    /// # Panics
    /// If the model does not name the fact.
    pub fn mark_if(&self, happened: bool, fact: &str) {
        let index = self.facts.iter().position(|&named| named == fact);
        let index = index.unwrap_or_else(|| panic!("the model does not name the fact {fact:?}"));
        // Relaxed: outside the model; one operating-system thread runs it.
        self.counts[index].fetch_add(u64::from(happened), Ordering::Relaxed);
    }

    fn each(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        // Relaxed: the model is over.
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        self.facts.iter().copied().zip(counts)
    }
}

fn setting(name: &str, default: u64) -> u64 {
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text:?}")),
        Err(_) => default,
    }
}

/// Runs `model` under both schedulers. Each of `facts` must be [marked](Seen::mark_if) in some
/// schedule of each.
///
/// # Panics
/// If a schedule fails or a fact was never marked.
pub fn explore(
    name: &'static str,
    facts: &'static [&'static str],
    model: impl Fn(&Seen) + Clone + Send + Sync + 'static,
) {
    let counts = || facts.iter().map(|_| AtomicU64::new(0)).collect();
    if let Ok(schedule) = env::var("RTALLOC_SHUTTLE_REPLAY") {
        let seen = Seen { facts, counts: counts() };
        return shuttle::replay(move || model(&seen), &schedule);
    }
    let schedules = setting("RTALLOC_SHUTTLE_SCHEDULES", 20_000);
    let seed = setting("RTALLOC_SHUTTLE_SEED", 1);
    let most = schedules as usize;
    let run = |kind: &str, scheduler: Box<dyn Scheduler + Send>| {
        let seen = Seen { facts, counts: counts() };
        let (marked, model) = (seen.clone(), model.clone());
        let mut config = Config::new();
        config.stack_size = STACK;
        config.silence_warnings = true;
        let started = Instant::now();
        let result = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            Runner::new(scheduler, config).run(move || model(&marked))
        }));
        let seconds = started.elapsed().as_secs_f64();
        match result {
            Ok(ran) => {
                let summary: String =
                    seen.each().map(|(fact, count)| format!("; {fact}: {count}")).collect();
                println!("model {name} {ran} schedules {seconds:.2} s {kind} seed {seed}{summary}");
            }
            Err(payload) => {
                println!("model {name} FAILED after {seconds:.2} s: {kind}, seed {seed}");
                panic::resume_unwind(payload);
            }
        }
        for (fact, count) in seen.each() {
            assert!(count > 0, "{name}: never seen under {kind}: {fact}");
        }
    };
    run("random", Box::new(RandomScheduler::new_from_seed(seed, most)));
    run("PCT", Box::new(PctScheduler::new_from_seed(seed, CHANGES, most)));
}
