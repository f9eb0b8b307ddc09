//! The only place that names the platform's atomics or loom.
//!
//! Every other module takes its atomics, its mutex and its memory for tracked words from here, so
//! that one `--cfg rtalloc_loom` swaps all of them for loom's model-checked versions,
//! `--cfg rtalloc_shuttle` for versions between which shuttle switches threads, and the feature
//! `instrument` for versions that count their steps.

#[cfg(all(rtalloc_loom, not(feature = "loom")))]
compile_error!("`--cfg rtalloc_loom` needs the feature `loom`: run `scripts/loom`");
#[cfg(all(rtalloc_shuttle, not(feature = "shuttle")))]
compile_error!("`--cfg rtalloc_shuttle` needs the feature `shuttle`: run `scripts/ci/shuttle`");
#[cfg(all(rtalloc_shuttle, any(rtalloc_loom, feature = "instrument")))]
compile_error!("atomics are loom's, shuttle's or instrumented, not two of them");

#[cfg(all(feature = "instrument", not(rtalloc_loom)))]
pub(crate) mod instrument;
#[cfg(rtalloc_shuttle)]
mod switching;
#[cfg(rtalloc_loom)]
mod weakened;

#[cfg(not(any(rtalloc_loom, rtalloc_shuttle, feature = "instrument")))]
pub(crate) use std::sync::{
    Arc, Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence},
};

#[cfg(all(feature = "instrument", not(rtalloc_loom)))]
pub(crate) use self::instrument::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Mutex, fence, step,
};
#[cfg(all(feature = "instrument", not(rtalloc_loom)))]
pub(crate) use std::sync::{Arc, Condvar, MutexGuard, atomic::Ordering};

#[cfg(rtalloc_loom)]
pub(crate) use self::weakened::{AtomicPtr, AtomicU32};
#[cfg(rtalloc_loom)]
pub(crate) use loom::cell::UnsafeCell;
#[cfg(rtalloc_loom)]
pub(crate) use loom::sync::{
    Arc, Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence},
};
#[cfg(all(rtalloc_loom, feature = "bench-backends"))]
pub(crate) use loom::{thread::yield_now, thread_local};

#[cfg(rtalloc_shuttle)]
pub(crate) use self::switching::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};
#[cfg(rtalloc_shuttle)]
pub(crate) use shuttle::{
    lazy_static,
    sync::{Condvar, Mutex, MutexGuard},
};
#[cfg(rtalloc_shuttle)]
pub(crate) use std::sync::{
    Arc,
    atomic::{Ordering, fence},
};

#[cfg(all(not(rtalloc_loom), feature = "bench-backends"))]
pub(crate) use std::{thread::yield_now, thread_local};

/// Words in memory that is shared with the kernel. Whatever stands for the other atomics, these are the
/// platform's, since no model plays the kernel.
#[cfg(all(feature = "forward", target_os = "linux"))]
pub(crate) use std::sync::atomic::AtomicU32 as KernelU32;

/// Waits a little: another thread is between two steps of a bounded operation.
pub(crate) fn relax() {
    #[cfg(not(any(rtalloc_loom, rtalloc_shuttle)))]
    std::hint::spin_loop();
    #[cfg(rtalloc_loom)]
    loom::thread::yield_now();
    #[cfg(rtalloc_shuttle)]
    shuttle::thread::yield_now();
}

/// Under loom, stands for the memory of what it is a field of: its drop must come after every
/// [`touch`](Self::touch), or loom fails the model.
#[cfg(rtalloc_loom)]
#[derive(Default)]
pub(crate) struct Memory(UnsafeCell<()>);

#[cfg(rtalloc_loom)]
impl Memory {
    /// An access to the memory.
    pub(crate) fn touch(&self) {
        self.0.with(|_| ());
    }
}

#[cfg(rtalloc_loom)]
impl Drop for Memory {
    fn drop(&mut self) {
        self.0.with_mut(|_| ());
    }
}

/// A value that is written once, before it is named to others.
///
/// Outside loom the standard library's cell, which is safe whatever the order. Under loom a tracked
/// cell: a look at it that is not ordered after its writing fails the model.
#[cfg(not(rtalloc_loom))]
pub(crate) use std::sync::OnceLock as Written;

/// As outside loom, with its accesses tracked.
#[cfg(rtalloc_loom)]
#[derive(Debug)]
pub(crate) struct Written<T>(UnsafeCell<Option<T>>);

#[cfg(rtalloc_loom)]
impl<T> Default for Written<T> {
    fn default() -> Self {
        Self(UnsafeCell::new(None))
    }
}

// SAFETY: loom has no real concurrency, and fails the model if two accesses are not ordered.
#[cfg(rtalloc_loom)]
unsafe impl<T: Send + Sync> Sync for Written<T> {}

#[cfg(rtalloc_loom)]
impl<T> Written<T> {
    pub(crate) fn get(&self) -> Option<&T> {
        // SAFETY: written once, and by what loom checks before.
        self.0.with(|value| unsafe { &*value }.as_ref())
    }

    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        if self.get().is_some() {
            return Err(value);
        }
        // SAFETY: nobody else looks, or loom fails the model.
        self.0.with_mut(|place| unsafe { *place = Some(value) });
        Ok(())
    }
}

/// Under loom, stands for memory that one thread at a time has for itself: loom fails the model if two
/// accesses are not ordered.
#[cfg(rtalloc_loom)]
#[derive(Debug, Default)]
pub(crate) struct Exclusive(UnsafeCell<()>);

#[cfg(rtalloc_loom)]
impl Exclusive {
    /// An access to the memory.
    pub(crate) fn access(&self) {
        self.0.with_mut(|_| ());
    }
}

// SAFETY: there is nothing in it, and loom runs one thread at a time.
#[cfg(rtalloc_loom)]
unsafe impl Sync for Exclusive {}

/// Counts a step that is no atomic operation: with the feature `instrument`, nothing without.
#[cfg(not(any(rtalloc_loom, feature = "instrument")))]
#[inline(always)]
pub(crate) fn step() {}

/// Loads a word that nobody but the calling writer stores.
///
/// Under loom this is a plain read. loom then checks that every store happens before it; and it
/// leaves no trace that hides the writer's next store from the search (`loom-tests/tests/litmus.rs`).
/// With the feature `instrument` it is no step: a writer that is frozen after it is frozen where it
/// was before.
#[inline(always)]
pub(crate) fn load_own(word: &AtomicU32) -> u32 {
    #[cfg(not(any(rtalloc_loom, feature = "instrument")))]
    // Relaxed: the stores are the writer's own, or came to it with the writers' mutex.
    let value = word.load(Ordering::Relaxed);
    #[cfg(all(feature = "instrument", not(rtalloc_loom)))]
    let value = word.load_own();
    #[cfg(rtalloc_loom)]
    // SAFETY: loom has no real concurrency, and fails the model if a store is not ordered before.
    let value = unsafe { word.unsync_load() };
    value
}

/// Locks `mutex`. A panic of an earlier holder does not poison: every holder in this crate leaves
/// what it guards consistent at each point where foreign code could panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
