//! Readers and their sections.
//!
//! A section ([`Guard`]) borrows its reader, and C has no borrows: the two lie side by side in one
//! object, the reader on the heap behind a plain pointer, so that neither moves under the other. The
//! section is gone before the reader is touched again. That is **Inside**: while there is a section,
//! nothing uses `reader`, and `drop` ends the section first.

use core::{fmt, ptr::NonNull};

use super::{
    status::{Status, contained, give_back, given, given_alone, place},
    table::CTable,
};
use crate::table::{Guard, Reader};

/// A thread's access to a table. One thread at a time may use it.
pub struct CReader {
    reader: NonNull<Reader<()>>,
    section: Option<Guard<'static, ()>>,
}

impl CReader {
    fn new(reader: Reader<()>) -> Self {
        // A pointer from a box is not null.
        let reader = NonNull::from(Box::leak(Box::new(reader)));
        Self { reader, section: None }
    }

    /// The section that the reader is in.
    #[inline(always)]
    pub(super) fn section(&self) -> Option<&Guard<'static, ()>> {
        self.section.as_ref()
    }

    fn enter(&mut self) -> Result<(), Status> {
        if self.section.is_some() {
            return Err(Status::Inside);
        }
        // SAFETY: Inside: there is no section, so nothing else borrows the reader; it lives until
        // `drop`, which ends the section before.
        let reader: &'static mut Reader<()> = unsafe { self.reader.as_mut() };
        self.section = Some(reader.enter());
        Ok(())
    }
}

impl Drop for CReader {
    fn drop(&mut self) {
        self.section = None;
        // SAFETY: made from a box by `new`; Inside: nothing borrows it any more.
        drop(unsafe { Box::from_raw(self.reader.as_ptr()) });
    }
}

impl fmt::Debug for CReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CReader").field("inside", &self.section.is_some()).finish_non_exhaustive()
    }
}

/// Registers a reader: one for each thread that looks addresses up. It keeps the table, also when
/// that is closed. End it with rtalloc_reader_release().
///
/// # Safety
/// `table` comes from rtalloc_open() and is not closed; `reader` points to where the reader is to be
/// put.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_reader_register(
    table: *const CTable,
    reader: *mut *mut CReader,
) -> Status {
    contained(|| {
        let place = place(reader)?;
        // SAFETY: the caller says that a table is there.
        let CTable(table) = unsafe { given(table) }?;
        let registered = Box::into_raw(Box::new(CReader::new(table.reader())));
        // SAFETY: checked by `place`, and the caller says that it may be written.
        unsafe { place.write(registered) };
        Ok(())
    })
}

/// Ends a reader, and its section if it is in one; null is allowed and does nothing. The last reader of
/// a table that is closed frees it, which takes a while for a large one.
///
/// # Safety
/// `reader` is null or comes from rtalloc_reader_register() and is not used any more, nor is it being
/// used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_reader_release(reader: *mut CReader) {
    // SAFETY: made by `rtalloc_reader_register`, and the caller gives it back.
    unsafe { give_back(reader) };
}

/// Enters a section. From here on ids mean what they mean and nothing that lookups could meet is freed,
/// until rtalloc_quiescent() or rtalloc_leave(). Wait-free.
///
/// # Safety
/// `reader` is null or comes from rtalloc_reader_register(), is not released, and no other thread is
/// using it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_enter(reader: *mut CReader) -> Status {
    // SAFETY: the caller says that a reader is there that nobody else uses.
    let Ok(reader) = (unsafe { given_alone(reader) }) else { return Status::Pointer };
    reader.enter().err().unwrap_or(Status::Ok)
}

/// Passes a quiescent point: the section goes on, but ids from before mean nothing any more. Call it
/// after each burst; it is cheaper than leaving and entering. Wait-free.
///
/// # Safety
/// As rtalloc_enter().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_quiescent(reader: *mut CReader) -> Status {
    // SAFETY: the caller says that a reader is there that nobody else uses.
    let Ok(reader) = (unsafe { given_alone(reader) }) else { return Status::Pointer };
    let Some(section) = &mut reader.section else { return Status::Outside };
    section.quiescent();
    Status::Ok
}

/// Leaves the section. A thread that waits or sleeps leaves first: a section that lasts holds back the
/// memory of everything that is removed meanwhile. Wait-free.
///
/// # Safety
/// As rtalloc_enter().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_leave(reader: *mut CReader) -> Status {
    // SAFETY: the caller says that a reader is there that nobody else uses.
    let Ok(reader) = (unsafe { given_alone(reader) }) else { return Status::Pointer };
    reader.section.take().map_or(Status::Outside, |_section| Status::Ok)
}
