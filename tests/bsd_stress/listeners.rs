//! Subscribers that are too slow.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use rand::RngExt;
use rtalloc::{
    AnyPrefix,
    bsd::{
        Lookup, Profile, RtFlags, Sockaddr,
        message::{Filter, Message, MessageKind, MessageKinds, Subscriber},
        rtalloc,
    },
};

use crate::{
    run::Run,
    world::{CLONING, World, own_address, profiles, rng},
};

/// An address that nothing routes, which says who missed it and which miss it was.
fn missed(thread: u8, number: u32) -> IpAddr {
    let [_, high, middle, low] = number.to_be_bytes();
    IpAddr::from([100 + thread, high, middle, low])
}

/// Messages of each sender as a subscriber gets them: numbered without a gap, unless it is told of
/// one.
#[derive(Default)]
struct Received {
    /// By sender, the last number since the beginning or the last desync.
    last: BTreeMap<u32, u32>,
    /// By sender, the last number at all.
    ever: BTreeMap<u32, u32>,
    count: u64,
    desyncs: u64,
}

impl Received {
    fn take(&mut self, message: &Message) {
        let (sender, number) = match message.kind {
            MessageKind::Desync => {
                self.desyncs += 1;
                self.last.clear();
                return;
            }
            MessageKind::Miss => {
                let Some(IpAddr::V4(dst)) = message.addresses.destination.and_then(Sockaddr::ip)
                else {
                    panic!("{message:?} is no miss of these")
                };
                let [sender, high, middle, low] = dst.octets();
                (u32::from(sender), u32::from_be_bytes([0, high, middle, low]))
            }
            _ => (message.pid, message.seq),
        };
        self.count += 1;
        let ever = self.ever.insert(sender, number);
        assert!(ever.is_none_or(|ever| ever < number), "{number} of {sender} again or late");
        let follows = match (self.last.insert(sender, number), ever) {
            (Some(last), _) => number == last + 1,
            // Nothing was lost yet, so this must be the sender's first.
            (None, None) => number == 1 || self.desyncs > 0,
            (None, Some(_)) => self.desyncs > 0,
        };
        assert!(follows, "{number} of {sender} after {ever:?}, and no word of a loss");
    }
}

/// Receives, slowly, until the senders have ended and the queue is empty.
fn listen(mut from: Subscriber, slow: bool, run: &Run, sent: &AtomicU64) -> (u64, u64) {
    let mut received = Received::default();
    let mut take = |from: &mut Subscriber, most: usize| {
        from.try_iter().take(most).for_each(|message| received.take(&message));
    };
    for turn in run.turns() {
        take(&mut from, if slow { 1 } else { usize::MAX });
        if slow || turn % 2 == 0 {
            thread::yield_now();
        }
    }
    while sent.load(Ordering::SeqCst) == 0 {
        thread::yield_now();
    }
    take(&mut from, usize::MAX);
    (received.count + from.lost(), received.desyncs)
}

