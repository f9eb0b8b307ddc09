//! The loop between a Linux kernel and tables.
//!
//! Two sockets: notifications come on one, with a large receive buffer, and dumps are asked for on
//! another. A [`step`](KernelMirror::step) waits for notifications, takes all that are there, up to a
//! bound, and applies what they change as one batch a table and family. When the mirror asks for a
//! dump, a step makes one.
//!
//! How a dump goes is in `resync`. One that is not exact in all its parts is followed by the next one
//! after a pause, which doubles up to [`LONGEST_PAUSE`]. Dumps never take more than half of the time.

use std::{
    io,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags};

use super::{
    error::DecodeError,
    message::{Event, Messages},
    mirror::Mirror,
    resync::{DumpError, Kernel, Resynced, Taken, resync},
    socket::{self, Dump, Received, Socket},
    stats::MirrorStats,
    tables::{ApplyError, Tables},
};
use crate::table::Options;

/// Datagrams that are taken before what they change is published. The kernel sends one a change.
const BURST: usize = 8192;

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
    sockets: Sockets,
    mirror: Mirror,
    tables: Tables,
    refusal: Option<ApplyError>,
    fault: Option<DumpError>,
    next_dump: Instant,
    pause: Duration,
}

impl KernelMirror {
    /// Subscribes, dumps and fills the tables. That happens in the calling thread's network
    /// namespace, and the mirror stays with it.
    ///
    /// # Errors
    /// Those of the operating system, and a [`DumpError`] inside of one if the kernel refused the
    /// first dump or a part of it.
    pub fn open(options: &KernelOptions) -> io::Result<Self> {
        let notifications = Socket::for_notifications(options.receive_buffer)?;
        let mirror = match options.only {
            Some(table) => Mirror::of_kernel().only(table),
            None => Mirror::of_kernel(),
        };
        let mut this = Self {
            sockets: Sockets { notifications, requests: Socket::for_requests()? },
            mirror,
            tables: Tables::new(options.tables),
            refusal: None,
            fault: None,
            next_dump: Instant::now(),
            pause: SHORTEST_PAUSE,
        };
        this.resync()?;
        match this.fault {
            Some(fault) => Err(fault.into()),
            None => Ok(this),
        }
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

    /// What the last dump failed of, if it did. Another one follows after a pause, and until one
    /// succeeds the tables may say what is not so any more.
    pub fn fault(&self) -> Option<&DumpError> {
        self.fault.as_ref()
    }

    /// The size of the receive buffer, as the kernel accounts it: twice what was asked for, or less.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn receive_buffer(&self) -> io::Result<usize> {
        self.sockets.notifications.receive_buffer()
    }

    /// Waits up to `wait` for something to do and does it: takes notifications, or dumps, and
    /// publishes what has changed.
    ///
    /// # Errors
    /// Those of the operating system. Losses are none, nor are dumps that the kernel refuses
    /// ([`fault`](Self::fault)): both lead to a dump. After an error the next step goes on as if
    /// there had been none.
    pub fn step(&mut self, wait: Duration) -> io::Result<()> {
        let due = self.next_dump.saturating_duration_since(Instant::now());
        if self.mirror.wants_dump() && due.is_zero() {
            return self.resync();
        }
        let wait = if self.mirror.wants_dump() { wait.min(due) } else { wait };
        socket::wait_for(&mut [PollFd::new(&self.sockets.notifications, PollFlags::IN)], wait)?;
        let mirror = &mut self.mirror;
        self.sockets.drain(BURST, |taken| match taken {
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
        let outcome = resync(&mut self.mirror, &mut self.sockets);
        self.publish();
        let exact = matches!(&outcome, Ok(Resynced { exact, .. }) if exact.is_all());
        self.pause = match exact {
            true => SHORTEST_PAUSE,
            false => (self.pause * 2).min(LONGEST_PAUSE),
        };
        self.next_dump = Instant::now() + self.pause.max(began.elapsed());
        self.fault = outcome?.fault;
        Ok(())
    }
}

/// The socket for notifications, and the one for dumps.
#[derive(Debug)]
struct Sockets {
    notifications: Socket,
    requests: Socket,
}

impl Kernel for Sockets {
    fn dump(
        &mut self,
        what: Dump,
        take: impl FnMut(Result<Event, DecodeError>),
    ) -> io::Result<bool> {
        let outcome = self.requests.dump(what, take);
        // A dump that has failed may be going on still, and would be in the way of the next one on
        // this socket. If there is no other to be had its answers are told by their numbers.
        if outcome.is_err()
            && let Ok(fresh) = Socket::for_requests()
        {
            self.requests = fresh;
        }
        outcome
    }

    fn drain(&mut self, most: usize, take: impl FnMut(Taken)) -> io::Result<bool> {
        drain(&mut self.notifications, most, take)
    }
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
