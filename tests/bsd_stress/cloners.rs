//! Threads that race for the clones of a route.

use std::{collections::BTreeSet, net::IpAddr, ops::RangeInclusive, thread};

use rand::RngExt;
use rtalloc::{
    AnyPrefix,
    bsd::{
        Lookup, Profile, RouteCache, RouteInfo, RtFlags, RtRef,
        message::{Filter, MessageKind, MessageKinds},
        rtalloc, rtfree,
    },
};

use crate::{
    history::History,
    run::Run,
    world::{CLONING, World, number, own_address, profiles, rng, route},
};

const NETS: [&str; 2] = ["10.0.0.0/24", "2001:db8::/120"];
/// So few that the cloners collide.
const HOSTS: u8 = 8;

fn host(net: usize, host: u8) -> IpAddr {
    match net {
        0 => IpAddr::from([10, 0, 0, 16 + host]),
        _ => IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 16 + u16::from(host)]),
    }
}

fn parent(net: usize, number: u32) -> RouteInfo {
    let mut info = route(NETS[net], own_address(1), CLONING, number);
    // The gateway is the interface, which is of no family.
    (info.gateway, info.interface) = (None, Some(1));
    info
}

/// The states in which a lookup could have returned `rt`, a clone for `dst`: parent number `n`
/// comes with change `n`, an odd one, and goes with the next.
fn check_clone(rt: &RtRef, dst: IpAddr, states: &RangeInclusive<u32>) -> u32 {
    assert_eq!(rt.destination(), AnyPrefix::host(dst));
    assert!(rt.flags().contains(RtFlags::CLONED | RtFlags::HOST), "{rt:?}");
    assert!(!rt.flags().contains(RtFlags::CLONING));
    let number = number(rt);
    assert!(number % 2 == 1 && states.contains(&number), "clone of {number} in {states:?}");
    assert!(rt.parent().is_some_and(|of| of.flags().contains(RtFlags::CLONING)));
    number
}

/// A miss, which some state without a parent must explain.
fn check_none(states: &RangeInclusive<u32>) {
    let explained = states.clone().take(2).any(|state| state % 2 == 0);
    assert!(explained, "no route, though there was one in {states:?}");
}

/// The parent comes and goes while its clones are made: each destination has one clone of each
/// parent, whoever asks; no lookup that began after a deletion returned has a clone of the deleted;
/// and each clone is announced once and, by OpenBSD, taken back once.
fn parents_come_and_go(profile: Profile) {
    let world = World::new(profile);
    let kinds = MessageKinds::ADD | MessageKinds::DELETE;
    let filter = Filter { kinds, ..Filter::default() };
    let mut listener = world.routing.subscribe(filter, 1 << 20);
    let histories: [History; 2] = Default::default();
    let run = Run::new(5, 50);
    let mut made = BTreeSet::new();
    let (mut added, mut deleted) = (0, 0);
    let mut count = |messages: &mut dyn Iterator<Item = MessageKind>| {
        for kind in messages {
            match kind {
                MessageKind::Add => added += 1,
                MessageKind::Delete => deleted += 1,
                other => panic!("{other:?} was not asked for"),
            }
        }
    };
    thread::scope(|scope| {
        let (world, run, histories) = (&world, &run, &histories);
        for (net, history) in histories.iter().enumerate() {
            scope.spawn(move || {
                let mut next = 1;
                for _ in run.turns() {
                    let info = parent(net, next);
                    let rt = history.change(next, || world.add(&info));
                    thread::yield_now();
                    let gone = history.change(next + 1, || world.delete(&info));
                    assert_eq!(rt, gone);
                    next += 2;
                    thread::yield_now();
                }
            });
        }
        let cloners: Vec<_> = (1..=2)
            .map(|thread| scope.spawn(move || clone_all(world, run, histories, thread)))
            .collect();
        for _ in run.turns() {
            count(&mut listener.try_iter().map(|message| message.kind));
            thread::yield_now();
        }
        made.extend(cloners.into_iter().flat_map(|cloner| cloner.join().unwrap()));
    });
    count(&mut listener.try_iter().map(|message| message.kind));
    assert_eq!(listener.lost(), 0, "the listener kept up");
    let made = made.len() as u64;
    assert!(made > 0);
    assert_eq!(world.resolved(), made, "one clone for each destination and parent");
    assert_eq!(added, made, "one message for each clone");
    assert_eq!(deleted, if profile == Profile::OpenBsd { made } else { 0 });
    world.assert_empty();
}

