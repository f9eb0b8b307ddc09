//! Atomics, fences and a mutex that count their steps and can be frozen between them.
//!
//! Each operation is the platform's own and then a [`step`]: it adds one to the thread's count and
//! calls the thread's hook, if it has one. What the hook does happens between two steps of the
//! operation that it interrupts, as if the thread had been stopped there while others went on.
//!
//! While the hook runs it is not called again, and its steps do not count for what it interrupts.
//! Unwinding is not interrupted: what failed first is what a test reports.
//!
//! A thread can be marked as a reader, for as long as a closure runs. Taking a mutex is a panic
//! then. The mark too is lifted while a hook runs.

use core::{cell::Cell, fmt};
use std::{
    sync::{self, LockResult, MutexGuard, atomic},
    thread,
};

use super::Ordering;

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
    static READER: Cell<bool> = const { Cell::new(false) };
    /// Whether `HOOK` has one. By itself, since a thread without a hook must not touch a
    /// thread-local that has a destructor: registering that may allocate.
    static HOOKED: Cell<bool> = const { Cell::new(false) };
    static HOOK: Cell<Option<Box<dyn FnMut()>>> = const { Cell::new(None) };
}

/// The steps that this thread has taken: atomic operations, fences, locks and reads of bitmaps.
pub fn steps() -> u64 {
    STEPS.get()
}

/// Runs `operation` as a reader would: a lock taken in it is a panic.
pub fn as_reader<T>(operation: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            READER.set(self.0);
        }
    }
    let _restore = Restore(READER.replace(true));
    operation()
}

/// Whether this thread is in [`as_reader`], and not in a hook within it.
pub fn is_reader() -> bool {
    READER.get()
}

/// Takes the thread's hook away when dropped.
#[derive(Debug)]
#[must_use]
pub struct Hooked(());

impl Drop for Hooked {
    fn drop(&mut self) {
        HOOKED.set(false);
        drop(HOOK.take());
    }
}

/// Makes `hook` run after each step of this thread, until what is returned is dropped.
pub fn set_hook(hook: impl FnMut() + 'static) -> Hooked {
    HOOK.set(Some(Box::new(hook)));
    HOOKED.set(true);
    Hooked(())
}

/// Counts a step and runs the hook.
#[inline]
pub(crate) fn step() {
    STEPS.set(STEPS.get() + 1);
    if HOOKED.get() {
        interrupt();
    }
}

#[cold]
fn interrupt() {
    if thread::panicking() {
        return;
    }
    let Some(mut hook) = HOOK.take() else { return };
    HOOKED.set(false);
    let (steps, reader) = (STEPS.get(), READER.replace(false));
    hook();
    STEPS.set(steps);
    READER.set(reader);
    HOOK.set(Some(hook));
    HOOKED.set(true);
}

/// A fence, and a step.
#[inline]
pub(crate) fn fence(order: Ordering) {
    atomic::fence(order);
    step();
}

/// Wraps an atomic of the platform: the same operations, each of them a step.
macro_rules! counted {
    ($name:ident $(<$parameter:ident>)?, $value:ty, $($operation:ident),*) => {
        #[repr(transparent)]
        pub(crate) struct $name $(<$parameter>)? (atomic::$name $(<$parameter>)?);

        impl $(<$parameter>)? $name $(<$parameter>)? {
            pub(crate) const fn new(value: $value) -> Self {
                Self(atomic::$name::new(value))
            }

            #[inline]
            pub(crate) fn load(&self, order: Ordering) -> $value {
                let value = self.0.load(order);
                step();
                value
            }

            #[inline]
            pub(crate) fn store(&self, value: $value, order: Ordering) {
                self.0.store(value, order);
                step();
            }

            $(
                #[inline]
                pub(crate) fn $operation(&self, value: $value, order: Ordering) -> $value {
                    let before = self.0.$operation(value, order);
                    step();
                    before
                }
            )*
        }

        impl $(<$parameter>)? Default for $name $(<$parameter>)? {
            fn default() -> Self {
                Self(atomic::$name::default())
            }
        }

        impl $(<$parameter>)? fmt::Debug for $name $(<$parameter>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

counted!(AtomicBool, bool,);
counted!(AtomicU32, u32, fetch_and, fetch_add, fetch_sub);
counted!(AtomicU64, u64, fetch_add, fetch_sub, fetch_or, swap);
counted!(AtomicUsize, usize, fetch_add, fetch_sub);
counted!(AtomicPtr<T>, *mut T, swap);

impl AtomicU32 {
    /// Loads the word, which is the caller's own, without a step.
    #[inline]
    pub(crate) fn load_own(&self) -> u32 {
        // Relaxed: nobody else stores.
        self.0.load(Ordering::Relaxed)
    }
}

impl AtomicU64 {
    #[inline]
    pub(crate) fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        let result = self.0.compare_exchange(current, new, success, failure);
        step();
        result
    }
}

impl<T> AtomicPtr<T> {
    #[inline]
    pub(crate) fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        let result = self.0.compare_exchange(current, new, success, failure);
        step();
        result
    }
}

/// A mutex that no reader may take.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    /// Takes the lock; a step.
    ///
    /// # Panics
    /// If the thread is marked as a reader.
    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        assert!(!is_reader(), "a reader takes a lock");
        let guard = self.0.lock();
        step();
        guard
    }
}