/// Misses of lookups and replies to requests, each sender's numbered: a subscriber sees each, or is
/// told before the next that it has lost some, and in the end knows how many.
fn losses_are_told(profile: Profile) {
    let world = World::new(profile);
    let run = Run::new(7, 100);
    // The number of messages, once all are sent.
    let sent = AtomicU64::new(0);
    let subscribe = |capacity| world.routing.subscribe(Filter::default(), capacity);
    let subscribers = [(subscribe(1), true), (subscribe(7), true), (subscribe(64), false)];
    let (heard, total) = thread::scope(|scope| {
        let (world, run, sent) = (&world, &run, &sent);
        let listeners: Vec<_> = subscribers
            .into_iter()
            .map(|(subscriber, slow)| scope.spawn(move || listen(subscriber, slow, run, sent)))
            .collect();
        let mut senders: Vec<_> = (0..2)
            .map(|thread| {
                scope.spawn(move || {
                    let mut reader = world.routing.reader();
                    let mut count = 0;
                    for number in run.turns() {
                        let dst = missed(thread, number).into();
                        assert!(rtalloc(&mut reader, &dst, Lookup::REPORT, 0).is_none());
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        senders.extend((1..=2).map(|pid| {
            scope.spawn(move || {
                let mut request = Message::new(MessageKind::Add, 0);
                request.pid = pid;
                request.addresses.destination = Some(IpAddr::from([192, 0, 2, pid as u8]).into());
                request.addresses.gateway = Some(own_address(1).into());
                let mut count = 0;
                for seq in run.turns() {
                    request.kind =
                        if seq % 2 == 1 { MessageKind::Add } else { MessageKind::Delete };
                    request.seq = seq;
                    let reply = world.routing.route_output(&request);
                    assert_eq!((reply.errno, reply.seq), (None, seq));
                    count += 1;
                }
                count
            })
        }));
        let total: u64 = senders.into_iter().map(|sender| sender.join().unwrap_or(0)).sum();
        sent.store(total, Ordering::SeqCst);
        let heard: Vec<_> = listeners.into_iter().map(|it| it.join().unwrap()).collect();
        (heard, total)
    });
    for (count, _) in &heard {
        assert_eq!(*count, total, "received or known to be lost");
    }
    assert!(heard[0].1 > 0, "a queue of one is too short");
    world.routing.flush(0).unwrap();
    world.assert_empty();
}

profiles!(losses_are_told);

/// OpenBSD tells of everything, so a subscriber that looks at the table after each loss has a copy
/// of it: clones that are made, make way, and go with their parents, and routes added and deleted.
#[test]
fn a_copy_of_the_table_is_kept() {
    const ROUTES: MessageKinds = MessageKinds::ADD.union(MessageKinds::DELETE);
    let world = World::with(Profile::OpenBsd, |options| options.clones_per_parent(6));
    let run = Run::new(5, 100);
    let copies = [2, 16, 1 << 16].map(|capacity| {
        let filter = Filter { kinds: ROUTES, ..Filter::default() };
        (world.routing.subscribe(filter, capacity), BTreeSet::<AnyPrefix>::new())
    });
    let ended = AtomicU64::new(0);
    let mut copies = thread::scope(|scope| {
        let (world, run, ended) = (&world, &run, &ended);
        let copiers = copies.map(|(mut from, mut copy)| {
            scope.spawn(move || {
                for _ in run.turns() {
                    for message in from.try_iter().take(3) {
                        follow(world, &message, &mut copy);
                    }
                    thread::yield_now();
                }
                while ended.load(Ordering::SeqCst) == 0 {
                    thread::yield_now();
                }
                from.try_iter().for_each(|message| follow(world, &message, &mut copy));
                (copy, from.lost())
            })
        });
        let cloner = scope.spawn(move || {
            let mut rng = rng(1);
            let mut reader = world.routing.reader();
            for _ in run.turns() {
                let dst = IpAddr::from([10, 0, 7, rng.random_range(2..18)]);
                drop(rtalloc(&mut reader, &dst.into(), Lookup::RESOLVE, 0));
            }
        });
        let mut rng = rng(2);
        for _ in run.turns() {
            let net = rng.random_range(0..4);
            let kind = if rng.random() { MessageKind::Add } else { MessageKind::Delete };
            let mut request = Message::new(kind, 0);
            let address = IpAddr::from([10, 0, 7 + net, 0]);
            request.addresses.destination = Some(address.into());
            request.addresses.netmask = Some(24);
            request.addresses.gateway = Some(own_address(1).into());
            request.flags = if net == 0 { CLONING } else { RtFlags::STATIC };
            let _refused_if_there_or_not = world.routing.route_output(&request);
        }
        cloner.join().unwrap();
        ended.store(1, Ordering::SeqCst);
        copiers.map(|copier| copier.join().unwrap())
    });
    let table: BTreeSet<_> = world.routing.walk(0).iter().map(|rt| rt.destination()).collect();
    copies.sort_by_key(|(_, lost)| *lost);
    for (copy, lost) in &copies {
        assert_eq!(*copy, table, "after {lost} messages were lost");
    }
    assert!(copies[2].1 > 0, "nobody has lost a message");
    world.routing.flush(0).unwrap();
    world.assert_empty();
}

/// Does to the copy what the message says was done to the table.
fn follow(world: &World, message: &Message, copy: &mut BTreeSet<AnyPrefix>) {
    if message.kind == MessageKind::Desync {
        *copy = world.routing.walk(0).iter().map(|rt| rt.destination()).collect();
        return;
    }
    if message.errno.is_some() {
        return;
    }
    let address = message.addresses.destination.and_then(Sockaddr::ip).unwrap();
    let len = message.addresses.netmask.unwrap_or(32);
    let prefix = AnyPrefix::new(address, len).unwrap();
    match message.kind {
        MessageKind::Add => copy.insert(prefix),
        _ => copy.remove(&prefix),
    };
}
