//! Values that are counted when they are made and when they are dropped.
//!
//! A table that retires what it unlinks must drop every value exactly once: neither leak it nor
//! drop it again. A [`DropCounter`] hands out [`Counted`] values, which serve as user data in any
//! table and on any thread, and tells how many were made and dropped. Each value carries a word
//! that its destructor poisons; a destructor that finds the word poisoned counts a double drop.
//! By then the code under test has broken the language's rules, so this is a witness for test
//! runs and no guarantee; the counter must outlive its values for the witness to be heard.

use core::fmt;

use crate::sync::{Arc, AtomicU64, Ordering};

const ALIVE: u64 = 0x0A11_5E77_1E0D_0A11;
const DEAD: u64 = 0xDEAD_C0DE_DEAD_C0DE;

/// Makes counted values and counts them. Clones count together.
#[derive(Clone, Debug)]
pub struct DropCounter {
    tally: Arc<Tally>,
}

#[derive(Debug)]
struct Tally {
    made: AtomicU64,
    dropped: AtomicU64,
    double: AtomicU64,
}

impl Default for DropCounter {
    fn default() -> Self {
        Self::new()
    }
}

impl DropCounter {
    /// A counter of nothing yet.
    pub fn new() -> Self {
        Self {
            tally: Arc::new(Tally {
                made: AtomicU64::new(0),
                dropped: AtomicU64::new(0),
                double: AtomicU64::new(0),
            }),
        }
    }

    /// Makes a counted value.
    pub fn value(&self, value: u64) -> Counted {
        // Relaxed: a count; whoever needs it exact joins the threads first.
        self.tally.made.fetch_add(1, Ordering::Relaxed);
        Counted { value, life: AtomicU64::new(ALIVE), tally: Arc::clone(&self.tally) }
    }

    /// How many values were made, clones included.
    pub fn made(&self) -> u64 {
        // Relaxed: as in `value`.
        self.tally.made.load(Ordering::Relaxed)
    }

    /// How many values were dropped; a value dropped twice counts once.
    pub fn dropped(&self) -> u64 {
        // Relaxed: as in `value`.
        self.tally.dropped.load(Ordering::Relaxed)
    }

    /// How many values exist: exact when no other thread makes or drops any.
    pub fn live(&self) -> u64 {
        // `dropped` first: what is dropped was made before, so a race leaves too large a number
        // and not one below zero.
        let dropped = self.dropped();
        self.made().saturating_sub(dropped)
    }

    /// How many times a value was dropped that had been dropped before.
    pub fn double_drops(&self) -> u64 {
        // Relaxed: as in `value`.
        self.tally.double.load(Ordering::Relaxed)
    }
}

/// A value whose making and dropping is counted. Equal if the number in it is.
pub struct Counted {
    value: u64,
    /// `ALIVE` until the destructor ran, `DEAD` after. Atomic, because a plain store into memory
    /// that is about to be freed may be left out by the compiler.
    life: AtomicU64,
    tally: Arc<Tally>,
}

impl Counted {
    /// The number in it.
    pub fn value(&self) -> u64 {
        self.value
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        let counter = DropCounter { tally: Arc::clone(&self.tally) };
        counter.value(self.value)
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Counted {}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counted").field(&self.value).finish()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        // Relaxed: the word is this value's own, and `&mut` says that nobody else has it; the
        // counts are as in `DropCounter::value`.
        if self.life.swap(DEAD, Ordering::Relaxed) == ALIVE {
            self.tally.dropped.fetch_add(1, Ordering::Relaxed);
        } else {
            self.tally.double.fetch_add(1, Ordering::Relaxed);
            // The compiler drops the field `tally` after this function, for the second time; one
            // reference more makes up for it.
            core::mem::forget(Arc::clone(&self.tally));
        }
    }
}

#[cfg(all(test, not(rtalloc_loom)))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn counts_values_and_clones() {
        let counter = DropCounter::new();
        let first = counter.value(7);
        let second = first.clone();
        assert_eq!(first, second);
        assert_ne!(first, counter.value(8));
        assert_eq!((counter.made(), counter.live()), (3, 2));
        drop(first);
        assert_eq!((counter.dropped(), counter.live()), (2, 1));
        assert_eq!(format!("{second:?} {}", second.value()), "Counted(7) 7");
        drop(second);
        assert_eq!((counter.live(), counter.double_drops()), (0, 0));
    }

    #[test]
    fn a_second_drop_is_seen() {
        let counter = DropCounter::new();
        let value = counter.value(1);
        // What a first drop leaves behind, except for the reference that its field gave up.
        value.life.store(DEAD, Ordering::Relaxed);
        counter.tally.dropped.fetch_add(1, Ordering::Relaxed);
        drop(value);
        assert_eq!(counter.double_drops(), 1);
        assert_eq!((counter.dropped(), counter.live()), (1, 0));
        // One for the counter, one that stands for the reference already given up.
        assert_eq!(Arc::strong_count(&counter.tally), 2);
    }

    #[test]
    fn a_leak_is_seen() {
        let counter = DropCounter::new();
        let kept = Box::new(counter.value(1));
        assert_eq!(counter.live(), 1);
        drop(kept);
        assert_eq!(counter.live(), 0);
    }

    #[test]
    fn counts_are_exact_across_threads() {
        let counter = DropCounter::default();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for n in 0..1000 {
                        drop(counter.value(n).clone());
                    }
                });
            }
        });
        assert_eq!((counter.made(), counter.dropped()), (8000, 8000));
    }
}
