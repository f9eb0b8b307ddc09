//! Everything at once, on few prefixes: what no single test thinks of.

use std::{net::IpAddr, sync::Arc, thread};

use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use rtalloc::bsd::{
    Errno, Interface, Lookup, Priority, Profile, Request, RouteCache, RouteInfo, RtFlags, RtReader,
    RtRef, TimerQueue,
    message::{Filter, Message, MessageKind},
    rt_lock, rt_unlock, rtalloc, rtalloc_mpath, rtalloc1, rtisvalid,
};

use crate::{
    run::Run,
    world::{CLONING, VIA, World, ip, own_address, profiles, rng, route},
};

const PREFIXES: [&str; 8] = [
    "0.0.0.0/0",
    "10.0.7.0/24",
    "10.0.7.8/29",
    "10.0.7.9/32",
    "192.0.2.0/24",
    "192.0.2.128/25",
    "2001:db8::/32",
    "2001:db8::7/128",
];

const ADDRESSES: [&str; 7] =
    ["10.0.7.8", "10.0.7.9", "10.0.7.77", "192.0.2.1", "192.0.2.129", "2001:db8::7", "2001:db8::8"];

/// What may go wrong between threads that know nothing of each other.
const EXPECTED: [Errno; 8] = [
    Errno::EEXIST,
    Errno::ESRCH,
    Errno::EINVAL,
    Errno::ENETUNREACH,
    Errno::EADDRNOTAVAIL,
    Errno::EADDRINUSE,
    Errno::ENOBUFS,
    Errno::EAFNOSUPPORT,
];

fn any_info(rng: &mut ChaCha8Rng) -> RouteInfo {
    let prefix = *PREFIXES.choose(rng).unwrap();
    let gateways = ["10.0.7.9", "10.0.9.9", "10.1.9.9", "10.1.0.1", "2001:db8::7"];
    let gateway = ip(gateways.choose(rng).unwrap());
    let flags = [VIA, VIA | RtFlags::MPATH, CLONING, RtFlags::STATIC, RtFlags::empty()];
    let mut info = route(prefix, gateway, *flags.choose(rng).unwrap(), 1499);
    info.interface = rng.random_range(0..4).ne(&0).then(|| rng.random_range(1..3));
    info.expire = rng.random_range(0..3).eq(&0).then(|| rng.random_range(1..100));
    info.change_mask = RtFlags::all();
    info
}

fn change(world: &World, queue: TimerQueue, rng: &mut ChaCha8Rng, from_outside: &mut RtReader) {
    let routing = &world.routing;
    let priority = *[Priority::NONE, Priority::STATIC, Priority::DEFAULT].choose(rng).unwrap();
    let failed = match rng.random_range(0..24) {
        0..=7 => routing.rtrequest1(Request::Add, &any_info(rng), priority, 0).err(),
        8..=13 => {
            let mut info = any_info(rng);
            info.gateway = info.gateway.filter(|_| rng.random());
            routing.rtrequest1(Request::Delete, &info, Priority::ANY, 0).err()
        }
        14..=15 => routing.rtrequest1(Request::Change, &any_info(rng), Priority::ANY, 0).err(),
        16 => routing.rtrequest1(Request::Resolve, &any_info(rng), Priority::NONE, 0).err(),
        17 => {
            let (index, up) = (rng.random_range(0..2), rng.random());
            world.links[index].set_up(up);
            routing.link_changed(index as u16 + 1).err()
        }
        18 => {
            let index = rng.random_range(1..3);
            let own: IpAddr = own_address(index).into();
            match rng.random() {
                true => routing.address_added(index, own, 0).err(),
                false => routing.address_removed(index, own, 0).err(),
            }
        }
        19 => {
            world.clock.advance(1);
            routing.tick().err()
        }
        20 => {
            let dst = ip(ADDRESSES.choose(rng).unwrap());
            let rt = rtalloc(from_outside, &dst.into(), Lookup::empty(), 0);
            rt.and_then(|rt| routing.timer_add(queue, &rt).err())
        }
        21 => {
            let mut request = Message::new(MessageKind::Get, 0);
            request.addresses.destination = Some(ip(ADDRESSES.choose(rng).unwrap()).into());
            let reply = routing.route_output(&request);
            assert!(reply.errno.is_none_or(|errno| errno == Errno::ESRCH), "{reply:?}");
            None
        }
        22 if rng.random_range(0..8) == 0 => {
            let link = world.links.choose(rng).unwrap();
            let index = link.index();
            let gone = routing.detach(index).err();
            gone.or_else(|| routing.attach(Arc::clone(link) as _).err())
        }
        _ => routing.flush(0).err(),
    };
    if let Some(error) = failed {
        assert!(EXPECTED.contains(&error.errno()), "{error}");
    }
}

