//! How messages reach those who listen.
//!
//! Senders are lookups that fail, which must not wait for anybody, and changes to the tables. They
//! walk a list of seats (`seat`), one for each subscriber, and put the message in the queue (`queue`)
//! of each whose filter it passes. Nothing there is locked: the number of a sender's steps depends on
//! the number of seats alone.
//!
//! BSD delivers to sockets under a lock. OpenBSD tells a socket that overflowed so, which is done
//! here too; FreeBSD says nothing.

mod park;
mod place;
mod queue;
mod seat;
mod subscriber;
#[cfg(all(test, not(rtalloc_loom)))]
mod tests;

use core::{cell::LazyCell, iter};
use std::sync::Arc;

use self::seat::Seat;
pub use self::subscriber::Subscriber;
use super::{Filter, Message, MessageKind};
use crate::{
    bsd::sockaddr::Sockaddr,
    sync::{AtomicU64, AtomicUsize, Mutex, Ordering, fence, lock},
};

/// Brings messages to any number of [`Subscriber`]s.
///
/// # Guarantees
///
/// Sending is wait-free: it takes at most a constant number of the sender's own steps for each seat,
/// whatever subscribers, other senders or the scheduler do; besides building the message, which
/// allocates, and waking a subscriber that waits, which is a system call. There are as many seats as
/// there were ever subscribers at one time. Without a subscriber it is one atomic load.
///
/// Subscribing is ordered by a mutex, which no sender takes.
///
/// A seat keeps the room of the largest queue that it has had.
#[derive(Debug, Default)]
pub struct Bus {
    seats: Arc<Seats>,
}

#[derive(Debug, Default)]
struct Seats {
    /// Subscribers there are.
    listeners: AtomicUsize,
    /// 1 when nothing will be sent any more.
    closed: AtomicU64,
    /// Held while a seat is taken, or added to the list.
    seating: Mutex<()>,
    first: Arc<Seat>,
}

impl Bus {
    /// A bus without subscribers.
    pub fn new() -> Self {
        Self::default()
    }

    /// A subscriber that receives the messages sent from now on that pass `filter`. Its queue has
    /// room for `capacity` of them, which is brought into the range from 1 to some 16 million.
    ///
    /// # Complexity
    /// In the number of seats, and in the capacity.
    pub fn subscribe(&self, filter: Filter, capacity: usize) -> Subscriber {
        let capacity = capacity.clamp(1, queue::MOST);
        let seating = lock(&self.seats.seating);
        let free = self.seats.iter().find_map(|seat| Some((seat, seat.take(filter, capacity)?)));
        let (seat, head) = free.map_or_else(
            || self.seats.add(filter, capacity),
            |(seat, head)| (Arc::clone(seat), head),
        );
        // Release: Q9, whoever acquires that somebody listens finds the seat.
        self.seats.listeners.fetch_add(1, Ordering::Release);
        drop(seating);
        // SeqCst: Q9, with the fence in `send_with`. A change that the new subscriber does not see in the
        // tables after this is sent to it.
        fence(Ordering::SeqCst);
        Subscriber::new(Arc::clone(&self.seats), seat, head)
    }

    /// Whether anybody listens to anything.
    pub fn is_listened(&self) -> bool {
        // Acquire: Q9, from `subscribe`, the seat.
        self.seats.listeners.load(Ordering::Acquire) != 0
    }

    /// Sends what `build` returns to whoever wants messages of `kind` that name `table` and are about
    /// `subject`. `build` is called once, if there is anybody. `domain` is the routing domain of a
    /// table ([`Filter::tables`]).
    ///
    /// Returns how many subscribers the message was for; those that were behind have lost it.
    ///
    /// # Guarantees
    /// Those of [`Bus`], besides what `domain` and `build` do.
    pub fn send_with(
        &self,
        kind: MessageKind,
        table: u8,
        subject: Option<Sockaddr>,
        domain: impl Fn(u8) -> u32,
        build: impl FnOnce() -> Message,
    ) -> usize {
        if kind != MessageKind::Miss {
            // SeqCst: Q9, with the fence in `subscribe`. A lookup that found nothing has nothing to show.
            fence(Ordering::SeqCst);
        }
        if !self.is_listened() {
            return 0;
        }
        let message = LazyCell::new(|| Arc::new(build()));
        let mut wanted = 0;
        for seat in self.seats.iter() {
            let passes = |filter: Filter| filter.passes(kind, table, subject, &domain);
            seat.send(passes, || {
                wanted += 1;
                &message
            });
        }
        wanted
    }

    /// Sends `message` to whoever wants it, as [`send_with`](Self::send_with) does.
    pub fn send(&self, message: &Message, domain: impl Fn(u8) -> u32) -> usize {
        let subject = message.subject();
        self.send_with(message.kind, message.table, subject, domain, || message.clone())
    }
}

impl Drop for Bus {
    /// Ends all subscriptions: subscribers receive what has been sent, and then that there is no
    /// more.
    fn drop(&mut self) {
        // Release: Q10, to `is_closed`; all that was sent.
        self.seats.closed.store(1, Ordering::Release);
        self.seats.iter().for_each(|seat| seat.wake());
    }
}

impl Seats {
    fn iter(&self) -> impl Iterator<Item = &Arc<Seat>> {
        iter::successors(Some(&self.first), |seat| seat.next.get())
    }

    /// Adds a seat to the list and takes it. With `seating` held.
    fn add(&self, filter: Filter, capacity: usize) -> (Arc<Seat>, u64) {
        let seat = Arc::<Seat>::default();
        // Nobody knows the seat yet, so it is free.
        let head = seat.take(filter, capacity).unwrap_or_default();
        let last = self.iter().last().unwrap_or(&self.first);
        // Nobody else adds one now, so `last` still has no next.
        let added = Arc::clone(last.next.get_or_init(|| seat));
        (added, head)
    }

    /// Counts a subscriber less.
    fn left(&self) {
        // Relaxed: a sender that still counts the subscriber finds nobody in the seat.
        self.listeners.fetch_sub(1, Ordering::Relaxed);
    }

    fn is_closed(&self) -> bool {
        // Acquire: Q10, from the bus's drop.
        self.closed.load(Ordering::Acquire) != 0
    }
}

impl Drop for Seats {
    /// One seat after the other: each dropping the next would go as deep as the list is long.
    fn drop(&mut self) {
        let mut seat = core::mem::take(&mut self.first);
        while let Some(next) = Arc::get_mut(&mut seat).and_then(|seat| seat.next.take()) {
            seat = next;
        }
    }
}
