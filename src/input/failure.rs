//! How a stream of bytes fails.

use core::fmt;
use std::io;

use super::error::InputErrorKind;

/// A compressed form that is recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// gzip, of any number of members.
    Gzip,
    /// bzip2, of any number of streams.
    Bzip2,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
        })
    }
}

/// Why no more bytes come. Copied into an [`io::Error`] for each read that meets it.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    Truncated(Compression),
    Corrupt(Compression),
    Io { kind: io::ErrorKind, code: Option<i32>, text: Box<str> },
}

impl Failure {
    pub(super) fn of(error: io::Error, form: Option<Compression>) -> Self {
        match (form, error.kind()) {
            (Some(form), io::ErrorKind::UnexpectedEof) => Self::Truncated(form),
            (Some(form), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
                if error.raw_os_error().is_none() =>
            {
                Self::Corrupt(form)
            }
            (_, kind) => {
                Self::Io { kind, code: error.raw_os_error(), text: error.to_string().into() }
            }
        }
    }

    /// Never of the kind `UnexpectedEof`, which decoders take for an orderly end.
    pub(super) fn to_io(&self) -> io::Error {
        match self {
            Self::Truncated(form) => io::Error::other(format!("the {form} stream breaks off")),
            Self::Corrupt(form) => io::Error::other(format!("the {form} stream is corrupt")),
            Self::Io { code: Some(code), .. } => io::Error::from_raw_os_error(*code),
            Self::Io { kind: io::ErrorKind::UnexpectedEof, text, .. } => io::Error::other(&**text),
            Self::Io { kind, text, .. } => io::Error::new(*kind, &**text),
        }
    }

    pub(super) fn to_kind(&self) -> InputErrorKind {
        match self {
            Self::Truncated(form) => InputErrorKind::TruncatedStream(*form),
            Self::Corrupt(form) => InputErrorKind::CorruptStream(*form),
            Self::Io { .. } => InputErrorKind::Io(self.to_io()),
        }
    }
}
