//! Memory reclamation: when something that readers may still be looking at can be freed.
//!
//! Nothing here knows about trees or routes. The parts, from the ground up:
//!
//! * [`Reclaim`], the interface of a **domain**: readers register once, then bracket their reads
//!   with a guard (or announce quiescent points); the writer *retires* what it has unlinked into a
//!   [limbo](Reclaim::Limbo) and gets it back, to free, once every guard that could have seen it
//!   is gone.
//! * [`Own`], this crate's domain, and the default everywhere. Readers are wait-free: entering a
//!   section is a load, a store and a fence, leaving it one store, a quiescent point a load and
//!   at times a store. All reclamation happens on the writer's side.
//! * `Epoch` and `Hyaline` behind the feature `bench-backends`: crossbeam-epoch and seize behind
//!   the same interface, to compare with.
//! * [`Hazards`], the hazard slots in which a reader protects single objects beyond its guard.
//!   They sit beside the domain, so that every backend shares them.
//!
//! The protocol and its argument are in [`own`]; all ordering edges are listed in
//! `docs::memory_ordering`.

#[cfg(feature = "bench-backends")]
mod epoch;
mod hazard;
#[cfg(feature = "bench-backends")]
mod hyaline;
pub(crate) mod own;
#[cfg(feature = "bench-backends")]
mod ready;

#[cfg(feature = "bench-backends")]
pub use epoch::Epoch;
#[cfg(any(rtalloc_loom, feature = "instrument"))]
pub(crate) use hazard::SLOTS;
pub(crate) use hazard::{Hazards, Held, Slot, SlotBank};
#[cfg(feature = "bench-backends")]
pub use hyaline::Hyaline;
pub use own::Own;

use crate::{error::ReaderId, sync::Arc};
use alloc::vec::Vec;

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// A reader that holds back what was retired since its section began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StalledReader {
    /// Which reader.
    pub id: ReaderId,
    /// For how long the writers' side has seen it in that section: at most as long as it has been.
    /// With `std`, which has a clock.
    #[cfg(feature = "std")]
    pub age: core::time::Duration,
}

/// A reclamation domain. Sealed: the implementations are [`Own`] and, behind the feature
/// `bench-backends`, two others to compare it with.
///
/// # Safety
/// For implementers: an item passed to [`retire`](Self::retire) comes back from
/// [`reclaim`](Self::reclaim) exactly once, and only after every guard of the domain that was
/// entered, or last passed a quiescent point, before the call to `retire` has left or passed one
/// since; all reads made under those guards happen before the item comes back.
pub unsafe trait Reclaim: sealed::Sealed + Default + Send + Sync + Sized + 'static {
    /// A registered reader: one a thread. [`Own`]'s can be sent to another thread.
    type Reader;
    /// A read section. Neither `Send` nor `Sync`.
    type Guard<'reader>;
    /// What the writer has unlinked and not yet got back.
    type Limbo<T: Send + 'static>: Send;

    /// The backend's name in results.
    const NAME: &'static str;

    /// Registers a reader.
    fn register(domain: &Arc<Self>, id: ReaderId) -> Self::Reader;

    /// Enters a read section.
    fn enter(reader: &mut Self::Reader) -> Self::Guard<'_>;

    /// Passes a quiescent point: as leaving the section and entering it again, but cheaper.
    fn quiescent(guard: &mut Self::Guard<'_>);

    /// An empty limbo.
    fn limbo<T: Send + 'static>(&self) -> Self::Limbo<T>;

    /// Hands over what has just been unlinked.
    fn retire<T: Send + 'static>(&self, limbo: &mut Self::Limbo<T>, item: T);

    /// Starts grace periods for what was retired and gives back, through `free`, at most `most`
    /// items whose grace period is over. Returns how many.
    fn reclaim<T: Send + 'static>(
        &self,
        limbo: &mut Self::Limbo<T>,
        most: usize,
        free: impl FnMut(T),
    ) -> usize;

    /// Gives back every item at once.
    ///
    /// # Safety
    /// No guard of the domain exists, and whoever held one has synchronized with the caller since.
    unsafe fn drain<T: Send + 'static>(&self, limbo: &mut Self::Limbo<T>, free: impl FnMut(T));

    /// Leaves the section of `guard`, runs `blocking`, and enters a section again, also if
    /// `blocking` panics.
    fn offline<T>(guard: &mut Self::Guard<'_>, blocking: impl FnOnce() -> T) -> T;

    /// The readers whose sections hold back something that was retired, the longest first. Empty
    /// if the backend cannot tell.
    fn stalled(&self) -> Vec<StalledReader>;

    /// Number of items retired and not given back.
    fn pending<T: Send + 'static>(limbo: &Self::Limbo<T>) -> usize;
}
