//! What can go wrong in a measurement.

use core::fmt;
use std::io;

use hdrhistogram::CreationError;
use rtalloc::CapacityError;

/// Why a measurement came to no result.
#[derive(Debug)]
pub(crate) enum MeasureError {
    /// The table has no room for the input.
    Capacity(CapacityError),
    /// The system gave no thread for a reader.
    Thread(io::Error),
    /// A reader thread panicked, which is a defect of this program.
    ReaderPanicked,
    /// A histogram could not be made.
    Histogram(CreationError),
}

impl fmt::Display for MeasureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capacity(error) => write!(f, "table: {error}"),
            Self::Thread(error) => write!(f, "reader thread: {error}"),
            Self::ReaderPanicked => f.write_str("a reader thread panicked"),
            Self::Histogram(error) => write!(f, "histogram of latencies: {error}"),
        }
    }
}

impl core::error::Error for MeasureError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Capacity(error) => Some(error),
            Self::Thread(error) => Some(error),
            Self::Histogram(error) => Some(error),
            Self::ReaderPanicked => None,
        }
    }
}

impl From<CapacityError> for MeasureError {
    fn from(error: CapacityError) -> Self {
        Self::Capacity(error)
    }
}

impl From<CreationError> for MeasureError {
    fn from(error: CreationError) -> Self {
        Self::Histogram(error)
    }
}
