//! A seat: what senders see of one subscriber.
//!
//! Seats are in a list that only grows, and are used again. A sender walks the list without waiting
//! for anybody. Before it looks at a seat it counts itself in `inside`, and whoever wants to use the
//! seat again takes another one if somebody is inside:
//!
//! * A sender adds to `inside`, then a fence, then loads `listening`.
//! * A subscriber that goes stores 0 to `listening`. Who comes after it passes a fence and then loads
//!   `inside`.
//!
//! If the sender's fence is first, the newcomer sees it inside, or sees that it has gone. If it is
//! second, the sender finds `listening` to be 0, or set by the newcomer after all was prepared. So a
//! message goes by the filter of the subscriber that gets it. (Edges Q5, `listening`, and Q6,
//! `inside`.)
//!
//! # Waiting
//!
//! A receiver that finds nothing leaves what wakes it in `waiter`, sets `waiting`, passes a
//! fence and looks again before it parks. A sender passes a fence after it has sent, and looks
//! whether `waiting` is set. One of the two sees the other. Of several senders the one whose exchange
//! clears `waiting` has the waker for itself; it clears `occupied` when it has taken it, which the
//! receiver awaits before it leaves one again. (Edges Q7, `waiting`, and Q8, `occupied`.)

use std::sync::{Arc, OnceLock};

use super::{
    park::{Parker, Waker, yield_now},
    place::Place,
    queue::{Queue, Received},
};
use crate::{
    bsd::message::{Filter, Message},
    sync::{AtomicU64, AtomicUsize, Ordering, fence},
};

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Seat {
    /// 1 while a [`Subscriber`](super::Subscriber) has the seat.
    taken: AtomicU64,
    /// 1 while messages are to be sent here.
    listening: AtomicU64,
    /// Senders that look at the seat.
    inside: AtomicUsize,
    filter: AtomicU64,
    queue: Queue,
    /// 1 while the receiver's waker is in `waiter` and nobody has claimed it.
    waiting: AtomicU64,
    /// 1 while the receiver's waker is, or may be, in `waiter`.
    occupied: AtomicU64,
    waiter: Place<Waker>,
    /// The next seat.
    pub(super) next: OnceLock<Arc<Seat>>,
}

/// A sender that is inside a seat.
struct Inside<'a>(&'a AtomicUsize);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        // Release: Q6, to `take`.
        self.0.fetch_sub(1, Ordering::Release);
    }
}

impl Seat {
    /// Takes the seat, if it is free, and returns the first ticket of its queue. The caller sees to
    /// it that nobody else tries at the same time.
    pub(super) fn take(&self, filter: Filter, capacity: usize) -> Option<u64> {
        // Acquire: from `leave`, also its store to `listening`.
        if self.taken.load(Ordering::Acquire) != 0 {
            return None;
        }
        // SeqCst: see the module.
        fence(Ordering::SeqCst);
        // Acquire: Q6, from the last that went out.
        if self.inside.load(Ordering::Acquire) != 0 {
            return None;
        }
        // Relaxed: one at a time, by the caller's mutex.
        self.taken.store(1, Ordering::Relaxed);
        // Relaxed: released by `listening`.
        self.filter.store(filter.to_word(), Ordering::Relaxed);
        let first = self.queue.reset(capacity);
        // Release: Q5, to senders: the filter and the queue.
        self.listening.store(1, Ordering::Release);
        Some(first)
    }

    /// Gives the seat back, with what is left in the queue of the receiver that goes.
    pub(super) fn leave(&self, head: &mut u64) {
        // Relaxed: ordered by the fence in `take`, to which `taken` brings it.
        self.listening.store(0, Ordering::Relaxed);
        while !matches!(self.receive(head), Received::Nothing) {}
        // Release: to `take`.
        self.taken.store(0, Ordering::Release);
    }

    /// Calls `message` and sends what it returns, if somebody listens here whose filter `passes`.
    pub(super) fn send<'m>(
        &self,
        passes: impl FnOnce(Filter) -> bool,
        message: impl FnOnce() -> &'m Arc<Message>,
    ) {
        // Relaxed: ordered by the fence.
        self.inside.fetch_add(1, Ordering::Relaxed);
        // Leaves also if a closure panics.
        let _inside = Inside(&self.inside);
        // SeqCst: see the module.
        fence(Ordering::SeqCst);
        // Acquire: Q5, from `take`.
        if self.listening.load(Ordering::Acquire) != 0 {
            // Relaxed: acquired by `listening`.
            let filter = Filter::from_word(self.filter.load(Ordering::Relaxed));
            if passes(filter) {
                self.queue.send(message());
                self.wake();
            }
        }
    }

    /// Takes the next message. For the receiver.
    pub(super) fn receive(&self, head: &mut u64) -> Received {
        self.queue.receive(head)
    }

    /// Wakes the receiver, if it waits.
    pub(super) fn wake(&self) {
        // SeqCst: see the module.
        fence(Ordering::SeqCst);
        // Relaxed: the exchange decides.
        if self.waiting.load(Ordering::Relaxed) == 0 {
            return;
        }
        // AcqRel: Q7, from `wait`: the waker.
        if self.waiting.swap(0, Ordering::AcqRel) != 0 {
            let waiter = self.waiter.take();
            // Release: Q8, to `wait`, which may then leave one again.
            self.occupied.store(0, Ordering::Release);
            if let Some(waiter) = waiter {
                waiter.wake();
            }
        }
    }

    /// Parks the thread with `park` until it is woken, unless `ready` says that there is no need to.
    /// For the receiver. May return for no reason.
    pub(super) fn wait(&self, ready: impl FnOnce() -> bool, park: impl FnOnce(&Parker)) {
        // Acquire: Q8, from `wake`, or from this receiver's own last wait.
        while self.occupied.load(Ordering::Acquire) != 0 {
            yield_now();
        }
        // Relaxed: no sender looks at it before it has cleared it.
        self.occupied.store(1, Ordering::Relaxed);
        let (parker, waker) = Parker::new();
        self.waiter.put(waker);
        // Release: Q7, to `wake`. An exchange, not a store, for loom alone: a sender that came too late
        // for an earlier wait may be about to exchange 0 for 0, and loom would let it see that again.
        self.waiting.swap(1, Ordering::Release);
        // SeqCst: see the module.
        fence(Ordering::SeqCst);
        if !ready() {
            park(&parker);
        }
        // AcqRel: as in `wake`; who clears it has the waker.
        if self.waiting.swap(0, Ordering::AcqRel) != 0 {
            drop(self.waiter.take());
            // Release: Q8, to whoever has the receiver next.
            self.occupied.store(0, Ordering::Release);
        }
    }
}
