//! Messages: a queue that overflows, a receiver that waits, and a seat that is used again.
//!
//! Everything runs on a real bus with queues of one or two messages. What a message is about is a
//! flag that is set before the message is sent, without any order of its own: a receiver that has
//! the message, or has been told that it lost one, must find the flag set.
//!
//! Edges: Q1 to Q4 of `bsd::message::bus::queue`, Q5 to Q8 of `bsd::message::bus::seat`. Two or three
//! threads, up to three messages.

#![cfg(rtalloc_loom)]

use std::sync::Arc;

use loom::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use rtalloc::bsd::message::{Bus, Filter, Message, MessageKind, MessageKinds, Subscriber};
use rtalloc_loom_tests::{Model, Seen};

/// What the messages 0 to 2 are about.
type About = Arc<[AtomicBool; 3]>;

fn about() -> About {
    Arc::new([0; 3].map(|_| AtomicBool::new(false)))
}

fn send(bus: &Bus, about: &About, seq: u32) {
    // Relaxed: the queue must order it.
    about[seq as usize].store(true, Ordering::Relaxed);
    let build = || Message { seq, ..Message::new(MessageKind::Miss, 0) };
    assert_eq!(bus.send_with(MessageKind::Miss, 0, None, |_| 0, build), 1);
}

/// What a subscriber has received.
struct Receiver {
    subscriber: Subscriber,
    about: About,
    taken: [bool; 3],
    desyncs: usize,
}

impl Receiver {
    fn new(subscriber: Subscriber, about: &About) -> Self {
        Self { subscriber, about: Arc::clone(about), taken: [false; 3], desyncs: 0 }
    }

    fn count(&self) -> usize {
        let taken = self.taken.iter().filter(|taken| **taken).count();
        taken + self.subscriber.lost() as usize
    }

    /// Receives what is there. Whether that was anything.
    fn receive(&mut self) -> bool {
        let Ok(message) = self.subscriber.try_recv() else { return false };
        // Relaxed: as in `send`.
        let happened: Vec<_> =
            self.about.iter().map(|about| about.load(Ordering::Relaxed)).collect();
        if message.kind == MessageKind::Desync {
            self.desyncs += 1;
        } else {
            let seq = message.seq as usize;
            assert!(!self.taken[seq], "twice");
            assert!(happened[seq], "received, but it has not happened");
            self.taken[seq] = true;
        }
        let happened = happened.iter().filter(|happened| **happened).count();
        assert!(happened >= self.count(), "told of a loss, but it has not happened");
        true
    }

    /// Receives the rest, when all `sent` were sent.
    fn finish(&mut self, sent: usize) {
        while self.receive() {}
        assert_eq!(self.count(), sent, "neither received nor told of");
        assert_eq!(self.subscriber.lost() == 0, self.desyncs == 0);
    }
}

/// Two senders and a receiver with room for one message.
#[test]
fn two_senders_one_place() {
    let facts = &["none lost", "one lost", "told while sending"];
    Model::bounded("two_senders_one_place", 3).reaching(facts).run(|seen| {
        let (bus, about) = (Arc::new(Bus::new()), about());
        let mut receiver = Receiver::new(bus.subscribe(Filter::default(), 1), &about);
        let senders = [0, 1].map(|seq| {
            let (bus, about) = (Arc::clone(&bus), Arc::clone(&about));
            thread::spawn(move || send(&bus, &about, seq))
        });
        for _ in 0..2 {
            receiver.receive();
        }
        seen.mark_if(receiver.desyncs > 0, "told while sending");
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        receiver.finish(2);
        seen.mark(if receiver.subscriber.lost() == 0 { "none lost" } else { "one lost" });
    });
}

/// Two senders with room for two messages. One of them finds room early, and draws a ticket when its
/// place was used and given back meanwhile, which it knows only from the ticket before.
#[test]
fn two_senders_two_places() {
    let facts = &["none lost", "some lost"];
    Model::bounded("two_senders_two_places", 3).reaching(facts).run(|seen| {
        let (bus, about) = (Arc::new(Bus::new()), about());
        let mut receiver = Receiver::new(bus.subscribe(Filter::default(), 2), &about);
        let senders = [0..2, 2..3].map(|seqs| {
            let (bus, about) = (Arc::clone(&bus), Arc::clone(&about));
            thread::spawn(move || seqs.for_each(|seq| send(&bus, &about, seq)))
        });
        receiver.receive();
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        receiver.finish(3);
        seen.mark(if receiver.subscriber.lost() == 0 { "none lost" } else { "some lost" });
    });
}

fn overflow(seen: &Seen, capacity: usize) {
    let (bus, about) = (Arc::new(Bus::new()), about());
    let mut receiver = Receiver::new(bus.subscribe(Filter::default(), capacity), &about);
    let sender = thread::spawn({
        let (bus, about) = (Arc::clone(&bus), Arc::clone(&about));
        move || (0..3).for_each(|seq| send(&bus, &about, seq))
    });
    let mut told = false;
    for _ in 0..3 {
        let desyncs = receiver.desyncs;
        let received = receiver.receive();
        let flows = told && received && receiver.desyncs == desyncs;
        seen.mark_if(flows && capacity == 1, "flows again");
        told |= receiver.desyncs > 0;
    }
    sender.join().unwrap();
    receiver.finish(3);
    let lost = receiver.subscriber.lost();
    seen.mark_if(lost > 0, "some lost");
    seen.mark_if(lost == 0 && capacity == 2, "none lost");
}

