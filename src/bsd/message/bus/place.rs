//! A place that holds one thing, handed from one thread to another.
//!
//! Whoever uses a place has it for itself: the protocol around it says who is next, by an atomic
//! that one releases and the other acquires. So the mutex inside is always free when it is taken,
//! and taking it is a bounded number of steps that waits for nobody. It is there because it makes
//! the exchange safe without anybody having to believe this. Under loom a mutex that is not free
//! fails the model.

#[cfg(not(rtalloc_loom))]
use std::sync::Mutex;

#[cfg(rtalloc_loom)]
use crate::sync::Mutex;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Place<T>(Mutex<Option<T>>);

impl<T> Default for Place<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
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

    #[cfg(not(rtalloc_loom))]
    fn replace(&self, thing: Option<T>) -> Option<T> {
        crate::sync::step();
        let mut held = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        core::mem::replace(&mut held, thing)
    }

    #[cfg(rtalloc_loom)]
    fn replace(&self, thing: Option<T>) -> Option<T> {
        let Ok(mut held) = self.0.try_lock() else { panic!("two threads at one place") };
        core::mem::replace(&mut held, thing)
    }
}
