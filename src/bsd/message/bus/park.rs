//! How a receiver waits, and how it is woken. Waking takes no lock, and works if it comes before the
//! waiting.
//!
//! This is the standard library's parking of threads. loom's own loses a wake-up that comes while
//! the thread yields or waits for something else; under it a lock and a condition stand in.

#[cfg(not(rtalloc_loom))]
pub(super) use self::platform::{Parker, Waker, yield_now};
#[cfg(rtalloc_loom)]
pub(super) use self::stand_in::{Parker, Waker, yield_now};

#[cfg(not(rtalloc_loom))]
mod platform {
    pub(in super::super) use std::thread::yield_now;
    use std::thread::{self, Thread};

    /// Parks the thread that made it.
    #[derive(Debug)]
    pub(in super::super) struct Parker(());

    /// Wakes the thread that made the [`Parker`].
    #[derive(Debug)]
    pub(in super::super) struct Waker(Thread);

    impl Parker {
        pub(in super::super) fn new() -> (Self, Waker) {
            (Self(()), Waker(thread::current()))
        }

        /// Waits to be woken. May return for no reason.
        pub(in super::super) fn park(&self) {
            thread::park();
        }

        /// Waits no longer than `timeout`.
        pub(in super::super) fn park_timeout(&self, timeout: std::time::Duration) {
            thread::park_timeout(timeout);
        }
    }

    impl Waker {
        pub(in super::super) fn wake(self) {
            self.0.unpark();
        }
    }
}

#[cfg(rtalloc_loom)]
mod stand_in {
    pub(in super::super) use crate::sync::relax as yield_now;
    use crate::sync::{Arc, Condvar, Mutex, lock};

    type Shared = Arc<(Mutex<bool>, Condvar)>;

    #[derive(Debug)]
    pub(in super::super) struct Parker(Shared);

    #[derive(Debug)]
    pub(in super::super) struct Waker(Shared);

    impl Parker {
        pub(in super::super) fn new() -> (Self, Waker) {
            let shared = Arc::new((Mutex::new(false), Condvar::new()));
            (Self(Arc::clone(&shared)), Waker(shared))
        }

        pub(in super::super) fn park(&self) {
            let mut woken = lock(&self.0.0);
            while !*woken {
                woken = self.0.1.wait(woken).unwrap_or_else(|poisoned| poisoned.into_inner());
            }
        }
    }

    impl Waker {
        pub(in super::super) fn wake(self) {
            *lock(&self.0.0) = true;
            self.0.1.notify_one();
        }
    }
}
