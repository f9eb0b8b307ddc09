//! Ethernet headers: two addresses and the type of what follows.

use super::{put, word};

/// An address on an Ethernet link.
pub type Mac = [u8; 6];

/// Bytes of a header.
pub const HEADER: usize = 14;
/// The type of ARP.
pub const ARP: u16 = 0x0806;
/// The type of IPv4.
pub const IPV4: u16 = 0x0800;
/// The type of IPv6.
pub const IPV6: u16 = 0x86DD;
/// The address of everybody.
pub const BROADCAST: Mac = [0xFF; 6];

/// A header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ethernet {
    /// To whom.
    pub destination: Mac,
    /// From whom.
    pub source: Mac,
    /// What follows, from 1536 on; below, how much follows.
    pub kind: u16,
}

impl Ethernet {
    /// The header of a frame; `None` if it is shorter.
    pub fn read(frame: &[u8]) -> Option<Self> {
        let (header, _) = frame.split_first_chunk::<HEADER>()?;
        let address = |at: usize| core::array::from_fn(|byte| header[at + byte]);
        Some(Self { destination: address(0), source: address(6), kind: word(header, 12) })
    }

    /// Writes the header over the first 14 bytes of `frame`, if it has as many.
    #[inline]
    pub fn write(&self, frame: &mut [u8]) {
        if let Some(header) = frame.first_chunk_mut::<HEADER>() {
            put(header, 0, &self.destination);
            put(header, 6, &self.source);
            put(header, 12, &self.kind.to_be_bytes());
        }
    }
}

/// Whether an address is one of a group's, or of everybody's.
pub fn is_group(address: Mac) -> bool {
    address[0] & 1 != 0
}

/// The address that an IPv6 multicast address is sent to (RFC 2464 section 7).
pub fn group_of(address: u128) -> Mac {
    let [.., a, b, c, d] = address.to_be_bytes();
    [0x33, 0x33, a, b, c, d]
}
