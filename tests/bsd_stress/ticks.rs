//! Clones that expire while they are looked up.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use rand::RngExt;
use rtalloc::bsd::{
    Lookup, Profile, Request, RtFlags, RtRef, message::Filter, message::MessageKind, rtalloc,
};

use crate::{
    run::Run,
    world::{CLONING, World, own_address, profiles, rng, route},
};

/// For how many seconds new clones live.
const LIFE: u64 = 3;

/// Each second the parent's expiry is moved on, which clones made after take over, and those that
/// are too old go. A lookup that began after a tick returned never has a clone that the tick ended.
fn clones_expire(profile: Profile) {
    let world = World::new(profile);
    let mut listener = world.routing.subscribe(Filter::default(), 1 << 20);
    let run = Run::new(4, 50);
    let mut net = route("10.0.7.0/24", own_address(1), CLONING, 0);
    (net.interface, net.expire) = (Some(1), Some(1 + LIFE));
    world.add(&net);
    // The time of the last tick that returned.
    let ticked = AtomicU64::new(0);
    let mut expired = 0;
    thread::scope(|scope| {
        let (world, run, ticked) = (&world, &run, &ticked);
        for thread in 1..=3 {
            scope.spawn(move || {
                let mut rng = rng(thread);
                let mut reader = world.routing.reader();
                let mut held: Option<RtRef> = None;
                for turn in run.turns() {
                    let dst = IpAddr::from([10, 0, 7, rng.random_range(2..10)]);
                    let before = ticked.load(Ordering::SeqCst);
                    let rt = rtalloc(&mut reader, &dst.into(), Lookup::all(), 0).unwrap();
                    assert!(rt.flags().contains(RtFlags::CLONED), "{rt:?}");
                    let expire = rt.expire();
                    assert!(expire > before, "expired at {expire}, found after {before}");
                    if turn % 7 == 0 {
                        held = Some(rt);
                    }
                    if let Some(rt) = &held {
                        // Ticked first: a clone that is still there is of after that.
                        let ticked = ticked.load(Ordering::SeqCst);
                        assert!(rt.is_gone() || rt.expire() > ticked, "{rt:?} after {ticked}");
                    }
                }
            });
        }
        let mut now = 1;
        for _ in run.turns() {
            now += 1;
            let mut later = net;
            later.expire = Some(now + LIFE);
            world.request(Request::Change, &later).unwrap();
            world.clock.advance(1);
            expired += world.routing.tick().unwrap().expired as u64;
            ticked.store(now, Ordering::SeqCst);
            thread::yield_now();
        }
    });
    assert!(expired > 0);
    let left = world.routing.walk(0).len() as u64 - 1;
    assert_eq!(world.resolved(), expired + left, "each clone expired or is there");
    world.delete(&net);
    let of = |kind| move |other: &MessageKind| *other == kind;
    let kinds: Vec<_> = listener.try_iter().map(|message| message.kind).collect();
    let added = kinds.iter().copied().filter(of(MessageKind::Add)).count() as u64;
    let deleted = kinds.iter().copied().filter(of(MessageKind::Delete)).count() as u64;
    assert_eq!(added, world.resolved());
    assert_eq!(deleted, if profile == Profile::OpenBsd { added } else { 0 });
    world.assert_freed();
}

profiles!(clones_expire);
