//! AF_XDP: frames of an interface before the kernel looks at them.
//!
//! A [`program`] at the interface hands the frames of a queue to the socket for that queue, and all
//! others to the kernel as ever. The mode is the one that every driver has: frames are copied (*generic*
//! or *skb* mode), so no driver's support is needed, and a frame is given to the socket after the kernel
//! has made its own buffer of it.
//!
//! # Rings
//! Four rings lead to the kernel and back: chunks to be filled come back as received frames, and frames
//! to be sent come back as chunks that are free again. How chunks change hands is in [`memory`], and how
//! that is ordered in [`ring`].

mod memory;
mod program;
mod ring;
mod socket;

use core::time::Duration;
use std::{io, os::fd::OwnedFd, sync::Arc};

use rustix::{
    io::Errno,
    net::{
        SendFlags, send, sockopt,
        xdp::{XdpDesc, XdpDescOptions},
    },
};

use self::{
    memory::{CHUNK, HEADROOM},
    program::{Attached, Program},
    socket::Socket,
};
use super::{
    Frame, Interface, LinkLayer, PacketIo, PortCounters,
    error::{InterfaceError, Step},
    interface, packet, wait,
};

/// What to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XdpOptions {
    /// The interface's name.
    pub interface: String,
    /// The number of queues, from the first, whose frames are received. The kernel receives those of the
    /// others.
    pub queues: u32,
    /// How many frames wait at most in each direction: a power of two.
    pub frames: u32,
    /// Whether to receive also what is for other stations. It takes this where the port has another
    /// Ethernet address than the interface.
    pub promiscuous: bool,
}

impl XdpOptions {
    /// The frames of the first queue, up to 2048 of them.
    pub fn new(interface: impl Into<String>) -> Self {
        Self { interface: interface.into(), queues: 1, frames: 2048, promiscuous: false }
    }
}

/// A port on a queue of an Ethernet interface, through an AF_XDP socket. It takes CAP_BPF and
/// CAP_NET_ADMIN in the first user namespace, CAP_NET_RAW in the one that owns the network namespace, and
/// Linux 5.9.
///
/// The kernel does not receive what comes on the queue: not what is for its own addresses either, nor
/// answers to its own questions. A small program at the interface sees to that, which leaves when the
/// last of the ports that were opened together drops, or the process ends.
///
/// Frames are copied in and out of chunks of 4096 bytes, 256 of which the kernel keeps, so the MTU is at
/// most 3826. A sender on this machine, over a virtual interface, may leave checksums to hardware that is
/// not there, which cannot be seen here, and the cutting of segments, which [are dropped](super): turn
/// that off at the sender (`ethtool -K INTERFACE tx off tso off gso off`). The kernel joins no segments
/// (GRO) where such a port is.
///
/// **VLAN tags may be lost**, and with them what keeps VLANs apart: a frame whose tag the interface has
/// taken out, or the other end of a virtual one has left beside it, is received as one without a tag.
/// Only tags that stand in the frame are received. [VLAN tags](super#vlan-tags) says what to turn off.
///
/// While the interface is down, what is to be sent is counted as refused, except for what the ring held
/// when it went down: that is sent when it is up again.
#[derive(Debug)]
pub struct XdpIo {
    socket: Socket,
    /// Whether the kernel left frames in the ring when it was last told to send them.
    is_unsent: bool,
    /// Whether it did so because the interface is down.
    is_down: bool,
    interface: Interface,
    counters: PortCounters,
    /// Places of frames that the last call of `send` took and dropped.
    dropped: Vec<usize>,
    /// The program, and a packet socket that has the interface receive more than it does by itself.
    attached: Arc<(Attached, OwnedFd)>,
}

impl XdpIo {
    /// A port on the interface's first queue, which on a virtual interface is the only one.
    ///
    /// # Errors
    /// As [`open_queues`](Self::open_queues).
    pub fn open(interface: &str) -> Result<Self, InterfaceError> {
        let mut ports = Self::open_queues(&XdpOptions::new(interface))?;
        ports.pop().ok_or_else(|| {
            interface::failure(interface, Step::Bind, io::ErrorKind::InvalidInput.into())
        })
    }

    /// A port on each of the first queues of an interface, for a thread each.
    ///
    /// # Errors
    /// If there is no such interface or it has fewer queues, it is no Ethernet one, the caller may not use
    /// it, its MTU is too large, it has an XDP program already, or the kernel lacks AF_XDP or memory.
    pub fn open_queues(options: &XdpOptions) -> Result<Vec<Self>, InterfaceError> {
        let interface = Interface::find_ethernet(&options.interface)?;
        if interface.mtu() + LinkLayer::Ethernet.header() > CHUNK - HEADROOM {
            let why = io::Error::new(io::ErrorKind::Unsupported, "the MTU is larger than a chunk");
            return Err(interface.fails(Step::Configure)(why));
        }
        let program = Program::load(&interface, options.queues)?;
        let mut sockets = Vec::new();
        for queue in 0..options.queues {
            let socket = Socket::new(&interface, queue, options.frames)?;
            program.hand_to(&socket.fd, queue).map_err(interface.fails(Step::SocketMap))?;
            sockets.push(socket);
        }
        let wider = packet::widen(&interface, options.promiscuous)?;
        let attached = Arc::new((program.attach(&interface)?, wider));
        let port = |socket| Self {
            socket,
            is_unsent: false,
            is_down: false,
            interface: interface.clone(),
            counters: PortCounters::default(),
            dropped: Vec::new(),
            attached: Arc::clone(&attached),
        };
        Ok(sockets.into_iter().map(port).collect())
    }

