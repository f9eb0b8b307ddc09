//! A section of a reader, with bursts, next hops and quiescent points, allocates and frees nothing.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use rtalloc::capi::{COptions, IPV4, Status};

use crate::calls::{Table, v4, v6, via};

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// Counts each thread's calls.
struct Counting;

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.set(CALLS.get() + 1);
        // SAFETY: handed on to the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        CALLS.set(CALLS.get() + 1);
        // SAFETY: handed on to the caller.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn lookups_allocate_nothing() {
    let table = Table::open(COptions::default()).expect("a table");
    for octet in 0..=255 {
        assert_eq!(table.add(v4([octet, 0, 0, 0], 9), via(1)), Status::Ok);
    }
    assert_eq!(table.add(v6("2001:db8::", 48), via(2)), Status::Ok);
    let mut reader = table.reader();
    let addresses: Vec<u32> = (0..300).map(|at: u32| u32::to_be(at << 23)).collect();
    let mut ids = vec![0; 300];
    let before = CALLS.get();
    assert_eq!(reader.enter(), Status::Ok);
    assert_eq!(reader.lookup_v4(&addresses, &mut ids), Status::Ok);
    let found = reader.next_hop(IPV4, ids[0]);
    assert_eq!(reader.quiescent(), Status::Ok);
    assert_eq!(reader.lookup_v6(&[[0x20; 16]; 40], &mut ids), Status::Ok);
    assert_eq!(reader.leave(), Status::Ok);
    assert_eq!(CALLS.get(), before);
    assert_eq!(found, Ok(via(1)));
    drop(vec![0u8; 9]);
    assert_eq!(CALLS.get(), before + 2, "the count counts");
}
