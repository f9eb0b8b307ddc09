//! The loop between a Linux kernel and tables.
//!
//! Two sockets: notifications come on one, with a large receive buffer, and dumps are asked for on
//! another. A [`step`](KernelMirror::step) waits for notifications, takes all that are there, up to a
//! bound, and applies what they change as one batch a table and family. When the mirror asks for a
//! dump, a step makes one.
//!
//! A dump goes: take the notifications that are there; dump links, next-hop objects, IPv6 and IPv4
//! routes; take the notifications that came meanwhile; publish. It is *exact* unless the kernel says
//! that it was interrupted, something in it could not be read, or an IPv6 route was withdrawn while
//! IPv6 routes were dumped: then the kernel finds its place again by counting, and may pass over a
//! route that has always been there. After an inexact dump nothing is swept, and the next one
//! follows after a pause, which doubles up to [`LONGEST_PAUSE`]. Dumps never take more than half of
//! the time.

use std::{
    io,
    net::IpAddr,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags};

use super::{
    message::{Event, MessageFlags, Messages},
    mirror::Mirror,
    route::RouteMessage,
    socket::{self, Dump, Received, Socket},
    stats::MirrorStats,
    tables::{ApplyError, Tables},
};
use crate::{any_prefix::AnyPrefix, table::Options};

/// Datagrams that are taken before what they change is published. The kernel sends one a change.
const BURST: usize = 8192;

/// Datagrams that are kept for after a dump, for each part of it. If there are more the dump counts
/// as inexact.
const MEANWHILE: usize = 1 << 20;

const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What a mirror of the kernel is to be.
#[derive(Clone, Debug)]
pub struct KernelOptions {
    /// Bytes of the receive buffer for notifications. More than `net.core.rmem_max` takes
    /// CAP_NET_ADMIN; without it that is what is taken.
    pub receive_buffer: usize,
    /// Mirrors this table alone.
    pub only: Option<u32>,
    /// How tables are opened.
    pub tables: Options,
}

impl Default for KernelOptions {
    /// 64 MiB, all tables, the defaults for each.
    fn default() -> Self {
        Self { receive_buffer: 1 << 26, only: None, tables: Options::default() }
    }
}

/// A mirror of this network namespace's routes.
#[derive(Debug)]
pub struct KernelMirror {
    notifications: Socket,
    requests: Socket,
    mirror: Mirror,
    tables: Tables,
    refusal: Option<ApplyError>,
    next_dump: Instant,
    pause: Duration,
}

impl KernelMirror {
    /// Subscribes, dumps and fills the tables. That happens in the calling thread's network
    /// namespace, and the mirror stays with it.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn open(options: &KernelOptions) -> io::Result<Self> {
        let notifications = Socket::for_notifications(options.receive_buffer)?;
        let mirror = match options.only {
            Some(table) => Mirror::of_kernel().only(table),
            None => Mirror::of_kernel(),
        };
        let mut this = Self {
            notifications,
            requests: Socket::for_requests()?,
            mirror,
            tables: Tables::new(options.tables),
            refusal: None,
            next_dump: Instant::now(),
            pause: SHORTEST_PAUSE,
        };
        this.resync()?;
        Ok(this)
    }

    /// The tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// What has been counted.
    pub fn stats(&self) -> MirrorStats {
        self.mirror.stats()
    }

    /// Whether the tables say all that is known: no dump is due, and no change was refused.
    pub fn is_settled(&self) -> bool {
        !self.mirror.wants_dump() && self.refusal.is_none()
    }

    /// Why changes could not be applied, for as long as they wait.
    pub fn refusal(&self) -> Option<&ApplyError> {
        self.refusal.as_ref()
    }

    /// The size of the receive buffer, as the kernel accounts it: twice what was asked for, or less.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn receive_buffer(&self) -> io::Result<usize> {
        self.notifications.receive_buffer()
    }

    /// Waits up to `wait` for something to do and does it: takes notifications, or dumps, and
    /// publishes what has changed.
    ///
    /// # Errors
    /// Those of the operating system. Losses are none; they lead to a dump.
    pub fn step(&mut self, wait: Duration) -> io::Result<()> {
        let due = self.next_dump.saturating_duration_since(Instant::now());
        if self.mirror.wants_dump() && due.is_zero() {
            return self.resync();
        }
        let wait = if self.mirror.wants_dump() { wait.min(due) } else { wait };
        socket::wait_for(&mut [PollFd::new(&self.notifications, PollFlags::IN)], wait)?;
        let mirror = &mut self.mirror;
        drain(&mut self.notifications, BURST, |taken| match taken {
            Taken::Event(flags, event) => mirror.observe(flags, event),
            Taken::Malformed(error) => {
                mirror.stats.note_malformed(error);
                mirror.note_fault();
            }
            Taken::Lost => mirror.note_loss(),
        })?;
        self.publish();
        Ok(())
    }

    fn publish(&mut self) {
        self.refusal = self.mirror.publish(&self.tables).err();
    }

    fn resync(&mut self) -> io::Result<()> {
        let began = Instant::now();
        let (mut meanwhile, mut lost) = (Vec::new(), 0u64);
        let mirror = &mut self.mirror;
        drain(&mut self.notifications, MEANWHILE, |taken| match taken {
            Taken::Event(flags, event) => mirror.observe(flags, event),
            // What is lost or cannot be read now is in the dump.
            Taken::Malformed(error) => mirror.stats.note_malformed(error),
            Taken::Lost => mirror.stats.overruns += 1,
        })?;
        mirror.begin_dump();
        let mut exact = true;
        for what in [Dump::Links, Dump::Objects, Dump::RoutesV6, Dump::RoutesV4] {
            let confirm = |answer| match answer {
                Ok(event) => mirror.confirm(event),
                Err(error) => mirror.stats.note_malformed(error),
            };
            match self.requests.dump(what, confirm) {
                Ok(whole) => exact &= whole,
                Err(_) => {
                    // Late answers must not be taken for those of the next dump.
                    self.requests = Socket::for_requests()?;
                    exact = false;
                }
            }
            let before = meanwhile.len();
            exact &= drain(&mut self.notifications, MEANWHILE, |taken| match taken {
                Taken::Event(flags, event) => meanwhile.push((flags, event)),
                Taken::Malformed(error) => {
                    mirror.stats.note_malformed(error);
                    lost += 1;
                }
                Taken::Lost => {
                    mirror.stats.overruns += 1;
                    lost += 1;
                }
            })?;
            if matches!(what, Dump::RoutesV6) {
                exact &= !meanwhile.iter().skip(before).any(|(_, event)| withdraws_v6(event));
            }
        }
        mirror.end_dump(exact, meanwhile);
        if lost > 0 {
            mirror.note_fault();
        }
        self.publish();
        self.pause = match exact {
            true => SHORTEST_PAUSE,
            false => (self.pause * 2).min(LONGEST_PAUSE),
        };
        self.next_dump = Instant::now() + self.pause.max(began.elapsed());
        Ok(())
    }
}

