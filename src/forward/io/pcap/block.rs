//! What stands in the blocks of a capture file, as the parser gives them.

use std::{io, sync::OnceLock};

use pcap_parser::{
    Block, Linktype, PcapBlockOwned, PcapError as ParseError, traits::PcapNGPacketBlock,
};

use super::{
    super::{Frame, LinkLayer},
    error::PcapErrorKind,
};

/// The longest packet or block that is accepted, in bytes: twice what tcpdump captures at most.
pub(super) const LONGEST: usize = 1 << 19;

/// The most interfaces that a section may describe.
pub(super) const INTERFACES: usize = 1 << 16;

/// "Raw IP" has number 101 in files, and on some systems the number that it has inside the kernel.
const RAW_IN_KERNELS: [i32; 2] = [12, 14];

/// What a capture file has next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextPacket {
    /// A packet, which is in the frame.
    Whole,
    /// A packet of which the capture does not have all.
    Truncated,
    /// A packet that is longer than a frame has room for.
    Oversized,
    /// No more packets.
    End,
}

/// A block, as far as it matters here.
pub(super) enum Found {
    Packet(NextPacket),
    Section,
    Interface(Linktype),
    Other,
    /// The parser needs more of the file.
    More,
    End,
}

/// What a block says. Of a packet, the bytes are put into `frame`.
pub(super) fn look(
    block: &PcapBlockOwned<'_>,
    interfaces: &[Result<LinkLayer, i32>],
    expected: LinkLayer,
    frame: &mut Frame,
) -> Result<Found, PcapErrorKind> {
    let (number, bytes, whole) = match block {
        PcapBlockOwned::LegacyHeader(header) => return Ok(Found::Interface(header.network)),
        PcapBlockOwned::Legacy(packet) => (0, packet.data, packet.origlen),
        PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
            (packet.if_id, packet.packet_data(), packet.origlen)
        }
        PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
            (0, packet.packet_data(), packet.origlen)
        }
        PcapBlockOwned::NG(Block::SectionHeader(_)) => return Ok(Found::Section),
        PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
            return Ok(Found::Interface(interface.linktype));
        }
        PcapBlockOwned::NG(_) => return Ok(Found::Other),
    };
    match interfaces.get(number as usize) {
        None => return Err(PcapErrorKind::NoInterface { number }),
        Some(Err(number)) => return Err(PcapErrorKind::LinkType { number: *number }),
        Some(Ok(link_layer)) if *link_layer != expected => {
            return Err(PcapErrorKind::MixedLinkLayers);
        }
        Some(Ok(_)) => {}
    }
    Ok(Found::Packet(if bytes.len() < whole as usize {
        NextPacket::Truncated
    } else if frame.set(bytes) {
        NextPacket::Whole
    } else {
        NextPacket::Oversized
    }))
}

/// The link layer of a number in the registry, or the number again.
pub(super) fn link_layer(number: Linktype) -> Result<LinkLayer, i32> {
    match number {
        Linktype::ETHERNET => Ok(LinkLayer::Ethernet),
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 => Ok(LinkLayer::Ip),
        Linktype(number) if RAW_IN_KERNELS.contains(&number) => Ok(LinkLayer::Ip),
        Linktype(number) => Err(number),
    }
}

/// What an error of the parser means. `failure` is why the file could not be read, if so.
pub(super) fn kind_of<I>(
    error: &ParseError<I>,
    failure: &OnceLock<io::ErrorKind>,
) -> PcapErrorKind {
    match error {
        ParseError::ReadError => {
            PcapErrorKind::Read(failure.get().copied().unwrap_or(io::ErrorKind::Other))
        }
        ParseError::BufferTooSmall => PcapErrorKind::TooLong { most: LONGEST },
        ParseError::Eof | ParseError::UnexpectedEof | ParseError::Incomplete(_) => {
            PcapErrorKind::CutShort
        }
        ParseError::HeaderNotRecognized => PcapErrorKind::NotACapture,
        ParseError::NomError(..) | ParseError::OwnedNomError(..) => PcapErrorKind::Malformed,
    }
}
