//! What can be wrong with netlink bytes.

use core::fmt;

/// Why bytes are no netlink message, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The message's first byte, counted from the start of the buffer.
    pub at: usize,
    /// The message's type, if its header could be read.
    pub message: Option<u16>,
    /// What is wrong.
    pub kind: DecodeErrorKind,
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The buffer ends inside a message's header.
    TruncatedHeader,
    /// The message claims to be shorter than its header, or longer than what is there.
    Length {
        /// The length that the header says.
        claimed: u32,
        /// The bytes that are there.
        available: usize,
    },
    /// The message is too short for what its type begins with.
    TruncatedBody,
    /// An attribute claims to be shorter than its header, or longer than what is there.
    AttributeLength {
        /// The attribute's type.
        attribute: u16,
    },
    /// An attribute's value is not of the size or form that its type has.
    AttributeValue {
        /// The attribute's type.
        attribute: u16,
    },
    /// A prefix longer than its family's addresses, or with host bits.
    Prefix,
}

impl DecodeError {
    /// Whether nothing that follows in the buffer can be found, since the message's length is wrong.
    pub fn loses_framing(&self) -> bool {
        matches!(self.kind, DecodeErrorKind::TruncatedHeader | DecodeErrorKind::Length { .. })
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TruncatedHeader => f.write_str("the buffer ends inside the header"),
            Self::Length { claimed, available } => {
                write!(f, "the message claims {claimed} bytes, and {available} are there")
            }
            Self::TruncatedBody => f.write_str("too short for its type"),
            Self::AttributeLength { attribute } => {
                write!(f, "attribute {attribute} claims a wrong length")
            }
            Self::AttributeValue { attribute } => {
                write!(f, "attribute {attribute} has no value of its type")
            }
            Self::Prefix => f.write_str("no prefix: too long, or with host bits"),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "netlink message at byte {}", self.at)?;
        if let Some(message) = self.message {
            write!(f, " of type {message}")?;
        }
        write!(f, ": {}", self.kind)
    }
}

impl core::error::Error for DecodeError {}
