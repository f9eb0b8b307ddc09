//! A global allocator that counts: what each thread allocates and frees, and how many bytes live.
//!
//! A program that installs it learns whether reading threads free what writers removed, and what a
//! table takes that does not account for its memory. Memory that is mapped without the allocator is
//! not seen.
//!
//! Counts of a thread are its own words. Live bytes are added up in words that threads share only if
//! there are more than [`SHARDS`] of them, so that counting does not make threads meet that would
//! not. Without the allocator installed all counts are 0.

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::Cell,
    sync::atomic::{AtomicI64, AtomicUsize, Ordering},
};
use std::thread::LocalKey;

/// Words of live bytes.
const SHARDS: usize = 64;

/// A word on a cache line, and a neighbour that is fetched with it, of its own.
#[repr(align(128))]
struct Shard(AtomicI64);

static LIVE: [Shard; SHARDS] = [const { Shard(AtomicI64::new(0)) }; SHARDS];

/// Threads that were given a shard.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// A thread that has no shard yet.
const NONE: usize = usize::MAX;

thread_local! {
    // None of these has a destructor or is made at run time, so the allocator may use them whenever.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static FREES: Cell<u64> = const { Cell::new(0) };
    static SHARD: Cell<usize> = const { Cell::new(NONE) };
}

/// How often a thread allocated and freed since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Allocations, and what grew or shrank.
    pub allocations: u64,
    /// Frees, and what grew or shrank.
    pub frees: u64,
}

impl Counts {
    /// Those of the calling thread.
    pub fn of_this_thread() -> Self {
        Self { allocations: ALLOCATIONS.get(), frees: FREES.get() }
    }

    /// Those since `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            allocations: self.allocations - before.allocations,
            frees: self.frees - before.frees,
        }
    }
}

/// Bytes that are allocated and not freed, of all threads.
pub fn live_bytes() -> i64 {
    // Relaxed: a count, which is exact while nothing is allocated.
    LIVE.iter().map(|shard| shard.0.load(Ordering::Relaxed)).sum()
}

fn count(counter: &'static LocalKey<Cell<u64>>, bytes: i64) {
    counter.set(counter.get() + 1);
    let mut shard = SHARD.get();
    if shard == NONE {
        // Relaxed: a number, given out once.
        shard = THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS;
        SHARD.set(shard);
    }
    if let Some(shard) = LIVE.get(shard) {
        // Relaxed: a count.
        shard.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// An allocator, and the counts of what is asked of it.
#[derive(Debug)]
pub struct Counting<A>(pub A);

// SAFETY: every call is passed on as it is to an allocator that keeps the contract; counting
// allocates nothing and cannot panic.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counting<A> {
    /// # Safety
    /// That of [`GlobalAlloc::alloc`].
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(&ALLOCATIONS, layout.size() as i64);
        // SAFETY: the caller's contract is this function's.
        unsafe { self.0.alloc(layout) }
    }

    /// # Safety
    /// That of [`GlobalAlloc::alloc_zeroed`].
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(&ALLOCATIONS, layout.size() as i64);
        // SAFETY: the caller's contract is this function's.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    /// # Safety
    /// That of [`GlobalAlloc::dealloc`].
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(&FREES, -(layout.size() as i64));
        // SAFETY: the caller's contract is this function's.
        unsafe { self.0.dealloc(block, layout) }
    }

    /// # Safety
    /// That of [`GlobalAlloc::realloc`].
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(&FREES, -(layout.size() as i64));
        count(&ALLOCATIONS, size as i64);
        // SAFETY: the caller's contract is this function's.
        unsafe { self.0.realloc(block, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::System;

    use super::*;

    #[test]
    fn a_block_counts_from_its_allocation_to_its_end() {
        let allocator = Counting(System);
        let layout = Layout::from_size_align(1 << 20, 8).unwrap();
        let before = Counts::of_this_thread();
        let live = live_bytes();
        // SAFETY: the layout has a size.
        let block = unsafe { allocator.alloc(layout) };
        assert!(!block.is_null());
        assert_eq!(live_bytes() - live, 1 << 20);
        // SAFETY: the block is this allocator's and of that layout; the new size is not 0.
        let block = unsafe { allocator.realloc(block, layout, 3 << 20) };
        assert!(!block.is_null());
        assert_eq!(live_bytes() - live, 3 << 20);
        let larger = Layout::from_size_align(3 << 20, 8).unwrap();
        // SAFETY: the block is this allocator's and now of the larger layout.
        unsafe { allocator.dealloc(block, larger) };
        assert_eq!(live_bytes(), live);
        let counts = Counts::of_this_thread().since(before);
        assert_eq!(counts, Counts { allocations: 2, frees: 2 });
    }
}
