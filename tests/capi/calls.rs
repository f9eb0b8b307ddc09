//! The functions of `rtalloc.h` as safe ones, for tests that use them rightly.

use core::{ffi::CStr, ptr};
use std::ffi::CString;

use rtalloc::capi::{
    self, CNextHop, COptions, CPrefix, CReader, CStats, CTable, IPV4, IPV6, LoadReport, Status,
};

/// A table, closed when dropped.
pub(crate) struct Table(pub(crate) *mut CTable);

// SAFETY: a table may be used by any thread.
unsafe impl Send for Table {}
// SAFETY: a table may be used by any number of threads at once.
unsafe impl Sync for Table {}

/// A reader, released when dropped.
pub(crate) struct Reader(pub(crate) *mut CReader);

// SAFETY: a reader may be used by any thread, one at a time.
unsafe impl Send for Reader {}

pub(crate) fn via(interface: u32) -> CNextHop {
    CNextHop { interface, ..CNextHop::default() }
}

pub(crate) fn v4(octets: [u8; 4], length: u32) -> CPrefix {
    let mut address = [0; 16];
    address[..4].copy_from_slice(&octets);
    CPrefix { family: IPV4, length, address }
}

pub(crate) fn v6(text: &str, length: u32) -> CPrefix {
    let address: std::net::Ipv6Addr = text.parse().expect("an address");
    CPrefix { family: IPV6, length, address: address.octets() }
}

impl Table {
    pub(crate) fn open(options: COptions) -> Result<Self, Status> {
        let mut table = ptr::null_mut();
        // SAFETY: both point to what is due.
        match unsafe { capi::rtalloc_open(&raw const options, &raw mut table) } {
            Status::Ok => Ok(Self(table)),
            status => Err(status),
        }
    }

    pub(crate) fn add(&self, prefix: CPrefix, next_hop: CNextHop) -> Status {
        // SAFETY: the table is open.
        unsafe { capi::rtalloc_add(self.0, &raw const prefix, &raw const next_hop) }
    }

    pub(crate) fn delete(&self, prefix: CPrefix) -> Status {
        // SAFETY: the table is open.
        unsafe { capi::rtalloc_delete(self.0, &raw const prefix) }
    }

    pub(crate) fn load(
        &self,
        path: &str,
        flags: u32,
        otherwise: Option<CNextHop>,
    ) -> (Status, LoadReport) {
        let path = CString::new(path).expect("no zero");
        let otherwise = otherwise.as_ref().map_or(ptr::null(), ptr::from_ref);
        let mut report = LoadReport::default();
        // SAFETY: the table is open, and all point to what is due.
        let status =
            unsafe { capi::rtalloc_load(self.0, path.as_ptr(), flags, otherwise, &raw mut report) };
        (status, report)
    }

    pub(crate) fn stats(&self) -> CStats {
        let mut stats = CStats::default();
        // SAFETY: the table is open.
        assert_eq!(unsafe { capi::rtalloc_stats(self.0, &raw mut stats) }, Status::Ok);
        stats
    }

    pub(crate) fn memory(&self) -> u64 {
        let mut bytes = 0;
        // SAFETY: the table is open.
        assert_eq!(unsafe { capi::rtalloc_memory(self.0, &raw mut bytes) }, Status::Ok);
        bytes
    }

    pub(crate) fn reader(&self) -> Reader {
        let mut reader = ptr::null_mut();
        // SAFETY: the table is open.
        assert_eq!(unsafe { capi::rtalloc_reader_register(self.0, &raw mut reader) }, Status::Ok);
        Reader(reader)
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // SAFETY: opened once, and not used any more.
        unsafe { capi::rtalloc_close(self.0) };
    }
}

impl Reader {
    pub(crate) fn enter(&mut self) -> Status {
        // SAFETY: the reader is registered, and used here alone.
        unsafe { capi::rtalloc_enter(self.0) }
    }

    pub(crate) fn quiescent(&mut self) -> Status {
        // SAFETY: as above.
        unsafe { capi::rtalloc_quiescent(self.0) }
    }

    pub(crate) fn leave(&mut self) -> Status {
        // SAFETY: as above.
        unsafe { capi::rtalloc_leave(self.0) }
    }

    /// Looks up addresses in network byte order.
    pub(crate) fn lookup_v4(&self, addresses: &[u32], ids: &mut [u32]) -> Status {
        let count = addresses.len().min(ids.len());
        // SAFETY: as above, and the slices are as long.
        unsafe { capi::rtalloc_lookup_v4(self.0, addresses.as_ptr(), ids.as_mut_ptr(), count) }
    }

    pub(crate) fn lookup_v6(&self, addresses: &[[u8; 16]], ids: &mut [u32]) -> Status {
        let count = addresses.len().min(ids.len());
        let first = addresses.as_ptr().cast();
        // SAFETY: as above.
        unsafe { capi::rtalloc_lookup_v6(self.0, first, ids.as_mut_ptr(), count) }
    }

    pub(crate) fn next_hop(&self, family: u32, id: u32) -> Result<CNextHop, Status> {
        let mut next_hop = CNextHop::default();
        // SAFETY: as above.
        match unsafe { capi::rtalloc_next_hop(self.0, family, id, &raw mut next_hop) } {
            Status::Ok => Ok(next_hop),
            status => Err(status),
        }
    }

    /// The interface that an IPv4 address goes out by, `None` for no route. Inside a section.
    pub(crate) fn interface_v4(&self, octets: [u8; 4]) -> Option<u32> {
        let mut ids = [u32::MAX];
        assert_eq!(self.lookup_v4(&[u32::from_ne_bytes(octets)], &mut ids), Status::Ok);
        (ids[0] != 0).then(|| self.next_hop(IPV4, ids[0]).expect("an id").interface)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // SAFETY: registered once, and not used any more.
        unsafe { capi::rtalloc_reader_release(self.0) };
    }
}

pub(crate) fn message(report: &LoadReport) -> &str {
    // SAFETY: a report's message ends with a zero.
    unsafe { CStr::from_ptr(report.message.as_ptr()) }.to_str().expect("text")
}
