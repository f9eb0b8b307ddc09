//! Lookups, in bursts: each is the Rust one, on the caller's arrays as they lie there.
//!
//! Addresses come as they stand in packets. Turning one round is one instruction for IPv4 and two for
//! IPv6, made where the walk reads it.

use core::slice;

use super::{
    reader::CReader,
    routes::{CNextHop, IPV4, IPV6},
    status::{Status, given, place},
};
use crate::table::Forwarding;

/// An IPv4 address as it stands in a packet.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct NetworkV4(u32);

impl From<NetworkV4> for u32 {
    #[inline(always)]
    fn from(NetworkV4(address): NetworkV4) -> Self {
        Self::from_be(address)
    }
}

/// An IPv6 address as it stands in a packet.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct NetworkV6([u8; 16]);

impl From<NetworkV6> for u128 {
    #[inline(always)]
    fn from(NetworkV6(address): NetworkV6) -> Self {
        Self::from_be_bytes(address)
    }
}

/// Looks `count` IPv4 addresses up and puts into `ids[i]` the id of the next hop of the longest prefix
/// that matches `addresses[i]`, 0 for no route. Addresses are in network byte order, as in struct
/// in_addr and in a packet. Ids are numbers of this process, in its own byte order.
///
/// Each answer is right at one instant during the call. Wait-free, and without system calls, locks or
/// allocations. Bursts of 32 to 256 are several times faster than as many single lookups.
///
/// # Safety
/// 1. `reader` is null or comes from rtalloc_reader_register(), is not released, and no other thread is
///    using it.
/// 2. If `count` is not 0, `addresses` points to `count` addresses and `ids` to room for as many ids,
///    which need not be set; nobody else writes to either meanwhile, nor reads from `ids`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_lookup_v4(
    reader: *const CReader,
    addresses: *const u32,
    ids: *mut u32,
    count: usize,
) -> Status {
    let look_up = |view: Forwarding<'_, ()>, addresses: &[NetworkV4], ids: &mut [u32]| {
        view.numbers_v4(addresses, ids);
    };
    // SAFETY: the caller's clauses, and an address is an integer of 4 bytes.
    unsafe { burst(reader, addresses.cast(), ids, count, look_up) }
}

/// As rtalloc_lookup_v4(), for IPv6: `addresses` are `count` times 16 bytes as in struct in6_addr and in
/// a packet. The ids of the two families have nothing to do with each other.
///
/// # Safety
/// As rtalloc_lookup_v4(), with 16 bytes an address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_lookup_v6(
    reader: *const CReader,
    addresses: *const u8,
    ids: *mut u32,
    count: usize,
) -> Status {
    let look_up = |view: Forwarding<'_, ()>, addresses: &[NetworkV6], ids: &mut [u32]| {
        view.numbers_v6(addresses, ids);
    };
    // SAFETY: the caller's clauses, and an address is 16 bytes.
    unsafe { burst(reader, addresses.cast(), ids, count, look_up) }
}

/// Says what the id of a next hop stands for. `family` is that of the lookup, RTALLOC_IPV4 or
/// RTALLOC_IPV6, and the section is that of the lookup, without a quiescent point in between.
/// Wait-free.
///
/// # Safety
/// `reader` is as in rtalloc_lookup_v4(), and `next_hop` points to where the result is to be put.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_next_hop(
    reader: *const CReader,
    family: u32,
    id: u32,
    next_hop: *mut CNextHop,
) -> Status {
    // SAFETY: the caller says that a reader is there that nobody else uses.
    let Ok(reader) = (unsafe { given(reader) }) else { return Status::Pointer };
    let place = match place(next_hop) {
        Ok(place) => place,
        Err(status) => return status,
    };
    // Viewed: a section has a view.
    let Some(view) = reader.section().and_then(|section| section.forwarding()) else {
        return Status::Outside;
    };
    let found = match family {
        IPV4 => view.next_hop_v4(id),
        IPV6 => view.next_hop_v6(id),
        _ => return Status::Argument,
    };
    let Some(found) = found else { return Status::NotFound };
    // SAFETY: checked by `place`, and the caller says that it may be written.
    unsafe { place.write(found.into()) };
    Status::Ok
}

/// Checks what can be checked, and looks up.
///
/// # Safety
/// As [`rtalloc_lookup_v4`], with a `T` an address.
#[inline(always)]
unsafe fn burst<T>(
    reader: *const CReader,
    addresses: *const T,
    ids: *mut u32,
    count: usize,
    look_up: impl FnOnce(Forwarding<'_, ()>, &[T], &mut [u32]),
) -> Status {
    // SAFETY: the caller says that a reader is there that nobody else uses.
    let Ok(reader) = (unsafe { given(reader) }) else { return Status::Pointer };
    // Viewed: a section has a view.
    let Some(view) = reader.section().and_then(|section| section.forwarding()) else {
        return Status::Outside;
    };
    if count == 0 {
        return Status::Ok;
    }
    if !are_arrays(addresses, ids, count) {
        return Status::Pointer;
    }
    // SAFETY: checked to be where an array can be, and the caller says that it is there.
    let addresses = unsafe { slice::from_raw_parts(addresses, count) };
    // They need not be set, and a slice of numbers has to be: a few stores for a burst.
    // SAFETY: as above, and the caller says that it may be written; any bytes are a number.
    unsafe { ids.write_bytes(0, count) };
    // SAFETY: as above; set just now, and nobody else uses them. `are_arrays` has seen that the two do
    // not overlap.
    let ids = unsafe { slice::from_raw_parts_mut(ids, count) };
    look_up(view, addresses, ids);
    Status::Ok
}

/// Whether arrays of `count` can be at these places, apart from each other.
#[inline(always)]
fn are_arrays<T>(addresses: *const T, ids: *const u32, count: usize) -> bool {
    let most = isize::MAX as usize / size_of::<T>().max(size_of::<u32>());
    if addresses.is_null() || ids.is_null() || !addresses.is_aligned() || !ids.is_aligned() {
        return false;
    }
    let (first, second) = (addresses.addr(), ids.addr());
    let apart = if first < second {
        second - first >= count.saturating_mul(size_of::<T>())
    } else {
        first - second >= count.saturating_mul(size_of::<u32>())
    };
    count <= most && apart
}
