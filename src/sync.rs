//! The only file that names the platform's atomics or loom.
//!
//! Every other module takes its atomics, its mutex and its memory for tracked words from here, so
//! that one `--cfg rtalloc_loom` swaps all of them for loom's model-checked versions.

#[cfg(all(rtalloc_loom, not(feature = "loom")))]
compile_error!("`--cfg rtalloc_loom` needs the feature `loom`: run `scripts/loom`");

#[cfg(not(rtalloc_loom))]
pub(crate) use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence},
};

#[cfg(rtalloc_loom)]
pub(crate) use loom::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence},
};

/// Waits a little: another thread is between two steps of a bounded operation.
pub(crate) fn relax() {
    #[cfg(not(rtalloc_loom))]
    std::hint::spin_loop();
    #[cfg(rtalloc_loom)]
    loom::thread::yield_now();
}

/// Locks `mutex`. A panic of an earlier holder does not poison: every holder in this crate leaves
/// what it guards consistent at each point where foreign code could panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
