//! For how long a test's threads go on.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// One run of threads, each of which takes turns: for a time, and until every one of them has had
/// the least number of turns. A panic of one ends all.
pub(crate) struct Run {
    start: Instant,
    stop: AtomicBool,
    /// Threads that have not had enough turns.
    behind: AtomicU32,
    least: u32,
}

impl Run {
    /// A run of so many threads, with `least` turns each.
    pub(crate) fn new(threads: u32, least: u32) -> Self {
        Self {
            start: Instant::now(),
            stop: AtomicBool::new(false),
            behind: AtomicU32::new(threads),
            least: least.max(1),
        }
    }

    /// One thread's turns, numbered from 1. Each thread asks once.
    pub(crate) fn turns(&self) -> Turns<'_> {
        Turns { run: self, had: 0 }
    }

    fn is_over(&self) -> bool {
        // Relaxed throughout: the run orders nothing, so that it hides nothing.
        if self.stop.load(Ordering::Relaxed) {
            return true;
        }
        self.behind.load(Ordering::Relaxed) == 0 && self.start.elapsed() >= time()
    }
}

/// How long a run goes on at least.
fn time() -> Duration {
    let told = std::env::var("RTALLOC_STRESS_MS").ok().and_then(|text| text.parse().ok());
    Duration::from_millis(told.unwrap_or(200))
}

pub(crate) struct Turns<'a> {
    run: &'a Run,
    had: u32,
}

impl Iterator for Turns<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.run.is_over() {
            return None;
        }
        self.had += 1;
        if self.had == self.run.least {
            self.run.behind.fetch_sub(1, Ordering::Relaxed);
        }
        Some(self.had)
    }
}

impl Drop for Turns<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.run.stop.store(true, Ordering::Relaxed);
        }
    }
}
