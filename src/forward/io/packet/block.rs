//! A block of a TPACKET_V3 ring: a header, and packets that the kernel put behind it.
//!
//! Nothing that stands there is trusted: an offset that leads out of the block ends it.

use super::super::LinkLayer;

// Where the fields of `struct tpacket_block_desc` are, by `linux/if_packet.h`.
/// The word by which the block is handed over.
pub(super) const STATUS: usize = 8;
const PACKETS: usize = 12;
const FIRST: usize = 16;

// And those of `struct tpacket3_hdr`.
const NEXT: usize = 0;
const CAPTURED: usize = 12;
const LENGTH: usize = 16;
const PACKET_STATUS: usize = 20;
const START: usize = 24;
const VLAN_TCI: usize = 32;
const VLAN_TPID: usize = 36;
/// In the `struct sockaddr_ll` that follows the header, which is as long as its alignment (16) demands.
const PACKET_TYPE: usize = 48 + 10;

/// How far a block is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Where the next packet's header is.
    at: usize,
    left: u32,
}

/// A packet in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    /// What was captured of it, with its Ethernet header.
    pub(super) bytes: &'a [u8],
    /// Whether that is all of it.
    pub(super) whole: bool,
    /// The VLAN tag that was taken out of it: its protocol and its contents.
    pub(super) vlan: Option<(u16, u16)>,
    /// Whether its sender left the checksum of its payload to the hardware, and no hardware was there.
    pub(super) lacks_checksum: bool,
    /// Whether this machine sent it.
    pub(super) is_outgoing: bool,
}

/// 802.1Q, the protocol of a tag that does not say.
const TPID_8021Q: u16 = 0x8100;

impl Cursor {
    /// The beginning of a block.
    pub(super) fn new(block: &[u8]) -> Self {
        let (left, first) = (u32_at(block, PACKETS), u32_at(block, FIRST));
        Self { at: first.unwrap_or(0) as usize, left: left.unwrap_or(0) }
    }

    /// The next packet; none at the block's end.
    pub(super) fn next<'a>(&mut self, block: &'a [u8]) -> Option<Packet<'a>> {
        self.left = self.left.checked_sub(1)?;
        let packet = self.packet(block);
        if packet.is_none() {
            self.left = 0;
        }
        packet
    }

    fn packet<'a>(&mut self, block: &'a [u8]) -> Option<Packet<'a>> {
        let header = block.get(self.at..)?;
        let status = u32_at(header, PACKET_STATUS)?;
        let captured = u32_at(header, CAPTURED)? as usize;
        let start = usize::from(u16_at(header, START)?);
        let bytes = header.get(start..)?.get(..captured)?;
        let vlan = if status & libc::TP_STATUS_VLAN_VALID == 0 {
            None
        } else {
            let says = status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
            let protocol = u16_at(header, VLAN_TPID).filter(|_| says).unwrap_or(TPID_8021Q);
            // The upper half is not used.
            Some((protocol, u32_at(header, VLAN_TCI)? as u16))
        };
        let packet = Packet {
            bytes,
            whole: bytes.len() == u32_at(header, LENGTH)? as usize
                && bytes.len() >= LinkLayer::Ethernet.header(),
            vlan,
            lacks_checksum: status & libc::TP_STATUS_CSUMNOTREADY != 0,
            is_outgoing: header.get(PACKET_TYPE) == Some(&libc::PACKET_OUTGOING),
        };
        self.at = self.at.checked_add(u32_at(header, NEXT)? as usize)?;
        Some(packet)
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_ne_bytes(*chunk))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_ne_bytes(*chunk))
}

#[cfg(test)]
mod tests {
    use core::mem::offset_of;

    use proptest::prelude::*;

    use super::*;

    /// A block as the kernel lays it out, written through its own structures.
    fn block(packets: &[(&[u8], u32, u32)]) -> Vec<u8> {
        let mut block = vec![0; 64];
        put(&mut block, PACKETS, &(packets.len() as u32).to_ne_bytes());
        put(&mut block, FIRST, &64u32.to_ne_bytes());
        for (bytes, length, status) in packets {
            let mut header = vec![0; 82];
            let next = (82 + bytes.len()).next_multiple_of(16) as u32;
            put(&mut header, NEXT, &next.to_ne_bytes());
            put(&mut header, CAPTURED, &(bytes.len() as u32).to_ne_bytes());
            put(&mut header, LENGTH, &length.to_ne_bytes());
            put(&mut header, PACKET_STATUS, &status.to_ne_bytes());
            put(&mut header, START, &82u16.to_ne_bytes());
            put(&mut header, VLAN_TCI, &5u32.to_ne_bytes());
            put(&mut header, VLAN_TPID, &0x88a8u16.to_ne_bytes());
            header.extend_from_slice(bytes);
            header.resize(next as usize, 0);
            block.extend(header);
        }
        block
    }

