//! How often routes are used, counted by each reader for itself.
//!
//! BSD adds one to a route's counter for every packet, which makes all processors write one line.
//! Here each reader has counters of its own, one for each route's number; the count of a route is
//! the sum over the readers. Adding one is a load and a store of a line that no other thread
//! writes. Numbers are used again once a route is freed; what was counted under a number before is
//! taken off, which is exact because whoever counts a use holds the route.

use std::sync::Arc;

use super::growing::Growing;
use crate::sync::{AtomicU64, Mutex, Ordering, lock};

/// The counters of one reader.
#[derive(Debug, Default)]
pub(super) struct ReaderCounts {
    /// Room for every number below 64 * 2^25, more than a table has entries.
    uses: Growing<AtomicU64, 64, 25>,
    /// Lookups that found no route.
    unreachable: AtomicU64,
}

/// Adds one to a counter that the calling thread alone writes.
fn count(counter: &AtomicU64) {
    // Relaxed: the thread's own counter; those who read it want a number of about now.
    let before = counter.load(Ordering::Relaxed);
    // Relaxed: as above.
    counter.store(before + 1, Ordering::Relaxed);
}

fn read(counter: &AtomicU64) -> u64 {
    // Relaxed: a statistic; exact where the reader's uses happened before, by whatever ordered them.
    counter.load(Ordering::Relaxed)
}

impl ReaderCounts {
    pub(super) fn use_route(&self, number: u32) {
        if let Some(counter) = self.uses.get_or_make(number as usize) {
            count(counter);
        }
    }

    pub(super) fn miss(&self) {
        count(&self.unreachable);
    }

    fn uses_of(&self, number: u32) -> u64 {
        self.uses.get(number as usize).map_or(0, read)
    }
}

/// All counters, and the numbers that routes are counted under.
#[derive(Debug, Default)]
pub(super) struct Uses {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    readers: Vec<Arc<ReaderCounts>>,
    /// What readers that are gone had counted.
    gone: ReaderCounts,
    free: Vec<u32>,
    next: u32,
}

impl State {
    fn sum(&self, number: u32) -> u64 {
        let readers = self.readers.iter().map(|reader| reader.uses_of(number));
        readers.sum::<u64>() + self.gone.uses_of(number)
    }
}

impl Uses {
    /// A new reader's counters.
    pub(super) fn register(&self) -> Arc<ReaderCounts> {
        let counts = Arc::new(ReaderCounts::default());
        lock(&self.state).readers.push(Arc::clone(&counts));
        counts
    }

    /// Keeps what a reader has counted beyond its end.
    pub(super) fn retire(&self, counts: &Arc<ReaderCounts>) {
        let mut state = lock(&self.state);
        state.readers.retain(|reader| !Arc::ptr_eq(reader, counts));
        for (number, uses) in counts.uses.iter().filter(|(_, uses)| read(uses) > 0) {
            if let Some(gone) = state.gone.uses.get_or_make(number) {
                // Relaxed: written and read under the mutex alone.
                gone.fetch_add(read(uses), Ordering::Relaxed);
            }
        }
        // Relaxed: as above.
        state.gone.unreachable.fetch_add(read(&counts.unreachable), Ordering::Relaxed);
    }

    /// Lookups that found no route.
    pub(super) fn unreachable(&self) -> u64 {
        let state = lock(&self.state);
        let readers = state.readers.iter().map(|reader| read(&reader.unreachable));
        readers.sum::<u64>() + read(&state.gone.unreachable)
    }
}

/// The use counter of one route.
#[derive(Debug)]
pub(super) struct UseCounter {
    uses: Arc<Uses>,
    number: u32,
    /// What the readers had counted under the number before, less what the route began with;
    /// wraps around.
    offset: u64,
}

impl UseCounter {
    /// A counter that begins at `first`.
    pub(super) fn new(uses: &Arc<Uses>, first: u64) -> Self {
        let mut state = lock(&uses.state);
        let number = state.free.pop().unwrap_or_else(|| {
            state.next += 1;
            state.next - 1
        });
        let offset = state.sum(number).wrapping_sub(first);
        drop(state);
        Self { uses: Arc::clone(uses), number, offset }
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn get(&self) -> u64 {
        lock(&self.uses.state).sum(self.number).wrapping_sub(self.offset)
    }
}

impl Drop for UseCounter {
    fn drop(&mut self) {
        lock(&self.uses.state).free.push(self.number);
    }
}

#[cfg(all(test, not(rtalloc_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_number_used_again_starts_anew() {
        let uses = Arc::new(Uses::default());
        let (one, other) = (uses.register(), uses.register());
        let first = UseCounter::new(&uses, 5);
        one.use_route(first.number());
        other.use_route(first.number());
        other.use_route(first.number());
        assert_eq!(first.get(), 8);
        uses.retire(&one);
        assert_eq!(first.get(), 8, "the reader is gone, what it counted is not");
        let number = first.number();
        drop(first);
        let second = UseCounter::new(&uses, 0);
        assert_eq!((second.number(), second.get()), (number, 0));
        other.use_route(number);
        assert_eq!(second.get(), 1);
    }

    #[test]
    fn misses_outlive_their_reader() {
        let uses = Uses::default();
        let reader = uses.register();
        reader.miss();
        assert_eq!(uses.unreachable(), 1);
        uses.retire(&reader);
        assert_eq!(uses.unreachable(), 1);
    }
}
