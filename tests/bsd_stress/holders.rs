//! Routes that are held: while they are changed, by other threads, past their routing.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Barrier,
        mpsc::{self, Receiver, SyncSender},
    },
    thread,
};

use rand::RngExt;
use rtalloc::bsd::{
    Lookup, Profile, Request, RtEntry, RtFlags, RtRef, Sockaddr,
    message::{Message, MessageKind},
    rt_lock, rtalloc, rtfree, rtref,
};

use crate::{
    history::History,
    run::Run,
    world::{CLONING, VIA, World, ip, number, own_address, profiles, rng, route},
};

/// Gateway number `number`: each is of the other interface than the one before.
fn gateway(number: u32) -> Ipv4Addr {
    let [_, high, middle, low] = (number / 2 + 2).to_be_bytes();
    assert_eq!(high, 0, "as many as there are addresses in a network");
    Ipv4Addr::new(10, (number % 2) as u8, middle, low)
}

/// The number of a gateway.
fn number_of(gateway: Sockaddr) -> u32 {
    let Some(IpAddr::V4(address)) = gateway.ip() else { panic!("{gateway} is no gateway") };
    let [_, second, middle, low] = address.octets();
    2 * (u32::from_be_bytes([0, 0, middle, low]) - 2) + u32::from(second)
}

/// The interface and its address that belong to gateway `number`.
fn way(number: u32) -> (u16, Option<IpAddr>) {
    let index = (number % 2) as u16 + 1;
    (index, Some(own_address(index).into()))
}

/// Reads where a route leads that others change meanwhile. Gateway, interface and address are three
/// calls: between the gateways of before and after, each must be of some number. If these are the
/// same, so was what was between. Returns that number or numbers.
fn read(rt: &RtEntry) -> (u32, u32) {
    let first = number_of(rt.gateway());
    let (interface, address) = (rt.interface(), rt.interface_address());
    let last = number_of(rt.gateway());
    assert!(first <= last, "{last} after {first}");
    if first == last {
        assert_eq!((interface, address), way(first), "what was never set together");
    } else {
        assert!(interface == 1 || interface == 2);
    }
    (first, last)
}

/// `RTM_CHANGE` under those who hold the route: nobody sees a part of a change, nobody who looks
/// after a change returned sees the state before, and whoever has the route's lock sees no change.
fn changed_while_held(profile: Profile) {
    /// Changes of one route before another takes its place.
    const CHANGES: u32 = 200;
    let world = World::new(profile);
    let history = History::default();
    let run = Run::new(4, 50);
    let change = |number: u32| route("192.0.2.0/24", gateway(number), VIA, number);
    world.add(&change(0));
    thread::scope(|scope| {
        let (world, run, history) = (&world, &run, &history);
        scope.spawn(move || hold(world, run, history, 1));
        scope.spawn(move || hold(world, run, history, 2));
        scope.spawn(move || {
            // What the routing itself says is of one instant.
            let mut request = Message::new(MessageKind::Get, 0);
            request.addresses.destination = Some(ip("192.0.2.1").into());
            request.addresses.interface = Some(Default::default());
            for _ in run.turns() {
                let reply = world.routing.route_output(&request);
                if reply.errno.is_some() {
                    continue;
                }
                let addresses = reply.addresses;
                let link = addresses.interface.map_or(0, |link| link.index);
                let number = number_of(addresses.gateway.unwrap());
                assert_eq!((link, addresses.interface_address), way(number));
                assert_eq!(reply.metrics.mtu, 1 + number, "changed with the gateway");
            }
        });
        for next in run.turns().take(130_000) {
            if next % CHANGES == 0 {
                history.change(next, || {
                    world.delete(&change(next - 1));
                    world.add(&change(next));
                });
            } else {
                let changed = || world.request(Request::Change, &change(next)).unwrap();
                assert!(history.change(next, changed).is_up());
            }
        }
    });
    let last = world.routing.walk(0);
    let mut info = change(number_of(last[0].gateway()));
    info.mtu = None;
    world.delete(&info);
    drop(last);
    world.assert_freed();
}

fn hold(world: &World, run: &Run, history: &History, thread: u64) {
    let mut rng = rng(thread);
    let mut reader = world.routing.reader();
    let mut held: Option<RtRef> = None;
    for _ in run.turns() {
        let done = history.done();
        if held.is_none() {
            held = rtalloc(&mut reader, &ip("192.0.2.1").into(), Lookup::empty(), 0);
        }
        let Some(rt) = held.take() else { continue };
        let seen = match rng.random_range(0..4) {
            0 => {
                let locked = rt_lock(rtref(&rt));
                let (first, last) = read(&locked);
                assert_eq!(first, last, "nobody changes a locked route");
                assert_eq!(locked.mtu(), 1 + first);
                first
            }
            1 => match reader.enter().lookup(ip("192.0.2.1"), 0) {
                Some(rt) => {
                    let (first, last) = read(&rt);
                    assert!(last >= done || rt.is_gone(), "{last} after {done}");
                    first
                }
                None => continue,
            },
            _ => read(&rt).1,
        };
        let begun = history.during(|| ()).1;
        assert!(seen <= *begun.end(), "{seen} is to come");
        let (_, last) = read(&rt);
        assert!(last >= done || rt.is_gone(), "{last}, though {done} was done");
        if rng.random_range(0..50) > 0 {
            held = Some(rt);
        }
    }
}

