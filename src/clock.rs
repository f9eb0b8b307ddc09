//! Time, for the writers' side alone: since when a reader is in its section, and how long an update
//! waits for readers.
//!
//! `core` has no clock. Without `std` every moment is the same one, and there is no patience: what
//! would wait is refused at once.

#[cfg(feature = "std")]
pub(crate) use self::platform::{Moment, Patience};
#[cfg(not(feature = "std"))]
pub(crate) use self::timeless::{Moment, Patience};

#[cfg(feature = "std")]
mod platform {
    use core::time::Duration;
    use std::{thread, time::Instant};

    /// When something was seen.
    pub(crate) type Moment = Instant;

    /// How long an update may wait.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Patience(pub(crate) Duration);

    impl Patience {
        /// None at all.
        pub(crate) const NONE: Self = Self(Duration::ZERO);

        /// When it ends, if it begins now.
        pub(crate) fn begin(self) -> Deadline {
            Deadline(Instant::now().checked_add(self.0))
        }
    }

    /// When a patience ends. One past the end of time does not.
    pub(crate) struct Deadline(Option<Instant>);

    impl Deadline {
        /// Lets other threads run for a moment. False, and nothing waited for, if the patience has
        /// ended.
        pub(crate) fn wait(&self) -> bool {
            if self.0.is_some_and(|deadline| Instant::now() >= deadline) {
                return false;
            }
            thread::yield_now();
            true
        }
    }
}

#[cfg(not(feature = "std"))]
mod timeless {
    /// No moment comes before another.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) struct Moment;

    impl Moment {
        pub(crate) fn now() -> Self {
            Self
        }
    }

    /// Updates do not wait.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Patience;

    impl Patience {
        /// None at all.
        pub(crate) const NONE: Self = Self;

        /// When it ends, which is at once.
        pub(crate) fn begin(self) -> Deadline {
            Deadline
        }
    }

    /// Over.
    pub(crate) struct Deadline;

    impl Deadline {
        /// False: there is nothing to wait for.
        pub(crate) fn wait(&self) -> bool {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_patience_is_none_and_endless_patience_lasts() {
        assert!(!Patience::NONE.begin().wait());
        #[cfg(feature = "std")]
        assert!(Patience(core::time::Duration::MAX).begin().wait());
    }
}