    fn put(into: &mut [u8], at: usize, bytes: &[u8]) {
        into[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn all(block: &[u8]) -> Vec<Packet<'_>> {
        let mut cursor = Cursor::new(block);
        core::iter::from_fn(|| cursor.next(block)).collect()
    }

    #[test]
    fn fields_are_where_the_kernel_has_them() {
        type Block = libc::tpacket_hdr_v1;
        type Header = libc::tpacket3_hdr;
        type Variant = libc::tpacket_hdr_variant1;
        let body = offset_of!(libc::tpacket_block_desc, hdr);
        assert_eq!(body + offset_of!(Block, block_status), STATUS);
        assert_eq!(body + offset_of!(Block, num_pkts), PACKETS);
        assert_eq!(body + offset_of!(Block, offset_to_first_pkt), FIRST);
        assert_eq!(offset_of!(Header, tp_next_offset), NEXT);
        assert_eq!(offset_of!(Header, tp_snaplen), CAPTURED);
        assert_eq!(offset_of!(Header, tp_len), LENGTH);
        assert_eq!(offset_of!(Header, tp_status), PACKET_STATUS);
        assert_eq!(offset_of!(Header, tp_mac), START);
        let variant = offset_of!(Header, hv1);
        assert_eq!(variant + offset_of!(Variant, tp_vlan_tci), VLAN_TCI);
        assert_eq!(variant + offset_of!(Variant, tp_vlan_tpid), VLAN_TPID);
        let address = size_of::<Header>().next_multiple_of(16);
        assert_eq!(address + offset_of!(libc::sockaddr_ll, sll_pkttype), PACKET_TYPE);
    }

    #[test]
    fn packets_come_in_their_order() {
        let both = libc::TP_STATUS_VLAN_VALID | libc::TP_STATUS_VLAN_TPID_VALID;
        let block = block(&[
            (&[1; 60], 60, libc::TP_STATUS_CSUMNOTREADY),
            (&[2; 70], 1500, libc::TP_STATUS_VLAN_VALID),
            (&[3; 13], 13, both),
        ]);
        let packets = all(&block);
        assert_eq!(
            packets.iter().map(|packet| packet.bytes.len()).collect::<Vec<_>>(),
            [60, 70, 13]
        );
        assert_eq!(packets.iter().map(|packet| packet.bytes[0]).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(
            packets.iter().map(|packet| packet.whole).collect::<Vec<_>>(),
            [true, false, false]
        );
        let vlans: Vec<_> = packets.iter().map(|packet| packet.vlan).collect();
        assert_eq!(vlans, [None, Some((0x8100, 5)), Some((0x88a8, 5))]);
        assert!(packets[0].lacks_checksum && !packets[1].lacks_checksum);
        assert!(all(&block[..block.len() - 80]).len() < 3);
    }

    #[test]
    fn what_this_machine_sent_is_told() {
        let mut block = block(&[(&[1; 60], 60, 0), (&[2; 60], 60, 0)]);
        put(&mut block, 64 + PACKET_TYPE, &[libc::PACKET_OUTGOING]);
        let outgoing: Vec<_> = all(&block).iter().map(|packet| packet.is_outgoing).collect();
        assert_eq!(outgoing, [true, false]);
    }

    proptest! {
        #[test]
        fn no_block_leads_out_of_itself(
            changes in prop::collection::vec((0usize..400, any::<u8>()), 1..12),
            cut in 0usize..400,
        ) {
            let mut block = block(&[(&[1; 60], 60, 0), (&[2; 61], 61, 0)]);
            for (at, value) in changes {
                let at = at % block.len();
                block[at] = value;
            }
            block.truncate(block.len().saturating_sub(cut % 64));
            prop_assert!(all(&block).iter().all(|packet| packet.bytes.len() <= block.len()));
        }
    }
}
