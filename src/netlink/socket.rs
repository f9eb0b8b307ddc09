//! Route-netlink sockets and the requests that go through them.

use std::{
    io,
    net::IpAddr,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec},
    io::Errno,
    net::{
        self, AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType,
        netlink::SocketAddrNetlink, sockopt,
    },
};

use super::{
    error::DecodeError,
    message::{self, Event, Header, MessageFlags, Messages},
    route,
    wire::{AF_INET, AF_INET6},
};

/// The largest datagram that is read whole. The kernel's own are at most 32 KiB, except for a route
/// or group with thousands of members.
const DATAGRAM: usize = 1 << 18;

/// How long the kernel may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

const RTM_F_FIB_MATCH: u32 = 0x2000;

/// Multicast groups, as bits: number n is bit n - 1.
const GROUPS: u32 = group(1) | group(5) | group(7) | group(11) | group(32);

/// Links are group 1, IPv4 addresses 5, IPv4 routes 7, IPv6 routes 11, next-hop objects 32.
const fn group(number: u32) -> u32 {
    1 << (number - 1)
}

/// A socket of the kernel's routing.
#[derive(Debug)]
pub(super) struct Socket {
    fd: OwnedFd,
    buffer: Vec<u8>,
    sequence: u32,
}

/// What a read gave.
pub(super) enum Received<'a> {
    /// Messages.
    Datagram(&'a [u8]),
    /// Nothing is there.
    Nothing,
    /// Messages are lost: the receive buffer was full, or one did not fit.
    Lost,
}

/// What to dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dump {
    Links,
    Objects,
    RoutesV4,
    RoutesV6,
    Rules(u8),
}

