//! What differs between `rte_fib` and `rte_fib6`.

use core::ffi::{CStr, c_int, c_uint};
use std::io::ErrorKind;

use rtalloc::{Address, Prefix};

use super::sys;

/// An address of a family for which DPDK has a table: `u32` or `u128`.
pub trait Family: Address + Functions {}

impl Family for u32 {}
impl Family for u128 {}

/// What an absent prefix is to a deletion.
pub(super) const ABSENT: ErrorKind = ErrorKind::NotFound;

/// One family's functions. Nothing outside this module can name the trait.
///
/// # Safety
/// For callers of the unsafe functions: the table is one that `create` returned, and `free` was not
/// called with it. Only one thread at a time calls `select`, `add` or `delete` with it, and none
/// calls anything else during `select`.
///
/// For implementers: the functions need no more than that.
pub unsafe trait Functions: Sized {
    /// An address as DPDK's lookup takes it.
    type Key: Copy + core::fmt::Debug + Default;
    /// DPDK's structure.
    type Table;
    /// DPDK's name for the structure.
    const NAME: &'static str;
    /// Begins the names of tables.
    const SHORT_NAME: &'static str;

    /// The address as DPDK takes it.
    fn key(self) -> Self::Key;

    /// The addresses as DPDK takes them, as many as `place` has room for; in `place`, unless they
    /// are that already.
    fn keys<'a>(addresses: &'a [Self], place: &'a mut [Self::Key]) -> &'a [Self::Key];

    /// Groups of 256 entries that DPDK takes for the prefixes, at most.
    fn groups(prefixes: &[Prefix<Self>]) -> u64
    where
        Self: Address;

    /// Groups that DPDK demands room for before it adds all of the prefixes, in any order.
    fn groups_demanded(prefixes: &[Prefix<Self>]) -> u64
    where
        Self: Address;

    /// A new table, or null and an error number. `width` is the logarithm of an entry's bytes.
    fn create(
        name: &CStr,
        width: c_uint,
        routes: c_int,
        groups: u32,
        missing: u64,
    ) -> (*mut Self::Table, c_int);

    /// Chooses the lookup function.
    ///
    /// # Safety
    /// The table was made by [`create`](Self::create) and not freed; nobody else uses it meanwhile.
    unsafe fn select(table: *mut Self::Table, avx512: bool) -> c_int;
    /// Adds a prefix or changes its next hop.
    ///
    /// # Safety
    /// The table was made by [`create`](Self::create) and not freed; nobody else changes it meanwhile.
    unsafe fn add(table: *mut Self::Table, address: Self, len: u8, next_hop: u64) -> c_int;
    /// Deletes a prefix.
    ///
    /// # Safety
    /// As [`add`](Self::add).
    unsafe fn delete(table: *mut Self::Table, address: Self, len: u8) -> c_int;
    /// Looks `n` keys up.
    ///
    /// # Safety
    /// The table was made by [`create`](Self::create) and not freed; there are `n` keys, and memory for
    /// `n` next hops.
    unsafe fn lookup(table: *mut Self::Table, keys: *const Self::Key, hops: *mut u64, n: c_int);
    /// Frees the table.
    ///
    /// # Safety
    /// The table was made by [`create`](Self::create); nobody uses it any more.
    unsafe fn free(table: *mut Self::Table);
}

/// How many groups begin at depth `depth`: one for each different way there of longer prefixes.
fn groups_at<A: Address>(prefixes: &[Prefix<A>], depth: u8) -> u64 {
    let mut ways: Vec<A> = prefixes
        .iter()
        .filter(|prefix| prefix.len() > depth)
        .map(|prefix| prefix.address().truncate(depth))
        .collect();
    ways.sort_unstable();
    ways.dedup();
    ways.len() as u64
}

// SAFETY: DPDK's tables need one writer at a time, and lookups of `rte_fib` may run beside it.
unsafe impl Functions for u32 {
    type Key = u32;
    type Table = sys::RteFib;
    const NAME: &'static str = "rte_fib";
    const SHORT_NAME: &'static str = "fib";

    #[inline]
    fn key(self) -> u32 {
        self
    }

    #[inline]
    fn keys<'a>(addresses: &'a [u32], place: &'a mut [u32]) -> &'a [u32] {
        &addresses[..addresses.len().min(place.len())]
    }

    fn groups(prefixes: &[Prefix<u32>]) -> u64 {
        groups_at(prefixes, 24)
    }

    fn groups_demanded(prefixes: &[Prefix<u32>]) -> u64 {
        // One route may take a group more until it is in place.
        Self::groups(prefixes) + 1
    }

