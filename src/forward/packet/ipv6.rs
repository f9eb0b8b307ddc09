//! IPv6 headers (RFC 8200), and which packets must not be forwarded (RFC 4291 section 2.5).
//!
//! Extension headers are passed on unread, as RFC 8200 section 4 wants it. Hop-by-hop options are
//! ignored as well, which it allows.

use super::{Invalid, long, put, wide, word};

/// Bytes of a header.
pub const HEADER: usize = 40;

/// Extension headers that are followed to find out what a packet carries. More have no use.
const MOST_EXTENSIONS: usize = 8;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION_OPTIONS: u8 = 60;
const MOBILITY: u8 = 135;
const AUTHENTICATION: u8 = 51;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6 {
    /// From where.
    pub source: u128,
    /// Where to.
    pub destination: u128,
    /// The label by which the source tells flows apart, 0 if it does not.
    pub flow: u32,
    /// Bytes of the packet, header included.
    pub total: usize,
    /// Hops that the packet may make still.
    pub hops: u8,
    /// What follows the header.
    pub next: u8,
}

/// What a packet carries behind its extension headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The protocol.
    pub protocol: u8,
    /// Where it begins.
    pub at: usize,
    /// Whether the packet is a fragment.
    pub is_fragment: bool,
    /// Whether it is one other than the first, so that what is at `at` is no header.
    pub is_later: bool,
}

impl Ipv6 {
    /// Reads the header of `packet`, behind which padding may stand, and checks its form: version
    /// and length. A jumbogram (RFC 2675) passes for one without payload.
    ///
    /// # Errors
    /// [`Invalid`], but never for its addresses: see [`check_addresses`](Self::check_addresses).
    #[inline]
    pub fn read(packet: &[u8]) -> Result<Self, Invalid> {
        let Some((fixed, _)) = packet.split_first_chunk::<HEADER>() else {
            return Err(Invalid::Truncated);
        };
        if fixed[0] >> 4 != 6 {
            return Err(Invalid::Version);
        }
        let total = HEADER + usize::from(word(fixed, 4));
        if total > packet.len() {
            return Err(Invalid::TotalLength);
        }
        Ok(Self {
            source: wide(fixed, 8),
            destination: wide(fixed, 24),
            flow: long(fixed, 0) & 0x000F_FFFF,
            total,
            hops: fixed[7],
            next: fixed[6],
        })
    }

    /// Whether both addresses may stand in a packet from a link: no source that is unspecified,
    /// loopback, multicast or a mapped IPv4 address, no destination that is unspecified, loopback or
    /// a mapped IPv4 address. Whether a router may send it on to another link is for the scopes to
    /// say.
    ///
    /// # Errors
    /// [`Invalid::Source`] or [`Invalid::Destination`].
    #[inline]
    pub fn check_addresses(&self) -> Result<(), Invalid> {
        if is_no_host(self.source) {
            return Err(Invalid::Source);
        }
        if is_no_host(self.destination) && !is_multicast(self.destination) {
            return Err(Invalid::Destination);
        }
        Ok(())
    }

    /// What is behind the extension headers of `packet`, which this is the header of. `None` if they
    /// are cut off or too many.
    pub fn carried(&self, packet: &[u8]) -> Option<Carried> {
        let mut found =
            Carried { protocol: self.next, at: HEADER, is_fragment: false, is_later: false };
        for _ in 0..=MOST_EXTENSIONS {
            let length = match found.protocol {
                HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS | MOBILITY => {
                    8 + 8 * usize::from(*packet.get(found.at + 1)?)
                }
                AUTHENTICATION => 8 + 4 * usize::from(*packet.get(found.at + 1)?),
                FRAGMENT => {
                    packet.get(found.at..found.at + 8)?;
                    found.is_fragment = true;
                    found.is_later = word(packet, found.at + 2) & 0xFFF8 != 0;
                    8
                }
                _ => return Some(found),
            };
            found.protocol = *packet.get(found.at)?;
            found.at += length;
            if found.is_later {
                return Some(found);
            }
        }
        None
    }

    /// What stands behind the header in `packet`, which this is the header of.
    pub fn payload<'p>(&self, packet: &'p [u8]) -> &'p [u8] {
        packet.get(HEADER..self.total).unwrap_or(&[])
    }
}

/// Whether an address is that of no single host: unspecified, loopback, multicast, or IPv4 in
/// disguise (`::ffff:0:0/96`, RFC 4291 section 2.5.5.2, which is for programs and not for packets).
#[inline]
pub fn is_no_host(address: u128) -> bool {
    address <= 1 || is_multicast(address) || address >> 32 == 0xFFFF
}

/// Whether an address is in `ff00::/8`.
#[inline]
pub fn is_multicast(address: u128) -> bool {
    address >> 120 == 0xFF
}

/// Whether an address is in `fe80::/10`: valid on its own link alone.
#[inline]
pub fn is_link_local(address: u128) -> bool {
    address >> 118 == 0xFE80 >> 6
}

/// Takes one off the hops that the packet may make. Nothing changes in a packet without a header or
/// that has no hop left.
#[inline]
pub fn decrement_hops(packet: &mut [u8]) {
    if let Some(header) = packet.first_chunk_mut::<HEADER>() {
        header[7] = header[7].saturating_sub(1);
    }
}

/// Writes a header for `length` bytes of `next`, with no flow label and class `class`.
pub fn write(packet: &mut [u8], source: u128, destination: u128, next: u8, length: u16, class: u8) {
    put(packet, 0, &[0x60 | (class >> 4), class << 4, 0, 0]);
    put(packet, 4, &length.to_be_bytes());
    put(packet, 6, &[next, 64]);
    put(packet, 8, &source.to_be_bytes());
    put(packet, 24, &destination.to_be_bytes());
}

/// Sets the hops of a packet.
pub fn set_hops(packet: &mut [u8], hops: u8) {
    put(packet, 7, &[hops]);
}
