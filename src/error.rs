//! Errors of the routing core, one small type an operation.

use core::fmt;

/// The system refused the address space that a table lives in, or, without `std`, the allocator the
/// memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReserveError {
    /// The bytes of the last reservation tried.
    pub bytes: usize,
}

impl fmt::Display for ReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot reserve {} bytes for a table", self.bytes)
    }
}

impl core::error::Error for ReserveError {}

/// A table can hold no more; it stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CapacityError {
    /// The memory reserved for nodes is used up.
    Nodes,
    /// Every entry number is taken.
    Entries,
    /// As much as the table may hold back for its readers waits to be freed, and stays so until a
    /// reader moves on.
    Waiting {
        /// Bytes that wait.
        bytes: usize,
        /// The reader that has held them back longest, if the domain can tell.
        reader: Option<ReaderId>,
    },
}

/// A reader of a table, by the order of registration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReaderId(pub(crate) u64);

impl fmt::Display for ReaderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reader {}", self.0)
    }
}

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nodes => f.write_str("the memory reserved for the table's nodes is used up"),
            Self::Entries => f.write_str("every entry number of the table is taken"),
            Self::Waiting { bytes, reader: Some(reader) } => {
                write!(f, "{bytes} bytes wait to be freed, held back by {reader}")
            }
            Self::Waiting { bytes, reader: None } => write!(f, "{bytes} bytes wait to be freed"),
        }
    }
}

impl core::error::Error for CapacityError {}
