//! AF_PACKET: all frames of an interface, beside what the kernel itself does with them.
//!
//! Received frames come through a ring in memory that is shared with the kernel (TPACKET_V3), which
//! hands them over a block at a time: when it is full, and at the latest after a millisecond. Frames
//! are sent several to a call (sendmmsg), through a second socket that receives nothing.

mod block;
mod checksum;
mod ring;
mod socket;

use core::{array, time::Duration};
use std::{
    io::{self, IoSlice},
    os::fd::OwnedFd,
};

use rustix::{
    io::Errno,
    net::{MMsgHdr, SendAncillaryBuffer, SendFlags, sendmmsg},
};

use self::{block::Packet, ring::Ring};
use super::{
    Dropped, Frame, Interface, LinkLayer, PacketIo, PortCounters,
    error::{InterfaceError, Step},
    wait,
};

/// How many frames are given to the kernel in one call.
const BATCH: usize = 32;

/// How long a block that is not full waits, in milliseconds.
const RETIRE: u32 = 1;

/// What to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AfPacketOptions {
    /// The interface's name.
    pub interface: String,
    /// Whether to receive also what is for other stations. It takes this where the port has another
    /// Ethernet address than the interface.
    pub promiscuous: bool,
    /// A number that several ports share: each packet goes to one of them, those of a flow to the same.
    /// It takes an interface that is up when they are opened.
    pub fanout: Option<u16>,
    /// The size of a block of the receive ring, in bytes: a multiple of the page size.
    pub block_size: u32,
    /// How many blocks there are.
    pub blocks: u32,
}

impl AfPacketOptions {
    /// All frames that are for this machine or for a group, through 64 blocks of 128 KiB.
    pub fn new(interface: impl Into<String>) -> Self {
        Self {
            interface: interface.into(),
            promiscuous: false,
            fanout: None,
            block_size: 1 << 17,
            blocks: 64,
        }
    }
}

/// A port on an Ethernet interface, through packet sockets. It takes CAP_NET_RAW in the user namespace
/// that owns the network namespace.
///
/// The kernel receives the same frames. So that it does not forward or answer them too, its own
/// forwarding is to be off, and the interface without addresses. What this machine sends through the
/// interface, the port's own frames included, is not received. A frame waits up to a millisecond.
///
/// A sender on this machine, over a virtual interface, may leave its checksum to hardware that is not
/// there. That of a TCP or UDP packet is filled in. Any other is not, as of a packet inside VXLAN or GRE,
/// of one behind IPv6 extension headers, or SCTP's: the frame, which its receiver would throw away, is
/// dropped and [counted](super::Dropped::unfinished); turn the leaving off at the sender (`ethtool -K
/// INTERFACE tx off`). Segments that the kernel has [joined](Interface::joins_segments),
/// or that nobody has cut, are dropped where they are [longer than the MTU](super). VLAN tags stand in
/// the frames.
#[derive(Debug)]
pub struct AfPacketIo {
    // The ring unmaps before its socket closes.
    ring: Ring,
    receiver: OwnedFd,
    sender: OwnedFd,
    interface: Interface,
    counters: PortCounters,
    /// Places of frames that the last call of `send` took and dropped.
    dropped: Vec<usize>,
}

/// Has an interface receive what is for any group, and for other stations too if `promiscuous`, for as
/// long as what is returned is open.
pub(super) fn widen(interface: &Interface, promiscuous: bool) -> Result<OwnedFd, InterfaceError> {
    let socket = socket::open().map_err(interface.fails(Step::Socket))?;
    widen_by(&socket, interface, promiscuous)?;
    Ok(socket)
}

fn widen_by(
    socket: &OwnedFd,
    interface: &Interface,
    promiscuous: bool,
) -> Result<(), InterfaceError> {
    let index = interface.index();
    socket::receive_groups(socket, index).map_err(interface.fails(Step::Configure))?;
    if promiscuous {
        socket::be_promiscuous(socket, index).map_err(interface.fails(Step::Configure))?;
    }
    Ok(())
}

