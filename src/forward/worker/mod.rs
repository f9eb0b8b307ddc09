//! A worker: one thread's part of a forwarder, from receiving a burst to sending it.
//!
//! # A burst
//! 1. *Receive* up to [`burst`](crate::forward::ForwardOptions::burst) frames from a port.
//! 2. *Sort*: check form and addresses. What is left of a packet's frame begins with its IP header and
//!    ends with the packet.
//! 3. *Look up* all IPv4 packets in one call, and all IPv6 packets in another.
//! 4. *Pass*: check hops and size, take one hop off, find the neighbour's link address, write the link
//!    header, put the frame into its port's queue. A frame is never copied on this way.
//! 5. *Aside*: answer, complain, ask for neighbours, cut up, with frames of a pool.
//! 6. *Send* the queues, and show the counters.
//!
//! Steps 3 to 5 are under one guard of the table. Steps 1 to 4 and 6 allocate nothing, take no lock and
//! write nothing that other threads write.
//!
//! # What is remembered
//! For a next hop through a gateway, the worker remembers port and link address beside the next hop's
//! number, for two seconds, as long as the port's table of neighbours has not changed. A destination that
//! is on the link itself is looked up there for each packet.

mod adjacency;
mod aside;
mod control;
mod core;
mod pass;
mod pool;
mod sort;

use ::core::{fmt, time::Duration};
use std::{io, sync::Arc, time::Instant};

use self::{aside::Aside, core::Core};
use super::{
    cause::Cause,
    counters::{Counters, Totals},
    forwarder::Shared,
    io::{Frame, PacketIo},
    routes::RouteData,
};
use crate::{bsd::RtReader, table::Reader};

/// Frames that are handed to a port at once.
const CHUNK: usize = 64;

/// How long a port that has failed is left alone.
const PAUSE: Duration = Duration::from_millis(100);

/// One thread's part of a forwarder. It owns its ports' ends, and is moved to its thread.
pub struct Worker<V: RouteData> {
    reader: Reader<V>,
    links: RtReader,
    ports: Vec<Box<dyn PacketIo>>,
    /// Until when each port is left alone.
    resting: Vec<Option<Instant>>,
    core: Core,
    counters: Counters,
    fault: Option<PortFault>,
    /// The port to wait for next.
    turn: usize,
}

/// That a port has failed.
#[derive(Debug)]
pub struct PortFault {
    /// The port, by its place among the ports.
    pub port: usize,
    /// What it said.
    pub error: io::Error,
}

impl<V: RouteData> Worker<V> {
    pub(super) fn new(
        reader: Reader<V>,
        shared: Arc<Shared>,
        ports: Vec<Box<dyn PacketIo>>,
        counters: Counters,
    ) -> Self {
        Self {
            reader,
            links: shared.neighbours.reader(),
            resting: ports.iter().map(|_| None).collect(),
            ports,
            core: Core::new(shared),
            counters,
            fault: None,
            turn: 0,
        }
    }

    /// Receives a burst from each port and forwards it, without waiting. Returns how many packets came.
    ///
    /// A port that fails is left alone for a moment, and the others go on:
    /// see [`fault`](Self::fault).
    pub fn step(&mut self) -> usize {
        self.core.now = self.core.shared.neighbours.now();
        let mut received = 0;
        for port in 0..self.ports.len() {
            received += self.step_port(port);
        }
        if let Some(due) = self.core.shared.neighbours.tick(self.core.now) {
            let guard = self.reader.enter();
            Aside { core: &mut self.core, guard: &guard, links: &mut self.links }.time(due);
            drop(guard);
            self.send();
        }
        self.counters.show(&self.core.totals);
        received
    }

    fn step_port(&mut self, port: usize) -> usize {
        if self.resting[port].is_some_and(|until| Instant::now() < until) {
            return 0;
        }
        let frames = self.core.burst();
        let most = frames.len();
        let count = match self.ports[port].receive(frames) {
            Ok(count) => count.min(most),
            Err(error) => {
                self.fail(port, error);
                0
            }
        };
        if count == 0 {
            return 0;
        }
        self.core.sort(port as u16, count);
        let guard = self.reader.enter();
        self.core.pass(&guard, &self.links.enter());
        Aside { core: &mut self.core, guard: &guard, links: &mut self.links }.run();
        drop(guard);
        self.send();
        count
    }

    /// Sends what is in the queues.
    fn send(&mut self) {
        for port in 0..self.ports.len() {
            let mut queue = ::core::mem::take(&mut self.core.queues[port]);
            for chunk in queue.chunks(CHUNK) {
                let taken = self.send_chunk(port, chunk);
                let (taken, refused) = chunk.split_at(taken.min(chunk.len()));
                let mut dropped = self.ports[port].dropped().iter().peekable();
                for (place, &frame) in taken.iter().enumerate() {
                    match dropped.next_if_eq(&&place) {
                        None => self.core.count_sent(frame),
                        Some(_) => self.core.abandon(frame, Cause::PortRefused),
                    }
                }
                for &frame in refused {
                    self.core.abandon(frame, Cause::PortFull);
                }
            }
            queue.clear();
            self.core.queues[port] = queue;
        }
        self.core.free_pool();
    }

    fn send_chunk(&mut self, port: usize, chunk: &[u16]) -> usize {
        let Some(first) = self.core.frames.first() else { return 0 };
        let mut frames: [&Frame; CHUNK] = [first; CHUNK];
        for (place, &frame) in frames.iter_mut().zip(chunk) {
            *place = &self.core.frames[usize::from(frame)];
        }
        match self.ports[port].send(&frames[..chunk.len()]) {
            Ok(sent) => sent,
            Err(error) => {
                self.fail(port, error);
                0
            }
        }
    }

    fn fail(&mut self, port: usize, error: io::Error) {
        self.core.totals.port_faults += 1;
        self.resting[port] = Some(Instant::now() + PAUSE);
        self.fault = Some(PortFault { port, error });
    }

    /// Waits up to `most` for something to come: on each port in its turn, so call it again and again,
    /// with a time that the others can wait.
    pub fn wait(&mut self, most: Duration) {
        let count = self.ports.len();
        self.turn = (self.turn + 1) % count.max(1);
        let at = self.turn;
        let rests = self.resting.get(at).copied().flatten();
        match self.ports.get_mut(at) {
            Some(port) if rests.is_none_or(|until| Instant::now() >= until) => {
                if let Err(error) = port.wait(most) {
                    self.fail(at, error);
                }
            }
            _ => std::thread::sleep(most),
        }
    }

    /// Whether nothing will ever come again by any port.
    pub fn is_at_end(&self) -> bool {
        self.ports.iter().all(|port| port.is_at_end())
    }

    /// How a port has failed that was not asked about yet.
    pub fn fault(&mut self) -> Option<PortFault> {
        self.fault.take()
    }

    /// What was counted.
    pub fn totals(&self) -> Totals {
        self.core.totals
    }

    /// The ports' ends, to look at what they have.
    pub fn ports(&mut self) -> &mut [Box<dyn PacketIo>] {
        &mut self.ports
    }
}

impl Core {
    fn count_sent(&mut self, frame: u16) {
        let frame = usize::from(frame);
        match self.passing[frame] {
            true => {
                self.totals.forwarded += 1;
                self.totals.forwarded_bytes += self.frames[frame].bytes().len() as u64;
            }
            false => self.totals.originated += 1,
        }
    }
}

impl<V: RouteData> fmt::Debug for Worker<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("totals", &self.core.totals).finish_non_exhaustive()
    }
}
