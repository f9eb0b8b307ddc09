//! The lock of one entry: what `RT_LOCK` takes.

use crate::sync::{Condvar, Mutex, lock};

/// A lock that is taken and given back by two calls, not by a scope: FreeBSD's functions return
/// entries locked. No lookup takes it.
#[derive(Debug, Default)]
pub(super) struct UpdateLock {
    locked: Mutex<bool>,
    free: Condvar,
}

impl UpdateLock {
    pub(super) fn acquire(&self) {
        let mut locked = lock(&self.locked);
        while *locked {
            locked = self.free.wait(locked).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        *locked = true;
    }

    pub(super) fn release(&self) {
        *lock(&self.locked) = false;
        self.free.notify_one();
    }
}