/// One sender fills the queue, overflows it and goes on: full, marked, emptied, told, flowing.
#[test]
fn overflow_and_on() {
    let facts = &["some lost", "flows again"];
    Model::bounded("overflow_and_on", 3).reaching(facts).run(|seen| overflow(seen, 1));
}

/// The same with two places, so that a place is not the next one's.
#[test]
fn overflow_of_two() {
    let facts = &["none lost", "some lost"];
    Model::bounded("overflow_of_two", 3).reaching(facts).run(|seen| overflow(seen, 2));
}

/// A receiver that waits is woken: by a message, and by the end of the bus.
#[test]
fn a_waiting_receiver_is_woken() {
    Model::bounded("a_waiting_receiver_is_woken", 4).run(|_| {
        let (bus, about) = (Bus::new(), about());
        let mut subscriber = bus.subscribe(Filter::default(), 1);
        let sender = thread::spawn(move || send(&bus, &about, 0));
        assert_eq!(subscriber.recv().map(|message| message.seq), Ok(0));
        assert!(subscriber.recv().is_err(), "the bus is gone");
        sender.join().unwrap();
    });
}

/// Two senders wake a receiver that waits twice.
#[test]
fn two_senders_wake() {
    Model::bounded("two_senders_wake", 3).run(|_| {
        let (bus, about) = (Arc::new(Bus::new()), about());
        let mut subscriber = bus.subscribe(Filter::default(), 2);
        let senders = [0, 1].map(|seq| {
            let (bus, about) = (Arc::clone(&bus), Arc::clone(&about));
            thread::spawn(move || send(&bus, &about, seq))
        });
        let received = [0; 2].map(|_| subscriber.recv().map(|message| message.seq));
        assert!(received == [Ok(0), Ok(1)] || received == [Ok(1), Ok(0)]);
        senders.into_iter().for_each(|sender| sender.join().unwrap());
    });
}

/// A subscriber goes on one thread, with a message in its queue, and another comes on a second.
#[test]
fn a_seat_changes_threads() {
    Model::bounded("a_seat_changes_threads", 4).run(|_| {
        let (bus, about) = (Arc::new(Bus::new()), about());
        let first = bus.subscribe(Filter::default(), 1);
        send(&bus, &about, 0);
        let leaver = thread::spawn(move || drop(first));
        let mut second = bus.subscribe(Filter::default(), 1);
        assert!(second.try_recv().is_err(), "nothing was sent since");
        leaver.join().unwrap();
        send(&bus, &about, 1);
        assert_eq!(second.try_recv().map(|message| message.seq), Ok(1));
    });
}

/// A subscriber goes and another takes its seat, with another filter, while a message is sent that
/// only the first one wants.
#[test]
fn a_seat_is_used_again() {
    let facts = &["for the first", "for nobody"];
    Model::bounded("a_seat_is_used_again", 4).reaching(facts).run(|seen| {
        let bus = Arc::new(Bus::new());
        let first = bus.subscribe(Filter::default(), 1);
        let sender = thread::spawn({
            let bus = Arc::clone(&bus);
            move || {
                let build = || Message::new(MessageKind::Miss, 0);
                bus.send_with(MessageKind::Miss, 0, None, |_| 0, build)
            }
        });
        drop(first);
        let filter = Filter { kinds: MessageKinds::ADD, ..Filter::default() };
        let mut second = bus.subscribe(filter, 2);
        assert!(second.try_recv().is_err(), "not for this one");
        let sent = sender.join().unwrap();
        seen.mark(if sent == 1 { "for the first" } else { "for nobody" });
        assert!(second.try_recv().is_err(), "not for this one");
        let build = || Message::new(MessageKind::Add, 0);
        assert_eq!(bus.send_with(MessageKind::Add, 0, None, |_| 0, build), 1);
        assert_eq!(second.try_recv().map(|message| message.kind), Ok(MessageKind::Add));
    });
}

/// Whoever subscribes and then looks at the tables sees a change there, or is sent it.
#[test]
fn a_change_is_seen_or_sent() {
    let facts = &["seen", "sent"];
    Model::unbounded("a_change_is_seen_or_sent").reaching(facts).run(|seen| {
        let bus = Arc::new(Bus::new());
        let changed = Arc::new(AtomicBool::new(false));
        let sender = thread::spawn({
            let (bus, changed) = (Arc::clone(&bus), Arc::clone(&changed));
            move || {
                // Relaxed: the fences of the bus order it.
                changed.store(true, Ordering::Relaxed);
                let build = || Message::new(MessageKind::Add, 0);
                bus.send_with(MessageKind::Add, 0, None, |_| 0, build);
            }
        });
        let mut subscriber = bus.subscribe(Filter::default(), 1);
        // Relaxed: as above.
        let visible = changed.load(Ordering::Relaxed);
        sender.join().unwrap();
        let sent = subscriber.try_recv().is_ok();
        seen.mark_if(visible, "seen");
        seen.mark_if(sent, "sent");
        assert!(visible || sent, "neither seen nor sent");
    });
}