impl AfPacketIo {
    /// Opens a port. The interface may be down, unless it is [shared](AfPacketOptions::fanout), and go
    /// down and up later.
    ///
    /// # Errors
    /// If there is no such interface, it is no Ethernet one, the caller may not use it, or the kernel has
    /// no memory for the ring.
    pub fn open(options: &AfPacketOptions) -> Result<Self, InterfaceError> {
        let interface = Interface::find_ethernet(&options.interface)?;
        let index = interface.index();
        let (size, count) = (options.block_size, options.blocks);

        let receiver = socket::open().map_err(interface.fails(Step::Socket))?;
        socket::ignore_outgoing(&receiver).map_err(interface.fails(Step::Configure))?;
        socket::make_ring(&receiver, size, count, RETIRE)
            .map_err(interface.fails(Step::Configure))?;
        let ring = Ring::map(&receiver, size as usize, count as usize)
            .map_err(interface.fails(Step::Map))?;
        widen_by(&receiver, &interface, options.promiscuous)?;
        match options.fanout {
            None => socket::bind_to(&receiver, index, true).map_err(interface.fails(Step::Bind))?,
            Some(group) => {
                // A socket joins a group when it is bound, and receives everything until then, what
                // the group's other members receive as well.
                socket::refuse_all(&receiver).map_err(interface.fails(Step::Configure))?;
                socket::bind_to(&receiver, index, true).map_err(interface.fails(Step::Bind))?;
                socket::join_group(&receiver, group).map_err(interface.fails(Step::JoinGroup))?;
                socket::refuse_none(&receiver).map_err(interface.fails(Step::Configure))?;
            }
        }

        let sender = socket::open().map_err(interface.fails(Step::Socket))?;
        socket::bind_to(&sender, index, false).map_err(interface.fails(Step::Bind))?;
        let (counters, dropped) = (PortCounters::default(), Vec::new());
        Ok(Self { ring, receiver, sender, interface, counters, dropped })
    }

    /// The interface, as it was when it was opened.
    pub fn interface(&self) -> &Interface {
        &self.interface
    }
}

impl PacketIo for AfPacketIo {
    fn link_layer(&self) -> LinkLayer {
        LinkLayer::Ethernet
    }

    /// As it was when the interface was opened.
    fn mtu(&self) -> usize {
        self.interface.mtu()
    }

    fn receive(&mut self, frames: &mut [Frame]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(frame) = frames.get_mut(filled) {
            let Some(packet) = self.ring.next() else { break };
            if packet.is_outgoing {
                // Only in a group, of a kernel that is too old to leave it out there.
                continue;
            }
            if !packet.whole {
                self.counters.dropped.truncated += 1;
            } else if !self.interface.allows(packet.bytes) {
                self.counters.dropped.oversized += 1;
            } else if copy(&packet, frame, &mut self.counters.dropped) {
                self.counters.receive(frame.bytes().len());
                filled += 1;
            }
        }
        Ok(filled)
    }

    fn send(&mut self, frames: &[&Frame]) -> io::Result<usize> {
        self.dropped.clear();
        let mut done = 0;
        while done < frames.len() {
            let batch = &frames[done..frames.len().min(done + BATCH)];
            match send_batch(&self.sender, batch) {
                // The kernel takes all, or stops before one that it does not take.
                Ok(count) => {
                    batch.iter().take(count).for_each(|frame| {
                        self.counters.send(frame.bytes().len());
                    });
                    done += count;
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN | Errno::NOBUFS) => break,
                Err(Errno::MSGSIZE) => {
                    self.counters.dropped.too_long += 1;
                    self.dropped.push(done);
                    done += 1;
                }
                // The interface is down, or the frame is shorter than its header.
                Err(Errno::NETDOWN | Errno::INVAL) => {
                    self.counters.dropped.refused += 1;
                    self.dropped.push(done);
                    done += 1;
                }
                Err(_) if done > 0 => break,
                Err(error) => return Err(self.interface.fails(Step::Send)(error).into()),
            }
        }
        Ok(done)
    }