    fn create(
        name: &CStr,
        width: c_uint,
        routes: c_int,
        groups: u32,
        missing: u64,
    ) -> (*mut sys::RteFib, c_int) {
        let mut number = 0;
        let (name, place) = (name.as_ptr(), &raw mut number);
        // SAFETY: the name ends with 0, DPDK copies it, and the place is one for a number.
        let table = unsafe { sys::shim_fib_create(name, width, routes, groups, missing, place) };
        (table, number)
    }

    unsafe fn select(table: *mut sys::RteFib, avx512: bool) -> c_int {
        // SAFETY: as the trait demands of the caller.
        unsafe { sys::shim_fib_select(table, avx512.into()) }
    }

    unsafe fn add(table: *mut sys::RteFib, address: u32, len: u8, next_hop: u64) -> c_int {
        // SAFETY: as the trait demands of the caller.
        unsafe { sys::rte_fib_add(table, address, len, next_hop) }
    }

    unsafe fn delete(table: *mut sys::RteFib, address: u32, len: u8) -> c_int {
        // SAFETY: as the trait demands of the caller.
        unsafe { sys::rte_fib_delete(table, address, len) }
    }

    #[inline]
    unsafe fn lookup(table: *mut sys::RteFib, keys: *const u32, hops: *mut u64, n: c_int) {
        // SAFETY: as the trait demands of the caller. DPDK only reads the keys, although its
        // function does not say so. It returns an error only for null.
        unsafe { sys::rte_fib_lookup_bulk(table, keys.cast_mut(), hops, n) };
    }

    unsafe fn free(table: *mut sys::RteFib) {
        // SAFETY: as the trait demands of the caller.
        unsafe { sys::rte_fib_free(table) }
    }
}

// SAFETY: as for `u32`.
unsafe impl Functions for u128 {
    type Key = [u8; 16];
    type Table = sys::RteFib6;
    const NAME: &'static str = "rte_fib6";
    const SHORT_NAME: &'static str = "fib6";

    #[inline]
    fn key(self) -> [u8; 16] {
        self.to_be_bytes()
    }

    #[inline]
    fn keys<'a>(addresses: &'a [u128], place: &'a mut [[u8; 16]]) -> &'a [[u8; 16]] {
        let count = addresses.len().min(place.len());
        for (key, address) in place.iter_mut().zip(addresses) {
            *key = address.key();
        }
        &place[..count]
    }

    fn groups(prefixes: &[Prefix<u128>]) -> u64 {
        (24..128).step_by(8).map(|depth| groups_at(prefixes, depth)).sum()
    }

    fn groups_demanded(prefixes: &[Prefix<u128>]) -> u64 {
        // DPDK counts the levels from a prefix up to the route that covers it, which may come
        // later, and not whether others have them in place. It adds only below the limit.
        let levels = |prefix: &Prefix<u128>| prefix.len().saturating_sub(24).div_ceil(8);
        prefixes.iter().map(|prefix| u64::from(levels(prefix))).sum::<u64>() + 14
    }

    fn create(
        name: &CStr,
        width: c_uint,
        routes: c_int,
        groups: u32,
        missing: u64,
    ) -> (*mut sys::RteFib6, c_int) {
        let mut number = 0;
        let (name, place) = (name.as_ptr(), &raw mut number);
        // SAFETY: the name ends with 0, DPDK copies it, and the place is one for a number.
        let table = unsafe { sys::shim_fib6_create(name, width, routes, groups, missing, place) };
        (table, number)
    }

    unsafe fn select(table: *mut sys::RteFib6, avx512: bool) -> c_int {
        // SAFETY: as the trait demands of the caller.
        unsafe { sys::shim_fib6_select(table, avx512.into()) }
    }

    unsafe fn add(table: *mut sys::RteFib6, address: u128, len: u8, next_hop: u64) -> c_int {
        let key = address.key();
        // SAFETY: as the trait demands of the caller; the key has an address's 16 bytes.
        unsafe { sys::rte_fib6_add(table, key.as_ptr(), len, next_hop) }
    }

    unsafe fn delete(table: *mut sys::RteFib6, address: u128, len: u8) -> c_int {
        let key = address.key();
        // SAFETY: as the trait demands of the caller; the key has an address's 16 bytes.
        unsafe { sys::rte_fib6_delete(table, key.as_ptr(), len) }
    }

    #[inline]
    unsafe fn lookup(table: *mut sys::RteFib6, keys: *const [u8; 16], hops: *mut u64, n: c_int) {
        // SAFETY: as for `u32`.
        unsafe { sys::rte_fib6_lookup_bulk(table, keys.cast_mut(), hops, n) };
    }

    unsafe fn free(table: *mut sys::RteFib6) {
        // SAFETY: as the trait demands of the caller.
        unsafe { sys::rte_fib6_free(table) }
    }
}
