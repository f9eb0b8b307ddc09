use core::net::{Ipv4Addr, Ipv6Addr};
use std::{
    sync::{
        Arc,
        mpsc::{RecvTimeoutError, TryRecvError},
    },
    thread,
    time::{Duration, Instant},
};

use super::*;
use crate::bsd::message::{Families, MessageKinds, Tables};

const LONG: Duration = Duration::from_secs(60);

fn own_domain(table: u8) -> u32 {
    table.into()
}

fn message(seq: u32) -> Message {
    Message { seq, ..Message::new(MessageKind::Add, 0) }
}

fn send(bus: &Bus, seq: u32) {
    bus.send(&message(seq), own_domain);
}

/// What is there now: a sequence number for a message, `None` for a desync.
fn received(subscriber: &mut Subscriber) -> Vec<Option<u32>> {
    subscriber.try_iter().map(|it| (it.kind != MessageKind::Desync).then_some(it.seq)).collect()
}

#[test]
fn nothing_is_built_when_nobody_wants_it() {
    let bus = Bus::new();
    let build = || -> Message { panic!("built") };
    assert!(!bus.is_listened());
    assert_eq!(bus.send_with(MessageKind::Miss, 0, None, own_domain, build), 0);
    let filter = Filter { kinds: MessageKinds::ADD, ..Filter::default() };
    let subscriber = bus.subscribe(filter, 1);
    assert!(bus.is_listened());
    assert_eq!(bus.send_with(MessageKind::Miss, 0, None, own_domain, build), 0);
    drop(subscriber);
    assert!(!bus.is_listened());
    assert_eq!(bus.send_with(MessageKind::Add, 0, None, own_domain, build), 0);
}

#[test]
fn a_message_is_built_once_and_shared() {
    let bus = Bus::new();
    let mut subscribers = [0; 3].map(|_| bus.subscribe(Filter::default(), 4));
    let mut built = 0;
    let sent = bus.send_with(MessageKind::Miss, 0, None, own_domain, || {
        built += 1;
        message(7)
    });
    assert_eq!((built, sent), (1, 3));
    let [first, second, third] =
        subscribers.each_mut().map(|subscriber| subscriber.try_recv().unwrap());
    assert!(Arc::ptr_eq(&first, &second) && Arc::ptr_eq(&second, &third));
    assert_eq!(first.seq, 7);
}

#[test]
fn each_subscriber_has_its_own_filter() {
    let bus = Bus::new();
    let of = |families, tables| Filter { families, tables, ..Filter::default() };
    let mut v4 = bus.subscribe(of(Families::INET, Tables::Any), 8);
    let mut table_1 = bus.subscribe(of(Families::empty(), Tables::One(1)), 8);
    let send = |seq, table, subject| {
        bus.send_with(MessageKind::Add, table, Some(subject), own_domain, || message(seq))
    };
    assert_eq!(send(1, 0, Ipv4Addr::LOCALHOST.into()), 1);
    assert_eq!(send(2, 1, Ipv4Addr::LOCALHOST.into()), 2);
    assert_eq!(send(3, 1, Ipv6Addr::LOCALHOST.into()), 1);
    assert_eq!(send(4, 0, Ipv6Addr::LOCALHOST.into()), 0);
    assert_eq!(received(&mut v4), [Some(1), Some(2)]);
    assert_eq!(received(&mut table_1), [Some(2), Some(3)]);
}

#[test]
fn a_full_queue_is_emptied_before_more_comes() {
    for capacity in [1, 2, 3, 7, 8, 100] {
        let bus = Bus::new();
        let mut subscriber = bus.subscribe(Filter::default(), capacity as usize);
        for round in 1..=3 {
            // Two more than there is room for, and one more after room was made.
            (0..capacity + 2).for_each(|seq| send(&bus, seq));
            assert_eq!(subscriber.try_recv().unwrap().seq, 0);
            send(&bus, 1000);
            assert_eq!(subscriber.lost(), 3 * (round - 1), "not told yet");
            let rest: Vec<_> = (1..capacity).map(Some).chain([None]).collect();
            assert_eq!(received(&mut subscriber), rest, "{capacity}");
            assert_eq!(subscriber.lost(), 3 * round);
            assert_eq!(subscriber.try_recv().unwrap_err(), TryRecvError::Empty);
        }
    }
}

#[test]
fn a_capacity_of_0_is_1() {
    let bus = Bus::new();
    let mut subscriber = bus.subscribe(Filter::default(), 0);
    (0..3).for_each(|seq| send(&bus, seq));
    assert_eq!(received(&mut subscriber), [Some(0), None]);
    assert_eq!(subscriber.lost(), 2);
}

