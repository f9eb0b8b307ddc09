//! Remembered routes, of both kinds, while better ones come and go.

use std::{net::IpAddr, ops::RangeInclusive, thread};

use rand::RngExt;
use rtalloc::bsd::{Profile, RouteCache, RouteInfo, RtReader, RtRef};

use crate::{
    history::History,
    run::Run,
    world::{VIA, World, ip, number, profiles, rng, route},
};

const DST: &str = "192.0.2.1";

/// Route `number` of the destination. Number 0 always stays; over and over, a more specific one
/// comes (1), a host route (2), the host route goes (3), and the more specific one (4).
fn info(number: u32) -> RouteInfo {
    let prefix = match number % 4 {
        0 => "192.0.2.0/24",
        1 => "192.0.2.0/28",
        _ => "192.0.2.1/32",
    };
    route(prefix, ip("10.0.0.9"), VIA, number)
}

fn change(world: &World, number: u32) {
    match number % 4 {
        1 | 2 => drop(world.add(&info(number))),
        3 => drop(world.delete(&info(number - 1))),
        _ => drop(world.delete(&info(number - 3))),
    }
}

/// Whether route `number` is the best in one of `states`.
fn is_best_in(number: u32, states: &RangeInclusive<u32>) -> bool {
    match number % 4 {
        0 => states.clone().take(4).any(|state| state % 4 == 0),
        1 => states.contains(&number) || states.contains(&(number + 2)),
        _ => states.contains(&number),
    }
}

/// Whether route `number` is in the table in one of `states`.
fn is_there_in(number: u32, states: &RangeInclusive<u32>) -> bool {
    let until = match number % 4 {
        0 => u32::MAX,
        1 => number + 2,
        _ => number,
    };
    number <= *states.end() && *states.start() <= until
}

fn read(world: &World, run: &Run, history: &History, thread: u64) -> [u64; 2] {
    let mut rng = rng(thread);
    let dst = ip(DST);
    let mut reader = world.routing.reader();
    let (mut old, mut new) = (RouteCache::new(dst, 0), RouteCache::new(dst, 0));
    let mut reused = [0; 2];
    for _ in run.turns() {
        let before = new.route().cloned();
        let found = |rt: Option<&RtRef>| rt.expect("route 0 is always there").clone();
        let look = |cache: &mut RouteCache, reader: &mut RtReader, source: Option<IpAddr>| {
            history.during(|| found(cache.lookup(reader, dst, source, 0)))
        };
        let (rt, states) = look(&mut new, &mut reader, None);
        assert!(is_best_in(number(&rt), &states), "{} in {states:?}", number(&rt));
        reused[0] += u64::from(before.is_some_and(|before| before == rt));
        if rng.random_range(0..4) == 0 {
            // Another flow, for which nothing is remembered.
            let (rt, states) = look(&mut new, &mut reader, Some(ip("198.51.100.1")));
            assert!(is_best_in(number(&rt), &states), "{} in {states:?}", number(&rt));
        }

        let before = old.route().cloned();
        let (rt, states) = history.during(|| found(old.rtalloc(&mut reader)));
        assert!(is_there_in(number(&rt), &states), "{} in {states:?}", number(&rt));
        match before {
            Some(before) if before == rt => reused[1] += 1,
            _ => assert!(is_best_in(number(&rt), &states), "{} in {states:?}", number(&rt)),
        }
        if rng.random_range(0..8) == 0 {
            old.release();
        }
    }
    reused
}

/// The new cache answers only with what was the best route at some instant of the call; the old one
/// with what was there at some instant of it, and the best one whenever it looks again.
fn remembered(profile: Profile) {
    let world = World::new(profile);
    let history = History::default();
    let run = Run::new(3, 50);
    world.add(&info(0));
    let mut next = 1;
    thread::scope(|scope| {
        let (world, run, history) = (&world, &run, &history);
        let readers: Vec<_> =
            (1..=2).map(|thread| scope.spawn(move || read(world, run, history, thread))).collect();
        for turn in run.turns() {
            history.change(next, || change(world, next));
            next += 1;
            if turn % 7 == 0 {
                // Time in which something can be remembered; in each kind of state.
                thread::yield_now();
            }
        }
        let reused: Vec<_> = readers.into_iter().map(|it| it.join().unwrap()).collect();
        assert!(reused.iter().all(|[new, old]| *new > 0 && *old > 0), "reused {reused:?}");
    });
    while next % 4 != 1 {
        change(&world, next);
        next += 1;
    }
    world.delete(&info(0));
    world.assert_empty();
}

profiles!(remembered);
