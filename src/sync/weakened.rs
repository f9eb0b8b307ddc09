//! loom's atomics of the types that have sequentially consistent accesses, which loom gets as acquire
//! loads and release stores.
//!
//! Taken as they are, loom would let such a load always see the latest such store. That is more than
//! the language promises, and hides stale reads from the models.

use loom::sync::atomic::{self, Ordering};

fn of(order: Ordering, weaker: Ordering) -> Ordering {
    if order == Ordering::SeqCst { weaker } else { order }
}

/// As loom's own.
#[derive(Debug, Default)]
pub(crate) struct AtomicU32(atomic::AtomicU32);

impl AtomicU32 {
    pub(crate) fn new(value: u32) -> Self {
        Self(atomic::AtomicU32::new(value))
    }

    pub(crate) fn load(&self, order: Ordering) -> u32 {
        self.0.load(of(order, Ordering::Acquire))
    }

    pub(crate) fn store(&self, value: u32, order: Ordering) {
        self.0.store(value, of(order, Ordering::Release));
    }

    pub(crate) fn fetch_and(&self, value: u32, order: Ordering) -> u32 {
        self.0.fetch_and(value, order)
    }

    pub(crate) fn fetch_add(&self, value: u32, order: Ordering) -> u32 {
        self.0.fetch_add(value, order)
    }

    pub(crate) fn fetch_sub(&self, value: u32, order: Ordering) -> u32 {
        self.0.fetch_sub(value, order)
    }

    /// # Safety
    /// As loom's own.
    pub(crate) unsafe fn unsync_load(&self) -> u32 {
        // SAFETY: handed on to the caller.
        unsafe { self.0.unsync_load() }
    }
}

/// As loom's own.
#[derive(Debug)]
pub(crate) struct AtomicPtr<T>(atomic::AtomicPtr<T>);

impl<T> Default for AtomicPtr<T> {
    fn default() -> Self {
        Self::new(core::ptr::null_mut())
    }
}

impl<T> AtomicPtr<T> {
    pub(crate) fn new(value: *mut T) -> Self {
        Self(atomic::AtomicPtr::new(value))
    }

    pub(crate) fn load(&self, order: Ordering) -> *mut T {
        self.0.load(of(order, Ordering::Acquire))
    }

    pub(crate) fn store(&self, value: *mut T, order: Ordering) {
        self.0.store(value, of(order, Ordering::Release));
    }

    pub(crate) fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        self.0.swap(value, order)
    }

    pub(crate) fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        self.0.compare_exchange(current, new, success, failure)
    }
}
