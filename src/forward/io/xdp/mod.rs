//! AF_XDP: frames of an interface before the kernel looks at them.
//!
//! A [program](program) at the interface hands the frames of a queue to the socket for that queue, and
//! all others to the kernel as ever. The mode is the one that every driver has: frames are copied
//! (*generic* or *skb* mode), so no driver's support is needed, and a frame is given to the socket after
//! the kernel has made its own buffer of it.
//!
//! # Rings
//! Four rings lead to the kernel and back: chunks to be filled ([`Producer`]) come back as received
//! frames ([`Consumer`]); frames to be sent come back as chunks that are free again. How chunks change
//! hands is in [`memory`], and how that is ordered in [`ring`].

mod memory;
mod program;
mod ring;

use core::time::Duration;
use std::{io, os::fd::OwnedFd, sync::Arc};

use memmap2::MmapOptions;
use rustix::{
    io::Errno,
    net::{
        AddressFamily, SendFlags, SocketFlags, SocketType, bind, send, socket_with, sockopt,
        xdp::{
            SocketAddrXdp, SocketAddrXdpFlags, XDP_PGOFF_RX_RING, XDP_PGOFF_TX_RING,
            XDP_UMEM_PGOFF_COMPLETION_RING, XDP_UMEM_PGOFF_FILL_RING, XdpDesc, XdpDescOptions,
            XdpRingOffset, XdpUmemReg, XdpUmemRegFlags,
        },
    },
};

use self::{
    memory::{CHUNK, Chunks, HEADROOM},
    program::{Attached, Program},
    ring::{Consumer, Entry, Offsets, Producer},
};
use super::{
    Counters, Frame, Interface, LinkLayer, PacketIo,
    error::{InterfaceError, Step},
    interface,
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
}

impl XdpOptions {
    /// The frames of the first queue, up to 2048 of them.
    pub fn new(interface: impl Into<String>) -> Self {
        Self { interface: interface.into(), queues: 1, frames: 2048 }
    }
}

/// A port on a queue of an interface, through an AF_XDP socket. It takes CAP_BPF and CAP_NET_ADMIN in the
/// first user namespace, and Linux 5.9.
///
/// The kernel does not receive what comes on the queue: not what is for its own addresses either, nor
/// answers to its own questions. A small program at the interface sees to that, which leaves when the
/// last of the ports that were opened together drops, or the process ends.
///
/// Frames are copied in and out of chunks of 4096 bytes, 256 of which the kernel keeps, so the MTU is at
/// most 3826. A sender on this machine, over a virtual interface, may leave checksums and the cutting of
/// segments to hardware that is not there, which cannot be seen here: turn that off at the sender
/// (`ethtool -K INTERFACE tx off tso off gso off`).
///
/// While the interface is down, what is to be sent is counted as refused, except for what the ring held
/// when it went down: that is sent when it is up again.
#[derive(Debug)]
pub struct XdpIo {
    fill: Producer<u64>,
    received: Consumer<XdpDesc>,
    outgoing: Producer<XdpDesc>,
    completed: Consumer<u64>,
    socket: OwnedFd,
    chunks: Chunks,
    /// Whether the kernel left frames in the ring when it was last told to send them.
    is_unsent: bool,
    /// Whether it did so because the interface is down.
    is_down: bool,
    interface: Interface,
    counters: Counters,
    _attached: Arc<Attached>,
}

