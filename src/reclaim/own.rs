//! The crate's own domain: one announcement word a reader, a period counter, a writer that frees.
//!
//! # Protocol
//!
//! The domain has a monotone 64-bit **period**, from 1 on. Each reader has an **announcement**:
//! 0 while it is outside a section, otherwise a period that was current when the section began or
//! last passed a quiescent point.
//!
//! * *enter*: read the period, announce it, full fence.
//! * *quiescent*: read the period; if it has moved, announce the new one.
//! * *leave*: announce 0.
//! * *retire* (writer, after unlinking): put the item into the open part of the limbo.
//! * *reclaim* (writer): seal the open part by advancing the period to `t`, its **token**; full
//!   fence; read every announcement; every sealed part with a token up to the least announcement
//!   other than 0 is free.
//!
//! # Why a freed item has no reader
//!
//! Let `U` be the unlink of an item, `t` the token that sealed it, `F` the reclaimer's fence, and
//! `c` the announcement of some reader that the reclaimer read after `F`.
//!
//! * A section whose fence comes before `F` in the order of fences has announced before, so `c` is
//!   its announcement or a later one. If `c` is 0 or belongs to a later section, the section's end
//!   happens before the reclaimer's read (edge G2). If it is the section's own and `c >= t`, the
//!   reader had read a period of at least `t` before its fence, hence `U` happens before all its
//!   reads (edge G3) and it cannot have met the item. Otherwise `c < t` and the item stays.
//! * A section whose fence comes after `F` sees `U` in all its reads (edge G1).
//! * A quiescent point that announces `t' >= t` has read it with acquire (edge G3), so `U` happens
//!   before every later read; its announcement is a release, so every earlier read happens before
//!   the reclaimer's (edge G2).
//!
//! A late announcement only holds things back longer: the counter never wraps, and there is no
//! rule about two epochs.
//!
//! # Progress
//!
//! Readers: bounded, population-oblivious wait-free; registration and its end are excluded, they
//! take the registry's lock. Nothing here waits for a reader; a reader that stays in one section
//! holds back everything retired since it entered.

use alloc::{collections::VecDeque, vec::Vec};
use core::{fmt, marker::PhantomData};

use super::{Reclaim, StalledReader, sealed::Sealed};
use crate::{
    clock::Moment,
    error::ReaderId,
    sync::{Arc, AtomicU64, Mutex, Ordering, fence, lock},
};

/// What an idle reader announces.
const IDLE: u64 = 0;

/// A word on lines of its own: neither a neighbour's writes nor the prefetcher's pairing of lines
/// touches it.
#[derive(Debug)]
#[repr(align(128))]
struct OwnLine(AtomicU64);

/// The crate's own reclamation domain; its protocol is described in its module.
pub struct Own {
    period: OwnLine,
    readers: Mutex<Vec<Registered>>,
}

/// A reader as the writers' side knows it.
struct Registered {
    id: ReaderId,
    announced: Arc<OwnLine>,
    /// The announcement that the last scan read, and when a scan read it first.
    seen: (u64, Moment),
}

impl Registered {
    fn as_stalled(&self) -> StalledReader {
        StalledReader {
            id: self.id,
            #[cfg(feature = "std")]
            age: self.seen.1.elapsed(),
        }
    }
}

impl Own {
    /// Number of readers registered.
    #[cfg(test)]
    fn readers(&self) -> usize {
        lock(&self.readers).len()
    }

    /// The least period that a reader announces, `u64::MAX` if all are idle. Everything sealed
    /// with a token up to it is free.
    fn least_announced(&self) -> u64 {
        // SeqCst fence: edge G1, against the fence in `enter`. What was unlinked before this call
        // is seen by every section that this scan does not see.
        fence(Ordering::SeqCst);
        let now = Moment::now();
        let mut least = u64::MAX;
        for reader in lock(&self.readers).iter_mut() {
            // Acquire: edge G2, against the releases in `enter`, `quiescent` and leaving.
            let announced = reader.announced.0.load(Ordering::Acquire);
            if announced != reader.seen.0 {
                reader.seen = (announced, now);
            }
            if announced != IDLE {
                least = least.min(announced);
            }
        }
        least
    }
}

