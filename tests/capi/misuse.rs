//! What can be seen to be wrong is refused, and changes nothing.

use core::ptr;

use rtalloc::capi::{self, CNextHop, COptions, CPrefix, CStats, IPV4, Status};

use crate::calls::{Reader, Table, v4, via};

#[test]
fn a_handle_that_is_null_is_refused() {
    // Dropping these closes and releases null, which does nothing.
    let (table, mut reader) = (Table(ptr::null_mut()), Reader(ptr::null_mut()));
    let prefix = v4([10, 0, 0, 0], 8);
    let statuses = [table.add(prefix, via(1)), table.delete(prefix), table.load("x", 0, None).0];
    assert_eq!(statuses, [Status::Pointer; 3]);
    assert_eq!([reader.enter(), reader.quiescent(), reader.leave()], [Status::Pointer; 3]);
    let mut ids = [7];
    assert_eq!(reader.lookup_v4(&[0], &mut ids), Status::Pointer);
    assert_eq!(reader.lookup_v6(&[[0; 16]], &mut ids), Status::Pointer);
    assert_eq!((ids, reader.next_hop(IPV4, 1)), ([7], Err(Status::Pointer)));
    let mut stats = CStats::default();
    // SAFETY: null is refused.
    assert_eq!(unsafe { capi::rtalloc_stats(table.0, &raw mut stats) }, Status::Pointer);
    // SAFETY: as above.
    assert_eq!(unsafe { capi::rtalloc_memory(table.0, &mut 0) }, Status::Pointer);
    let mut out = ptr::dangling_mut();
    // SAFETY: as above.
    assert_eq!(unsafe { capi::rtalloc_reader_register(table.0, &raw mut out) }, Status::Pointer);
    assert_eq!(out, ptr::dangling_mut(), "nothing was written");
}

#[test]
fn an_argument_that_is_null_or_misaligned_is_refused() {
    let table = Table::open(COptions::default()).expect("a table");
    let mut reader = table.reader();
    assert_eq!(reader.enter(), Status::Ok);
    let (table_at, reader_at) = (table.0, reader.0);
    let (null, prefix) = (ptr::null_mut(), v4([10, 0, 0, 0], 8));
    // SAFETY: null is refused.
    assert_eq!(unsafe { capi::rtalloc_open(ptr::null(), ptr::null_mut()) }, Status::Pointer);
    // SAFETY: as above.
    assert_eq!(unsafe { capi::rtalloc_add(table_at, ptr::null(), &via(1)) }, Status::Pointer);
    // SAFETY: as above.
    assert_eq!(unsafe { capi::rtalloc_add(table_at, &raw const prefix, null) }, Status::Pointer);
    // SAFETY: as above.
    assert_eq!(unsafe { capi::rtalloc_delete(table_at, ptr::null()) }, Status::Pointer);
    // SAFETY: as above.
    assert_eq!(unsafe { capi::rtalloc_stats(table_at, ptr::null_mut()) }, Status::Pointer);
    // SAFETY: as above.
    let status = unsafe { capi::rtalloc_reader_register(table_at, ptr::null_mut()) };
    assert_eq!(status, Status::Pointer);
    // SAFETY: as above.
    let status = unsafe { capi::rtalloc_load(table_at, ptr::null(), 0, null, ptr::null_mut()) };
    assert_eq!(status, Status::Pointer);
    // SAFETY: as above.
    let status = unsafe { capi::rtalloc_next_hop(reader_at, IPV4, 1, null) };
    assert_eq!(status, Status::Pointer);
    let mut room = [0u64; 2];
    let odd = room.as_mut_ptr().wrapping_byte_add(1);
    // SAFETY: a misaligned pointer is refused.
    assert_eq!(unsafe { capi::rtalloc_memory(table_at, odd) }, Status::Pointer);
    assert_eq!((room, table.stats().changes), ([0; 2], 0));
}

#[test]
fn a_handle_that_is_not_aligned_is_refused() {
    let table = Table::open(COptions::default()).expect("a table");
    let mut reader = table.reader();
    assert_eq!(reader.enter(), Status::Ok);
    // Dropping these closes and releases what is no handle, which does nothing.
    let odd_table = Table(table.0.wrapping_byte_add(1));
    let mut odd = Reader(reader.0.wrapping_byte_add(1));
    assert_eq!([odd.enter(), odd.quiescent(), odd.leave()], [Status::Pointer; 3]);
    let mut ids = [7];
    assert_eq!(odd.lookup_v4(&[0], &mut ids), Status::Pointer);
    assert_eq!(odd.lookup_v6(&[[0; 16]], &mut ids), Status::Pointer);
    assert_eq!((ids, odd.next_hop(IPV4, 1)), ([7], Err(Status::Pointer)));
    assert_eq!(odd_table.add(v4([10, 0, 0, 0], 8), via(1)), Status::Pointer);
    drop((odd, odd_table));
    assert_eq!((reader.leave(), table.stats().changes), (Status::Ok, 0));
}

