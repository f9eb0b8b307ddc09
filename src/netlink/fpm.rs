//! The loop between a routing daemon and tables: the server's side of FRR's `dplane_fpm_nl`.
//!
//! The daemon connects, sends every route that it has, and then what changes. A frame's messages
//! belong together: FRR tells a change as a withdrawal and an announcement in one frame. So changes
//! are published when all complete frames that have come are taken, and readers never see a route
//! gone that was only replaced.
//!
//! When the connection ends the tables stay as they are. With the next one everything comes again,
//! and nothing says when that is done. Announcements and withdrawals count at once, and each
//! confirms its prefix. When a session has told of a route, and then for [`FpmOptions::quiet`] none
//! has confirmed a route of the session before, what is left of that session is swept, in one batch.
//! Ordinary changes of routes that are confirmed do not put this off. A daemon that has connected
//! and says nothing about routes, for it may be starting still, leaves the old ones as they are.
//!
//! A new connection takes the place of one that is still open, since a daemon that has crashed
//! may leave one behind. Of several that wait the last one counts. Frames that are none end the connection: the daemon connects anew and
//! repeats everything. Netlink messages that are malformed inside a sound frame are counted and
//! passed over.
//!
//! Whoever can connect says where packets go. The protocol knows no secret, so listen on the
//! loopback interface, or where none but the daemon gets through.

use std::{
    io::{self, ErrorKind, Read},
    net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs},
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags};

use super::{
    frame::{self, FrameError},
    message::Messages,
    mirror::Mirror,
    socket::wait_for,
    stats::MirrorStats,
    tables::{ApplyError, Tables},
};
use crate::table::Options;

/// Where FRR connects to unless it is told otherwise.
pub const FPM_PORT: u16 = 2620;

/// Bytes taken before what they change is published.
const BURST: usize = 1 << 20;

/// Connections taken at once, of which the last one counts. More are not kept waiting by default.
const BACKLOG: usize = 128;

/// What a listener is to be.
#[derive(Clone, Debug)]
pub struct FpmOptions {
    /// How long a new session that has told of a route may confirm nothing before what it has not
    /// confirmed is swept.
    pub quiet: Duration,
    /// Mirrors this table alone.
    pub only: Option<u32>,
    /// How tables are opened.
    pub tables: Options,
}

impl Default for FpmOptions {
    /// 5 seconds, all tables, the defaults for each.
    fn default() -> Self {
        Self { quiet: Duration::from_secs(5), only: None, tables: Options::default() }
    }
}

/// A mirror of the routes of a routing daemon that connects to it.
#[derive(Debug)]
pub struct FpmListener {
    listener: TcpListener,
    session: Option<Session>,
    mirror: Mirror,
    tables: Tables,
    refusal: Option<ApplyError>,
    first_bad_frame: Option<FrameError>,
    quiet: Duration,
}

#[derive(Debug)]
struct Session {
    stream: TcpStream,
    /// What has come and is not taken: less than a frame, between steps.
    pending: Vec<u8>,
    /// What is left of the session before; `None` once it is swept.
    stale: Option<Stale>,
}

#[derive(Clone, Copy, Debug)]
struct Stale {
    /// Routes announced and withdrawn before this session.
    updates: u64,
    /// How many prefixes are not confirmed.
    unconfirmed: usize,
    /// Since when it has been so many, from this session's first route on.
    since: Option<Instant>,
}

