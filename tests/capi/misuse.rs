//! What can be seen to be wrong is refused, and changes nothing.

use core::ptr;

use rtalloc::capi::{self, CNextHop, COptions, CPrefix, IPV4, Status};

use crate::calls::{Table, v4, via};

#[test]
fn null_is_refused_or_does_nothing() {
    let table = Table::open(COptions::default()).expect("a table");
    let mut out = ptr::null_mut();
    let (prefix, hop) = (CPrefix::default(), CNextHop::default());
    let nobody = ptr::null_mut();
    // SAFETY: null is allowed, everywhere.
    let statuses = unsafe {
        [
            capi::rtalloc_open(ptr::null(), ptr::null_mut()),
            capi::rtalloc_add(nobody, &prefix, &hop),
            capi::rtalloc_add(table.0, ptr::null(), &hop),
            capi::rtalloc_add(table.0, &v4([10, 0, 0, 0], 8), ptr::null()),
            capi::rtalloc_delete(nobody, &prefix),
            capi::rtalloc_delete(table.0, ptr::null()),
            capi::rtalloc_stats(table.0, ptr::null_mut()),
            capi::rtalloc_memory(nobody, &mut 0),
            capi::rtalloc_load(nobody, c"x".as_ptr(), 0, ptr::null(), ptr::null_mut()),
            capi::rtalloc_load(table.0, ptr::null(), 0, ptr::null(), ptr::null_mut()),
            capi::rtalloc_reader_register(nobody, &mut out),
            capi::rtalloc_reader_register(table.0, ptr::null_mut()),
            capi::rtalloc_enter(ptr::null_mut()),
            capi::rtalloc_quiescent(ptr::null_mut()),
            capi::rtalloc_leave(ptr::null_mut()),
            capi::rtalloc_lookup_v4(ptr::null(), &0, &mut 0, 1),
            capi::rtalloc_next_hop(ptr::null(), IPV4, 1, &mut via(0)),
        ]
    };
    assert_eq!(statuses, [Status::Pointer; 17]);
    assert!(out.is_null());
    // SAFETY: as above.
    unsafe { capi::rtalloc_close(ptr::null_mut()) };
    // SAFETY: as above.
    unsafe { capi::rtalloc_reader_release(ptr::null_mut()) };
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
