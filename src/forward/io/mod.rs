//! Where frames come from and go to: one small trait over all ways to receive and send them.

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
mod xdp;

pub use counters::{Counters, Dropped};
#[cfg(target_os = "linux")]
pub use error::{InterfaceError, Step};
pub use frame::{Frame, HEADROOM, ROOM};
#[cfg(target_os = "linux")]
pub use interface::Interface;
pub use memory::{MemoryIo, PackedFrames};
pub use pcap::{NextPacket, PcapError, PcapErrorKind, PcapIo, PcapReader, PcapWriter};

#[cfg(target_os = "linux")]
pub use packet::{AfPacketIo, AfPacketOptions};
#[cfg(target_os = "linux")]
pub use tun::TunIo;
#[cfg(target_os = "linux")]
pub use xdp::{XdpIo, XdpOptions};

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
    /// # Errors
    /// If the port cannot send any more.
    fn send(&mut self, frames: &[&Frame]) -> io::Result<usize>;

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
    fn counters(&mut self) -> io::Result<Counters> {
        Ok(Counters::default())
    }
}