/// A socket and its rings.
struct Opened {
    fill: Producer<u64>,
    received: Consumer<XdpDesc>,
    outgoing: Producer<XdpDesc>,
    completed: Consumer<u64>,
    socket: OwnedFd,
    chunks: Chunks,
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
    /// If there is no such interface or it has fewer queues, the caller may not use it, its MTU is too
    /// large, it has an XDP program already, or the kernel lacks AF_XDP or memory.
    pub fn open_queues(options: &XdpOptions) -> Result<Vec<Self>, InterfaceError> {
        let interface = Interface::find(&options.interface)?;
        if interface.mtu() + LinkLayer::Ethernet.header() > CHUNK - HEADROOM {
            let why = io::Error::new(io::ErrorKind::Unsupported, "the MTU is larger than a chunk");
            return Err(interface.fails(Step::Configure)(why));
        }
        let program = Program::load(&interface, options.queues)?;
        let mut opened = Vec::new();
        for queue in 0..options.queues {
            let socket = Opened::new(&interface, queue, options.frames)?;
            program.hand_to(&socket.socket, queue).map_err(interface.fails(Step::SocketMap))?;
            opened.push(socket);
        }
        let attached = Arc::new(program.attach(&interface)?);
        let port = |opened: Opened| {
            let Opened { fill, received, outgoing, completed, socket, chunks } = opened;
            Self {
                fill,
                received,
                outgoing,
                completed,
                socket,
                chunks,
                is_unsent: false,
                is_down: false,
                interface: interface.clone(),
                counters: Counters::default(),
                _attached: Arc::clone(&attached),
            }
        };
        Ok(opened.into_iter().map(port).collect())
    }

    /// The interface, as it was when it was opened.
    pub fn interface(&self) -> &Interface {
        &self.interface
    }

    /// Takes back the chunks that the kernel has sent.
    fn reclaim(&mut self) {
        while let Some(address) = self.completed.pop() {
            self.chunks.give_back(address);
        }
        self.completed.release();
    }

    /// Has the kernel send what is in the ring. It sends a few dozen frames a call, and stops where it
    /// has no memory.
    fn transmit(&mut self) -> Result<(), Errno> {
        let mut before = self.outgoing.pending();
        // Each call but the last takes a frame out of the ring, or a signal interrupts it.
        for _ in 0..before {
            let result = send(&self.socket, &[], SendFlags::DONTWAIT);
            let pending = self.outgoing.pending();
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
            self.reclaim();
            if pending == 0 {
                break;
            }
        }
        self.is_unsent = self.outgoing.pending() > 0;
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

impl Opened {
    /// A socket on a queue, with rings of `frames` entries and as many chunks in each direction, all
    /// those for receiving with the kernel.
    fn new(interface: &Interface, queue: u32, frames: u32) -> Result<Self, InterfaceError> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::XDP, SocketType::RAW, flags, None)
            .map_err(interface.fails(Step::Socket))?;
        let chunks = Chunks::new(frames as usize).map_err(interface.fails(Step::Configure))?;
        let offsets = (|| {
            let (start, length) = chunks.whole();
            let memory = XdpUmemReg {
                addr: start.expose_provenance() as u64,
                len: length as u64,
                chunk_size: CHUNK as u32,
                headroom: 0,
                flags: XdpUmemRegFlags::empty(),
                tx_metadata_len: 0,
            };
            sockopt::set_xdp_umem_reg(&socket, memory)?;
            sockopt::set_xdp_umem_fill_ring_size(&socket, frames)?;
            sockopt::set_xdp_umem_completion_ring_size(&socket, frames)?;
            sockopt::set_xdp_rx_ring_size(&socket, frames)?;
            sockopt::set_xdp_tx_ring_size(&socket, frames)?;
            sockopt::xdp_mmap_offsets(&socket)
        })()
        .map_err(interface.fails(Step::Configure))?;

        let fail = || interface.fails(Step::Map);
        let mapped = |ring, page, size| map(&socket, ring, page, frames, size).map_err(fail());
        let (address, descriptor) = (size_of::<u64>(), size_of::<XdpDesc>());
        let (memory, at) = mapped(&offsets.fr, XDP_UMEM_PGOFF_FILL_RING, address)?;
        let mut fill = Producer::new(memory, at, frames).map_err(fail())?;
        let (memory, at) = mapped(&offsets.cr, XDP_UMEM_PGOFF_COMPLETION_RING, address)?;
        let completed = Consumer::new(memory, at, frames).map_err(fail())?;
        let (memory, at) = mapped(&offsets.rx, XDP_PGOFF_RX_RING, descriptor)?;
        let received = Consumer::new(memory, at, frames).map_err(fail())?;
        let (memory, at) = mapped(&offsets.tx, XDP_PGOFF_TX_RING, descriptor)?;
        let outgoing = Producer::new(memory, at, frames).map_err(fail())?;

        for chunk in chunks.for_receiving() {
            fill.push(chunk);
        }
        fill.publish();
        let address = SocketAddrXdp::new(SocketAddrXdpFlags::XDP_COPY, interface.index(), queue);
        bind(&socket, &address).map_err(interface.fails(Step::Bind))?;
        Ok(Self { fill, received, outgoing, completed, socket, chunks })
    }
}

