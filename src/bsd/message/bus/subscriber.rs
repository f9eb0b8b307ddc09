//! The receiving end of a subscription.

use core::{fmt, iter};
use std::sync::{
    Arc,
    mpsc::{RecvError, TryRecvError},
};
#[cfg(not(rtalloc_loom))]
use std::{
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant},
};

use super::{Seats, park::Parker, queue::Received, seat::Seat};
use crate::bsd::message::{Message, MessageKind};

/// Receives the messages that pass its filter, each once, in the order in which they were sent by
/// each sender. Made by [`Bus::subscribe`](super::Bus::subscribe); ends when it is dropped.
///
/// # Guarantees
///
/// A subscriber that does not keep up loses messages, and holds up nobody. When its queue is full it
/// gets nothing more until it has taken everything out; then it gets one [`MessageKind::Desync`],
/// and messages flow again. Every loss is followed by a [`MessageKind::Desync`], and what the lost
/// message was about is visible to whoever looks at the tables after that.
///
/// A sender that is stopped by the scheduler in the middle of sending holds back what was sent to
/// this subscriber after it, and only that.
pub struct Subscriber {
    // Before `seats`, so that the last subscriber leaves a list that nobody else holds a part of.
    seat: Arc<Seat>,
    seats: Arc<Seats>,
    /// The ticket of the next message.
    head: u64,
    lost: u64,
}

impl Subscriber {
    pub(super) fn new(seats: Arc<Seats>, seat: Arc<Seat>, head: u64) -> Self {
        Self { seats, seat, head, lost: 0 }
    }

    /// The next message, if there is one.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if there is none now, and [`TryRecvError::Disconnected`] if the bus is
    /// gone and all that it sent has been received.
    pub fn try_recv(&mut self) -> Result<Arc<Message>, TryRecvError> {
        // Before the queue is looked at: what was sent before the end is still received.
        let closed = self.seats.is_closed();
        match self.seat.receive(&mut self.head) {
            Received::Message(message) => Ok(message),
            Received::Desync(lost) => {
                self.lost += lost;
                Ok(Arc::new(Message::new(MessageKind::Desync, 0)))
            }
            Received::Nothing if closed => Err(TryRecvError::Disconnected),
            Received::Nothing => Err(TryRecvError::Empty),
        }
    }

    /// The next message, waiting for it.
    ///
    /// # Errors
    /// [`RecvError`] if the bus is gone and all that it sent has been received.
    pub fn recv(&mut self) -> Result<Arc<Message>, RecvError> {
        loop {
            match self.try_recv() {
                Ok(message) => return Ok(message),
                Err(TryRecvError::Disconnected) => return Err(RecvError),
                Err(TryRecvError::Empty) => {}
            }
            if let Some(received) = self.wait(Parker::park) {
                return received.map_err(|_| RecvError);
            }
        }
    }

    /// The next message, waiting for it no longer than `timeout`.
    ///
    /// # Errors
    /// [`RecvTimeoutError::Timeout`] if none came in time, and [`RecvTimeoutError::Disconnected`] if
    /// the bus is gone and all that it sent has been received.
    #[cfg(not(rtalloc_loom))]
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Arc<Message>, RecvTimeoutError> {
        let started = Instant::now();
        loop {
            match self.try_recv() {
                Ok(message) => return Ok(message),
                Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
                Err(TryRecvError::Empty) => {}
            }
            let Some(left) = timeout.checked_sub(started.elapsed()).filter(|left| !left.is_zero())
            else {
                return Err(RecvTimeoutError::Timeout);
            };
            if let Some(received) = self.wait(|parker| parker.park_timeout(left)) {
                return received.map_err(|_| RecvTimeoutError::Disconnected);
            }
        }
    }

    /// Waits, and returns what came just before that was needed.
    fn wait(&mut self, park: impl FnOnce(&Parker)) -> Option<Result<Arc<Message>, TryRecvError>> {
        let seat = Arc::clone(&self.seat);
        let mut received = None;
        let ready = || {
            received = Some(self.try_recv()).filter(|it| !matches!(it, Err(TryRecvError::Empty)));
            received.is_some()
        };
        seat.wait(ready, park);
        received
    }

    /// The messages that are there now.
    pub fn try_iter(&mut self) -> impl Iterator<Item = Arc<Message>> {
        iter::from_fn(|| self.try_recv().ok())
    }

    /// How many messages were lost, as of the last [`MessageKind::Desync`].
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

impl Iterator for Subscriber {
    type Item = Arc<Message>;

    /// As [`recv`](Self::recv): waits, and ends when the bus is gone.
    fn next(&mut self) -> Option<Arc<Message>> {
        self.recv().ok()
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.seat.leave(&mut self.head);
        self.seats.left();
    }
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber").field("lost", &self.lost).finish_non_exhaustive()
    }
}
