//! Why a script ends before its end.

use core::fmt;
use std::io;

use rtalloc::{
    bsd::{Errno, Profile, RouteError},
    input::InputErrorKind,
};

/// A line at which a script ends, and why. It displays as `script:17: EEXIST: the route exists`.
#[derive(Debug)]
pub(crate) struct ScriptError {
    pub(super) script: String,
    /// Counted from 1.
    pub(super) line: u64,
    pub(super) fault: ScriptFault,
}

#[derive(Debug)]
pub(super) enum ScriptFault {
    /// The line cannot be read, or is no text.
    Unreadable(io::Error),
    /// The line is none of the language.
    Syntax(SyntaxError),
    /// The line failed.
    Refused(Refusal),
    /// The line had to fail and did not.
    Succeeded,
}

/// Why a line is none of the language.
#[derive(Debug)]
pub(super) enum SyntaxError {
    /// The line ends where this was expected.
    Missing(&'static str),
    /// The word is not what was expected.
    Unexpected(Box<str>, &'static str),
    /// The word is no address or prefix.
    Address(Box<str>, InputErrorKind),
    /// The profile lacks the option.
    NotIn(Box<str>, Profile),
}

/// Why a line was not carried out.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) errno: Errno,
    pub(super) reason: &'static str,
}

/// How carrying out a line fails.
#[derive(Debug)]
pub(super) enum Fault {
    /// The routing refuses.
    Refused(Refusal),
    /// What the line prints cannot be written.
    Output(io::Error),
}

impl Refusal {
    pub(super) fn new(errno: Errno, reason: &'static str) -> Self {
        Self { errno, reason }
    }
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self::new(errno, errno.meaning())
    }
}

impl From<RouteError> for Refusal {
    fn from(error: RouteError) -> Self {
        Self::new(error.errno(), error.reason())
    }
}

impl<E: Into<Refusal>> From<E> for Fault {
    fn from(refusal: E) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(what) => write!(f, "the line ends, but {what} is expected"),
            Self::Unexpected(word, what) => {
                write!(f, "\"{}\": {what} is expected", word.escape_debug())
            }
            Self::Address(word, kind) => write!(f, "\"{}\": {kind}", word.escape_debug()),
            Self::NotIn(word, profile) => write!(f, "\"{word}\": not in the profile {profile}"),
        }
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.script, self.line)?;
        match &self.fault {
            ScriptFault::Unreadable(error) => error.fmt(f),
            ScriptFault::Syntax(error) => error.fmt(f),
            ScriptFault::Refused(Refusal { errno, reason }) => {
                write!(f, "{}: {reason}", errno.name())
            }
            ScriptFault::Succeeded => f.write_str("succeeded, but must fail"),
        }
    }
}

impl core::error::Error for ScriptError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.fault {
            ScriptFault::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}
