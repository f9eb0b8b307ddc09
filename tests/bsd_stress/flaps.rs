//! Links that go down and up.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use rand::RngExt;
use rtalloc::{
    AnyPrefix,
    bsd::{Lookup, Profile, Request, RtFlags, RtReader, RtRef, Sockaddr, rtalloc, rtalloc_mpath},
};

use crate::{
    history::History,
    run::Run,
    world::{CLONING, VIA, World, ip, number, own_address, profiles, rng, route},
};

/// Takes a link up or down and tells the routing.
fn set(world: &World, link: usize, up: bool) {
    world.links[link].set_up(up);
    world.routing.link_changed(link as u16 + 1).unwrap();
}

/// Which links are up in a state: both, the second, both, the first.
fn up_in(state: u32) -> [bool; 2] {
    [state % 4 != 1, state % 4 != 3]
}

/// OpenBSD: of two routes the one whose link is up is taken. When no change was under way during a
/// lookup, it sees the order and the marks of that state exactly.
#[test]
fn routes_step_back_and_return() {
    let world = World::new(Profile::OpenBsd);
    let history = History::default();
    let run = Run::new(3, 50);
    let by = |gateway: &str, flags| route("192.0.2.0/24", ip(gateway), VIA | flags, 0);
    let infos = [by("10.0.0.2", RtFlags::empty()), by("10.1.0.2", RtFlags::MPATH)];
    infos.iter().for_each(|info| drop(world.add(info)));
    let mut net = route("10.0.7.0/24", own_address(1), CLONING, 0);
    net.interface = Some(1);
    world.add(&net);
    let quiet = AtomicU32::new(0);
    thread::scope(|scope| {
        let (world, run, history, quiet) = (&world, &run, &history, &quiet);
        for thread in 1..=2 {
            scope.spawn(move || {
                let mut rng = rng(thread);
                let mut reader = world.routing.reader();
                for _ in run.turns() {
                    let last = rng.random_range(2..6);
                    let (seen, states) = history.during(|| look(&mut reader, last));
                    let [route, path, clone] = seen;
                    if states.start() != states.end() {
                        continue;
                    }
                    quiet.fetch_add(1, Ordering::Relaxed);
                    let up = up_in(*states.start());
                    for (rt, was_up) in [&route, &path] {
                        let link = usize::from(rt.interface() - 1);
                        assert!(up[link] && *was_up, "{rt:?} in {states:?}");
                    }
                    assert!(route.0.flags().contains(RtFlags::MPATH));
                    assert_eq!(clone.1, up[0], "{:?} in {states:?}", clone.0);
                }
            });
        }
        for next in run.turns() {
            let was = up_in(next - 1);
            let now = up_in(next);
            let link = usize::from(was[0] == now[0]);
            history.change(next, || set(world, link, now[link]));
            thread::yield_now();
        }
    });
    assert!(quiet.into_inner() > 0, "no lookup had a state to itself");
    set(&world, 0, true);
    set(&world, 1, true);
    let order: Vec<_> = world.routing.get(0, AnyPrefix::new(ip("192.0.2.0"), 24).unwrap());
    assert!(order.iter().all(|rt| rt.is_up() && !rt.priority().is_down()), "{order:?}");
    drop(order);
    infos.iter().for_each(|info| drop(world.delete(info)));
    world.delete(&net);
    world.assert_empty();
}

/// A lookup of each kind, with whether what it found was up.
fn look(reader: &mut RtReader, last: u8) -> [(RtRef, bool); 3] {
    let dst: Sockaddr = ip("192.0.2.1").into();
    let source = IpAddr::from([10, 2, 3, last]);
    let clone: Sockaddr = IpAddr::from([10, 0, 7, last]).into();
    let found = [
        rtalloc(reader, &dst, Lookup::empty(), 0),
        rtalloc_mpath(reader, &dst, Some(source), 0),
        rtalloc(reader, &clone, Lookup::all(), 0),
    ];
    found.map(|rt| {
        let rt = rt.unwrap();
        let up = rt.is_up();
        (rt, up)
    })
}

/// FreeBSD: with the link go the clones, which nobody entered by hand; their parent stays and has
/// others. A lookup that begins after a flap never has a clone of before.
#[test]
fn freebsd_prunes_clones() {
    let world = World::new(Profile::FreeBsd);
    let flaps = History::default();
    let run = Run::new(3, 50);
    let net = |number| {
        let mut net = route("10.0.7.0/24", own_address(1), CLONING, number);
        net.interface = Some(1);
        net
    };
    world.add(&net(0));
    thread::scope(|scope| {
        let (world, run, flaps) = (&world, &run, &flaps);
        for thread in 1..=2 {
            scope.spawn(move || {
                let mut rng = rng(thread);
                let mut reader = world.routing.reader();
                for _ in run.turns() {
                    let dst = IpAddr::from([10, 0, 7, rng.random_range(2..6)]).into();
                    let look = || rtalloc(&mut reader, &dst, Lookup::RESOLVE, 0).unwrap();
                    let (rt, states) = flaps.during(look);
                    assert!(rt.flags().contains(RtFlags::CLONED) && states.contains(&number(&rt)));
                    assert!(rt.parent().is_some_and(|of| of.is_up()));
                }
            });
        }
        for turn in run.turns() {
            flaps.change(turn, || {
                // Clones made from now on are of this flap, if they come after it.
                world.request(Request::Change, &net(turn)).unwrap();
                set(world, 0, false);
            });
            set(world, 0, true);
        }
    });
    world.delete(&net(0));
    world.assert_freed();
}

/// Two who set one link as they like, and others who add and delete: when all is told, each route's
/// mark is its link's.
fn marks_settle(profile: Profile) {
    let world = World::new(profile);
    let run = Run::new(4, 50);
    thread::scope(|scope| {
        let (world, run) = (&world, &run);
        for thread in 1..=2 {
            scope.spawn(move || {
                let mut rng = rng(thread);
                for _ in run.turns() {
                    set(world, 0, rng.random());
                }
            });
        }
        for thread in 3..=4 {
            scope.spawn(move || {
                let mut rng = rng(thread);
                for _ in run.turns() {
                    let net = format!("192.0.2.{}/30", 4 * rng.random_range(0..16));
                    let info = route(&net, ip("10.0.0.2"), VIA, 0);
                    if world.request(Request::Add, &info).is_err() {
                        drop(world.request(Request::Delete, &info));
                    }
                }
            });
        }
    });
    for up in [false, true] {
        set(&world, 0, up);
        for rt in world.routing.walk(0) {
            let expected = up || profile == Profile::FreeBsd;
            assert_eq!((rt.is_up(), rt.priority().is_down()), (expected, !expected), "{rt:?}");
        }
    }
    world.routing.flush(0).unwrap();
    world.assert_empty();
}

profiles!(marks_settle);