#[test]
fn a_seat_is_used_again_and_nothing_old_is_in_it() {
    let bus = Bus::new();
    let mut other = bus.subscribe(Filter::default(), 1000);
    for round in 0..100_usize {
        let mut subscriber = bus.subscribe(Filter::default(), 1 + round % 5);
        assert_eq!(received(&mut subscriber), [], "{round}");
        (0..3).for_each(|seq| send(&bus, seq));
        assert_eq!(subscriber.try_recv().unwrap().seq, 0);
        assert_eq!(subscriber.lost(), 0);
    }
    assert_eq!(bus.seats.iter().count(), 2);
    assert_eq!(received(&mut other).len(), 300);
    assert_eq!(Arc::strong_count(&bus.seats), 2);
}

#[test]
fn a_message_is_freed_when_all_have_it() {
    let bus = Bus::new();
    let mut first = bus.subscribe(Filter::default(), 4);
    let second = bus.subscribe(Filter::default(), 4);
    send(&bus, 1);
    let message = first.try_recv().unwrap();
    assert_eq!(Arc::strong_count(&message), 2);
    drop(second);
    assert_eq!(Arc::strong_count(&message), 1);
}

#[test]
fn a_subscriber_outlives_the_bus() {
    let bus = Bus::new();
    let mut subscriber = bus.subscribe(Filter::default(), 4);
    send(&bus, 1);
    drop(bus);
    assert_eq!(subscriber.recv().unwrap().seq, 1);
    assert_eq!(subscriber.try_recv().unwrap_err(), TryRecvError::Disconnected);
    assert!(subscriber.recv().is_err() && subscriber.next().is_none());
    assert_eq!(subscriber.recv_timeout(LONG).unwrap_err(), RecvTimeoutError::Disconnected);
}

#[test]
fn waiting_ends_with_a_message_in_time_or_with_the_bus() {
    let bus = Arc::new(Bus::new());
    let mut subscriber = bus.subscribe(Filter::default(), 4);
    let started = Instant::now();
    let short = Duration::from_millis(20);
    assert_eq!(subscriber.recv_timeout(short).unwrap_err(), RecvTimeoutError::Timeout);
    assert!(started.elapsed() >= short);
    thread::scope(|scope| {
        let receiver = scope.spawn(|| {
            let first = subscriber.recv_timeout(LONG).map(|message| message.seq);
            (first, subscriber.by_ref().map(|message| message.seq).collect::<Vec<_>>())
        });
        thread::sleep(short);
        send(&bus, 1);
        thread::sleep(short);
        send(&bus, 2);
        thread::sleep(short);
        drop(bus);
        assert_eq!(receiver.join().unwrap(), (Ok(1), vec![2]));
    });
}

#[test]
fn a_thousand_seats_are_dropped() {
    let bus = Bus::new();
    let subscribers: Vec<_> = (0..if cfg!(miri) { 20 } else { 1000 })
        .map(|_| bus.subscribe(Filter::default(), 1))
        .collect();
    send(&bus, 1);
    drop(bus);
    for mut subscriber in subscribers {
        assert_eq!(received(&mut subscriber), [Some(1)]);
    }
}

/// Senders against receivers, and others that come and go: each receiver gets what each sender sent
/// in order, and what it did not get it is told of.
#[test]
fn losses_are_counted_and_told() {
    const SENDERS: u32 = 3;
    let each: u32 = if cfg!(miri) { 60 } else { 20_000 };
    for capacity in [1, 2, 5, 64] {
        let bus = &Bus::new();
        let subscribers = [0; 2].map(|_| bus.subscribe(Filter::default(), capacity));
        thread::scope(|scope| {
            for sender in 0..SENDERS {
                scope.spawn(move || (0..each).for_each(|n| send(bus, n * SENDERS + sender)));
            }
            for subscriber in subscribers {
                scope.spawn(move || receive_all(subscriber, SENDERS, each));
            }
            scope.spawn(move || {
                for round in 0..each as usize / 10 {
                    let mut passing = bus.subscribe(Filter::default(), 1 + round % 9);
                    let _nothing_or_any = passing.recv_timeout(Duration::from_micros(10));
                }
            });
        });
        assert!(!bus.is_listened());
    }
}

/// Receives until all that was sent is either here or known to be lost.
fn receive_all(mut subscriber: Subscriber, senders: u32, each: u32) {
    let mut next = vec![0; senders as usize];
    let mut taken = 0;
    while taken + subscriber.lost() < u64::from(senders * each) {
        let message = subscriber.recv_timeout(LONG).expect("a message or a desync");
        if message.kind != MessageKind::Desync {
            let (sender, n) = ((message.seq % senders) as usize, message.seq / senders);
            assert!(n >= next[sender], "twice, or out of order");
            next[sender] = n + 1;
            taken += 1;
        }
    }
    assert_eq!(taken + subscriber.lost(), u64::from(senders * each));
    assert_eq!(subscriber.try_recv().unwrap_err(), TryRecvError::Empty);
}
