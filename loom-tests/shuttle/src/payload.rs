//! Data that tells when it is used after its end.

use core::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use rtalloc::{
    Entry, NextHop, Route,
    testing::drop_count::{Counted, DropCounter},
};

const ALIVE: u64 = 0x05AF_E0DA_7A05_AFE0;

/// A route's data: counted when made and dropped, and marked as gone by its drop.
///
/// A use after the free reads memory that is the allocator's, or already another route's. It is
/// found by the mark, or by a number that is not the entry's: not with certainty, but there are many
/// schedules.
#[derive(Debug)]
pub struct Payload {
    counted: Counted,
    alive: AtomicU64,
}

impl Payload {
    /// Route number `number`, with data that says the same.
    pub fn route(counter: &DropCounter, number: u32) -> Route<Self> {
        let counted = counter.value(number.into());
        Route::with_data(NextHop::interface(number), Self { counted, alive: AtomicU64::new(ALIVE) })
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.counted == other.counted
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        // Relaxed: one thread runs at a time. An atomic, so that the store is not left out.
        self.alive.store(0, Ordering::Relaxed);
        black_box(&self.alive);
    }
}

/// The number of the route of an entry that is alive.
///
/// # Panics
/// If the entry has ended or its parts are of different routes.
pub fn number(entry: &Entry<Payload>) -> u32 {
    // Relaxed: as above.
    assert_eq!(entry.data().alive.load(Ordering::Relaxed), ALIVE, "used after it was freed");
    let number = entry.next_hop().interface;
    assert_eq!(entry.data().counted.value(), u64::from(number), "parts of two routes");
    number
}
