//! Which numbered state of a routing a call can have seen.

use std::{
    ops::RangeInclusive,
    sync::atomic::{AtomicU32, Ordering},
};

/// One writer's changes, numbered from 1; state `n` is what change `n` leaves, state 0 the first.
///
/// SeqCst throughout: a reader's two looks and the writer's two notes stand in one order with the
/// calls between them, so that the range is as narrow as linearizability promises.
#[derive(Default)]
pub(crate) struct History {
    begun: AtomicU32,
    done: AtomicU32,
}

impl History {
    /// Makes change `number`.
    pub(crate) fn change<T>(&self, number: u32, change: impl FnOnce() -> T) -> T {
        self.begun.store(number, Ordering::SeqCst);
        let made = change();
        self.done.store(number, Ordering::SeqCst);
        made
    }

    /// The last change that has returned.
    pub(crate) fn done(&self) -> u32 {
        self.done.load(Ordering::SeqCst)
    }

    /// Calls `look`. Returns also the states that there were at some instant of the call.
    pub(crate) fn during<T>(&self, look: impl FnOnce() -> T) -> (T, RangeInclusive<u32>) {
        let first = self.done();
        let seen = look();
        (seen, first..=self.begun.load(Ordering::SeqCst))
    }
}
