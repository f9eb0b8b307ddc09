//! Requests that are refused for want of room, and foreign code that panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::{
    sync::{AtomicBool, Ordering},
    table::Options,
};

/// What a walk of table 0 shows.
fn shown(routing: &Routing) -> Vec<String> {
    let line = |rt: &RtRef| format!("{} {} {}", rt.destination(), rt.gateway(), rt.flags());
    routing.walk(0).iter().map(line).collect()
}

#[test]
fn a_table_that_clones_have_filled_can_be_emptied() {
    for profile in Profile::ALL {
        for node_bytes in [1 << 14, 1 << 16] {
            let small =
                |options: RoutingOptions| options.tables(Options::new().max_node_bytes(node_bytes));
            let world = world_with(small, profile);
            world.add("10.0.0.0/16", "10.0.0.1", RtFlags::CLONING).unwrap();
            let mut reader = world.routing.reader();
            let mut refused = 0;
            for number in 0..8000u32 {
                let host = number.wrapping_mul(40503) as u16;
                let dst = IpAddr::from((0x0A00_0000 | u32::from(host)).to_be_bytes());
                let rt = rtalloc(&mut reader, &dst.into(), Lookup::RESOLVE, 0).unwrap();
                refused += u32::from(!rt.destination().is_host());
            }
            assert!(refused > 0 && world.routing.walk(0).len() > 100);
            world.em0.set_up(false);
            world.routing.link_changed(1).unwrap();
            if profile == Profile::OpenBsd {
                world.delete("10.0.0.0/16", "10.0.0.1").unwrap();
            }
            assert!(world.routing.walk(0).is_empty());
            drop(reader);
            world.assert_no_trash();
        }
    }
}

#[test]
fn a_table_over_half_full_follows_its_link() {
    let few = |options: RoutingOptions| options.tables(Options::new().max_routes(100));
    let world = world_with(few, Profile::OpenBsd);
    for net in 0..60 {
        world.add(&format!("192.0.{net}.0/24"), "10.0.0.11", VIA).unwrap();
    }
    world.em0.set_up(false);
    assert_eq!(world.routing.link_changed(1).unwrap(), 60);
    assert!(world.routing.walk(0).iter().all(|rt| !rt.is_up()));
}

#[test]
fn a_new_network_and_its_purge_are_refused_together() {
    for clones in (8..=200u8).step_by(16) {
        let small =
            |options: RoutingOptions| options.tables(Options::new().max_node_bytes(1 << 14));
        let world = world_with(small, Profile::FreeBsd);
        world.add("10.0.0.0/8", "10.0.0.1", RtFlags::CLONING).unwrap();
        let mut reader = world.routing.reader();
        for number in 0..clones {
            let dst = IpAddr::from([10, 1, number, number.wrapping_mul(7)]);
            rtalloc(&mut reader, &dst.into(), Lookup::RESOLVE, 0);
        }
        let before = shown(&world.routing);
        if world.add("10.1.0.0/16", "10.0.0.9", RtFlags::STATIC).is_err() {
            assert_eq!(shown(&world.routing), before);
        } else {
            assert_eq!(world.routing.walk(0).len(), 2, "the clones went with the step");
        }
    }
}

/// An interface whose hook panics when it is told to.
struct Panicking {
    inner: MemoryInterface,
    armed: AtomicBool,
}

impl Interface for Panicking {
    fn index(&self) -> u16 {
        self.inner.index()
    }

    fn name(&self) -> Name {
        self.inner.name()
    }

    fn is_up(&self) -> bool {
        true
    }

    fn mtu(&self) -> u32 {
        1500
    }

    fn addresses(&self) -> Vec<InterfaceAddress> {
        self.inner.addresses()
    }

    fn route_changed(&self, request: LinkRequest, _view: &mut LinkView) {
        // Relaxed: one thread.
        let armed = self.armed.load(Ordering::Relaxed);
        assert!(!armed || request != LinkRequest::Delete, "the hook panics");
    }
}

