//! Errors of the routing core, one small type an operation.

use core::fmt;

/// The system refused the address space that a table lives in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReserveError {
    /// The bytes of the last reservation tried.
    pub bytes: usize,
}

impl fmt::Display for ReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot reserve {} bytes of address space", self.bytes)
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
}

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nodes => "the memory reserved for the table's nodes is used up",
            Self::Entries => "the table holds as many routes as it was opened for",
        })
    }
}

impl core::error::Error for CapacityError {}
