//! crossbeam-epoch behind this crate's interface, for comparison.
//!
//! `enter` pins and `quiescent` repins. Pinning may collect, so a reader may run the callbacks that
//! give retired items back, and allocate; repinning does neither. The collector is the table's own,
//! so that a long section holds up nobody else in the process.
//!
//! # Why a repin is followed by a fence
//!
//! crossbeam-epoch 0.9.21's `repin` loads the global epoch relaxed, announces it and has no fence.
//! loom shows executions in which what the section looks up next is freed under it
//! (`loom-tests/crossbeam/tests/repin.rs`). The reader's own pin advances the epoch from `e` to
//! `e + 1`. The writer unlinks an entry and seals it, not seeing that advance yet, with epoch `e`. The
//! reader repins, announces `e + 1`, and loads the old entry all the same, for nothing orders that
//! load after the unlink. An announced `e + 1` lets the epoch go on to `e + 2`, at which an entry
//! sealed with `e` is freed. On x86-64 a store buffer is enough for it. With a sequentially
//! consistent fence after the repin (edge X1) either the writer sees the advance when it seals, or the
//! section sees the unlink.

use core::{fmt, marker::PhantomData};
use std::cell::RefCell;

use crossbeam_epoch::{Collector, Guard, LocalHandle};

use super::{Reclaim, StalledReader, ready::Handed, sealed::Sealed};
use crate::{
    error::ReaderId,
    sync::{Arc, Ordering, fence, thread_local, yield_now},
};

thread_local! {
    /// This thread's participation as a writer, for each collector that it retires to.
    static WRITERS: RefCell<Vec<LocalHandle>> = RefCell::default();
}

/// How often a table that ends tries to get back what it retired.
const DRAIN_ROUNDS: usize = 10_000;

/// A domain on crossbeam-epoch.
#[derive(Debug)]
pub struct Epoch {
    collector: Collector,
}

impl Default for Epoch {
    fn default() -> Self {
        Self { collector: Collector::new() }
    }
}

impl Epoch {
    /// Pins this thread as a writer.
    fn pin(&self) -> Guard {
        WRITERS.with(|writers| {
            let mut writers = writers.borrow_mut();
            let known = writers.iter().find(|writer| *writer.collector() == self.collector);
            if let Some(writer) = known {
                return writer.pin();
            }
            // Handles of collectors whose tables are gone are not worth finding: a thread writes to
            // few tables.
            let writer = self.collector.register();
            let guard = writer.pin();
            writers.push(writer);
            guard
        })
    }

    /// Hands over what is sealed and lets the collector work a little.
    fn work<T: Send + 'static>(&self, limbo: &mut Handed<T>) {
        let guard = self.pin();
        if let Some(parcel) = limbo.seal() {
            guard.defer(move || parcel.arrive());
        }
        guard.flush();
    }
}

/// A read section of an [`Epoch`] domain.
pub struct EpochGuard<'reader> {
    guard: Guard,
    _reader: PhantomData<&'reader mut LocalHandle>,
}

impl fmt::Debug for EpochGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EpochGuard").finish_non_exhaustive()
    }
}

impl Sealed for Epoch {}

// SAFETY: an item comes back through a deferred function, which crossbeam runs once, and only
// after every guard that was pinned when it was deferred is gone or repinned; it is deferred after
// the item was retired. The function's hand-over through a mutex orders those guards' reads before.
unsafe impl Reclaim for Epoch {
    type Reader = LocalHandle;
    type Guard<'reader> = EpochGuard<'reader>;
    type Limbo<T: Send + 'static> = Handed<T>;

    const NAME: &'static str = "crossbeam-epoch";

    fn register(domain: &Arc<Self>, _id: ReaderId) -> LocalHandle {
        domain.collector.register()
    }

    #[inline]
    fn enter(reader: &mut LocalHandle) -> EpochGuard<'_> {
        EpochGuard { guard: reader.pin(), _reader: PhantomData }
    }

    #[inline]
    fn quiescent(guard: &mut EpochGuard<'_>) {
        guard.guard.repin();
        // SeqCst fence: edge X1, against the one after which crossbeam seals what was retired.
        fence(Ordering::SeqCst);
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

    unsafe fn drain<T: Send + 'static>(&self, limbo: &mut Handed<T>, mut free: impl FnMut(T)) {
        // Nobody is pinned, so each round advances the epoch; another thread may be running the
        // last callbacks. A guard that was forgotten stays pinned for good: what it holds back is
        // leaked.
        for _ in 0..DRAIN_ROUNDS {
            if limbo.pending() == 0 {
                return;
            }
            self.work(limbo);
            if limbo.give_back(usize::MAX, &mut free) == 0 {
                yield_now();
            }
        }
    }

    fn offline<T>(guard: &mut EpochGuard<'_>, blocking: impl FnOnce() -> T) -> T {
        guard.guard.repin_after(blocking)
    }

    fn stalled(&self) -> Vec<StalledReader> {
        Vec::new()
    }

    fn pending<T: Send + 'static>(limbo: &Handed<T>) -> usize {
        limbo.pending()
    }
}
