//! Where frames come from and go to: one small trait over all ways to receive and send them.
//!
//! | port | frames | needs |
//! |---|---|---|
//! | [`MemoryIo`] | prepared in memory, and kept there | nothing |
//! | [`PcapIo`] | of capture files | nothing |
//! | `TunIo` | IP packets that the kernel routes to an interface of its own | Linux, CAP_NET_ADMIN in the network namespace |
//! | `AfPacketIo` | all of an interface, which the kernel receives too | Linux 4.20, CAP_NET_RAW in the network namespace |
//! | `XdpIo` | all of an interface's queue, before the kernel | Linux 5.9, CAP_BPF and CAP_NET_ADMIN in the first user namespace |
//!
//! Each drops and counts what it cannot pass on ([`Dropped`]), and goes on when its interface goes down
//! and up. An interface that is gone is an error, at the latest when something is sent or the port is
//! next [waited for](PacketIo::wait).
//!
//! # Segments longer than the MTU
//! What comes from an interface may be longer than what was on the wire: a kernel joins TCP segments
//! that it receives (GRO, LRO), and a sender on the same machine leaves their cutting to hardware that a
//! virtual interface does not have (TSO, GSO). Nobody beyond could be told what is wrong with such a
//! packet, since its sender never sent it. So `TunIo`, `AfPacketIo` and `XdpIo` drop what is longer than
//! their MTU and count it as oversized; a flow that meets this is slow or stands still. Turn the joining
//! off where packets are received, `ethtool -K INTERFACE gro off lro off`, and the leaving where they are
//! sent, `ethtool -K INTERFACE tso off gso off`. See there for checksums as well.
//!
//! # VLAN tags
//! A frame with a VLAN tag (802.1Q, 802.1ad) is for another network than one without, and is not
//! forwarded. Linux often keeps the tag beside the frame: hardware takes it out of what it receives
//! (rx-vlan-offload), and a virtual interface hands over what its other end left to hardware
//! (tx-vlan-offload), both of which are on by default. `AfPacketIo` puts such a tag back. To `XdpIo` the
//! kernel hands only the frame, so that **a tag beside it is lost and the frame is taken for an untagged
//! one**: who is in any VLAN of the link gets into the network without a tag, is forwarded, and is learnt
//! as a neighbour. Where a link may carry tagged frames, have them stand in the frame, or use
//! `AfPacketIo`:
//!
//! - An interface with hardware is to leave them there: `ethtool -K INTERFACE rxvlan off`, and for
//!   802.1ad `rx-vlan-stag-hw-parse off`, where it has that. Whether it takes 802.1Q tags out is asked
//!   by `Interface::takes_out_tags`.
//! - On an end of a veth that changes nothing, and the answer means nothing: the other end is to put them
//!   there, `ethtool -K OTHER txvlan off tx-vlan-stag-hw-insert off`, which cannot be seen from here.
//! - On an interface that stands above others (a bridge, a bond, a macvlan) nothing helps: the kernel takes
//!   the tag out of a frame before it hands it up. The port is to be on the interface below.
//!
//! # Groups
//! Neighbours ask for an IPv6 address by a group that is made from it (RFC 4861 section 7.2.2), which an
//! interface receives only if it is told to. `AfPacketIo` and `XdpIo` have theirs receive all groups
//! while they are open. They do not report them by MLD (RFC 3810): a switch that forwards groups only to
//! those who have reported them (RFC 4541) is to leave these links alone, or the kernel is to have the
//! same addresses there, and report them.

mod counters;
#[cfg(target_os = "linux")]
mod error;
mod frame;
#[cfg(target_os = "linux")]
mod interface;
mod memory;
#[cfg(target_os = "linux")]
mod packet;
mod pcap;
#[cfg(target_os = "linux")]
mod tun;
#[cfg(target_os = "linux")]
mod wait;
#[cfg(target_os = "linux")]
mod xdp;

#[cfg(target_os = "linux")]
pub use self::{
    error::{InterfaceError, Step},
    interface::Interface,
    packet::{AfPacketIo, AfPacketOptions},
    tun::TunIo,
    xdp::{XdpIo, XdpOptions},
};
pub use counters::{Dropped, PortCounters};
pub use frame::{Frame, HEADROOM, ROOM};
pub use memory::{MemoryIo, PackedFrames};
pub use pcap::{NextPacket, PcapError, PcapErrorKind, PcapIo, PcapReader, PcapWriter};

use core::time::Duration;
use std::io;

/// What a frame begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkLayer {
    /// An Ethernet header.
    Ethernet,
    /// An IPv4 or IPv6 header, as in a tunnel.
    Ip,
}

impl LinkLayer {
    /// The bytes of the link layer's header.
    pub const fn header(self) -> usize {
        match self {
            Self::Ethernet => 14,
            Self::Ip => 0,
        }
    }

    /// The longest frame for packets of at most `mtu` bytes.
    const fn longest_frame(self, mtu: usize) -> usize {
        mtu.saturating_add(self.header())
    }
}

/// A port of a forwarder. One thread uses it at a time.
///
/// Frames are copied in and out of [`Frame`]s that the caller owns, so nothing is allocated for a
/// packet.
pub trait PacketIo: Send {
    /// What frames begin with.
    fn link_layer(&self) -> LinkLayer;

    /// The longest packet that goes out, in bytes, without what the link layer adds.
    fn mtu(&self) -> usize;

    /// Fills frames with what has come, from the first one, without waiting. Returns how many.
    ///
    /// A frame longer than a [`Frame`] has room for is dropped and counted by the port.
    ///
    /// # Errors
    /// If the port cannot receive any more.
    fn receive(&mut self, frames: &mut [Frame]) -> io::Result<usize>;

    /// Sends frames, from the first one, without waiting for room. Returns how many were taken; the
    /// rest found no room.
    ///
    /// Not all that are taken are sent: see [`dropped`](Self::dropped).
    ///
    /// # Errors
    /// If the port cannot send any more.
    fn send(&mut self, frames: &[&Frame]) -> io::Result<usize>;

    /// Which of the frames that the last [`send`](Self::send) took it dropped and counted, as too long or
    /// refused, by their places in that call and in their order.
    fn dropped(&self) -> &[usize] {
        &[]
    }

    /// Gives on what was sent and is still held back here, as a file's buffer does. Whoever drops a port
    /// without this does not hear whether that succeeded.
    ///
    /// # Errors
    /// If that cannot be given on, or the port has failed for good before.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Waits until there is something to receive, or the time is over. May return early.
    ///
    /// # Errors
    /// If the port cannot be waited for.
    fn wait(&mut self, most: Duration) -> io::Result<()>;

    /// Whether nothing will ever come again: the end of a file.
    fn is_at_end(&self) -> bool {
        false
    }

    /// What the port has counted since it was opened. A port that counts nothing says nothing but zeros.
    ///
    /// # Errors
    /// If the kernel does not say what it dropped.
    fn counters(&mut self) -> io::Result<PortCounters> {
        Ok(PortCounters::default())
    }
}