/// Maps a ring of `length` entries of `size` bytes.
fn map(
    socket: &OwnedFd,
    ring: &XdpRingOffset,
    page: u64,
    length: u32,
    size: usize,
) -> io::Result<(Arc<memmap2::MmapRaw>, Offsets)> {
    let at =
        |offset| usize::try_from(offset).map_err(|_| io::Error::from(io::ErrorKind::InvalidData));
    let offsets = Offsets {
        producer: at(ring.producer)?,
        consumer: at(ring.consumer)?,
        entries: at(ring.desc)?,
    };
    let bytes = offsets.entries.saturating_add(length as usize * size);
    let memory = MmapOptions::new().offset(page).len(bytes).map_raw(socket)?;
    Ok((Arc::new(memory), offsets))
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
            let Some(descriptor) = self.received.pop() else { break };
            let length = descriptor.len as usize;
            if length < LinkLayer::Ethernet.header() {
                self.counters.dropped.truncated += 1;
            } else if let Some(room) = frame.room().get_mut(..length)
                // SAFETY: the chunk came through the receive ring, so it is ours until it goes back below
                // (Owner).
                && unsafe { self.chunks.read(descriptor.addr, room) }
            {
                frame.set_length(length);
                self.counters.receive(length);
                filled += 1;
            } else {
                self.counters.dropped.oversized += 1;
            }
            if let Some(chunk) = self.chunks.receiving(descriptor.addr) {
                // There is room: the ring is as long as there are chunks for it.
                self.fill.push(chunk);
            }
        }
        self.received.release();
        self.fill.publish();
        Ok(filled)
    }

    fn send(&mut self, frames: &[&Frame]) -> io::Result<usize> {
        self.transmit_rest()?;
        self.reclaim();
        if self.is_down {
            self.counters.dropped.refused += frames.len() as u64;
            return Ok(frames.len());
        }
        let longest = LinkLayer::Ethernet.longest_frame(self.interface.mtu());
        let mut done = 0;
        for frame in frames {
            let bytes = frame.bytes();
            if bytes.len() > longest {
                self.counters.dropped.too_long += 1;
                done += 1;
                continue;
            }
            if bytes.len() < LinkLayer::Ethernet.header() {
                self.counters.dropped.refused += 1;
                done += 1;
                continue;
            }
            let Some(addr) = self.chunks.take() else { break };
            let len = bytes.len() as u32;
            // SAFETY: the chunk was free, so it is ours (Owner).
            let fits = unsafe { self.chunks.write(addr, bytes) };
            let options = XdpDescOptions::empty();
            if !fits || !self.outgoing.push(XdpDesc { addr, len, options }) {
                self.chunks.give_back(addr);
                break;
            }
            self.counters.send(bytes.len());
            done += 1;
        }
        self.outgoing.publish();
        self.transmit().map_err(self.interface.fails(Step::Send))?;
        Ok(done)
    }

    fn wait(&mut self, most: Duration) -> io::Result<()> {
        self.transmit_rest()?;
        Ok(interface::wait(&self.socket, most, true).map_err(self.interface.fails(Step::Wait))?)
    }

    /// What the kernel dropped is counted as overrun, also where a frame was too long for a chunk: it
    /// does not tell the two apart. A frame that the interface refused after the kernel had taken it is
    /// counted as sent and as refused.
    fn counters(&mut self) -> io::Result<Counters> {
        let said = sockopt::xdp_statistics(&self.socket)
            .map_err(self.interface.fails(Step::Statistics))?;
        self.counters.dropped.overrun = said.rx_dropped + said.rx_ring_full.unwrap_or(0);
        Ok(self.counters)
    }
}