fn read(world: &World, run: &Run, thread: u64) {
    let mut rng = rng(thread);
    let mut reader = world.routing.reader();
    let mut caches: Vec<RouteCache> =
        ADDRESSES.iter().map(|of| RouteCache::new(ip(of), 0)).collect();
    let mut held: Vec<RtRef> = Vec::new();
    let mut listener = world.routing.subscribe(Filter::default(), 8);
    for _ in run.turns() {
        let at = rng.random_range(0..ADDRESSES.len());
        let dst = ip(ADDRESSES[at]);
        let source = rng.random::<bool>().then(|| IpAddr::from(rng.random::<[u8; 4]>()));
        let found = match rng.random_range(0..8) {
            0 => rtalloc(&mut reader, &dst.into(), Lookup::REPORT, 0),
            1 | 2 => rtalloc(&mut reader, &dst.into(), Lookup::all(), 0),
            3 => rtalloc_mpath(&mut reader, &dst.into(), source, 0),
            4 => {
                let locked = rtalloc1(&mut reader, &dst.into(), true, RtFlags::empty());
                locked.map(|locked| {
                    locked.set_reject(true);
                    rt_unlock(locked)
                })
            }
            5 => caches[at].lookup(&mut reader, dst, source, 0).cloned(),
            6 => {
                caches[at].set_destination(dst);
                caches[at].rtalloc(&mut reader).cloned()
            }
            _ => reader.enter().lookup_mpath(dst, source, 0).map(|rt| rt.hold()),
        };
        if let Some(rt) = found {
            assert!(rt.destination().contains(dst), "{rt:?} for {dst}");
            reader.note_use(&rt);
            let _either = rtisvalid(&mut reader, &rt);
            held.push(rt);
        }
        if held.len() > 24 {
            let rt = held.swap_remove(rng.random_range(0..held.len()));
            assert!(!(rt.is_gone() && rt.is_up()), "{rt:?}");
            drop(rt_lock(rt));
        }
        listener.try_iter().take(rng.random_range(0..4)).for_each(drop);
    }
}

/// Whatever happens, what is found matches, what is refused is refused for a known reason, and in
/// the end everything is freed.
fn everything(profile: Profile) {
    let world = World::with(profile, |options| options.clones_per_parent(3).clone_idle(5));
    let queue = world.routing.timer_queue(2, None);
    let run = Run::new(5, 50);
    thread::scope(|scope| {
        let (world, run) = (&world, &run);
        for thread in 1..=2 {
            scope.spawn(move || {
                let mut rng = rng(thread);
                let mut reader = world.routing.reader();
                for _ in run.turns() {
                    change(world, queue, &mut rng, &mut reader);
                }
            });
        }
        for thread in 3..=5 {
            scope.spawn(move || read(world, run, thread));
        }
    });
    for index in 1..=2 {
        // One that is detached at the end has no routes either.
        if world.routing.interface(index).is_some() {
            world.routing.detach(index).unwrap();
        }
    }
    let left = world.routing.walk(0);
    assert!(left.is_empty(), "{left:?} leads nowhere");
    world.assert_freed();
}

profiles!(everything);
