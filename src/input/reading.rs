//! The state that every reader shares: the source, the leniency, the count of items so far.

use super::{
    error::{InputError, InputErrorKind, Position},
    skipped::Skipped,
    source::Source,
};

/// Lines or records between two reports of progress.
const REPORT_EVERY: u64 = 1 << 16;

/// How to read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    /// Pass over what cannot be read and count it, instead of ending at the first fault.
    pub lenient: bool,
}

/// How far a reader has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Lines, or records of an MRT file, so far.
    pub items: u64,
    /// Bytes of the file as stored so far.
    pub bytes: u64,
    /// The size of the file as stored, if it is known.
    pub size: Option<u64>,
}

pub(super) struct Reading<'p> {
    pub(super) source: Source,
    pub(super) skipped: Skipped,
    options: ReadOptions,
    progress: &'p mut dyn FnMut(Progress),
    /// Lines or records begun.
    pub(super) items: u64,
}

impl<'p> Reading<'p> {
    pub(super) fn new(
        source: Source,
        options: ReadOptions,
        progress: &'p mut dyn FnMut(Progress),
    ) -> Self {
        Self { source, skipped: Skipped::default(), options, progress, items: 0 }
    }

    /// Counts an item, and reports from time to time.
    pub(super) fn begin_item(&mut self) {
        self.items += 1;
        if self.items.is_multiple_of(REPORT_EVERY) {
            self.report();
        }
    }

    pub(super) fn report(&mut self) {
        (self.progress)(Progress {
            items: self.items,
            bytes: self.source.bytes_read(),
            size: self.source.size(),
        });
    }

    pub(super) fn error(
        &self,
        at: Position,
        token: Option<&str>,
        kind: InputErrorKind,
    ) -> InputError {
        InputError::new(self.source.name(), at, token, kind)
    }

    /// Notes a fault and goes on, or ends the reading with it. A stream whose checksum is wrong is
    /// never gone on with: any of what came out of it may be wrong.
    pub(super) fn reject(
        &mut self,
        at: Position,
        token: Option<&str>,
        kind: InputErrorKind,
    ) -> Result<(), InputError> {
        let error = self.error(at, token, kind);
        if self.options.lenient && !matches!(error.kind, InputErrorKind::CorruptStream(_)) {
            self.skipped.note(error);
            Ok(())
        } else {
            Err(error)
        }
    }

    /// Ends the reading: what was passed over, or an error if nothing was found.
    pub(super) fn finish(mut self, found: bool) -> Result<Skipped, InputError> {
        self.report();
        if found {
            return Ok(self.skipped);
        }
        let empty = self.error(Position::Whole, None, InputErrorKind::Empty);
        Err(self.skipped.into_first().unwrap_or(empty))
    }
}
