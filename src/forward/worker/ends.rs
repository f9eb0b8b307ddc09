//! A worker's ends of the ports: receiving, sending, waiting, and leaving a port alone that has failed.

use core::time::Duration;
use std::{io, time::Instant};

use super::{PortFault, core::Core};
use crate::forward::{
    cause::Cause,
    io::{Frame, PacketIo},
};

/// Frames that are handed to a port at once.
const CHUNK: usize = 64;

/// How long a port that has failed is left alone.
const PAUSE: Duration = Duration::from_millis(100);

/// The ends, and how each is.
pub(super) struct Ends {
    pub(super) ports: Vec<Box<dyn PacketIo>>,
    /// Until when each port is left alone.
    resting: Vec<Option<Instant>>,
    /// How a port has failed that was not asked about yet.
    pub(super) fault: Option<PortFault>,
    /// The port to wait for next.
    turn: usize,
}

impl Ends {
    pub(super) fn new(ports: Vec<Box<dyn PacketIo>>) -> Self {
        let resting = ports.iter().map(|_| None).collect();
        Self { ports, resting, fault: None, turn: 0 }
    }

    /// Receives a burst into the first frames. Returns how many came.
    pub(super) fn receive(&mut self, port: usize, core: &mut Core) -> usize {
        if self.resting[port].is_some_and(|until| Instant::now() < until) {
            return 0;
        }
        let frames = core.burst();
        let most = frames.len();
        match self.ports[port].receive(frames) {
            Ok(count) => count.min(most),
            Err(error) => {
                self.fail(core, port, error);
                0
            }
        }
    }

    /// Sends what is in the queues. The frames of the pool are free then.
    pub(super) fn send(&mut self, core: &mut Core) {
        for port in 0..self.ports.len() {
            let mut queue = ::core::mem::take(&mut core.queues[port]);
            for chunk in queue.chunks(CHUNK) {
                let taken = self.send_chunk(core, port, chunk);
                let (taken, refused) = chunk.split_at(taken.min(chunk.len()));
                let mut dropped = self.ports[port].dropped().iter().peekable();
                for (place, &frame) in taken.iter().enumerate() {
                    match dropped.next_if_eq(&&place) {
                        None => core.count_sent(frame),
                        Some(_) => core.abandon(frame, Cause::PortRefused),
                    }
                }
                for &frame in refused {
                    core.abandon(frame, Cause::PortFull);
                }
            }
            queue.clear();
            core.queues[port] = queue;
        }
        core.free_pool();
    }

    fn send_chunk(&mut self, core: &mut Core, port: usize, chunk: &[u16]) -> usize {
        let Some(first) = core.frames.first() else { return 0 };
        let mut frames: [&Frame; CHUNK] = [first; CHUNK];
        for (place, &frame) in frames.iter_mut().zip(chunk) {
            *place = &core.frames[usize::from(frame)];
        }
        match self.ports[port].send(&frames[..chunk.len()]) {
            Ok(sent) => sent,
            Err(error) => {
                self.fail(core, port, error);
                0
            }
        }
    }

    fn fail(&mut self, core: &mut Core, port: usize, error: io::Error) {
        core.totals.port_faults += 1;
        self.resting[port] = Some(Instant::now() + PAUSE);
        self.fault = Some(PortFault { port, error });
    }

    /// Waits for something to come, on each port in its turn.
    pub(super) fn wait(&mut self, core: &mut Core, most: Duration) {
        let count = self.ports.len();
        self.turn = (self.turn + 1) % count.max(1);
        let at = self.turn;
        let rests = self.resting.get(at).copied().flatten();
        match self.ports.get_mut(at) {
            Some(port) if rests.is_none_or(|until| Instant::now() >= until) => {
                if let Err(error) = port.wait(most) {
                    self.fail(core, at, error);
                }
            }
            _ => std::thread::sleep(most),
        }
    }
}