    fn dropped(&self) -> &[usize] {
        &self.dropped
    }

    fn wait(&mut self, most: Duration) -> io::Result<()> {
        wait::wait_bound(&self.receiver, &self.receiver, &self.interface, most)
            .map_err(self.interface.fails(Step::Wait))?;
        Ok(())
    }

    fn counters(&mut self) -> io::Result<PortCounters> {
        let drops =
            socket::drops(&self.receiver).map_err(self.interface.fails(Step::Statistics))?;
        self.counters.dropped.overrun += drops;
        Ok(self.counters)
    }
}

/// The packet as it was on the wire: with its VLAN tag where it was, and its checksum. Returns whether
/// that could be, or else counts it.
fn copy(packet: &Packet<'_>, frame: &mut Frame, dropped: &mut Dropped) -> bool {
    if !frame.set(packet.bytes) {
        dropped.oversized += 1;
        return false;
    }
    if packet.lacks_checksum && !checksum::complete(frame.bytes_mut()) {
        dropped.unfinished += 1;
        return false;
    }
    if let Some((protocol, tag)) = packet.vlan {
        // The tag stands behind the two addresses.
        const ADDRESSES: usize = 12;
        if !frame.grow_front(4) {
            dropped.oversized += 1;
            return false;
        }
        let bytes = frame.bytes_mut();
        bytes.copy_within(4..4 + ADDRESSES, 0);
        bytes[ADDRESSES..ADDRESSES + 2].copy_from_slice(&protocol.to_be_bytes());
        bytes[ADDRESSES + 2..ADDRESSES + 4].copy_from_slice(&tag.to_be_bytes());
    }
    true
}

/// Sends at most [`BATCH`] frames. Returns how many were taken.
fn send_batch(socket: &OwnedFd, frames: &[&Frame]) -> Result<usize, Errno> {
    let slices: [_; BATCH] = array::from_fn(|index| {
        [IoSlice::new(frames.get(index).map(|frame| frame.bytes()).unwrap_or_default())]
    });
    let mut controls: [_; BATCH] = array::from_fn(|_| SendAncillaryBuffer::default());
    let mut slice = slices.iter();
    let mut messages = controls.each_mut().map(|control| {
        MMsgHdr::new(slice.next().map(|slice| slice.as_slice()).unwrap_or_default(), control)
    });
    let count = frames.len().min(BATCH);
    sendmmsg(socket, &mut messages[..count], SendFlags::DONTWAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vlan_tag_is_put_back() {
        let bytes: Vec<u8> = (0..60).collect();
        let vlan = Some((0x8100, 0x2005));
        let packet =
            Packet { bytes: &bytes, whole: true, vlan, lacks_checksum: false, is_outgoing: false };
        let mut frame = Frame::new();
        let mut dropped = Dropped::default();
        assert!(copy(&packet, &mut frame, &mut dropped));
        assert_eq!(frame.bytes().len(), 64);
        assert_eq!(&frame.bytes()[..12], &bytes[..12]);
        assert_eq!(frame.bytes()[12..16], [0x81, 0, 0x20, 5]);
        assert_eq!(&frame.bytes()[16..], &bytes[12..]);
        assert_eq!(dropped.total(), 0);
    }

    #[test]
    fn what_lacks_a_checksum_that_is_not_known_is_dropped() {
        let packet = Packet {
            bytes: &[7; 60],
            whole: true,
            vlan: None,
            lacks_checksum: true,
            is_outgoing: false,
        };
        let mut dropped = Dropped::default();
        assert!(!copy(&packet, &mut Frame::new(), &mut dropped));
        assert_eq!((dropped.unfinished, dropped.total()), (1, 1));
    }
}
