//! seize (Hyaline) behind this crate's interface, for comparison.
//!
//! Leaving a section, or refreshing it, may run the callbacks that give retired items back: on a
//! reader. seize asks for loads through its guard, which are sequentially consistent loads at the
//! most; the tree's loads of slots and cells are just that.

use core::fmt;

use seize::{Collector, Guard as _, LocalGuard};

use super::{
    Reclaim, StalledReader,
    ready::{Handed, Parcel},
    sealed::Sealed,
};
use crate::{error::ReaderId, sync::Arc};

/// A domain on seize.
#[derive(Debug, Default)]
pub struct Hyaline {
    collector: Collector,
}

impl Hyaline {
    /// Hands over what is sealed and lets the collector work a little.
    fn work<T: Send + 'static>(&self, limbo: &mut Handed<T>) {
        let guard = self.collector.enter();
        if let Some(parcel) = limbo.seal() {
            let parcel = Box::into_raw(Box::new(parcel));
            // SAFETY: the parcel's items are unlinked, the parcel itself was never shared, and
            // `arrive` takes it back from the pointer once.
            unsafe { guard.defer_retire(parcel, arrive::<T>) };
        }
        guard.flush();
    }
}

/// seize's callback.
///
/// # Safety
/// `parcel` comes from `Box::into_raw` and is not used again.
unsafe fn arrive<T>(parcel: *mut Parcel<T>, _collector: &Collector) {
    // SAFETY: the caller's contract.
    unsafe { Box::from_raw(parcel) }.arrive();
}

/// A read section of a [`Hyaline`] domain.
pub struct HyalineGuard<'reader> {
    /// Always there, but during [`Reclaim::offline`].
    guard: Option<LocalGuard<'reader>>,
    collector: &'reader Collector,
}

impl fmt::Debug for HyalineGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyalineGuard").finish_non_exhaustive()
    }
}

/// Enters a section again when dropped.
struct Online<'a, 'reader>(&'a mut HyalineGuard<'reader>);

impl Drop for Online<'_, '_> {
    fn drop(&mut self) {
        self.0.guard = Some(self.0.collector.enter());
    }
}

impl Sealed for Hyaline {}

// SAFETY: an item comes back through seize's callback, which runs once and only after every guard
// that was active when the parcel was retired is gone or refreshed; the parcel is retired after
// the item. The hand-over through a mutex orders those guards' reads before.
unsafe impl Reclaim for Hyaline {
    type Reader = Arc<Self>;
    type Guard<'reader> = HyalineGuard<'reader>;
    type Limbo<T: Send + 'static> = Handed<T>;

    const NAME: &'static str = "seize";

    fn register(domain: &Arc<Self>, _id: ReaderId) -> Arc<Self> {
        Arc::clone(domain)
    }

    #[inline]
    fn enter(reader: &mut Arc<Self>) -> HyalineGuard<'_> {
        HyalineGuard { guard: Some(reader.collector.enter()), collector: &reader.collector }
    }

    #[inline]
    fn quiescent(guard: &mut HyalineGuard<'_>) {
        if let Some(guard) = &mut guard.guard {
            guard.refresh();
        }
    }

    fn limbo<T: Send + 'static>(&self) -> Handed<T> {
        Handed::new()
    }

    fn retire<T: Send + 'static>(&self, limbo: &mut Handed<T>, item: T) {
        limbo.retire(item);
    }

    fn reclaim<T: Send + 'static>(
        &self,
        limbo: &mut Handed<T>,
        most: usize,
        free: impl FnMut(T),
    ) -> usize {
        self.work(limbo);
        limbo.give_back(most, free)
    }

    unsafe fn drain<T: Send + 'static>(&self, limbo: &mut Handed<T>, free: impl FnMut(T)) {
        self.work(limbo);
        // SAFETY: by the contract no guard of the domain exists.
        unsafe { self.collector.reclaim_all() };
        limbo.give_back(usize::MAX, free);
    }

    fn offline<T>(guard: &mut HyalineGuard<'_>, blocking: impl FnOnce() -> T) -> T {
        guard.guard = None;
        let _online = Online(guard);
        blocking()
    }

    fn stalled(&self) -> Vec<StalledReader> {
        Vec::new()
    }

    fn pending<T: Send + 'static>(limbo: &Handed<T>) -> usize {
        limbo.pending()
    }
}
