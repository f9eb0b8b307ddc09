//! A worker: one thread's part of a forwarder, from receiving a burst to sending it.
//!
//! # A burst
//! 1. *Receive* up to [`burst`](crate::forward::ForwardOptions::burst) frames from a port.
//! 2. *Sort*: check form and addresses. What is left of a packet's frame begins with its IP header and
//!    ends with the packet.
//! 3. *Look up* all IPv4 packets in one call, and all IPv6 packets in another.
//! 4. *Pass*: check hops and size, take one hop off, find the neighbour's link address, write the link
//!    header, put the frame into its port's queue. A frame is never copied on this way.
//! 5. *Aside*: answer, complain, ask for neighbours, cut up, with frames of a pool. The pool is small, and
//!    when it is used up the queues are sent in between.
//! 6. *Send* the queues, and show the counters.
//!
//! Steps 3 to 5 are under one guard of the table. Steps 1 to 4 and 6 allocate nothing, take no lock and
//! write nothing that other threads write.
//!
//! # What is remembered
//! For a next hop through a gateway, the worker remembers port and link address beside the next hop's
//! number, for two seconds, as long as the generation of the port's table of neighbours stays: no
//! neighbour came or went, and none has another address. A doubt about a gateway only shortens the time
//! of its clone, which does not move the generation, and so it is noticed when the two seconds are over.
//! A destination that is on the link itself is looked up there for each packet.

mod adjacency;
mod aside;
mod control;
mod core;
mod ends;
mod pass;
mod pool;
mod sort;

use ::core::{fmt, time::Duration};
use std::{io, sync::Arc};

use self::{aside::Aside, core::Core, ends::Ends};
use super::{
    counters::{Counters, Totals},
    forwarder::Shared,
    io::PacketIo,
    routes::RouteData,
};
use crate::{bsd::RtReader, table::Reader};

/// One thread's part of a forwarder. It owns its ports' ends, and is moved to its thread.
pub struct Worker<V: RouteData> {
    reader: Reader<V>,
    links: RtReader,
    ends: Ends,
    core: Core,
    counters: Counters,
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
        let links = shared.neighbours.reader();
        Self { reader, links, ends: Ends::new(ports), core: Core::new(shared), counters }
    }

    /// Receives a burst from each port and forwards it, without waiting. Returns how many packets came.
    ///
    /// A port that fails is left alone for a moment, and the others go on:
    /// see [`fault`](Self::fault).
    pub fn step(&mut self) -> usize {
        self.core.now = self.core.shared.neighbours.now();
        let mut received = 0;
        for port in 0..self.ends.ports.len() {
            received += self.step_port(port);
        }
        if let Some(due) = self.core.shared.neighbours.tick(self.core.now) {
            let Self { reader, links, ends, core, .. } = self;
            Aside { core, guard: &reader.enter(), links, ends }.time(due);
            self.ends.send(&mut self.core);
        }
        self.counters.show(&self.core.totals);
        received
    }

    fn step_port(&mut self, port: usize) -> usize {
        let Self { reader, links, ends, core, .. } = self;
        let count = ends.receive(port, core);
        if count == 0 {
            return 0;
        }
        core.sort(port as u16, count);
        let guard = reader.enter();
        core.pass(&guard, &links.enter());
        Aside { core, guard: &guard, links, ends }.run();
        drop(guard);
        self.ends.send(&mut self.core);
        count
    }

    /// Waits up to `most` for something to come: on each port in its turn, so call it again and again,
    /// with a time that the others can wait.
    pub fn wait(&mut self, most: Duration) {
        self.ends.wait(&mut self.core, most);
    }

    /// Whether nothing will ever come again by any port.
    pub fn is_at_end(&self) -> bool {
        self.ends.ports.iter().all(|port| port.is_at_end())
    }

    /// How a port has failed that was not asked about yet.
    pub fn fault(&mut self) -> Option<PortFault> {
        self.ends.fault.take()
    }

    /// What was counted.
    pub fn totals(&self) -> Totals {
        self.core.totals
    }

    /// The ports' ends, to look at what they have.
    pub fn ports(&mut self) -> &mut [Box<dyn PacketIo>] {
        &mut self.ends.ports
    }
}

impl Core {
    pub(super) fn count_sent(&mut self, frame: u16) {
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
