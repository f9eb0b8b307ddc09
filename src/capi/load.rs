//! Loading a table from a file.

use core::ffi::{CStr, c_char};
use std::path::PathBuf;

use super::{
    routes::CNextHop,
    status::{Status, contained, given},
    table::CTable,
};
use crate::{
    address::Address,
    input::{InputError, InputErrorKind, Position, ReadOptions, Source, read_table},
    nexthop::NextHop,
    prefix::Prefix,
    route::Route,
};

/// A flag of rtalloc_load(): lines, records and elements that are malformed are passed over and
/// counted.
pub const LENIENT: u32 = 1;

/// Bytes of a report's message, with the zero at its end.
pub const MESSAGE_BYTES: usize = 256;

/// What a load did, or what was wrong and where.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LoadReport {
    /// IPv4 routes loaded.
    pub routes_v4: u64,
    /// IPv6 routes loaded.
    pub routes_v6: u64,
    /// Entries that gave way to another one of the same prefix.
    pub duplicates: u64,
    /// What a lenient load passed over.
    pub skipped: u64,
    /// The line at fault, counted from 1; of MRT the record, of JSON the element. 0 if there is none, or
    /// if it is the file as a whole. After a lenient load that passed something over, the first fault's.
    pub line: u64,
    /// The fault in words, with the file and the place, and cut if it is too long; empty if there is
    /// none. Ends with a zero.
    pub message: [c_char; MESSAGE_BYTES],
}

impl Default for LoadReport {
    fn default() -> Self {
        let message = [0; MESSAGE_BYTES];
        Self { routes_v4: 0, routes_v6: 0, duplicates: 0, skipped: 0, line: 0, message }
    }
}

/// Replaces a table by what a file holds: each family at one instant, IPv4 first. The file is a list of
/// prefixes, one a line, each with a next hop behind it or not ("10.0.0.0/8 192.0.2.1", "2001:db8::/32 7",
/// "10.0.0.0/8 192.0.2.1@7"; "#" starts a comment), l3fwd rules, lines of `bgpdump -m`, the output of
/// `ip -j route`, or an MRT table dump; plain, gzip or bzip2, which is found from the contents. "-" is the
/// standard input.
///
/// Routes without a next hop get `otherwise`, or, if that is null, one that names neither a gateway nor
/// an interface. `flags` is 0 or RTALLOC_LENIENT. `report` may be null; it is written in any case but of
/// a bad pointer. On an error in the file the table is as it was; if IPv6 does not fit, IPv4 has been
/// replaced, and the report says how many routes are in.
///
/// # Safety
/// `table` comes from rtalloc_open() and is not closed; `path` points to a string that ends with a zero;
/// `otherwise` is null or points to a next hop; `report` is null or points to where the report is to be
/// put.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_load(
    table: *mut CTable,
    path: *const c_char,
    flags: u32,
    otherwise: *const CNextHop,
    report: *mut LoadReport,
) -> Status {
    if !report.is_aligned() {
        return Status::Pointer;
    }
    let mut made = LoadReport::default();
    let status = contained(|| {
        // SAFETY: the caller says that a table is there.
        let table = unsafe { given(table) }?;
        if path.is_null() {
            return Err(Status::Pointer);
        }
        // SAFETY: not null, so the caller says that a string is there.
        let path = unsafe { CStr::from_ptr(path) };
        let otherwise = if otherwise.is_null() {
            NextHop::default()
        } else {
            // SAFETY: not null, so the caller says that a next hop is there.
            unsafe { given(otherwise) }?.next_hop()?
        };
        if flags & !LENIENT != 0 {
            return Err(Status::Argument);
        }
        let options = ReadOptions { lenient: flags & LENIENT != 0 };
        made.load(table, path, options, otherwise)
    });
    if status != Status::Pointer && !report.is_null() {
        // SAFETY: neither null nor misaligned, and the caller says that it may be written.
        unsafe { report.write(made) };
    }
    status
}

impl LoadReport {
    fn load(
        &mut self,
        CTable(table): &CTable,
        path: &CStr,
        options: ReadOptions,
        otherwise: NextHop,
    ) -> Result<(), Status> {
        let path = path_of(path).ok_or(Status::Argument)?;
        let read = Source::open(&path).and_then(|source| read_table(source, options, &mut |_| {}));
        let file = match read {
            Ok(file) => file,
            Err(error) => {
                self.note(&error);
                return Err(status_of(&error.kind));
            }
        };
        self.duplicates = file.duplicates;
        self.skipped = file.skipped.total();
        if let Some(first) = file.skipped.first().first() {
            self.note(first);
        }
        self.routes_v4 = table.v4().load(routes(file.v4, otherwise))? as u64;
        self.routes_v6 = table.v6().load(routes(file.v6, otherwise))? as u64;
        Ok(())
    }

    fn note(&mut self, error: &InputError) {
        self.line = match error.at {
            Position::Whole => 0,
            Position::Line(number) | Position::Element(number) => number,
            Position::Record { number, .. } => number,
        };
        let text = error.to_string();
        let mut end = text.len().min(MESSAGE_BYTES - 1);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        for (place, byte) in self.message.iter_mut().zip(text[..end].bytes()) {
            // A file's name may hold anything but a zero, and so may a token that is text.
            *place = if byte == 0 { b'?' as c_char } else { byte as c_char };
        }
    }
}

fn routes<A: Address>(
    routes: Vec<(Prefix<A>, Option<NextHop>)>,
    otherwise: NextHop,
) -> impl Iterator<Item = (Prefix<A>, Route)> {
    routes
        .into_iter()
        .map(move |(prefix, next_hop)| (prefix, Route::via(next_hop.unwrap_or(otherwise))))
}

fn status_of(kind: &InputErrorKind) -> Status {
    match kind {
        InputErrorKind::Io(_) => Status::Io,
        InputErrorKind::TruncatedStream(_)
        | InputErrorKind::CorruptStream(_)
        | InputErrorKind::TruncatedRecord
        | InputErrorKind::OversizedRecord => Status::Damaged,
        InputErrorKind::Empty
        | InputErrorKind::Unrecognized
        | InputErrorKind::UpdatesNotTable
        | InputErrorKind::TableNotUpdates => Status::NoTable,
        _ => Status::Malformed,
    }
}

#[cfg(unix)]
fn path_of(path: &CStr) -> Option<PathBuf> {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    Some(OsStr::from_bytes(path.to_bytes()).into())
}

#[cfg(not(unix))]
fn path_of(path: &CStr) -> Option<PathBuf> {
    path.to_str().ok().map(PathBuf::from)
}
