//! Data whose use after its end loom reports.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use loom::cell::UnsafeCell;

/// A place that is alive until it is dropped once. Reading it is a tracked read and dropping it a
/// tracked write, so that loom reports a read which the drop does not happen after, in whichever
/// order the two ran.
#[derive(Debug)]
pub struct Place(UnsafeCell<bool>);

// SAFETY: loom checks each access against all others before it is made.
unsafe impl Send for Place {}
// SAFETY: as above.
unsafe impl Sync for Place {}

impl Place {
    /// A place that is alive.
    pub fn new() -> Self {
        Self(UnsafeCell::new(false))
    }

    /// Reads the place.
    ///
    /// # Panics
    /// If it has ended, or ends concurrently.
    pub fn read(&self) {
        self.0.with(|dropped| {
            // SAFETY: loom has checked that no write is concurrent with this read.
            assert!(!unsafe { *dropped }, "read after it was freed");
        });
    }

    /// Ends the place.
    ///
    /// # Panics
    /// If it has ended before, or is used concurrently.
    pub fn end(&self) {
        self.0.with_mut(|dropped| {
            // SAFETY: loom has checked that no other access is concurrent with this write.
            let was = unsafe { core::ptr::replace(dropped, true) };
            assert!(!was, "freed twice");
        });
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

/// A route's data in models: a number, and a place that ends when the data is dropped.
#[derive(Debug)]
pub struct Payload {
    number: u32,
    place: Arc<Place>,
    dropped: Arc<AtomicUsize>,
}

impl Payload {
    /// The number, read where the data is still alive.
    pub fn number(&self) -> u32 {
        self.place.read();
        self.number
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        self.place.end();
        // Relaxed: outside the model; one operating-system thread runs it.
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// Makes payloads and knows how many of them have been dropped.
///
/// It keeps the places of all of them, so that not even a broken protocol reads freed memory there
/// before loom has reported it.
#[derive(Debug, Default)]
pub struct Ledger {
    places: Vec<Arc<Place>>,
    dropped: Arc<AtomicUsize>,
}

impl Ledger {
    /// A new payload.
    pub fn payload(&mut self, number: u32) -> Payload {
        let place = Arc::new(Place::new());
        self.places.push(Arc::clone(&place));
        Payload { number, place, dropped: Arc::clone(&self.dropped) }
    }

    /// How many payloads have been dropped.
    pub fn dropped(&self) -> usize {
        // Relaxed: outside the model; one operating-system thread runs it.
        self.dropped.load(Ordering::Relaxed)
    }

    /// Payloads made.
    pub fn made(&self) -> usize {
        self.places.len()
    }

    /// Ends the execution: everything was dropped, and once.
    ///
    /// # Panics
    /// If something was not.
    pub fn close(self) {
        assert_eq!(self.dropped(), self.made(), "payloads dropped of those made");
    }
}
