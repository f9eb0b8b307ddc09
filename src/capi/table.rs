//! Tables: opening, closing, and what they hold.

use core::time::Duration;

use super::status::{Status, contained, give_back, given, place};
use crate::{
    table::{Options, Table},
    tree::Width,
};

/// A routing table of IPv4 and IPv6. All functions that take one may be called by any number of
/// threads at once.
#[derive(Debug)]
pub struct CTable(pub(super) Table);

/// How a table is opened. Zero in every field means the default: fill it with zeros first, then set
/// what is to differ.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct COptions {
    /// Routes of each family at most, those removed included until their memory is free again;
    /// 134217728 by default. Memory is taken as it is used.
    pub max_routes: u64,
    /// Bytes of each family that may wait to be freed because readers hold them back; past that
    /// rtalloc_add() fails with RTALLOC_STATUS_HELD_BACK. 1 GiB by default.
    pub max_waiting_bytes: u64,
    /// Milliseconds that such a call waits for readers to move on before it fails. By default it does
    /// not wait.
    pub patience_ms: u32,
    /// Bytes of an answer in the forwarding view, which lookups read: 1, 2 or 4. One byte is enough
    /// for 254 next hops, two for 65534; a table may have more than fit, whose lookups take longer.
    /// 2 by default.
    pub id_bytes: u32,
}

/// What a table holds. The numbers are of one moment each.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CStats {
    /// IPv4 routes.
    pub routes_v4: u64,
    /// IPv6 routes.
    pub routes_v6: u64,
    /// Changes since the table was opened; a load counts as one a family.
    pub changes: u64,
    /// Bytes that wait to be freed, of both families.
    pub waiting_bytes: u64,
    /// Readers that hold something back: they are in a section that began before it was removed.
    pub stalled_readers: u64,
    /// For how many milliseconds the first of them has been seen to do so.
    pub stalled_ms: u64,
}

/// Opens an empty table. `options` may be null for the defaults. Close it with rtalloc_close().
///
/// # Safety
/// `options` is null or points to options, and `table` to where the table is to be put.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_open(options: *const COptions, table: *mut *mut CTable) -> Status {
    contained(|| {
        let place = place(table)?;
        let options = if options.is_null() {
            COptions::default()
        } else {
            // SAFETY: not null, so the caller says that options are there.
            *unsafe { given(options) }?
        };
        let opened = options.open()?;
        // SAFETY: checked by `place`, and the caller says that it may be written.
        unsafe { place.write(Box::into_raw(Box::new(CTable(opened)))) };
        Ok(())
    })
}

/// Ends the use of a table by this handle; null is allowed and does nothing. Readers that are
/// registered keep the table as it is, and may go on. Its memory is freed with the last of them.
///
/// # Safety
/// `table` is null or comes from rtalloc_open() and is not used any more, also not by a call that
/// another thread is in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_close(table: *mut CTable) {
    // SAFETY: made by `rtalloc_open`, and the caller gives it back.
    unsafe { give_back(table) };
}

/// What a table holds, in little time: it does not wait for changes.
///
/// # Safety
/// `table` comes from rtalloc_open() and is not closed; `stats` points to where the result is to be
/// put.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_stats(table: *const CTable, stats: *mut CStats) -> Status {
    contained(|| {
        let place = place(stats)?;
        // SAFETY: the caller says that a table is there.
        let CTable(table) = unsafe { given(table) }?;
        let stalled = table.stalled_readers();
        let longest = stalled.first().map_or(0, |reader| reader.age.as_millis());
        let stats = CStats {
            routes_v4: table.v4().len() as u64,
            routes_v6: table.v6().len() as u64,
            changes: table.v4().generation() / 2 + table.v6().generation() / 2,
            waiting_bytes: (table.v4().waiting().bytes + table.v6().waiting().bytes) as u64,
            stalled_readers: stalled.len() as u64,
            stalled_ms: u64::try_from(longest).unwrap_or(u64::MAX),
        };
        // SAFETY: checked by `place`, and the caller says that it may be written.
        unsafe { place.write(stats) };
        Ok(())
    })
}

/// The bytes that a table takes, everything counted. First frees what can be freed, then walks over
/// the whole table; changes wait meanwhile, lookups do not.
///
/// # Safety
/// As rtalloc_stats(), with `bytes` for the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_memory(table: *const CTable, bytes: *mut u64) -> Status {
    contained(|| {
        let place = place(bytes)?;
        // SAFETY: the caller says that a table is there.
        let CTable(table) = unsafe { given(table) }?;
        table.reclaim();
        let total = table.v4().stats().total_bytes() + table.v6().stats().total_bytes();
        // SAFETY: checked by `place`, and the caller says that it may be written.
        unsafe { place.write(total as u64) };
        Ok(())
    })
}

impl COptions {
    fn open(self) -> Result<Table, Status> {
        let size = |value| usize::try_from(value).unwrap_or(usize::MAX);
        let width = match self.id_bytes {
            1 => Width::One,
            0 | 2 => Width::Two,
            4 => Width::Four,
            _ => return Err(Status::Argument),
        };
        let mut options = Options::new()
            .forwarding(width)
            .patience(Duration::from_millis(self.patience_ms.into()));
        if self.max_routes > 0 {
            options = options.max_routes(size(self.max_routes));
        }
        if self.max_waiting_bytes > 0 {
            options = options.max_waiting_bytes(size(self.max_waiting_bytes));
        }
        options.open().map_err(|_| Status::NoMemory)
    }
}