profiles!(changed_while_held);

/// A reference on its way, and the number that it had.
type Sent = (RtRef, u32);

/// Takes more references than a reader has slots, of routes and of clones, and sends them away.
fn take(world: &World, run: &Run, to: &[SyncSender<Sent>], thread: u64) -> [usize; 2] {
    let mut rng = rng(thread);
    let mut kinds = [0; 2];
    let mut reader = world.routing.reader();
    for _ in run.turns() {
        let burst: Vec<RtRef> = (0..12)
            .filter_map(|_| {
                let dst = Ipv4Addr::new(10, rng.random_range(0..2), 0, rng.random_range(2..6));
                rtalloc(&mut reader, &Sockaddr::from(IpAddr::from(dst)), Lookup::RESOLVE, 0)
            })
            .collect();
        for rt in burst {
            kinds[usize::from(rt.is_counted())] += 1;
            let was = number(&rt);
            if rng.random_range(0..3) == 0 {
                // A full channel gives it back, and it is released here.
                drop(to[rng.random_range(0..2)].try_send((rtref(&rt), was)));
            }
            drop(to[rng.random_range(0..2)].try_send((rt, was)));
        }
    }
    kinds
}

/// Releases what comes in late and out of order. Returns what it keeps to the end.
fn release(from: Receiver<Sent>, thread: u64) -> Vec<Sent> {
    let mut rng = rng(thread);
    let mut kept: Vec<Sent> = Vec::new();
    for sent in from {
        kept.push(sent);
        if kept.len() > 40 {
            let (rt, was) = kept.swap_remove(rng.random_range(0..kept.len()));
            check(&rt, was);
            rtfree(rt);
        }
    }
    kept
}

fn check(rt: &RtRef, was: u32) {
    assert_eq!(number(rt), was);
    assert!(rt.destination().is_host() == rt.flags().contains(RtFlags::HOST));
    assert_eq!(rt.parent().is_some(), rt.flags().contains(RtFlags::CLONED));
    assert!(!(rt.is_gone() && rt.is_up()), "what has left its table is not up");
}

/// References that are released by other threads while the routes are deleted, and some after
/// the routing itself is gone.
fn released_elsewhere(profile: Profile) {
    let world = World::new(profile);
    let run = Run::new(3, 50);
    let plain = |number| route("10.1.0.0/24", Ipv4Addr::new(10, 0, 9, 9), VIA, number);
    let cloning = |number| route("10.0.0.0/24", own_address(1), CLONING, number);
    let (kept, kinds) = thread::scope(|scope| {
        let (world, run) = (&world, &run);
        let (to, from): (Vec<_>, Vec<_>) = (0..2).map(|_| mpsc::sync_channel(64)).unzip();
        let takers: Vec<_> = (1..=2)
            .map(|thread| {
                let to = to.clone();
                scope.spawn(move || take(world, run, &to, thread))
            })
            .collect();
        drop(to);
        let releasers: Vec<_> =
            (3..).zip(from).map(|(n, from)| scope.spawn(move || release(from, n))).collect();
        for turn in run.turns() {
            world.add(&plain(turn));
            world.add(&cloning(turn));
            thread::yield_now();
            world.delete(&plain(turn));
            world.delete(&cloning(turn));
        }
        let kinds: Vec<_> = takers.into_iter().map(|taker| taker.join().unwrap()).collect();
        let kept: Vec<_> = releasers.into_iter().map(|it| it.join().unwrap()).collect();
        (kept, kinds)
    });
    let some = kinds.iter().all(|&[slots, counted]| slots > 0 && counted > 0);
    assert!(some, "references in slots and counted ones: {kinds:?}");
    let held = kept.iter().flatten().filter(|(rt, _)| rt.is_gone()).count();
    assert_eq!(held, kept.iter().flatten().count(), "everything was deleted");
    let _ = world.routing.reclaim();
    assert!(held == 0 || world.routing.statistics().trash > 0, "held, so not freed");

    // The routing and its interfaces go at the same time as the references.
    let start = Barrier::new(3);
    thread::scope(|scope| {
        for kept in kept {
            scope.spawn(|| {
                start.wait();
                kept.into_iter().for_each(|(rt, was)| check(&rt, was));
            });
        }
        start.wait();
        drop(world);
    });
}

profiles!(released_elsewhere);
