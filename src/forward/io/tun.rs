//! TUN: an interface whose other side is this process.

use core::time::Duration;
use std::{
    fs::OpenOptions,
    io::{self, IoSliceMut},
    os::fd::OwnedFd,
};

use rustix::{
    io::Errno,
    ioctl::{self, IntegerSetter, Opcode, opcode},
};

use super::{
    Frame, Interface, LinkLayer, PacketIo, PortCounters, ROOM,
    error::{InterfaceError, Step},
    interface::{Request, failure},
    wait,
};

const TUNSETIFF: Opcode = opcode::write::<i32>(b'T', 202);
const TUNSETOFFLOAD: Opcode = opcode::write::<u32>(b'T', 208);

/// Packets begin with an IP header.
const IFF_TUN: u16 = 0x0001;
/// The interface has several queues.
const IFF_MULTI_QUEUE: u16 = 0x0100;
/// Nothing stands before packets.
const IFF_NO_PI: u16 = 0x1000;

/// A queue of a TUN interface: what the kernel routes to the interface is received here, and what is sent
/// here the kernel receives from it.
///
/// It takes CAP_NET_ADMIN in the user namespace that owns the network namespace, so nothing for who makes
/// both for itself. Packets have no header before theirs. What the kernel sends is whole: checksums are
/// filled in and segments cut, since no offload is asked for, and what a process before asked for (which
/// outlives it, where the interface does) is taken back. What is longer than the MTU was when the
/// interface was opened is dropped and counted as oversized.
///
/// An interface that this made goes away when the last of its queues drops.
#[derive(Debug)]
pub struct TunIo {
    fd: OwnedFd,
    interface: Interface,
    counters: PortCounters,
    /// Places of frames that the last call of `send` took and dropped.
    dropped: Vec<usize>,
}

impl TunIo {
    /// Makes a TUN interface, or attaches to one that is there and that nobody has open. A name with
    /// `%d` in it gets the first free number there.
    ///
    /// Addresses, routes and whether the interface is up are left to the caller, and so to `ip`.
    ///
    /// # Errors
    /// If the kernel has no TUN, the caller may not use it, or the interface is in use or none.
    pub fn open(name: &str) -> Result<Self, InterfaceError> {
        Self::open_queue(name, 0)
    }

    /// As [`open`](Self::open), with several queues, for a thread each. The kernel keeps the packets of
    /// a flow in one queue.
    ///
    /// # Errors
    /// As [`open`](Self::open), and if the interface has fewer queues.
    pub fn open_queues(name: &str, queues: usize) -> Result<Vec<Self>, InterfaceError> {
        let mut opened: Vec<Self> = Vec::with_capacity(queues);
        for _ in 0..queues {
            let name = opened.first().map_or(name, |first| first.interface.name());
            let queue = Self::open_queue(name, IFF_MULTI_QUEUE)?;
            opened.push(queue);
        }
        Ok(opened)
    }

    /// The interface, as it was when it was opened.
    pub fn interface(&self) -> &Interface {
        &self.interface
    }

    fn open_queue(name: &str, flags: u16) -> Result<Self, InterfaceError> {
        let fail = |step| move |error| failure(name, step, error);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/net/tun")
            .map_err(fail(Step::OpenTun))?;
        let fd = OwnedFd::from(file);
        rustix::io::ioctl_fionbio(&fd, true).map_err(|error| fail(Step::OpenTun)(error.into()))?;
        let mut request = Request::new(name)
            .ok_or_else(|| fail(Step::AttachTun)(io::ErrorKind::InvalidInput.into()))?;
        let flags = IFF_TUN | IFF_NO_PI | flags;
        request.value[..2].copy_from_slice(&flags.to_ne_bytes());
        // SAFETY: TUNSETIFF takes a `struct ifreq` with flags in its union, and writes the name into it.
        unsafe { request.send::<TUNSETIFF>(&fd) }.map_err(fail(Step::AttachTun))?;
        // SAFETY: TUNSETOFFLOAD takes an integer instead of a pointer, of which 0 is the one that asks
        // for no offload.
        let none = unsafe { IntegerSetter::<TUNSETOFFLOAD>::new_usize(0) };
        // SAFETY: as above.
        unsafe { ioctl::ioctl(&fd, none) }.map_err(|error| fail(Step::AttachTun)(error.into()))?;
        let interface = Interface::find(&request.name())?;
        Ok(Self { fd, interface, counters: PortCounters::default(), dropped: Vec::new() })
    }
}

impl PacketIo for TunIo {
    fn link_layer(&self) -> LinkLayer {
        LinkLayer::Ip
    }

    /// As it was when the interface was opened.
    fn mtu(&self) -> usize {
        self.interface.mtu()
    }

    fn receive(&mut self, frames: &mut [Frame]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(frame) = frames.get_mut(filled) {
            // A byte more than there is room for tells a frame that fills the room from a longer one.
            let mut beyond = [0];
            let mut into = [IoSliceMut::new(frame.room()), IoSliceMut::new(&mut beyond)];
            match rustix::io::readv(&self.fd, &mut into) {
                Ok(length) if length > self.interface.mtu().min(ROOM) => {
                    self.counters.dropped.oversized += 1;
                }
                Ok(length) => {
                    frame.set_length(length);
                    self.counters.receive(length);
                    filled += 1;
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) if filled > 0 => break,
                Err(error) => return Err(self.interface.fails(Step::Receive)(error).into()),
            }
        }
        Ok(filled)
    }

    fn send(&mut self, frames: &[&Frame]) -> io::Result<usize> {
        self.dropped.clear();
        for (index, frame) in frames.iter().enumerate() {
            let bytes = frame.bytes();
            if bytes.len() > self.interface.mtu() {
                self.counters.dropped.too_long += 1;
                self.dropped.push(index);
                continue;
            }
            loop {
                match rustix::io::write(&self.fd, bytes) {
                    Ok(_) => self.counters.send(bytes.len()),
                    Err(Errno::INTR) => continue,
                    Err(Errno::AGAIN | Errno::NOBUFS | Errno::NOMEM) => return Ok(index),
                    // The interface is down, or this is no IP packet.
                    Err(Errno::IO | Errno::INVAL) => {
                        self.counters.dropped.refused += 1;
                        self.dropped.push(index);
                    }
                    Err(_) if index > 0 => return Ok(index),
                    Err(error) => return Err(self.interface.fails(Step::Send)(error).into()),
                }
                break;
            }
        }
        Ok(frames.len())
    }

    fn dropped(&self) -> &[usize] {
        &self.dropped
    }

    fn wait(&mut self, most: Duration) -> io::Result<()> {
        wait::wait(&self.fd, most).map_err(self.interface.fails(Step::Wait))?;
        Ok(())
    }

    fn counters(&mut self) -> io::Result<PortCounters> {
        Ok(self.counters)
    }
}
