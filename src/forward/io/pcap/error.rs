//! What can be wrong with a capture file.

use core::fmt;
use std::io;

/// Why a capture file cannot be read or written further, and where.
#[derive(Debug)]
pub struct PcapError {
    /// The file.
    pub file: String,
    /// How many packets were read or written before.
    pub packet: u64,
    /// The first byte of what is wrong, counted from the start of the file.
    pub at: u64,
    /// What is wrong.
    pub kind: PcapErrorKind,
}

/// What is wrong with a capture file.
#[derive(Debug)]
#[non_exhaustive]
pub enum PcapErrorKind {
    /// It cannot be opened or made.
    Open(io::Error),
    /// It cannot be read.
    Read(io::ErrorKind),
    /// It cannot be written.
    Write(io::Error),
    /// It begins neither as pcap nor as pcapng.
    NotACapture,
    /// It ends inside a packet or block.
    CutShort,
    /// A packet or block claims more bytes than are accepted.
    TooLong {
        /// The bytes that are accepted.
        most: usize,
    },
    /// A block of a pcapng file contradicts itself.
    Malformed,
    /// Frames begin with a header that is not understood.
    LinkType {
        /// Its number in the registry of link-layer header types.
        number: i32,
    },
    /// Frames of two link layers, where a port has one.
    MixedLinkLayers,
    /// A section of a pcapng file describes more interfaces than are accepted.
    TooManyInterfaces {
        /// The interfaces that are accepted.
        most: usize,
    },
    /// A packet of an interface that was not described before it.
    NoInterface {
        /// The interface's number in its section.
        number: u32,
    },
}

impl fmt::Display for PcapErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(error) => write!(f, "cannot be opened: {error}"),
            Self::Read(error) => write!(f, "cannot be read: {error}"),
            Self::Write(error) => write!(f, "cannot be written: {error}"),
            Self::NotACapture => f.write_str("begins neither as pcap nor as pcapng"),
            Self::CutShort => f.write_str("ends inside a packet or block"),
            Self::TooLong { most } => {
                write!(f, "claims a packet or block of more than {most} bytes")
            }
            Self::Malformed => f.write_str("has a block that contradicts itself"),
            Self::LinkType { number } => {
                write!(f, "has frames of link type {number}, which is neither Ethernet nor raw IP")
            }
            Self::MixedLinkLayers => f.write_str("has frames of two link layers"),
            Self::TooManyInterfaces { most } => {
                write!(f, "describes more than {most} interfaces in a section")
            }
            Self::NoInterface { number } => {
                write!(f, "has a packet of interface {number}, which it does not describe")
            }
        }
    }
}

impl fmt::Display for PcapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, packet, at, kind } = self;
        write!(f, "{file}: {kind}")?;
        match kind {
            PcapErrorKind::Open(_) => Ok(()),
            _ => write!(f, " (at byte {at}, after {packet} packets)"),
        }
    }
}

impl core::error::Error for PcapError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.kind {
            PcapErrorKind::Open(error) | PcapErrorKind::Write(error) => Some(error),
            _ => None,
        }
    }
}

impl From<PcapError> for io::Error {
    fn from(error: PcapError) -> Self {
        let kind = match &error.kind {
            PcapErrorKind::Open(source) | PcapErrorKind::Write(source) => source.kind(),
            PcapErrorKind::Read(kind) => *kind,
            PcapErrorKind::CutShort => io::ErrorKind::UnexpectedEof,
            _ => io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}
