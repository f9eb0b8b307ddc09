//! A place that holds one thing, handed from one thread to another.
//!
//! Whoever uses a place has it for itself: the protocol around it says who is next, by an atomic
//! that one releases and the other acquires. So the mutex inside is always free when it is taken,
//! and taking it is a bounded number of steps that waits for nobody. It is there because it makes
//! the exchange safe without anybody having to believe this. Under loom its order does not count, and
//! two uses that are not ordered otherwise fail the model.

use std::sync::Mutex;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Place<T> {
    held: Mutex<Option<T>>,
    #[cfg(rtalloc_loom)]
    alone: crate::sync::Exclusive,
}

impl<T> Default for Place<T> {
    fn default() -> Self {
        Self {
            held: Mutex::new(None),
            #[cfg(rtalloc_loom)]
            alone: crate::sync::Exclusive::default(),
        }
    }
}

impl<T> Place<T> {
    /// Puts `thing` here. What was here is dropped.
    pub(super) fn put(&self, thing: T) {
        drop(self.replace(Some(thing)));
    }

    /// Takes what is here.
    pub(super) fn take(&self) -> Option<T> {
        self.replace(None)
    }

    fn replace(&self, thing: Option<T>) -> Option<T> {
        #[cfg(rtalloc_loom)]
        self.alone.access();
        #[cfg(not(rtalloc_loom))]
        crate::sync::step();
        let mut held = self.held.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        core::mem::replace(&mut held, thing)
    }
}