impl Default for Own {
    fn default() -> Self {
        Self { period: OwnLine(AtomicU64::new(1)), readers: Mutex::new(Vec::new()) }
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own").finish_non_exhaustive()
    }
}

/// A reader registered with an [`Own`] domain.
pub struct OwnReader {
    domain: Arc<Own>,
    announced: Arc<OwnLine>,
}

impl Drop for OwnReader {
    fn drop(&mut self) {
        lock(&self.domain.readers).retain(|other| !Arc::ptr_eq(&other.announced, &self.announced));
    }
}

impl fmt::Debug for OwnReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnReader").finish_non_exhaustive()
    }
}

/// A read section of an [`Own`] domain.
pub struct OwnGuard<'reader> {
    period: &'reader AtomicU64,
    announced: &'reader AtomicU64,
    /// The period announced last: the reader's own copy, so that no step loads its own word.
    current: u64,
    /// A section belongs to its thread.
    _thread: PhantomData<*mut ()>,
}

impl OwnGuard<'_> {
    /// Begins a section.
    #[inline]
    fn announce(&mut self) {
        // Relaxed: the fence below makes it an acquire of the token's chain (edge G3).
        self.current = self.period.load(Ordering::Relaxed);
        // Release: edge G2. A reclaimer that reads this announcement is past the reader's last
        // section; a relaxed store would break the chain that its end began.
        self.announced.store(self.current, Ordering::Release);
        // SeqCst fence: edge G1, against the fence in `least_announced`.
        fence(Ordering::SeqCst);
    }

    /// Ends the section.
    #[inline]
    fn retract(&mut self) {
        // Release: edge G2. The section's reads happen before a reclaimer that sees it gone.
        self.announced.store(IDLE, Ordering::Release);
    }
}

/// Enters a section again when dropped.
struct Online<'a, 'reader>(&'a mut OwnGuard<'reader>);

impl Drop for Online<'_, '_> {
    fn drop(&mut self) {
        self.0.announce();
    }
}

impl Drop for OwnGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        self.retract();
    }
}

impl fmt::Debug for OwnGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnGuard").field("period", &self.current).finish()
    }
}

/// Items in the order in which they were retired.
pub struct OwnLimbo<T> {
    items: VecDeque<T>,
    /// (token, number of items) of each sealed part, oldest first.
    sealed: VecDeque<(u64, usize)>,
    /// Items at the back that no token seals yet.
    open: usize,
}

impl<T> OwnLimbo<T> {
    fn give_back(&mut self, count: usize, mut free: impl FnMut(T)) {
        self.items.drain(..count).for_each(&mut free);
    }
}

impl<T> fmt::Debug for OwnLimbo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnLimbo").field("items", &self.items.len()).finish_non_exhaustive()
    }
}

impl Sealed for Own {}

// SAFETY: items come back once, since they are moved out of the queue, and not before every guard
// that was live at `retire` is gone or quiescent: the module's essay has the argument.
unsafe impl Reclaim for Own {
    type Reader = OwnReader;
    type Guard<'reader> = OwnGuard<'reader>;
    type Limbo<T: Send + 'static> = OwnLimbo<T>;

    const NAME: &'static str = "own";

    fn register(domain: &Arc<Self>, id: ReaderId) -> OwnReader {
        let announced = Arc::new(OwnLine(AtomicU64::new(IDLE)));
        lock(&domain.readers).push(Registered {
            id,
            announced: Arc::clone(&announced),
            seen: (IDLE, Moment::now()),
        });
        OwnReader { domain: Arc::clone(domain), announced }
    }

