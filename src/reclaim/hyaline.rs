//! seize (Hyaline) behind this crate's interface, for comparison.
//!
//! Leaving a section, or refreshing it, may run the callbacks that give retired items back: on a
//! reader. seize asks for loads through its guard, which are sequentially consistent loads at the
//! most; the tree's loads of slots and cells are just that.

use seize::{Collector, Guard as _, LocalGuard};

use super::{
    Reclaim,
    ready::{Handed, Parcel},
    sealed::Sealed,
};
use crate::sync::Arc;

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

impl Sealed for Hyaline {}

// SAFETY: an item comes back through seize's callback, which runs once and only after every guard
// that was active when the parcel was retired is gone or refreshed; the parcel is retired after
// the item. The hand-over through a mutex orders those guards' reads before.
unsafe impl Reclaim for Hyaline {
    type Reader = Arc<Self>;
    type Guard<'reader> = LocalGuard<'reader>;
    type Limbo<T: Send + 'static> = Handed<T>;

    const NAME: &'static str = "seize";

    fn register(domain: &Arc<Self>) -> Arc<Self> {
        Arc::clone(domain)
    }

    #[inline]
    fn enter(reader: &mut Arc<Self>) -> LocalGuard<'_> {
        reader.collector.enter()
    }

    #[inline]
    fn quiescent(guard: &mut LocalGuard<'_>) {
        guard.refresh();
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

    fn pending<T: Send + 'static>(limbo: &Handed<T>) -> usize {
        limbo.pending()
    }
}
