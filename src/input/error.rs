//! What can be wrong with an input, and where.

use core::fmt;
use std::io;

use super::failure::Compression;

/// Tokens longer than this are cut before they are kept in an error.
const TOKEN_CHARS: usize = 64;

/// A fault of an input: the file, the place in it, the token, and what is wrong.
///
/// It displays as `table.txt:17: "10.0.0.1/8": host bits set`.
#[derive(Debug)]
#[non_exhaustive]
pub struct InputError {
    /// The file as the user named it, or `standard input`.
    pub file: Box<str>,
    /// Where in the file.
    pub at: Position,
    /// The offending text, if there is one; cut if it is long.
    pub token: Option<Box<str>>,
    /// What is wrong.
    pub kind: InputErrorKind,
}

/// A place in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// The input as a whole.
    Whole,
    /// A line, counted from 1.
    Line(u64),
    /// An MRT record.
    Record {
        /// The record, counted from 1.
        number: u64,
        /// Where it starts, in bytes of the decompressed stream.
        offset: u64,
    },
    /// An element of a JSON array, counted from 1.
    Element(u64),
}

/// What is wrong with an input.
#[derive(Debug)]
#[non_exhaustive]
pub enum InputErrorKind {
    /// The operating system refused.
    Io(io::Error),
    /// The compressed stream breaks off.
    TruncatedStream(Compression),
    /// The compressed stream does not decode.
    CorruptStream(Compression),
    /// No prefix, update or address at all.
    Empty,
    /// Neither text nor MRT.
    Unrecognized,
    /// Updates where a table is due.
    UpdatesNotTable,
    /// A table where updates are due.
    TableNotUpdates,
    /// A line holds bytes that are no text.
    NotText,
    /// A line is longer than any sensible one.
    LongLine,
    /// No IP address.
    Address,
    /// An address without a prefix length.
    NoLength,
    /// The prefix length is no number up to the family's width.
    Length {
        /// The largest length of the family.
        max: u8,
    },
    /// Bits of the address past the prefix length are set.
    HostBits,
    /// A next hop that is neither an address nor a number.
    NextHop,
    /// More fields than the line can have.
    Surplus,
    /// Fewer fields than the line must have.
    Missing,
    /// An update that neither announces nor withdraws.
    Verb,
    /// Text that is no JSON, with the parser's reason.
    Json(Box<str>),
    /// A JSON route lacks the field or has it in another form.
    JsonField(&'static str),
    /// The file ends inside an MRT record.
    TruncatedRecord,
    /// An MRT record claims a length beyond all reason.
    OversizedRecord,
    /// An MRT record does not decode, with the parser's reason.
    MalformedRecord(Box<str>),
    /// An MRT record decodes only in part; the reason names the part that would be lost.
    PartialRecord(&'static str),
}

impl InputError {
    pub(super) fn new(file: &str, at: Position, token: Option<&str>, kind: InputErrorKind) -> Self {
        Self { file: file.into(), at, token: token.map(shorten), kind }
    }
}

fn shorten(token: &str) -> Box<str> {
    match token.char_indices().nth(TOKEN_CHARS) {
        Some((end, _)) => format!("{}...", &token[..end]).into(),
        None => token.into(),
    }
}

impl InputErrorKind {
    /// A short name that does not depend on the input, under which faults are counted.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Io(_) => "read error",
            Self::TruncatedStream(_) => "truncated compressed stream",
            Self::CorruptStream(_) => "corrupt compressed stream",
            Self::Empty => "empty input",
            Self::Unrecognized => "unrecognized contents",
            Self::UpdatesNotTable => "update in a table",
            Self::TableNotUpdates => "table entry in an update stream",
            Self::NotText => "no text",
            Self::LongLine => "long line",
            Self::Address => "no address",
            Self::NoLength => "no prefix length",
            Self::Length { .. } => "prefix length out of range",
            Self::HostBits => "host bits set",
            Self::NextHop => "bad next hop",
            Self::Surplus => "surplus field",
            Self::Missing => "missing field",
            Self::Verb => "no update",
            Self::Json(_) => "no JSON",
            Self::JsonField(_) => "bad JSON route",
            Self::TruncatedRecord => "truncated record",
            Self::OversizedRecord => "oversized record",
            Self::MalformedRecord(_) => "malformed record",
            Self::PartialRecord(_) => "partly malformed record",
        }
    }
}

impl fmt::Display for InputErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::TruncatedStream(form) => write!(f, "the {form} stream breaks off"),
            Self::CorruptStream(form) => write!(f, "the {form} stream is corrupt"),
            Self::Empty => f.write_str("nothing in it"),
            Self::Unrecognized => f.write_str("neither text nor MRT"),
            Self::UpdatesNotTable => f.write_str("an update, but a table is expected here"),
            Self::TableNotUpdates => f.write_str("a table entry, but updates are expected here"),
            Self::NotText => f.write_str("not text"),
            Self::LongLine => f.write_str("line too long"),
            Self::Address => f.write_str("not an IP address"),
            Self::NoLength => f.write_str("no prefix length"),
            Self::Length { max } => write!(f, "the prefix length is not a number from 0 to {max}"),
            Self::HostBits => f.write_str("host bits set"),
            Self::NextHop => f.write_str("a next hop is an address or a number"),
            Self::Surplus => f.write_str("one field too many"),
            Self::Missing => f.write_str("too few fields"),
            Self::Verb => f.write_str("neither an announcement nor a withdrawal"),
            Self::Json(reason) => write!(f, "not JSON: {reason}"),
            Self::JsonField(field) => write!(f, "no usable `{field}`"),
            Self::TruncatedRecord => f.write_str("the file ends inside this record"),
            Self::OversizedRecord => f.write_str("the record's length is absurd"),
            Self::MalformedRecord(reason) => write!(f, "malformed record: {reason}"),
            Self::PartialRecord(part) => write!(f, "malformed record: {part}"),
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match self.at {
            Position::Whole => f.write_str(": ")?,
            Position::Line(line) => write!(f, ":{line}: ")?,
            Position::Record { number, offset } => {
                write!(f, ": record {number} at byte {offset}: ")?;
            }
            Position::Element(number) => write!(f, ": element {number}: ")?,
        }
        if let Some(token) = &self.token {
            write!(f, "\"{}\": ", token.escape_debug())?;
        }
        fmt::Display::fmt(&self.kind, f)
    }
}

impl core::error::Error for InputError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.kind {
            InputErrorKind::Io(error) => Some(error),
            _ => None,
        }
    }
}
