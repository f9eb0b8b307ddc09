//! A bounded queue of messages: many senders that never wait, one receiver.
//!
//! The queue is a ring of places. A sender reserves room by counting itself in `pending`, draws a
//! ticket from `tail`, puts its message in the ticket's place and stamps the place with the ticket.
//! The receiver takes the messages in the order of their tickets and gives the room back.
//!
//! **A place is free when its ticket is drawn.** Of the senders that hold the tickets up to `t`, take
//! the one that reserved last. `t` others had reserved before it and found room, so the receiver had
//! by then given back more than `t - capacity` times, hence also for the ticket `t - capacity`, which
//! is the one that had the place before. That sender acquired this with its reservation, and handed
//! it on with its ticket (edges Q1 and Q2 below).
//!
//! **No loss goes unannounced.** A sender that finds no room, or finds that others have found none
//! since the receiver was last told, counts itself in `missed`. When the receiver has taken all there
//! is, it exchanges `missed` for 0 and, if it was more than 0, gets one `RTM_DESYNC`. Each loss is
//! counted before some exchange, and what its sender did before is visible to the receiver after it
//! (Q3): a receiver that then looks at the table sees all that it was not told of.
//!
//! Edges: Q1, `pending`, from giving room back to reserving it. Q2, `tail`, from ticket to ticket.
//! Q3, `missed`, from losing to being told. Q4, the stamp, from sending to receiving.

use std::sync::{Arc, OnceLock};

use super::place::Place;
use crate::{
    bsd::message::Message,
    sync::{AtomicU64, AtomicUsize, Ordering},
};

/// Chunks of places; each is twice as long as the one before, the first has one place.
const CHUNKS: usize = 24;
/// Messages in a queue at most.
pub(super) const MOST: usize = (1 << CHUNKS) - 1;

#[derive(Debug, Default)]
struct Stamped {
    /// One more than the ticket of the message that was put here last.
    stamp: AtomicU64,
    message: Place<Arc<Message>>,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Queue {
    capacity: AtomicUsize,
    pending: AtomicUsize,
    tail: AtomicU64,
    missed: AtomicU64,
    chunks: [OnceLock<Box<[Stamped]>>; CHUNKS],
}

/// What the receiver gets.
#[derive(Debug)]
pub(super) enum Received {
    /// The next message.
    Message(Arc<Message>),
    /// So many messages were lost.
    Desync(u64),
    /// Nothing is there.
    Nothing,
}

impl Queue {
    /// Makes the queue empty, with room for `capacity` messages, and returns the first ticket.
    /// Tickets go on from where they were, so that no old stamp is taken for a new one. Nobody else
    /// may be at the queue, and the caller's next release must be what lets others in.
    pub(super) fn reset(&self, capacity: usize) -> u64 {
        for (order, chunk) in self.chunks.iter().enumerate() {
            let chunk = if capacity >> order == 0 {
                chunk.get()
            } else {
                Some(chunk.get_or_init(|| (0..1 << order).map(|_| Stamped::default()).collect()))
            };
            for place in chunk.into_iter().flatten() {
                drop(place.message.take());
            }
        }
        // Relaxed, all of them: the caller is alone.
        self.capacity.store(capacity, Ordering::Relaxed);
        self.pending.store(0, Ordering::Relaxed);
        self.missed.store(0, Ordering::Relaxed);
        self.tail.load(Ordering::Relaxed)
    }

    /// Sends `message`, or counts it as lost. At most seven atomic operations and one exchange at a
    /// place, whatever others do.
    pub(super) fn send(&self, message: &Arc<Message>) {
        // Relaxed: if it is not 0, the loss is counted by the exchange in `lose`, not by this load.
        if self.missed.load(Ordering::Relaxed) != 0 {
            return self.lose();
        }
        // Relaxed: stored before this sender was let in.
        let capacity = self.capacity.load(Ordering::Relaxed);
        // AcqRel: Q1, acquires the room that the receiver gave back; and releases it to the next,
        // since every change of `pending` is an exchange.
        if self.pending.fetch_add(1, Ordering::AcqRel) >= capacity {
            // Relaxed: gives back what was not used; an exchange, so it hides no release.
            self.pending.fetch_sub(1, Ordering::Relaxed);
            return self.lose();
        }
        // AcqRel: Q2.
        let ticket = self.tail.fetch_add(1, Ordering::AcqRel);
        let Some(place) = self.place(ticket, capacity) else { return };
        place.message.put(Arc::clone(message));
        // Release: Q4, to `receive`, which then takes the message.
        place.stamp.store(ticket + 1, Ordering::Release);
    }

    fn lose(&self) {
        // AcqRel: Q3, to the exchange in `receive`. Also acquires, so that a chain of losers hands
        // on what each has done.
        self.missed.fetch_add(1, Ordering::AcqRel);
    }

    /// Takes the message of the ticket `head`. For the receiver alone, which counts the tickets.
    pub(super) fn receive(&self, head: &mut u64) -> Received {
        // Relaxed: stored before the receiver was made.
        let capacity = self.capacity.load(Ordering::Relaxed);
        let Some(place) = self.place(*head, capacity) else { return Received::Nothing };
        // Acquire: Q4, from `send`.
        if place.stamp.load(Ordering::Acquire) == *head + 1 {
            let message = place.message.take();
            *head += 1;
            // Release: Q1, to the sender that reserves this place next.
            self.pending.fetch_sub(1, Ordering::Release);
            return message.map_or(Received::Nothing, Received::Message);
        }
        // Relaxed, both: whether it is time to exchange. A sender with a ticket is waited for; one
        // that is about to draw one comes after the desync.
        let drained = self.tail.load(Ordering::Relaxed) == *head;
        if drained && self.missed.load(Ordering::Relaxed) != 0 {
            // AcqRel: Q3, from every loser that counted itself before.
            return Received::Desync(self.missed.swap(0, Ordering::AcqRel));
        }
        Received::Nothing
    }

    fn place(&self, ticket: u64, capacity: usize) -> Option<&Stamped> {
        let position = ticket.checked_rem(capacity as u64)? as usize + 1;
        let order = position.ilog2();
        self.chunks.get(order as usize)?.get()?.get(position - (1 << order))
    }
}