    /// The interface, as it was when it was opened.
    pub fn interface(&self) -> &Interface {
        &self.interface
    }

    /// Has the kernel send what is in the ring. It sends a few dozen frames a call, and stops where it
    /// has no memory.
    fn transmit(&mut self) -> Result<(), Errno> {
        let most = self.socket.outgoing.pending();
        let mut before = most;
        // Each call but the last takes a frame out of the ring, or a signal interrupts it.
        for _ in 0..most {
            let result = send(&self.socket.fd, &[], SendFlags::DONTWAIT);
            let pending = self.socket.outgoing.pending();
            let has_sent = pending < before;
            before = pending;
            self.is_down = matches!(result, Err(Errno::NETDOWN));
            match result {
                Err(Errno::INTR) => {}
                // The interface did not take a frame. That it left the ring is seen at the next call.
                Err(Errno::BUSY) => self.counters.dropped.refused += 1,
                Ok(_) | Err(Errno::AGAIN) if has_sent => {}
                Ok(_) | Err(Errno::AGAIN | Errno::NOBUFS | Errno::NETDOWN) => break,
                Err(error) => return Err(error),
            }
            self.socket.reclaim();
            if pending == 0 {
                break;
            }
        }
        self.is_unsent = self.socket.outgoing.pending() > 0;
        Ok(())
    }

    /// Sends what is left of earlier.
    fn transmit_rest(&mut self) -> io::Result<()> {
        if self.is_unsent {
            self.transmit().map_err(self.interface.fails(Step::Send))?;
        }
        Ok(())
    }
}

impl PacketIo for XdpIo {
    fn link_layer(&self) -> LinkLayer {
        LinkLayer::Ethernet
    }

    /// As it was when the interface was opened.
    fn mtu(&self) -> usize {
        self.interface.mtu()
    }

    fn receive(&mut self, frames: &mut [Frame]) -> io::Result<usize> {
        self.transmit_rest()?;
        let mut filled = 0;
        while let Some(frame) = frames.get_mut(filled) {
            let Some(descriptor) = self.socket.received.pop() else { break };
            let length = descriptor.len as usize;
            let Some(chunk) = self.socket.chunks.receiving(descriptor.addr) else {
                // The kernel names only chunks that it was given.
                self.counters.dropped.truncated += 1;
                continue;
            };
            if length < LinkLayer::Ethernet.header() {
                self.counters.dropped.truncated += 1;
            } else if let Some(room) = frame.room().get_mut(..length)
                // SAFETY: the chunk is one for receiving and came through the receive ring, so it is ours
                // until it goes back below (Owner).
                && unsafe { self.socket.chunks.read(descriptor.addr, room) }
                && self.interface.allows(room)
            {
                frame.set_length(length);
                self.counters.receive(length);
                filled += 1;
            } else {
                self.counters.dropped.oversized += 1;
            }
            // There is room: the ring is as long as there are chunks for it.
            self.socket.fill.push(chunk);
        }
        self.socket.received.release();
        self.socket.fill.publish();
        Ok(filled)
    }

    fn send(&mut self, frames: &[&Frame]) -> io::Result<usize> {
        self.transmit_rest()?;
        self.socket.reclaim();
        self.dropped.clear();
        if self.is_down {
            self.counters.dropped.refused += frames.len() as u64;
            self.dropped.extend(0..frames.len());
            return Ok(frames.len());
        }
        let longest = LinkLayer::Ethernet.longest_frame(self.interface.mtu());
        let mut done = 0;
        for frame in frames {
            let bytes = frame.bytes();
            if bytes.len() > longest {
                self.counters.dropped.too_long += 1;
                self.dropped.push(done);
                done += 1;
                continue;
            }
            if bytes.len() < LinkLayer::Ethernet.header() {
                self.counters.dropped.refused += 1;
                self.dropped.push(done);
                done += 1;
                continue;
            }
            let Some(addr) = self.socket.chunks.take() else { break };
            let len = bytes.len() as u32;
            // SAFETY: the chunk was free, so it is ours (Owner).
            let fits = unsafe { self.socket.chunks.write(addr, bytes) };
            let options = XdpDescOptions::empty();
            if !fits || !self.socket.outgoing.push(XdpDesc { addr, len, options }) {
                self.socket.chunks.give_back(addr);
                break;
            }
            self.counters.send(bytes.len());
            done += 1;
        }
        self.socket.outgoing.publish();
        self.transmit().map_err(self.interface.fails(Step::Send))?;
        Ok(done)
    }

    /// Without those that the interface refused after the kernel had taken them, which are only counted.
    fn dropped(&self) -> &[usize] {
        &self.dropped
    }

    fn wait(&mut self, most: Duration) -> io::Result<()> {
        self.transmit_rest()?;
        let (_, packets) = &*self.attached;
        wait::wait_bound(&self.socket.fd, packets, &self.interface, most)
            .map_err(self.interface.fails(Step::Wait))?;
        Ok(())
    }

    /// What the kernel dropped is counted as overrun, also where a frame was too long for a chunk: it
    /// does not tell the two apart. A frame that the interface refused after the kernel had taken it is
    /// counted as sent and as refused.
    fn counters(&mut self) -> io::Result<PortCounters> {
        let said = sockopt::xdp_statistics(&self.socket.fd)
            .map_err(self.interface.fails(Step::Statistics))?;
        self.counters.dropped.overrun = said.rx_dropped + said.rx_ring_full.unwrap_or(0);
        Ok(self.counters)
    }
}
