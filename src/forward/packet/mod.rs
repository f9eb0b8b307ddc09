//! What is in packets: headers are read and written here, and nothing is decided.
//!
//! Every function takes bytes of any length and content. What reads returns an [`Invalid`] or
//! `None`; what writes says how many bytes it wrote.

pub mod arp;
pub mod checksum;
pub mod ethernet;
pub mod flow;
pub mod fragment;
pub mod icmp;
pub mod icmp6;
pub mod ipv4;
pub mod ipv6;
pub mod ndp;

use core::fmt;

/// TCP's protocol number.
pub const TCP: u8 = 6;
/// UDP's protocol number.
pub const UDP: u8 = 17;

/// Why a packet must not be forwarded, whatever the routes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Invalid {
    /// Shorter than the fixed header.
    Truncated,
    /// Of another version than the frame says.
    Version,
    /// The header length is below 20 bytes or beyond the packet.
    HeaderLength,
    /// The total length is below the header's or beyond the frame.
    TotalLength,
    /// The header's checksum is wrong.
    Checksum,
    /// The options are malformed, or ask for a source route.
    Options,
    /// The source is no address of a single host that may be seen on a link.
    Source,
    /// The destination is none that a packet may be sent to beyond a link.
    Destination,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the packet is shorter than its header",
            Self::Version => "the version is another than the frame says",
            Self::HeaderLength => "the header length is impossible",
            Self::TotalLength => "the total length is impossible",
            Self::Checksum => "the header checksum is wrong",
            Self::Options => "the options are malformed or ask for a source route",
            Self::Source => "the source is a martian",
            Self::Destination => "the destination is a martian",
        })
    }
}

impl core::error::Error for Invalid {}

/// What an ICMP or ICMPv6 error tells the sender of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Report {
    /// There is no route.
    NoRoute,
    /// The host, or the router before it, does not answer; or a route refuses the packet.
    HostUnreachable,
    /// A route forbids the packet.
    Prohibited,
    /// The source is valid on its own link alone. IPv6.
    BeyondScope,
    /// The packet is larger than what the next link carries, and must not be fragmented.
    TooBig {
        /// What the link carries, in bytes.
        mtu: u32,
    },
    /// The packet has made too many hops.
    TimeExceeded,
}

/// The two bytes at `at`, as a number; 0 past the end.
pub(crate) fn word(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..at + 2) {
        Some(&[high, low]) => u16::from_be_bytes([high, low]),
        _ => 0,
    }
}

/// The four bytes at `at`, as a number; 0 past the end.
pub(crate) fn long(bytes: &[u8], at: usize) -> u32 {
    let array = bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    array.map_or(0, u32::from_be_bytes)
}

/// The sixteen bytes at `at`, as a number; 0 past the end.
pub(crate) fn wide(bytes: &[u8], at: usize) -> u128 {
    let array = bytes.get(at..at + 16).and_then(|bytes| bytes.try_into().ok());
    array.map_or(0, u128::from_be_bytes)
}

/// Writes `value` at `at`, as far as there is room.
pub(crate) fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + value.len()) {
        place.copy_from_slice(value);
    }
}
