//! The platform's atomics, at each of whose operations shuttle may go on with another thread.
//!
//! An operation is a switching point and then the platform's own operation, which is what shuttle's
//! own atomics do. Made so, the words of a table are real memory: the arena's mapping, the bitmaps in
//! it and the layout of a record are those of every other build.
//!
//! One thread runs at a time and the next one sees all that it did. So every ordering is a
//! sequentially consistent one here, and a fence does nothing.

use core::{fmt, ops::Deref};
use std::{sync::atomic, thread};

/// An atomic behind a switching point.
#[derive(Default)]
#[repr(transparent)]
pub(crate) struct Switching<T>(T);

impl<T> Deref for Switching<T> {
    type Target = T;

    /// Reaches the atomic, after other threads have run for as long as shuttle wants.
    fn deref(&self) -> &T {
        // Unwinding is not interrupted: what failed first is what a model reports.
        if !thread::panicking() {
            shuttle::sync::atomic::AtomicBool::new(false).load(atomic::Ordering::SeqCst);
        }
        &self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Switching<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Names an atomic behind a switching point.
macro_rules! switching {
    ($name:ident $(<$parameter:ident>)?, $value:ty) => {
        pub(crate) type $name $(<$parameter>)? = Switching<atomic::$name $(<$parameter>)?>;

        impl $(<$parameter>)? $name $(<$parameter>)? {
            pub(crate) const fn new(value: $value) -> Self {
                Self(atomic::$name::new(value))
            }
        }
    };
}

switching!(AtomicBool, bool);
switching!(AtomicU32, u32);
switching!(AtomicU64, u64);
switching!(AtomicUsize, usize);
switching!(AtomicPtr<T>, *mut T);
