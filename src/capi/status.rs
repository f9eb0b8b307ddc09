//! What functions return, and what can be asked without a table.

use core::ffi::{CStr, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::CapacityError;

/// What a function returns: 0 if it did what it was asked for.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// A pointer that must not be null is null, is not aligned, or an array is where no array can be
    /// or overlaps the other one.
    Pointer = 1,
    /// A number in an argument has a value that means nothing.
    Argument = 2,
    /// Not a prefix: no such family, a length over the family's, or bits set past the length.
    Prefix = 3,
    /// There is no route of that prefix, or no next hop of that id.
    NotFound = 4,
    /// The table has no room; it is as it was.
    Full = 5,
    /// As much as the table may hold back for its readers waits to be freed, and stays so until a
    /// reader passes a quiescent point or leaves; the table is as it was.
    HeldBack = 6,
    /// The system does not give the address space.
    NoMemory = 7,
    /// The reader is in no section: call rtalloc_enter() first.
    Outside = 8,
    /// The reader is in a section already.
    Inside = 9,
    /// The operating system refused to open or to read the file.
    Io = 10,
    /// The file holds no route, or what it holds is no table.
    NoTable = 11,
    /// A line, a record or an element is malformed.
    Malformed = 12,
    /// The file breaks off, or its compression is corrupt.
    Damaged = 13,
    /// A defect of the library. The table may be used further.
    Panicked = 14,
}

const TEXTS: [&CStr; 15] = [
    c"done",
    c"a pointer is null, not aligned, or an array overlaps another",
    c"an argument has a value that means nothing",
    c"not a prefix: family, length or bits past the length",
    c"no such route or next hop",
    c"the table has no room",
    c"readers hold back as much memory as they may",
    c"the system does not give the address space",
    c"the reader is in no section",
    c"the reader is in a section already",
    c"the file cannot be opened or read",
    c"the file holds no table",
    c"a line, record or element of the file is malformed",
    c"the file breaks off or is corrupt",
    c"a defect of the library",
];

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");

/// What a status means, as a sentence without a full stop. The string is static. Of a number that is
/// no status it says so.
#[unsafe(no_mangle)]
pub extern "C" fn rtalloc_error_string(status: c_int) -> *const c_char {
    let text = usize::try_from(status).ok().and_then(|status| TEXTS.get(status));
    text.copied().unwrap_or(c"no status of this library").as_ptr()
}

/// The version of the library that is linked, as in "0.1.0". The string is static.
#[unsafe(no_mangle)]
pub extern "C" fn rtalloc_version() -> *const c_char {
    VERSION.as_ptr().cast()
}

impl From<CapacityError> for Status {
    fn from(error: CapacityError) -> Self {
        match error {
            CapacityError::Nodes | CapacityError::Entries => Self::Full,
            CapacityError::Waiting { .. } => Self::HeldBack,
        }
    }
}

/// Runs `work`, whose panic does not leave it.
pub(super) fn contained(work: impl FnOnce() -> Result<(), Status>) -> Status {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => Status::Ok,
        Ok(Err(status)) => status,
        Err(_) => Status::Panicked,
    }
}

/// What a pointer points to, if something can be there.
///
/// # Safety
/// If `pointer` is neither null nor misaligned, a `T` is there for as long as the result is used.
#[inline(always)]
pub(super) unsafe fn given<'a, T>(pointer: *const T) -> Result<&'a T, Status> {
    if !pointer.is_aligned() {
        return Err(Status::Pointer);
    }
    // SAFETY: null, or the caller says that a `T` is there.
    unsafe { pointer.as_ref() }.ok_or(Status::Pointer)
}

/// What a handle stands for, to be used by this call alone, if something can be there.
///
/// # Safety
/// As [`given`], and nobody else uses it meanwhile.
#[inline(always)]
pub(super) unsafe fn given_alone<'a, T>(pointer: *mut T) -> Result<&'a mut T, Status> {
    if !pointer.is_aligned() {
        return Err(Status::Pointer);
    }
    // SAFETY: null, or the caller says that a `T` is there that nobody else uses.
    unsafe { pointer.as_mut() }.ok_or(Status::Pointer)
}

/// Frees what a handle stands for that is given back. Null stands for nothing, and a pointer that is
/// not aligned is no handle.
///
/// # Safety
/// If `handle` is neither null nor misaligned, it is of a box, and nobody uses it any more.
pub(super) unsafe fn give_back<T>(handle: *mut T) {
    contained(|| {
        let handle = place(handle)?;
        // SAFETY: neither null nor misaligned, so the caller says that it is of a box and given back.
        drop(unsafe { Box::from_raw(handle) });
        Ok(())
    });
}

/// Where a result is to be written, if it can be.
pub(super) fn place<T>(out: *mut T) -> Result<*mut T, Status> {
    if out.is_null() || !out.is_aligned() { Err(Status::Pointer) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(status: c_int) -> &'static str {
        // SAFETY: the function returns static strings.
        unsafe { CStr::from_ptr(rtalloc_error_string(status)) }.to_str().unwrap()
    }

    #[test]
    fn every_status_has_a_text_of_its_own() {
        assert_eq!(TEXTS.len(), Status::Panicked as usize + 1);
        let mut texts: Vec<_> = (0..TEXTS.len() as c_int).map(text).collect();
        assert_eq!((texts[0], texts[8]), ("done", "the reader is in no section"));
        texts.extend([text(-1), text(TEXTS.len() as c_int)]);
        assert_eq!(texts.pop(), Some("no status of this library"));
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), TEXTS.len() + 1);
    }

    #[test]
    fn a_panic_is_a_status() {
        assert_eq!(contained(|| panic!("on purpose")), Status::Panicked);
        assert_eq!(contained(|| Err(Status::Full)), Status::Full);
        assert_eq!(contained(|| Ok(())), Status::Ok);
    }

    #[test]
    fn the_version_ends_where_it_ends() {
        // SAFETY: the function returns a static string.
        let version = unsafe { CStr::from_ptr(rtalloc_version()) };
        assert_eq!(version.to_str(), Ok(env!("CARGO_PKG_VERSION")));
    }
}