fn withdraws_v6(event: &Event) -> bool {
    matches!(event, Event::DelRoute(RouteMessage { prefix: AnyPrefix::V6(_), .. }))
}

/// What came on the socket for notifications.
enum Taken {
    Event(MessageFlags, Event),
    Malformed(super::error::DecodeError),
    Lost,
}

/// Takes what is there, up to `most` datagrams. Returns whether that was all.
fn drain(socket: &mut Socket, most: usize, mut take: impl FnMut(Taken)) -> io::Result<bool> {
    for _ in 0..most {
        match socket.receive()? {
            Received::Nothing => return Ok(true),
            Received::Lost => take(Taken::Lost),
            Received::Datagram(datagram) => {
                for message in Messages::new(datagram) {
                    take(match message {
                        Ok((header, event)) => Taken::Event(header.flags, event),
                        Err(error) => Taken::Malformed(error),
                    });
                }
            }
        }
    }
    Ok(false)
}

/// Asks this network namespace's kernel which route it takes, to compare.
#[derive(Debug)]
pub struct KernelQuery {
    requests: Socket,
}

/// The kernel's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The route that matches, of any kind that takes or sends packets.
    Route(RouteMessage),
    /// No packet goes there: the errno says why. ENETUNREACH is no route; EHOSTUNREACH, EACCES and
    /// EINVAL come from routes that are unreachable, prohibit and blackhole.
    Refused(i32),
}

impl KernelQuery {
    /// Opens a socket for questions.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn open() -> io::Result<Self> {
        Ok(Self { requests: Socket::for_requests()? })
    }

    /// The route for `address`, for a packet from this machine without a mark or a type of service.
    ///
    /// # Errors
    /// Those of the operating system, and [`io::ErrorKind::InvalidData`] for an answer that is none.
    pub fn route_to(&mut self, address: IpAddr) -> io::Result<Answer> {
        match self.requests.route_to(address)? {
            Ok(Event::NewRoute(route)) => Ok(Answer::Route(route)),
            Ok(_) => Err(io::ErrorKind::InvalidData.into()),
            Err(errno) => Ok(Answer::Refused(errno)),
        }
    }

    /// How many policy rules there are, for IPv4 and for IPv6. A machine without rules of its own
    /// has 3 and 2: the tables local, main and, for IPv4, default, in this order.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn rules(&mut self) -> io::Result<(usize, usize)> {
        let mut count = |family| {
            let mut rules = 0;
            self.requests.dump(Dump::Rules(family), |_| rules += 1).map(|_| rules)
        };
        Ok((count(super::wire::AF_INET)?, count(super::wire::AF_INET6)?))
    }
}