#[test]
fn a_hook_that_panics_loses_no_message_and_no_count() {
    let world = world(Profile::OpenBsd);
    let inner = MemoryInterface::new(9, "tun0".parse().unwrap(), 1500);
    inner.set_address(InterfaceAddress { address: ip("10.9.0.1"), prefix_len: 24, peer: None });
    let tun = Arc::new(Panicking { inner, armed: AtomicBool::new(false) });
    world.routing.attach(tun.clone()).unwrap();
    world.add("10.9.0.0/24", "10.9.0.1", RtFlags::CLONING).unwrap();
    let mut reader = world.routing.reader();
    for host in [5, 6, 7] {
        let dst = IpAddr::from([10, 9, 0, host]);
        rtalloc(&mut reader, &dst.into(), Lookup::RESOLVE, 0).unwrap();
    }
    let mut listener = world.routing.subscribe(Filter::default(), 16);
    // Relaxed: one thread.
    tun.armed.store(true, Ordering::Relaxed);
    let deletion = catch_unwind(AssertUnwindSafe(|| world.delete("10.9.0.0/24", "10.9.0.1")));
    assert!(deletion.is_err());
    // Relaxed: one thread.
    tun.armed.store(false, Ordering::Relaxed);
    assert_eq!(listener.try_iter().count(), 3, "a message for each clone");
    assert!(world.routing.walk(0).is_empty());
    drop(reader);
    world.assert_no_trash();
}

#[test]
fn a_timer_on_a_redirected_route_goes_off() {
    let world = world(Profile::OpenBsd);
    world.add("192.0.2.0/24", "10.0.0.11", VIA).unwrap();
    let (dst, from) = (ip("192.0.2.7"), ip("10.0.0.11"));
    let rt = world.routing.redirect(dst, ip("10.0.0.12"), from, 0).unwrap();
    let seen = Arc::new(std::sync::Mutex::new(0));
    let noted = Arc::clone(&seen);
    let told: Expired = Arc::new(move |_, _| *noted.lock().unwrap() += 1);
    let queue = world.routing.timer_queue(10, Some(told));
    world.routing.timer_add(queue, &rt).unwrap();
    for _ in 0..12 {
        world.clock.advance(1);
        world.routing.tick().unwrap();
    }
    assert_eq!(*seen.lock().unwrap(), 1);
}

#[test]
fn things_of_another_routing_are_told_apart() {
    let (one, other) = (world(Profile::OpenBsd), world(Profile::OpenBsd));
    let mine = one.add("192.0.2.0/24", "10.0.0.11", VIA).unwrap();
    let theirs = other.add("192.0.2.0/24", "10.0.0.11", VIA).unwrap();
    assert_ne!(mine, theirs);
    let queue = one.routing.timer_queue(10, None);
    assert_eq!(one.routing.timer_add(queue, &theirs).unwrap_err().errno(), Errno::EINVAL);
    assert_eq!(other.routing.timer_add(queue, &theirs).unwrap_err().errno(), Errno::EINVAL);
    one.routing.reader().note_use(&theirs);
    assert_eq!((mine.uses(), theirs.uses()), (0, 0));
    let mut cache = RouteCache::new(ip("192.0.2.1"), 0);
    let (mut here, mut there) = (one.routing.reader(), other.routing.reader());
    assert_eq!(cache.lookup(&mut here, ip("192.0.2.1"), None, 0), Some(&mine));
    assert_eq!(cache.lookup(&mut there, ip("192.0.2.1"), None, 0), Some(&theirs));
}

#[test]
fn the_holder_of_a_lock_may_ask_for_another_change() {
    let world = world(Profile::FreeBsd);
    world.add("192.0.2.0/24", "10.0.0.11", VIA).unwrap();
    let mut reader = world.routing.reader();
    let dst = ip("192.0.2.1").into();
    let locked = rtalloc1(&mut reader, &dst, true, RtFlags::empty()).unwrap();
    std::thread::scope(|scope| {
        let change =
            || world.request(Request::Change, "192.0.2.0/24", "10.0.1.9", VIA, Priority::ANY);
        let changing = scope.spawn(change);
        while !changing.is_finished() && locked.gateway() != ip("10.0.1.9").into() {
            // The change waits for the lock that is held here, and holds up nothing else.
            world.add("198.51.100.0/24", "10.0.0.11", VIA).unwrap();
            world.delete("198.51.100.0/24", "10.0.0.11").unwrap();
            if world.routing.generation(0, Family::Inet) > Some(40) {
                break;
            }
        }
        assert_eq!(locked.gateway(), ip("10.0.0.11").into());
        drop(locked);
        assert!(changing.join().unwrap().is_ok());
    });
}
