//! IPv4 headers (RFC 791), and which packets must not be forwarded (RFC 1812 sections 5.2.2 and
//! 5.3.7, RFC 3927 section 2.7).
//!
//! Options are passed on as they are, which RFC 7126 allows, but for source routes, which it
//! recommends to drop.

use super::{Invalid, checksum, long, put, word};

/// Bytes of a header without options.
pub const HEADER: usize = 20;
/// The flag "don't fragment", where flags and offset stand.
pub const DONT_FRAGMENT: u16 = 0x4000;
/// The flag "more fragments".
pub const MORE_FRAGMENTS: u16 = 0x2000;
/// The offset of a fragment, in units of eight bytes.
pub const OFFSET: u16 = 0x1FFF;

const END_OF_OPTIONS: u8 = 0;
const NO_OPERATION: u8 = 1;
const LOOSE_SOURCE_ROUTE: u8 = 131;
const STRICT_SOURCE_ROUTE: u8 = 137;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4 {
    /// From where, in host order.
    pub source: u32,
    /// Where to, in host order.
    pub destination: u32,
    /// Bytes of the header, options included: 20 to 60.
    pub header: u8,
    /// Bytes of the packet, header included.
    pub total: u16,
    /// Hops that the packet may make still.
    pub ttl: u8,
    /// What follows the header.
    pub protocol: u8,
    /// Flags and offset of the fragment.
    pub fragment: u16,
}

impl Ipv4 {
    /// Reads the header of `packet`, behind which padding may stand, and checks its form: version,
    /// lengths, checksum, options.
    ///
    /// # Errors
    /// [`Invalid`], but never for its addresses: see [`check_addresses`](Self::check_addresses).
    #[inline]
    pub fn read(packet: &[u8]) -> Result<Self, Invalid> {
        let Some((fixed, _)) = packet.split_first_chunk::<HEADER>() else {
            return Err(Invalid::Truncated);
        };
        if fixed[0] >> 4 != 4 {
            return Err(Invalid::Version);
        }
        let header = usize::from(fixed[0] & 0xF) * 4;
        if header < HEADER {
            return Err(Invalid::HeaderLength);
        }
        let bytes = packet.get(..header).ok_or(Invalid::HeaderLength)?;
        let total = word(fixed, 2);
        if usize::from(total) < header || usize::from(total) > packet.len() {
            return Err(Invalid::TotalLength);
        }
        if checksum::sum(0, bytes) != 0xFFFF {
            return Err(Invalid::Checksum);
        }
        if header > HEADER {
            check_options(&bytes[HEADER..])?;
        }
        Ok(Self {
            source: long(fixed, 12),
            destination: long(fixed, 16),
            header: header as u8,
            total,
            ttl: fixed[8],
            protocol: fixed[9],
            fragment: word(fixed, 6),
        })
    }

    /// Whether both addresses may stand in a packet that is forwarded: no source in 0/8, 127/8,
    /// 224/4 or 240/4, no destination in 0/8, 127/8 or 240/4. Multicast destinations are not refused
    /// here, nor are addresses that are [valid on a link alone](is_link_local).
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

    /// Whether the packet is a fragment other than the first.
    pub fn is_later_fragment(&self) -> bool {
        self.fragment & OFFSET != 0
    }

    /// Whether the packet is a fragment.
    #[inline]
    pub fn is_fragment(&self) -> bool {
        self.fragment & (OFFSET | MORE_FRAGMENTS) != 0
    }

    /// Whether the packet must not be fragmented.
    pub fn is_unfragmentable(&self) -> bool {
        self.fragment & DONT_FRAGMENT != 0
    }

    /// What follows the header in `packet`, which this is the header of.
    pub fn payload<'p>(&self, packet: &'p [u8]) -> &'p [u8] {
        packet.get(usize::from(self.header)..usize::from(self.total)).unwrap_or(&[])
    }
}

/// Whether an address is that of no single host on a network: in 0/8, 127/8 or from 224/4 on.
#[inline]
pub fn is_no_host(address: u32) -> bool {
    let first = address >> 24;
    first == 0 || first == 127 || first >= 224
}

/// Whether an address is in 224/4.
#[inline]
pub fn is_multicast(address: u32) -> bool {
    address >> 28 == 0xE
}

/// Whether an address is valid on its own link alone: in 169.254/16 (RFC 3927). What is from one or to
/// one is not forwarded, whatever the routes say (section 2.7 there).
#[inline]
pub fn is_link_local(address: u32) -> bool {
    address >> 16 == 0xA9FE
}

/// Takes one off the hops that the packet may make, and updates the checksum. Nothing changes in a
/// packet without a header or that has no hop left.
#[inline]
pub fn decrement_ttl(packet: &mut [u8]) {
    let Some(header) = packet.first_chunk_mut::<HEADER>() else { return };
    let old = word(header, 8);
    if let Some(new) = old.checked_sub(0x0100) {
        let checksum = checksum::updated(word(header, 10), old, new);
        put(header, 8, &new.to_be_bytes());
        put(header, 10, &checksum.to_be_bytes());
    }
}

/// Sets the checksum of a packet whose first `header` bytes are complete but for it.
pub fn seal(packet: &mut [u8], header: usize) {
    put(packet, 10, &[0, 0]);
    let sum = checksum::sum(0, packet.get(..header).unwrap_or(&[]));
    put(packet, 10, &(!sum).to_be_bytes());
}

fn check_options(mut options: &[u8]) -> Result<(), Invalid> {
    while let [kind, rest @ ..] = options {
        options = match *kind {
            END_OF_OPTIONS => return Ok(()),
            NO_OPERATION => rest,
            LOOSE_SOURCE_ROUTE | STRICT_SOURCE_ROUTE => return Err(Invalid::Options),
            _ => {
                let length = usize::from(*rest.first().ok_or(Invalid::Options)?);
                let fits = (2..=options.len()).contains(&length);
                if fits { &options[length..] } else { return Err(Invalid::Options) }
            }
        };
    }
    Ok(())
}