impl FpmListener {
    /// Listens on `address`.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn bind(address: impl ToSocketAddrs, options: &FpmOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let mirror = match options.only {
            Some(table) => Mirror::of_daemon().only(table),
            None => Mirror::of_daemon(),
        };
        Ok(Self {
            listener,
            session: None,
            mirror,
            tables: Tables::new(options.tables),
            refusal: None,
            first_bad_frame: None,
            quiet: options.quiet,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// What has been counted.
    pub fn stats(&self) -> MirrorStats {
        self.mirror.stats()
    }

    /// Whether a daemon is connected.
    pub fn is_connected(&self) -> bool {
        self.session.is_some()
    }

    /// Prefixes that the present session has not confirmed yet; all of the last one's while nobody has
    /// connected again since.
    pub fn unconfirmed(&self) -> usize {
        self.mirror.unconfirmed()
    }

    /// Why changes could not be applied, for as long as they wait.
    pub fn refusal(&self) -> Option<&ApplyError> {
        self.refusal.as_ref()
    }

    /// The first frame that was none.
    pub fn first_bad_frame(&self) -> Option<FrameError> {
        self.first_bad_frame
    }

    /// Waits up to `wait` for something to do and does it: takes a connection, or frames, or sweeps,
    /// and publishes what has changed.
    ///
    /// # Errors
    /// Those of the operating system that concern the listener. The end of a connection is none.
    pub fn step(&mut self, wait: Duration) -> io::Result<()> {
        let stale = self.session.as_ref().and_then(|session| session.stale);
        let since = stale.and_then(|stale| stale.since);
        let until_sweep = since.map(|since| self.quiet.saturating_sub(since.elapsed()));
        let wait = until_sweep.map_or(wait, |sweep| sweep.min(wait));
        let mut ready = vec![PollFd::new(&self.listener, PollFlags::IN)];
        if let Some(session) = &self.session {
            ready.push(PollFd::new(&session.stream, PollFlags::IN));
        }
        wait_for(&mut ready, wait)?;
        // What a connection has sent before its end, or before the next one, counts.
        let all = self.read();
        let accepted = self.accept();
        // What confirms a route may wait in the socket still.
        if all {
            self.sweep_if_quiet();
        }
        // Also if no connection could be taken: what has come on the old one counts.
        self.refusal = self.mirror.publish(&self.tables).err();
        accepted
    }

    fn accept(&mut self) -> io::Result<()> {
        let (mut last, mut outcome) = (None, Ok(()));
        for _ in 0..BACKLOG {
            match self.listener.accept() {
                Ok((stream, _)) => last = Some(stream),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // The other side has gone again, or a signal came.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::ConnectionAborted
                            | ErrorKind::ConnectionReset
                            | ErrorKind::Interrupted
                    ) => {}
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        if let Some(stream) = last {
            stream.set_nonblocking(true)?;
            self.disconnect();
            // This walks over all routes, so once, however many have connected.
            self.mirror.begin_session();
            let (unconfirmed, updates) = (self.mirror.unconfirmed(), self.mirror.stats.updates);
            let stale = Some(Stale { updates, unconfirmed, since: None });
            self.session = Some(Session { stream, pending: Vec::new(), stale });
        }
        outcome
    }

    /// Takes what has come on the connection. Returns whether that was all.
    fn read(&mut self) -> bool {
        let Some(session) = &mut self.session else { return true };
        let mut open = true;
        let mut taken = 0;
        let mut chunk = [0; 1 << 16];
        while open && taken < BURST {
            match session.stream.read(&mut chunk) {
                Ok(0) => open = false,
                Ok(count) => {
                    taken += count;
                    session.pending.extend_from_slice(chunk.get(..count).unwrap_or(&[]));
                    if let Err(error) = self.mirror.take_frames(&mut session.pending) {
                        self.mirror.stats.bad_frames += 1;
                        self.first_bad_frame.get_or_insert(error);
                        open = false;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => open = false,
            }
        }
        if !open {
            self.disconnect();
        }
        taken < BURST
    }

    fn disconnect(&mut self) {
        if self.session.take().is_some() {
            self.mirror.stats.disconnects += 1;
        }
    }

    fn sweep_if_quiet(&mut self) {
        let Some(session) = &mut self.session else { return };
        let Some(stale) = &mut session.stale else { return };
        let now = self.mirror.unconfirmed();
        let quiet = stale.since.is_some_and(|since| since.elapsed() >= self.quiet);
        let confirmed = now != stale.unconfirmed;
        if now == 0 || (!confirmed && quiet) {
            self.mirror.sweep();
            session.stale = None;
        } else if confirmed || (stale.since.is_none() && self.mirror.stats.updates > stale.updates)
        {
            (stale.unconfirmed, stale.since) = (now, Some(Instant::now()));
        }
    }
}

impl Mirror {
    /// Takes the complete FPM frames at the beginning of `pending`, and leaves what follows them. For
    /// a stream that comes by another way than to a listener.
    ///
    /// Messages that are malformed inside a sound frame are counted and passed over.
    ///
    /// # Errors
    /// [`FrameError`] at the first bytes that are no frame. What came before them has been taken, and
    /// `pending` is as it was: nothing after them can be found.
    pub fn take_frames(&mut self, pending: &mut Vec<u8>) -> Result<(), FrameError> {
        let mut rest = pending.as_slice();
        while let Some(frame) = frame::split(rest)? {
            for message in Messages::new(frame.contents) {
                match message {
                    Ok((header, event)) => self.observe(header.flags, event),
                    Err(error) => {
                        self.stats.note_malformed(error);
                        if error.loses_framing() {
                            return Err(FrameError::Contents(error));
                        }
                    }
                }
            }
            rest = frame.rest;
        }
        let left = rest.len();
        pending.drain(..pending.len() - left);
        Ok(())
    }
}
