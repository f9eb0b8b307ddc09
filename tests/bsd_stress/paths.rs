//! Routes of equal priority that come and go under the selection among them.

use std::{net::IpAddr, ops::RangeInclusive, thread};

use rand::RngExt;
use rtalloc::bsd::{Lookup, Profile, RouteInfo, RtFlags, RtRef, rtalloc, rtalloc_mpath};

use crate::{
    history::History,
    run::Run,
    world::{VIA, World, ip, number, rng, route},
};

/// Paths that come and go, each with a writer's history of its own.
const PATHS: usize = 3;

/// Path 0 always stays; each of the others comes with odd changes and goes with even ones.
fn info(path: usize, number: u32) -> RouteInfo {
    let gateway = IpAddr::from([10, (path % 2) as u8, 0, 10 + path as u8]);
    route("192.0.2.0/24", gateway, VIA | RtFlags::MPATH, number)
}

fn path_of(rt: &RtRef) -> usize {
    match rt.gateway().ip() {
        Some(IpAddr::V4(gateway)) => usize::from(gateway.octets()[3] - 10),
        other => panic!("{other:?} is no gateway of these"),
    }
}

/// A lookup of a flow and what it can have seen: of each path, the states of its history.
fn look(
    histories: &[History; PATHS],
    lookup: &mut dyn FnMut() -> Option<RtRef>,
) -> (Option<RtRef>, Vec<RangeInclusive<u32>>) {
    let first: Vec<u32> = histories.iter().map(History::done).collect();
    let found = lookup();
    let states = first.into_iter().zip(histories);
    (found, states.map(|(first, of)| first..=*of.during(|| ()).1.end()).collect())
}

fn read(world: &World, run: &Run, histories: &[History; PATHS], thread: u64) -> [u64; PATHS + 1] {
    let mut rng = rng(thread);
    let mut reader = world.routing.reader();
    let dst = ip("192.0.2.1");
    let mut taken = [0; PATHS + 1];
    for turn in run.turns() {
        let source = IpAddr::from(rng.random::<[u8; 4]>());
        let (found, states) = look(histories, &mut || match turn % 3 {
            0 => rtalloc(&mut reader, &dst.into(), Lookup::empty(), 0),
            1 => reader.enter().lookup_mpath(dst, Some(source), 0).map(|rt| rt.hold()),
            _ => rtalloc_mpath(&mut reader, &dst.into(), Some(source), 0),
        });
        let rt = found.expect("path 0 is always there");
        let path = path_of(&rt);
        taken[path] += 1;
        let number = number(&rt);
        match path.checked_sub(1) {
            None => assert_eq!(number, 0),
            Some(of) => assert!(states[of].contains(&number), "{number} in {:?}", states[of]),
        }
    }
    taken
}

/// A flow takes a path that was there at some instant of the call, and each path has flows. Among
/// two paths that stay, a flow keeps its path whatever happens elsewhere.
#[test]
fn paths_come_and_go() {
    let world = World::new(Profile::OpenBsd);
    let histories: [History; PATHS] = Default::default();
    let run = Run::new(2 + PATHS as u32 + 1, 100);
    world.add(&info(0, 0));
    let stay = |gateway: &str| route("198.51.100.0/24", ip(gateway), VIA | RtFlags::MPATH, 0);
    world.add(&stay("10.0.0.2"));
    world.add(&stay("10.1.0.2"));
    thread::scope(|scope| {
        let (world, run, histories) = (&world, &run, &histories);
        for (of, history) in histories.iter().enumerate() {
            scope.spawn(move || {
                let mut next = 1;
                for _ in run.turns() {
                    history.change(next, || world.add(&info(of + 1, next)));
                    thread::yield_now();
                    let mut info = info(of + 1, next);
                    info.flags.remove(RtFlags::MPATH);
                    history.change(next + 1, || world.delete(&info));
                    thread::yield_now();
                    next += 2;
                }
            });
        }
        scope.spawn(move || {
            let mut rng = rng(9);
            let mut reader = world.routing.reader();
            let dst = ip("198.51.100.1");
            let flows: Vec<IpAddr> =
                (0..16).map(|_| IpAddr::from(rng.random::<[u8; 4]>())).collect();
            let mut path = |flow: &IpAddr| {
                let rt = rtalloc_mpath(&mut reader, &dst.into(), Some(*flow), 0).unwrap();
                assert!(rt.flags().contains(RtFlags::MPATH), "one of two");
                rt.gateway()
            };
            let first: Vec<_> = flows.iter().map(&mut path).collect();
            for turn in run.turns() {
                let flow = turn as usize % flows.len();
                assert_eq!(path(&flows[flow]), first[flow]);
            }
        });
        let readers: Vec<_> = (1..=2)
            .map(|thread| scope.spawn(move || read(world, run, histories, thread)))
            .collect();
        let mut taken = [0; PATHS + 1];
        for reader in readers {
            taken.iter_mut().zip(reader.join().unwrap()).for_each(|(sum, more)| *sum += more);
        }
        assert!(taken.iter().all(|&flows| flows > 0), "flows by path: {taken:?}");
    });
    world.delete(&info(0, 0));
    world.delete(&stay("10.0.0.2"));
    world.delete(&stay("10.1.0.2"));
    world.assert_empty();
}