    #[inline]
    fn enter(reader: &mut OwnReader) -> OwnGuard<'_> {
        let mut guard = OwnGuard {
            period: &reader.domain.period.0,
            announced: &reader.announced.0,
            current: IDLE,
            _thread: PhantomData,
        };
        guard.announce();
        guard
    }

    #[inline]
    fn quiescent(guard: &mut OwnGuard<'_>) {
        // Acquire: edge G3, against the advance in `reclaim`. What was unlinked before the token
        // is seen by all reads from here on.
        let period = guard.period.load(Ordering::Acquire);
        if period != guard.current {
            guard.current = period;
            // Release: edge G2. All reads before this point happen before the reclaimer's free.
            guard.announced.store(period, Ordering::Release);
        }
    }

    fn limbo<T: Send + 'static>(&self) -> OwnLimbo<T> {
        OwnLimbo { items: VecDeque::new(), sealed: VecDeque::new(), open: 0 }
    }

    fn retire<T: Send + 'static>(&self, limbo: &mut OwnLimbo<T>, item: T) {
        limbo.items.push_back(item);
        limbo.open += 1;
    }

    fn reclaim<T: Send + 'static>(
        &self,
        limbo: &mut OwnLimbo<T>,
        most: usize,
        free: impl FnMut(T),
    ) -> usize {
        if limbo.open > 0 {
            // Release: edge G3, against the loads of the period in `quiescent` and `enter`.
            // Acquire: another writer's tokens and unlinks come along. The release sequence of
            // additions carries them by itself; acquire spares the argument.
            let token = self.period.0.fetch_add(1, Ordering::AcqRel) + 1;
            limbo.sealed.push_back((token, limbo.open));
            limbo.open = 0;
        }
        let Some(&(oldest, _)) = limbo.sealed.front() else {
            return 0;
        };
        let least = self.least_announced();
        if oldest > least {
            return 0;
        }
        let mut count = 0;
        while let Some((token, items)) = limbo.sealed.front_mut() {
            if *token > least || count == most {
                break;
            }
            let taken = (*items).min(most - count);
            count += taken;
            *items -= taken;
            if *items == 0 {
                limbo.sealed.pop_front();
            }
        }
        limbo.give_back(count, free);
        count
    }

    unsafe fn drain<T: Send + 'static>(&self, limbo: &mut OwnLimbo<T>, free: impl FnMut(T)) {
        limbo.sealed.clear();
        limbo.open = 0;
        limbo.give_back(limbo.items.len(), free);
    }

    fn offline<T>(guard: &mut OwnGuard<'_>, blocking: impl FnOnce() -> T) -> T {
        guard.retract();
        let _online = Online(guard);
        blocking()
    }

    fn stalled(&self) -> Vec<StalledReader> {
        self.least_announced();
        // Relaxed: a moment's value, to compare announcements with.
        let period = self.period.0.load(Ordering::Relaxed);
        let readers = lock(&self.readers);
        let is_stalled = |reader: &&Registered| reader.seen.0 != IDLE && reader.seen.0 < period;
        let mut stalled: Vec<&Registered> = readers.iter().filter(is_stalled).collect();
        // Of those seen in one scan first, and of all where no clock is, the one that announced the
        // oldest period has waited longest.
        stalled.sort_by_key(|reader| (reader.seen.1, reader.seen.0));
        stalled.into_iter().map(Registered::as_stalled).collect()
    }

    fn pending<T: Send + 'static>(limbo: &OwnLimbo<T>) -> usize {
        limbo.items.len()
    }
}

#[cfg(all(test, not(rtalloc_loom)))]
mod tests {
    use super::*;

    fn collect(domain: &Own, limbo: &mut OwnLimbo<u32>, most: usize) -> Vec<u32> {
        let mut freed = Vec::new();
        domain.reclaim(limbo, most, |item| freed.push(item));
        freed
    }

    #[test]
    fn an_idle_domain_gives_back_at_once_and_in_order() {
        let domain = Arc::new(Own::default());
        let mut limbo = domain.limbo();
        let _idle = Own::register(&domain, ReaderId(0));
        for item in 0..5 {
            domain.retire(&mut limbo, item);
        }
        assert_eq!(collect(&domain, &mut limbo, 2), [0, 1]);
        domain.retire(&mut limbo, 5);
        assert_eq!(collect(&domain, &mut limbo, 100), [2, 3, 4, 5]);
        assert_eq!(Own::pending(&limbo), 0);
    }

