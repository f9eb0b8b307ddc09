//! Why a message cannot be encoded or decoded.

use core::fmt;

use crate::bsd::{errno::Errno, message::MessageKind, profile::Profile};

/// What a system's layout has no place for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The system has no number for this kind: FreeBSD, for [`MessageKind::Desync`].
    Kind(MessageKind, Profile),
    /// A message about an interface lacks its event, or has one of another kind.
    Event(MessageKind),
    /// There is a mask, but no internet address that says of what family.
    MaskFamily,
    /// A mask is longer than the addresses of its family.
    MaskLength(u8),
    /// An address says that it is of an unknown family, and has the number of a known one.
    Family(u8),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kind, profile) => write!(f, "{profile} has no number for {kind:?}"),
            Self::Event(kind) => write!(f, "{kind:?} without what became of the interface"),
            Self::MaskFamily => f.write_str("a mask without an internet address"),
            Self::MaskLength(len) => write!(f, "a mask of {len} bits is too long for its family"),
            Self::Family(family) => write!(f, "family {family} is not an unknown one"),
        }
    }
}

impl core::error::Error for EncodeError {}

/// Why bytes are not a message, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    fault: Fault,
    offset: usize,
}

/// What is wrong with the bytes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The bytes end too early.
    Truncated,
    /// The message says that it is so long, which is not what is there.
    Length(u16),
    /// The message is longer than the system accepts.
    TooLong(u16),
    /// The header's length is too short, or beyond the message.
    HeaderLength(u16),
    /// The version is not 5.
    Version(u8),
    /// No message that this crate knows has that number.
    Kind(u8),
    /// The table's number is above 255.
    Table(u64),
    /// No error that this crate reports has that number.
    Errno(i32),
    /// The largest packet has more than 32 bits.
    Mtu(u64),
    /// The interface has neither arrived nor departed.
    What(u64),
    /// An address is too short for its family, or longer than what is left.
    AddressLength(u8),
    /// An address of that family cannot be at its place.
    Family(u8),
    /// A mask's family is unknown, as there is no internet address.
    MaskFamily,
    /// A mask has a one after a zero.
    MaskGap,
    /// An interface's name is not one.
    Name,
    /// A link's address has so many bytes, neither none nor six.
    LinkAddress(u8),
}

impl DecodeError {
    pub(super) const fn new(fault: Fault, offset: usize) -> Self {
        Self { fault, offset }
    }

    /// The same, in a buffer where the message begins at `start`.
    pub(super) const fn after(self, start: usize) -> Self {
        Self { offset: self.offset + start, ..self }
    }

    /// What is wrong.
    pub const fn fault(&self) -> Fault {
        self.fault
    }

    /// Where: bytes from the beginning of what was given.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The error with which a routing socket refuses the message.
    pub const fn errno(&self) -> Errno {
        match self.fault {
            Fault::Version(_) => Errno::EPROTONOSUPPORT,
            Fault::TooLong(_) => Errno::EMSGSIZE,
            Fault::Kind(_) => Errno::EOPNOTSUPP,
            _ => Errno::EINVAL,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "routing message, at byte {}: ", self.offset)?;
        match self.fault {
            Fault::Truncated => f.write_str("the bytes end"),
            Fault::Length(len) => write!(f, "length {len} is not what is there"),
            Fault::TooLong(len) => write!(f, "length {len} is too long"),
            Fault::HeaderLength(len) => write!(f, "no header has length {len}"),
            Fault::Version(version) => write!(f, "version {version} is not supported"),
            Fault::Kind(kind) => write!(f, "unknown type {kind}"),
            Fault::Table(table) => write!(f, "table {table} is above 255"),
            Fault::Errno(errno) => write!(f, "unknown errno {errno}"),
            Fault::Mtu(mtu) => write!(f, "mtu {mtu} is too large"),
            Fault::What(what) => write!(f, "unknown announcement {what}"),
            Fault::AddressLength(len) => write!(f, "no address here has length {len}"),
            Fault::Family(family) => write!(f, "no address here is of family {family}"),
            Fault::MaskFamily => f.write_str("a mask without an internet address"),
            Fault::MaskGap => f.write_str("the mask has a one after a zero"),
            Fault::Name => f.write_str("not an interface's name"),
            Fault::LinkAddress(len) => write!(f, "a link's address has {len} bytes"),
        }
    }
}

impl core::error::Error for DecodeError {}
