//! How readers read and for how long a test goes on.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use rtalloc::{Guard, Reader};

use crate::setting::Value;

/// How a reader lets go of what it has looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Discipline {
    /// A section for each burst.
    Sections,
    /// One section, and a quiescent point after each burst; now and then the reader is offline.
    Points,
}

impl Discipline {
    /// Calls `burst` with a guard, again and again, for as long as the run goes on.
    pub(crate) fn read(
        self,
        run: &Run,
        reader: &mut Reader<Value>,
        mut burst: impl FnMut(&Guard<'_, Value>),
    ) {
        match self {
            Self::Sections => {
                for _ in run.bursts() {
                    burst(&reader.enter());
                }
            }
            Self::Points => {
                let mut guard = reader.enter();
                for (index, ()) in (0u32..).zip(run.bursts()) {
                    burst(&guard);
                    if index % 8 == 7 {
                        guard.offline(thread::yield_now)
                    } else {
                        guard.quiescent()
                    }
                }
            }
        }
    }
}

/// One run of threads: the writer's rounds go on for a time and until the readers have done
/// something; the readers' bursts go on until the rounds end. A panic on either side ends both.
pub(crate) struct Run {
    start: Instant,
    stop: AtomicBool,
    bursts: AtomicU32,
    least: u32,
}

impl Run {
    /// A run in which the readers do at least `least` bursts together.
    pub(crate) fn new(least: u32) -> Self {
        let least = if cfg!(miri) { least.min(2) } else { least };
        Self {
            start: Instant::now(),
            stop: AtomicBool::new(false),
            bursts: AtomicU32::new(0),
            least,
        }
    }

    /// The writer's rounds, from 0. There is one caller.
    pub(crate) fn rounds(&self) -> Rounds<'_> {
        Rounds { run: self, next: 0 }
    }

    /// A reader's bursts.
    pub(crate) fn bursts(&self) -> Bursts<'_> {
        Bursts { run: self, left: if cfg!(miri) { 3 } else { u64::MAX } }
    }

    fn is_over(&self, rounds: u32) -> bool {
        // Relaxed throughout: the run orders nothing, so that it hides nothing.
        if self.stop.load(Ordering::Relaxed) {
            return true;
        }
        if self.bursts.load(Ordering::Relaxed) < self.least {
            return false;
        }
        if cfg!(miri) { rounds >= 3 } else { self.start.elapsed() >= time() }
    }
}

/// How long a run goes on at least.
fn time() -> Duration {
    let told = std::env::var("RTALLOC_STRESS_MS").ok().and_then(|text| text.parse().ok());
    Duration::from_millis(told.unwrap_or(200))
}

pub(crate) struct Rounds<'a> {
    run: &'a Run,
    next: u32,
}

impl Iterator for Rounds<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.run.is_over(self.next) {
            return None;
        }
        self.next += 1;
        Some(self.next - 1)
    }
}

impl Drop for Rounds<'_> {
    fn drop(&mut self) {
        self.run.stop.store(true, Ordering::Relaxed);
    }
}

pub(crate) struct Bursts<'a> {
    run: &'a Run,
    left: u64,
}

impl Iterator for Bursts<'_> {
    type Item = ();

    fn next(&mut self) -> Option<()> {
        self.run.bursts.fetch_add(1, Ordering::Relaxed);
        self.left = self.left.checked_sub(1)?;
        (!self.run.stop.load(Ordering::Relaxed)).then_some(())
    }
}

impl Drop for Bursts<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.run.stop.store(true, Ordering::Relaxed);
        }
    }
}
