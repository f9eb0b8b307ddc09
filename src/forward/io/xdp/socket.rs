//! An AF_XDP socket on a queue of an interface, with its rings and its memory.

use core::time::Duration;
use std::{io, os::fd::OwnedFd, sync::Arc};

use memmap2::{MmapOptions, MmapRaw};
use rustix::{
    io::Errno,
    net::{
        AddressFamily, SocketFlags, SocketType, bind, socket_with, sockopt,
        xdp::{
            SocketAddrXdp, SocketAddrXdpFlags, XDP_PGOFF_RX_RING, XDP_PGOFF_TX_RING,
            XDP_UMEM_PGOFF_COMPLETION_RING, XDP_UMEM_PGOFF_FILL_RING, XdpDesc, XdpRingOffset,
            XdpUmemReg, XdpUmemRegFlags,
        },
    },
};

use super::{
    super::{
        Interface,
        error::{InterfaceError, Step},
    },
    memory::{CHUNK, Chunks},
    ring::{Consumer, Offsets, Producer},
};

/// A socket and its rings.
#[derive(Debug)]
pub(super) struct Socket {
    /// Chunks for the kernel to fill.
    pub(super) fill: Producer<u64>,
    /// Frames in chunks that it filled.
    pub(super) received: Consumer<XdpDesc>,
    /// Frames for it to send.
    pub(super) outgoing: Producer<XdpDesc>,
    /// Chunks of frames that it has sent.
    completed: Consumer<u64>,
    pub(super) fd: OwnedFd,
    pub(super) chunks: Chunks,
}

impl Socket {
    /// A socket on a queue, with rings of `frames` entries and as many chunks in each direction, all
    /// those for receiving with the kernel.
    pub(super) fn new(
        interface: &Interface,
        queue: u32,
        frames: u32,
    ) -> Result<Self, InterfaceError> {
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
        bind_to(&socket, interface.index(), queue).map_err(interface.fails(Step::Bind))?;
        Ok(Self { fill, received, outgoing, completed, fd: socket, chunks })
    }

    /// Takes back the chunks that the kernel has sent.
    pub(super) fn reclaim(&mut self) {
        while let Some(address) = self.completed.pop() {
            self.chunks.give_back(address);
        }
        self.completed.release();
    }
}

/// Binds a socket to a queue. The kernel lets go of the queue of a socket that was closed a moment later,
/// so a queue that is taken is asked for again for a while.
fn bind_to(socket: &OwnedFd, interface: u32, queue: u32) -> rustix::io::Result<()> {
    const TRIES: u32 = 50;
    const PAUSE: Duration = Duration::from_millis(10);
    let address = SocketAddrXdp::new(SocketAddrXdpFlags::XDP_COPY, interface, queue);
    for _ in 1..TRIES {
        match bind(socket, &address) {
            Err(Errno::BUSY) => std::thread::sleep(PAUSE),
            result => return result,
        }
    }
    bind(socket, &address)
}

/// Maps a ring of `length` entries of `size` bytes.
fn map(
    socket: &OwnedFd,
    ring: &XdpRingOffset,
    page: u64,
    length: u32,
    size: usize,
) -> io::Result<(Arc<MmapRaw>, Offsets)> {
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
