//! Walks while routes come and go.

use std::{net::IpAddr, thread};

use rtalloc::bsd::{Lookup, Profile, RouteInfo, RtFlags, RtRef, rtalloc};

use crate::{
    run::Run,
    world::{CLONING, VIA, World, ip, own_address, profiles, route},
};

/// At every instant one of two routes is there, and no clone is there without its parent: so it is
/// in a walk, which is of one instant.
fn walks_are_of_one_instant(profile: Profile) {
    let world = World::new(profile);
    let run = Run::new(4, 50);
    let near = route("198.51.100.0/24", ip("10.0.0.9"), VIA, 0);
    let far = route("203.0.113.0/24", ip("10.0.0.9"), VIA, 0);
    let mut net = route("10.0.7.0/24", own_address(1), CLONING, 0);
    net.interface = Some(1);
    world.add(&near);
    // So that a walk takes some time.
    for last in 0..=255u8 {
        world.add(&route(&format!("192.0.2.{last}/32"), ip("10.0.0.9"), VIA, 0));
    }
    thread::scope(|scope| {
        let (world, run, near, far, net) = (&world, &run, &near, &far, &net);
        scope.spawn(move || {
            for _ in run.turns() {
                world.add(far);
                world.delete(near);
                world.add(near);
                world.delete(far);
            }
        });
        scope.spawn(move || {
            let mut reader = world.routing.reader();
            for turn in run.turns() {
                world.add(net);
                for last in 0..4 {
                    let dst = IpAddr::from([10, 0, 7, (turn % 50 * 4) as u8 + last]);
                    rtalloc(&mut reader, &dst.into(), Lookup::RESOLVE, 0).unwrap();
                }
                world.delete(net);
            }
        });
        for _ in 0..2 {
            scope.spawn(move || {
                for _ in run.turns() {
                    let walk = world.routing.walk(0);
                    let has = |info: &RouteInfo| {
                        let mut prefixes = walk.iter().map(|rt| rt.destination().address());
                        prefixes.any(|address| info.destination == address.into())
                    };
                    assert!(has(near) || has(far), "neither in {walk:?}");
                    let clones = walk.iter().filter(|rt| rt.flags().contains(RtFlags::CLONED));
                    assert!(clones.count() == 0 || has(net), "orphans in {walk:?}");
                    let key =
                        |rt: &RtRef| (rt.destination().address(), 255 - rt.destination().len());
                    assert!(walk.windows(2).all(|two| key(&two[0]) < key(&two[1])), "{walk:?}");
                }
            });
        }
    });
    world.routing.flush(0).unwrap();
    world.assert_empty();
}

profiles!(walks_are_of_one_instant);