    #[test]
    fn a_section_holds_back_what_was_retired_since_it_began() {
        let domain = Arc::new(Own::default());
        let mut limbo = domain.limbo();
        let mut reader = Own::register(&domain, ReaderId(0));
        domain.retire(&mut limbo, 1);
        assert_eq!(collect(&domain, &mut limbo, 100), [1]);
        let guard = Own::enter(&mut reader);
        domain.retire(&mut limbo, 2);
        assert!(collect(&domain, &mut limbo, 100).is_empty());
        drop(guard);
        assert_eq!(collect(&domain, &mut limbo, 100), [2]);
    }

    #[test]
    fn a_quiescent_point_lets_go() {
        let domain = Arc::new(Own::default());
        let mut limbo = domain.limbo();
        let mut reader = Own::register(&domain, ReaderId(0));
        let mut guard = Own::enter(&mut reader);
        domain.retire(&mut limbo, 1);
        assert!(collect(&domain, &mut limbo, 100).is_empty());
        Own::quiescent(&mut guard);
        domain.retire(&mut limbo, 2);
        assert_eq!(collect(&domain, &mut limbo, 100), [1]);
        Own::quiescent(&mut guard);
        assert_eq!(collect(&domain, &mut limbo, 100), [2]);
    }

    #[test]
    fn a_reader_that_ends_is_forgotten() {
        let domain = Arc::new(Own::default());
        let first = Own::register(&domain, ReaderId(0));
        let second = Own::register(&domain, ReaderId(0));
        assert_eq!(domain.readers(), 2);
        drop(first);
        assert_eq!(domain.readers(), 1);
        drop(second);
        assert_eq!(domain.readers(), 0);
    }

    #[test]
    fn a_stalled_reader_is_named_and_an_offline_one_holds_nothing_back() {
        let domain = Arc::new(Own::default());
        let mut limbo = domain.limbo();
        let mut reader = Own::register(&domain, ReaderId(7));
        let _idle = Own::register(&domain, ReaderId(8));
        let mut guard = Own::enter(&mut reader);
        assert!(domain.stalled().is_empty(), "nothing was retired yet");
        domain.retire(&mut limbo, 1);
        assert!(collect(&domain, &mut limbo, 100).is_empty());
        let stalled: Vec<_> = domain.stalled().iter().map(|reader| reader.id).collect();
        assert_eq!(stalled, [ReaderId(7)]);
        Own::offline(&mut guard, || {
            assert!(domain.stalled().is_empty());
            assert_eq!(collect(&domain, &mut limbo, 100), [1]);
        });
        domain.retire(&mut limbo, 2);
        assert!(collect(&domain, &mut limbo, 100).is_empty(), "online again");
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            Own::offline(&mut guard, || panic!("while blocked"));
        }));
        assert!(caught.is_err());
        domain.retire(&mut limbo, 3);
        assert_eq!(collect(&domain, &mut limbo, 100), [2], "online after a panic too");
    }

    #[test]
    fn the_reader_that_is_longest_behind_is_named_first() {
        let domain = Arc::new(Own::default());
        let mut limbo = domain.limbo();
        let mut late = Own::register(&domain, ReaderId(1));
        let mut early = Own::register(&domain, ReaderId(2));
        let _early = Own::enter(&mut early);
        domain.retire(&mut limbo, 1);
        assert!(collect(&domain, &mut limbo, 100).is_empty());
        let _late = Own::enter(&mut late);
        domain.retire(&mut limbo, 2);
        assert!(collect(&domain, &mut limbo, 100).is_empty());
        let stalled: Vec<_> = domain.stalled().iter().map(|reader| reader.id).collect();
        assert_eq!(stalled, [ReaderId(2), ReaderId(1)]);
    }

    #[test]
    fn forgetting_a_guard_only_holds_things_back() {
        let domain = Arc::new(Own::default());
        let mut limbo = domain.limbo();
        let mut reader = Own::register(&domain, ReaderId(0));
        core::mem::forget(Own::enter(&mut reader));
        domain.retire(&mut limbo, 1);
        assert!(collect(&domain, &mut limbo, 100).is_empty());
        drop(Own::enter(&mut reader));
        assert_eq!(collect(&domain, &mut limbo, 100), [1]);
    }
}
