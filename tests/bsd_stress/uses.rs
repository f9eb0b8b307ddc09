//! Uses that many readers count while routes, and with them the numbers that they are counted
//! under, come and go, and readers too.

use std::{collections::BTreeMap, thread};

use rand::RngExt;
use rtalloc::bsd::{Lookup, Profile, RouteInfo, RtRef, rtalloc};

use crate::{
    run::Run,
    world::{VIA, World, ip, number, profiles, rng, route},
};

fn info(number: u32) -> RouteInfo {
    route("192.0.2.0/24", ip("10.0.0.9"), VIA, number)
}

/// Uses whatever route is there, and one kept from before. Returns how often it used each.
fn use_routes(world: &World, run: &Run, thread: u64) -> BTreeMap<u32, u64> {
    let mut rng = rng(thread);
    let mut counts = BTreeMap::new();
    let mut reader = world.routing.reader();
    let mut kept: Option<RtRef> = None;
    for _ in run.turns() {
        let Some(rt) = rtalloc(&mut reader, &ip("192.0.2.1").into(), Lookup::empty(), 0) else {
            continue;
        };
        for _ in 0..rng.random_range(1..4) {
            reader.note_use(&rt);
            *counts.entry(number(&rt)).or_default() += 1;
        }
        if let Some(kept) = &kept {
            reader.note_use(kept);
            *counts.entry(number(kept)).or_default() += 1;
        }
        let guard = reader.enter();
        if let Some(found) = guard.lookup(ip("192.0.2.2"), 0) {
            guard.note_use(found);
            *counts.entry(found.mtu() - 1).or_default() += 1;
        }
        drop(guard);
        match rng.random_range(0..16) {
            0 => kept = Some(rt),
            // What a reader has counted stays when it goes.
            1 => reader = world.routing.reader(),
            _ => {}
        }
    }
    counts
}

/// Each route's count is the exact number of its uses.
fn uses_add_up(profile: Profile) {
    let world = World::new(profile);
    let run = Run::new(4, 50);
    let mut kept = Vec::new();
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    thread::scope(|scope| {
        let (world, run) = (&world, &run);
        let users: Vec<_> =
            (1..=3).map(|thread| scope.spawn(move || use_routes(world, run, thread))).collect();
        for turn in run.turns() {
            let rt = world.add(&info(turn));
            thread::yield_now();
            world.delete(&info(turn));
            // Some are freed at once, and their numbers are used again.
            if turn % 4 == 0 {
                kept.push(rt);
            }
        }
        for user in users {
            for (number, uses) in user.join().unwrap() {
                *counts.entry(number).or_default() += uses;
            }
        }
    });
    assert!(counts.len() > 1 && !kept.is_empty());
    for rt in &kept {
        let expected = counts.get(&number(rt)).copied().unwrap_or(0);
        assert_eq!(rt.uses(), expected, "of route {}", number(rt));
    }
    kept.clear();
    world.assert_empty();
}

profiles!(uses_add_up);
