//! Functions of DPDK and of the shim. The shim checks at compile time that those of DPDK have these
//! types.

use core::ffi::{c_char, c_int, c_uint};

/// A `struct rte_fib`, only behind a pointer.
#[derive(Debug)]
#[repr(C)]
pub struct RteFib {
    _opaque: [u8; 0],
}

/// A `struct rte_fib6`, only behind a pointer.
#[derive(Debug)]
#[repr(C)]
pub struct RteFib6 {
    _opaque: [u8; 0],
}

/// A `struct rte_lpm`, only behind a pointer.
#[repr(C)]
pub(super) struct RteLpm {
    _opaque: [u8; 0],
}

/// A `struct rte_rcu_qsbr`, only behind a pointer.
#[repr(C)]
pub(super) struct RteQsbr {
    _opaque: [u8; 0],
}

/// The shim's `struct shim_memory`.
#[derive(Default)]
#[repr(C)]
pub(super) struct ShimMemory {
    pub(super) total: u64,
    pub(super) allocated: u64,
    pub(super) largest_free: u64,
}

unsafe extern "C" {
    pub(super) safe fn rte_version() -> *const c_char;

    pub(super) fn rte_fib_add(fib: *mut RteFib, ip: u32, depth: u8, next_hop: u64) -> c_int;
    pub(super) fn rte_fib_delete(fib: *mut RteFib, ip: u32, depth: u8) -> c_int;
    pub(super) fn rte_fib_lookup_bulk(
        fib: *mut RteFib,
        ips: *mut u32,
        next_hops: *mut u64,
        n: c_int,
    ) -> c_int;
    pub(super) fn rte_fib_free(fib: *mut RteFib);

    pub(super) fn rte_fib6_add(fib: *mut RteFib6, ip: *const u8, depth: u8, next_hop: u64)
    -> c_int;
    pub(super) fn rte_fib6_delete(fib: *mut RteFib6, ip: *const u8, depth: u8) -> c_int;
    pub(super) fn rte_fib6_lookup_bulk(
        fib: *mut RteFib6,
        ips: *mut [u8; 16],
        next_hops: *mut u64,
        n: c_int,
    ) -> c_int;
    pub(super) fn rte_fib6_free(fib: *mut RteFib6);

    pub(super) fn rte_lpm_add(lpm: *mut RteLpm, ip: u32, depth: u8, next_hop: u32) -> c_int;
    pub(super) fn rte_lpm_delete(lpm: *mut RteLpm, ip: u32, depth: u8) -> c_int;
    pub(super) fn rte_lpm_free(lpm: *mut RteLpm);

    pub(super) fn shim_start() -> c_int;
    pub(super) safe fn shim_has_avx512() -> c_int;
    pub(super) fn shim_grow(bytes: usize, pages: c_uint) -> c_int;
    pub(super) fn shim_memory(memory: *mut ShimMemory) -> c_int;

    pub(super) fn shim_fib_create(
        name: *const c_char,
        width: c_uint,
        routes: c_int,
        groups: u32,
        missing: u64,
        error: *mut c_int,
    ) -> *mut RteFib;
    pub(super) fn shim_fib_select(fib: *mut RteFib, avx512: c_int) -> c_int;
    pub(super) fn shim_fib6_create(
        name: *const c_char,
        width: c_uint,
        routes: c_int,
        groups: u32,
        missing: u64,
        error: *mut c_int,
    ) -> *mut RteFib6;
    pub(super) fn shim_fib6_select(fib: *mut RteFib6, avx512: c_int) -> c_int;

    pub(super) fn shim_lpm_create(
        name: *const c_char,
        rules: u32,
        groups: u32,
        error: *mut c_int,
    ) -> *mut RteLpm;
    pub(super) fn shim_lpm_defer(lpm: *mut RteLpm, qsbr: *mut RteQsbr) -> c_int;
    pub(super) fn shim_lpm_one(lpm: *const RteLpm, address: u32, missing: u32) -> u32;
    pub(super) fn shim_lpm_each(
        lpm: *const RteLpm,
        addresses: *const u32,
        next_hops: *mut u32,
        count: c_uint,
        missing: u32,
    );
    pub(super) fn shim_lpm_bulk(
        lpm: *const RteLpm,
        addresses: *const u32,
        next_hops: *mut u32,
        count: c_uint,
        missing: u32,
    );
    pub(super) fn shim_lpm_x4(
        lpm: *const RteLpm,
        addresses: *const u32,
        next_hops: *mut u32,
        count: c_uint,
        missing: u32,
    );

    pub(super) fn shim_qsbr_create(threads: u32, error: *mut c_int) -> *mut RteQsbr;
    pub(super) fn shim_qsbr_free(qsbr: *mut RteQsbr);
    pub(super) fn shim_qsbr_join(qsbr: *mut RteQsbr, thread: c_uint) -> c_int;
    pub(super) fn shim_qsbr_leave(qsbr: *mut RteQsbr, thread: c_uint);
    pub(super) fn shim_qsbr_quiescent(qsbr: *mut RteQsbr, thread: c_uint);
}
