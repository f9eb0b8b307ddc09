//! ARP for IPv4 on Ethernet (RFC 826).

use super::{
    ethernet::{self, BROADCAST, Ethernet, Mac},
    long, put, word,
};

/// Bytes of a packet.
pub const LENGTH: usize = 28;

const ETHERNET: u16 = 1;
const SIZES: u16 = 0x0604;
const REQUEST: u16 = 1;
const REPLY: u16 = 2;

/// A request or a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// Whether it asks.
    pub is_request: bool,
    /// The sender's address on the link.
    pub sender_mac: Mac,
    /// The sender's address, 0 for one that asks whether an address is taken.
    pub sender: u32,
    /// The address on the link that is told, in a reply.
    pub target_mac: Mac,
    /// The address that is asked for.
    pub target: u32,
}

impl Arp {
    /// Reads a packet; `None` if it is none for IPv4 on Ethernet, or neither request nor reply.
    pub fn read(packet: &[u8]) -> Option<Self> {
        let packet = packet.first_chunk::<LENGTH>()?;
        let kind = word(packet, 6);
        let head = [word(packet, 0), word(packet, 2), word(packet, 4)];
        if head != [ETHERNET, ethernet::IPV4, SIZES] || !matches!(kind, REQUEST | REPLY) {
            return None;
        }
        let mac = |at: usize| core::array::from_fn(|byte| packet[at + byte]);
        Some(Self {
            is_request: kind == REQUEST,
            sender_mac: mac(8),
            sender: long(packet, 14),
            target_mac: mac(18),
            target: long(packet, 24),
        })
    }

    /// Writes the frame of a request to everybody, or of a reply, or of a request to `to` alone.
    /// Returns its length, or `None` if there is no room.
    pub fn write(&self, to: Option<Mac>, out: &mut [u8]) -> Option<usize> {
        let out = out.get_mut(..ethernet::HEADER + LENGTH)?;
        let destination = to.unwrap_or(BROADCAST);
        Ethernet { destination, source: self.sender_mac, kind: ethernet::ARP }.write(out);
        let packet = &mut out[ethernet::HEADER..];
        let kind = if self.is_request { REQUEST } else { REPLY };
        for (at, value) in [(0, ETHERNET), (2, ethernet::IPV4), (4, SIZES), (6, kind)] {
            put(packet, at, &value.to_be_bytes());
        }
        put(packet, 8, &self.sender_mac);
        put(packet, 14, &self.sender.to_be_bytes());
        put(packet, 18, &self.target_mac);
        put(packet, 24, &self.target.to_be_bytes());
        Some(out.len())
    }
}
