//! The time by which routes expire.

use std::time::Instant;

use crate::sync::{AtomicU64, Ordering};

/// A clock in whole seconds. Routes, clones and timers expire by it; tests bring their own.
pub trait Clock: Send + Sync {
    /// Seconds since some moment in the past. Never goes back; 0 is for "never" in metrics, so a
    /// clock starts at 1 or later.
    fn now(&self) -> u64;
}

/// Seconds since the clock was made, by the system's monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct Uptime(Instant);

impl Default for Uptime {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Uptime {
    fn now(&self) -> u64 {
        self.0.elapsed().as_secs() + 1
    }
}

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that says `now`.
    pub fn new(now: u64) -> Self {
        Self(AtomicU64::new(now))
    }

    /// Moves the clock on.
    pub fn advance(&self, seconds: u64) {
        // Relaxed: a clock, which orders nothing.
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> u64 {
        // Relaxed: a clock, which orders nothing.
        self.0.load(Ordering::Relaxed)
    }
}