#[test]
fn sections_are_entered_and_left_in_turn() {
    let table = Table::open(COptions::default()).expect("a table");
    let mut reader = table.reader();
    let mut ids = [7];
    assert_eq!(reader.lookup_v4(&[0], &mut ids), Status::Outside);
    assert_eq!(ids, [7]);
    assert_eq!(reader.next_hop(IPV4, 1), Err(Status::Outside));
    assert_eq!((reader.quiescent(), reader.leave()), (Status::Outside, Status::Outside));
    assert_eq!((reader.enter(), reader.enter()), (Status::Ok, Status::Inside));
    assert_eq!(reader.lookup_v4(&[0], &mut ids), Status::Ok);
    assert_eq!(ids, [0]);
    assert_eq!((reader.leave(), reader.leave()), (Status::Ok, Status::Outside));
    assert_eq!(reader.enter(), Status::Ok);
}

#[test]
fn arrays_that_are_none_are_refused() {
    let table = Table::open(COptions::default()).expect("a table");
    let mut reader = table.reader();
    assert_eq!(reader.enter(), Status::Ok);
    let mut words = [0u32; 8];
    let first = words.as_mut_ptr();
    let lookup = |addresses: *const u32, ids: *mut u32, count| {
        // SAFETY: what is asked for lies in `words`, or is refused before it is touched.
        unsafe { capi::rtalloc_lookup_v4(reader.0, addresses, ids, count) }
    };
    assert_eq!(lookup(first, first.wrapping_add(4), 4), Status::Ok);
    assert_eq!(lookup(first.wrapping_add(4), first, 4), Status::Ok);
    assert_eq!(lookup(ptr::null(), ptr::null_mut(), 0), Status::Ok);
    assert_eq!(lookup(first, first, 4), Status::Pointer, "in place");
    assert_eq!(lookup(first, first.wrapping_add(3), 4), Status::Pointer);
    assert_eq!(lookup(first.wrapping_add(3), first, 4), Status::Pointer);
    assert_eq!(lookup(ptr::null(), first, 1), Status::Pointer);
    assert_eq!(lookup(first, ptr::null_mut(), 1), Status::Pointer);
    assert_eq!(lookup(first.wrapping_byte_add(1), first.wrapping_add(4), 1), Status::Pointer);
    assert_eq!(lookup(first, first.wrapping_add(4), usize::MAX), Status::Pointer);
    // An IPv6 address need not be aligned, and is four times as large.
    let bytes: *const u8 = first.cast();
    let lookup = |addresses, ids, count| {
        // SAFETY: as above.
        unsafe { capi::rtalloc_lookup_v6(reader.0, addresses, ids, count) }
    };
    assert_eq!(lookup(bytes.wrapping_add(1), first.wrapping_add(5), 1), Status::Ok);
    assert_eq!(lookup(bytes, first.wrapping_add(3), 1), Status::Pointer);
}

#[test]
fn numbers_that_mean_nothing_are_refused() {
    assert!(matches!(
        Table::open(COptions { id_bytes: 3, ..COptions::default() }),
        Err(Status::Argument)
    ));
    let table = Table::open(COptions::default()).expect("a table");
    assert_eq!(table.add(v4([10, 0, 0, 1], 8), via(1)), Status::Prefix);
    assert_eq!(table.add(CPrefix::default(), via(1)), Status::Prefix);
    let odd = CNextHop { family: 9, ..via(1) };
    assert_eq!(table.add(v4([10, 0, 0, 0], 8), odd), Status::Argument);
    assert_eq!(table.load("x", 2, None).0, Status::Argument);
    assert_eq!(table.load("x", 0, Some(odd)).0, Status::Argument);
    assert_eq!(table.stats().changes, 0);
    let mut reader = table.reader();
    assert_eq!(reader.enter(), Status::Ok);
    assert_eq!(reader.next_hop(9, 1), Err(Status::Argument));
}