/// Looks destinations up by both ways that make clones. Returns what clones it met.
fn clone_all(
    world: &World,
    run: &Run,
    histories: &[History; 2],
    thread: u64,
) -> BTreeSet<(usize, u8, u32)> {
    let mut rng = rng(thread);
    let mut met = BTreeSet::new();
    let mut held: Vec<(RtRef, usize)> = Vec::new();
    let mut reader = world.routing.reader();
    let mut caches: Vec<RouteCache> = (0..2).map(|net| RouteCache::new(host(net, 0), 0)).collect();
    for turn in run.turns() {
        let (net, last) = (rng.random_range(0..2), rng.random_range(0..HOSTS));
        let dst = host(net, last);
        let (found, states) = histories[net].during(|| match turn % 3 {
            0 => caches[net].lookup(&mut reader, dst, None, 0).cloned(),
            1 => rtalloc(&mut reader, &dst.into(), Lookup::RESOLVE, 0),
            _ => rtalloc(&mut reader, &dst.into(), Lookup::all(), 0),
        });
        match found {
            Some(rt) => {
                met.insert((net, last, check_clone(&rt, dst, &states)));
                held.push((rt, net));
            }
            None => check_none(&states),
        }
        if held.len() > 20 {
            let (rt, net) = held.swap_remove(rng.random_range(0..held.len()));
            if histories[net].done() > number(&rt) {
                assert!(rt.is_gone() && !rt.is_up(), "its parent was deleted");
            }
            rtfree(rt);
        }
    }
    met
}

profiles!(parents_come_and_go);

/// More destinations than the parent may have clones, while others count the clones there are.
fn clones_make_way(profile: Profile) {
    const MOST: usize = 4;
    let world = World::with(profile, |options| options.clones_per_parent(MOST));
    let info = parent(0, 1);
    world.add(&info);
    let run = Run::new(4, 50);
    thread::scope(|scope| {
        let (world, run) = (&world, &run);
        for thread in 1..=3 {
            scope.spawn(move || {
                let mut rng = rng(thread);
                let mut reader = world.routing.reader();
                let mut last = None;
                for _ in run.turns() {
                    let dst = host(0, rng.random_range(0..2 * HOSTS));
                    let rt = rtalloc(&mut reader, &dst.into(), Lookup::all(), 0).unwrap();
                    check_clone(&rt, dst, &(1..=1));
                    reader.note_use(&rt);
                    // Held while it may be made to go.
                    last = Some(rt);
                }
                drop(last);
            });
        }
        for _ in run.turns() {
            let here = world.routing.walk(0);
            let clones = here.iter().filter(|rt| rt.flags().contains(RtFlags::CLONED)).count();
            assert!(clones <= MOST, "{clones} clones of at most {MOST}");
        }
    });
    let left = world.routing.walk(0);
    assert_eq!(left.len(), 1 + MOST, "the parent and as many clones as it may have");
    drop(left);
    world.delete(&info);
    world.assert_empty();
}

profiles!(clones_make_way);

/// FreeBSD: a network route between a cloning one and its clones takes over; a lookup that begins
/// after it was added never returns a clone of the wider one.
#[test]
fn freebsd_purges_clones_under_a_new_network() {
    let world = World::new(Profile::FreeBsd);
    let info = parent(0, 0);
    world.add(&info);
    let history = History::default();
    let run = Run::new(3, 50);
    let narrow = |number| {
        let mut info = route("10.0.0.16/28", own_address(1), CLONING, number);
        info.interface = Some(1);
        info
    };
    thread::scope(|scope| {
        let (world, run, history) = (&world, &run, &history);
        for thread in 1..=2 {
            scope.spawn(move || {
                let mut rng = rng(thread);
                let mut reader = world.routing.reader();
                for _ in run.turns() {
                    let dst = host(0, rng.random_range(0..HOSTS));
                    let look = || rtalloc(&mut reader, &dst.into(), Lookup::all(), 0).unwrap();
                    let (rt, states) = history.during(look);
                    // The wider route is number 0 and answers in even states.
                    let explained = match number(&rt) {
                        0 => states.clone().take(2).any(|state| state % 2 == 0),
                        narrow => states.contains(&narrow),
                    };
                    assert!(explained, "clone of {} in {states:?}", number(&rt));
                }
            });
        }
        let mut next = 1;
        for _ in run.turns() {
            history.change(next, || world.add(&narrow(next)));
            thread::yield_now();
            history.change(next + 1, || world.delete(&narrow(next)));
            thread::yield_now();
            next += 2;
        }
    });
    world.delete(&info);
    world.assert_empty();
}