impl Dump {
    /// The request's type, the size of its fixed part, and the family, which is that part's first
    /// byte.
    fn request(self) -> (u16, usize, u8) {
        match self {
            Self::Links => (message::RTM_GETLINK, 16, 0),
            Self::Objects => (message::RTM_GETNEXTHOP, 8, 0),
            Self::RoutesV4 => (message::RTM_GETROUTE, 12, AF_INET),
            Self::RoutesV6 => (message::RTM_GETROUTE, 12, AF_INET6),
            Self::Rules(family) => (message::RTM_GETRULE, 12, family),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Socket {
    /// A socket for requests.
    pub(super) fn for_requests() -> io::Result<Self> {
        Self::open(0)
    }

    /// A socket to which the kernel sends what changes, with a receive buffer of `bytes` if the
    /// caller may have that, and otherwise as near as `net.core.rmem_max` allows.
    pub(super) fn for_notifications(bytes: usize) -> io::Result<Self> {
        let socket = Self::open(GROUPS)?;
        if sockopt::set_socket_recv_buffer_size_force(&socket.fd, bytes).is_err() {
            sockopt::set_socket_recv_buffer_size(&socket.fd, bytes)?;
        }
        Ok(socket)
    }

    fn open(groups: u32) -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC;
        let fd = net::socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
        net::bind(&fd, &SocketAddrNetlink::new(0, groups))?;
        Ok(Self { fd, buffer: vec![0; DATAGRAM], sequence: 0 })
    }

    /// The receive buffer's size, as the kernel accounts it.
    pub(super) fn receive_buffer(&self) -> io::Result<usize> {
        Ok(sockopt::socket_recv_buffer_size(&self.fd)?)
    }

    /// Reads a datagram if one is there. What does not come from the kernel is not there.
    pub(super) fn receive(&mut self) -> io::Result<Received<'_>> {
        loop {
            let flags = RecvFlags::TRUNC | RecvFlags::DONTWAIT;
            match net::recvfrom(&self.fd, self.buffer.as_mut_slice(), flags) {
                Ok((_, length, sender)) => {
                    let from = sender.and_then(|address| SocketAddrNetlink::try_from(address).ok());
                    if from.is_none_or(|from| from.pid() != 0) {
                        continue;
                    }
                    return Ok(match self.buffer.get(..length) {
                        Some(datagram) => Received::Datagram(datagram),
                        None => Received::Lost,
                    });
                }
                Err(Errno::AGAIN) => return Ok(Received::Nothing),
                Err(Errno::NOBUFS) => return Ok(Received::Lost),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Asks for everything of a kind and hands each answer to `take`. Returns whether that was all,
    /// with nothing changed meanwhile as far as the kernel knows.
    ///
    /// What a kernel does not have, IPv6 or next-hop objects, is an empty dump. Any other errno with
    /// which the kernel answers is the error.
    pub(super) fn dump(
        &mut self,
        what: Dump,
        mut take: impl FnMut(Result<Event, DecodeError>),
    ) -> io::Result<bool> {
        let (kind, size, family) = what.request();
        let mut body = vec![0; size];
        if let Some(first) = body.first_mut() {
            *first = family;
        }
        let sequence = self.ask(kind, MessageFlags::REQUEST | MessageFlags::DUMP, &body)?;
        let mut exact = true;
        loop {
            let end = self.answers(sequence, |answer| {
                match answer {
                    Ok((header, event)) => {
                        exact &= !header.flags.contains(MessageFlags::DUMP_INTR);
                        match event {
                            Event::Done(errno) | Event::Error(errno) => return Some(errno),
                            event => take(Ok(event)),
                        }
                    }
                    Err(error) => {
                        exact = false;
                        take(Err(error));
                    }
                }
                None
            })?;
            match end {
                Answers::More => {}
                Answers::Lost => exact = false,
                Answers::End(0) => return Ok(exact),
                Answers::End(errno) => {
                    // Whatever number came: nothing is assumed of it.
                    let errno = errno.saturating_abs();
                    let lacks = [Errno::OPNOTSUPP, Errno::AFNOSUPPORT, Errno::PROTONOSUPPORT];
                    if lacks.into_iter().any(|lack| lack.raw_os_error() == errno) {
                        return Ok(exact);
                    }
                    return Err(io::Error::from_raw_os_error(errno));
                }
            }
        }
    }

    /// Asks which route the kernel takes for `address`: its answer, or the errno with which it
    /// refuses.
    pub(super) fn route_to(&mut self, address: IpAddr) -> io::Result<Result<Event, i32>> {
        let mut body = vec![0; 12];
        let (family, octets) = match address {
            IpAddr::V4(address) => (AF_INET, address.octets().to_vec()),
            IpAddr::V6(address) => (AF_INET6, address.octets().to_vec()),
        };
        let length = octets.len();
        // Family, length of the destination in bits, ..., flags.
        body[0] = family;
        body[1] = (length * 8) as u8;
        body[8..12].copy_from_slice(&RTM_F_FIB_MATCH.to_ne_bytes());
        body.extend_from_slice(&(length as u16 + 4).to_ne_bytes());
        body.extend_from_slice(&route::RTA_DST.to_ne_bytes());
        body.extend_from_slice(&octets);
        let sequence = self.ask(message::RTM_GETROUTE, MessageFlags::REQUEST, &body)?;
        loop {
            let mut answer = None;
            let end = self.answers(sequence, |given| {
                answer = Some(match given {
                    Ok((_, Event::Error(errno))) => Ok(Err(errno.saturating_neg())),
                    Ok((_, event)) => Ok(Ok(event)),
                    Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
                });
                None
            })?;
            match (answer, end) {
                (Some(answer), _) => return answer,
                (None, Answers::Lost) => return Err(io::ErrorKind::InvalidData.into()),
                (None, _) => {}
            }
        }
    }

    /// Sends a request. Returns its sequence number.
    fn ask(&mut self, kind: u16, flags: MessageFlags, body: &[u8]) -> io::Result<u32> {
        self.sequence = self.sequence.wrapping_add(1).max(1);
        let mut request = Vec::with_capacity(message::HEADER + body.len());
        request.extend_from_slice(&((message::HEADER + body.len()) as u32).to_ne_bytes());
        request.extend_from_slice(&kind.to_ne_bytes());
        request.extend_from_slice(&flags.bits().to_ne_bytes());
        request.extend_from_slice(&self.sequence.to_ne_bytes());
        request.extend_from_slice(&[0; 4]);
        request.extend_from_slice(body);
        let kernel = SocketAddrNetlink::new(0, 0);
        net::sendto(&self.fd, &request, SendFlags::empty(), &kernel)?;
        Ok(self.sequence)
    }

    /// Waits for a datagram and hands the answers to `sequence` in it to `take`, until that says
    /// that one was the last.
    fn answers(
        &mut self,
        sequence: u32,
        mut take: impl FnMut(Result<(Header, Event), DecodeError>) -> Option<i32>,
    ) -> io::Result<Answers> {
        if !wait_for(&mut [PollFd::new(&self.fd, PollFlags::IN)], ANSWER)? {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let datagram = match self.receive()? {
            Received::Datagram(datagram) => datagram,
            Received::Nothing => return Ok(Answers::More),
            Received::Lost => return Ok(Answers::Lost),
        };
        let ours = Messages::new(datagram)
            .filter(|message| !matches!(message, Ok((header, _)) if header.sequence != sequence));
        for message in ours {
            if let Some(errno) = take(message) {
                return Ok(Answers::End(errno));
            }
        }
        Ok(Answers::More)
    }
}

/// What became of a datagram of answers.
enum Answers {
    /// More are to come.
    More,
    /// It did not fit, and is lost.
    Lost,
    /// That was the last one; the errno, negated, or 0.
    End(i32),
}

/// Waits until one of `on` is ready. Returns whether one is. A signal does not end the wait.
pub(super) fn wait_for(on: &mut [PollFd<'_>], wait: Duration) -> io::Result<bool> {
    let began = Instant::now();
    loop {
        // A wait so long that it does not fit is forever.
        let left = Timespec::try_from(wait.saturating_sub(began.elapsed())).ok();
        match rustix::event::poll(on, left.as_ref()) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
