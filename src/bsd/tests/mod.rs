//! What the sequential model's property tests do not look at, and one walk through the whole.

use core::net::IpAddr;
use std::sync::{Arc, Barrier};

mod refusals;

use super::{
    message::{Filter, MessageKind},
    *,
};
use crate::any_prefix::AnyPrefix;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn prefix(text: &str) -> AnyPrefix {
    let (address, len) = text.split_once('/').unwrap();
    AnyPrefix::new(ip(address), len.parse().unwrap()).unwrap()
}

struct World {
    routing: Routing,
    em0: Arc<MemoryInterface>,
    em1: Arc<MemoryInterface>,
    clock: Arc<ManualClock>,
}

fn world_with(options: impl FnOnce(RoutingOptions) -> RoutingOptions, profile: Profile) -> World {
    let clock = Arc::new(ManualClock::new(100));
    let basic = RoutingOptions::new(profile).clock(clock.clone()).jitter(1).multipath(true);
    let routing = options(basic).open().unwrap();
    let interface = |index, name: &str, address: &str| {
        let interface = Arc::new(MemoryInterface::new(index, name.parse().unwrap(), 1500));
        let address = InterfaceAddress { address: ip(address), prefix_len: 24, peer: None };
        interface.set_address(address);
        routing.attach(interface.clone()).unwrap();
        interface
    };
    let em0 = interface(1, "em0", "10.0.0.1");
    let em1 = interface(2, "em1", "10.0.1.1");
    World { routing, em0, em1, clock }
}

fn world(profile: Profile) -> World {
    world_with(|options| options, profile)
}

impl World {
    fn request(
        &self,
        request: Request,
        net: &str,
        gateway: &str,
        flags: RtFlags,
        priority: Priority,
    ) -> Result<RtRef, RouteError> {
        let net = prefix(net);
        let mut info = RouteInfo::net(net.address(), net.len(), ip(gateway));
        info.flags = flags;
        self.routing.rtrequest1(request, &info, priority, 0)
    }

    fn add(&self, net: &str, gateway: &str, flags: RtFlags) -> Result<RtRef, RouteError> {
        self.request(Request::Add, net, gateway, flags, Priority::NONE)
    }

    fn cloning(&self) -> RtRef {
        self.add("10.0.0.0/24", "10.0.0.1", RtFlags::CLONING | RtFlags::STATIC).unwrap()
    }

    fn delete(&self, net: &str, gateway: &str) -> Result<RtRef, RouteError> {
        self.request(Request::Delete, net, gateway, RtFlags::empty(), Priority::ANY)
    }

    fn gateways(&self, net: &str) -> Vec<String> {
        let routes = self.routing.get(0, prefix(net));
        routes.iter().map(|rt| rt.gateway().to_string()).collect()
    }

    /// Everything released and deleted is freed.
    fn assert_no_trash(self) {
        while self.routing.reclaim() > 0 {}
        assert_eq!(self.routing.statistics().trash, 0);
    }
}

const VIA: RtFlags = RtFlags::GATEWAY.union(RtFlags::STATIC);

#[test]
fn equal_routes_spread_around_the_middle() {
    let world = world(Profile::OpenBsd);
    world.add("192.0.2.0/24", "10.0.0.11", VIA).unwrap();
    let refused = world.add("192.0.2.0/24", "10.0.0.12", VIA).unwrap_err();
    assert_eq!(refused.errno(), Errno::EEXIST);
    assert_eq!(refused.to_string(), "EEXIST for 192.0.2.0/24: a route of this priority exists");
    for gateway in ["10.0.0.12", "10.0.0.13", "10.0.0.14"] {
        world.add("192.0.2.0/24", gateway, VIA | RtFlags::MPATH).unwrap();
    }
    assert_eq!(
        world.gateways("192.0.2.0/24"),
        ["10.0.0.11", "10.0.0.13", "10.0.0.14", "10.0.0.12"]
    );
    let mut reader = world.routing.reader();
    let mut met = std::collections::BTreeSet::new();
    for source in 0..64u32 {
        let source = IpAddr::from(source.to_be_bytes());
        let rt = rtalloc_mpath(&mut reader, &ip("192.0.2.1").into(), Some(source), 0).unwrap();
        met.insert(rt.gateway().to_string());
        assert!(rt.flags().contains(RtFlags::MPATH));
    }
    assert_eq!(met.len(), 4, "every path is taken by some flow");
    assert_eq!(world.delete("192.0.2.0/24", "10.0.0.9").unwrap_err().errno(), Errno::ESRCH);
    for gateway in ["10.0.0.11", "10.0.0.12", "10.0.0.13"] {
        assert!(!world.delete("192.0.2.0/24", gateway).unwrap().is_up());
    }
    let last = rtalloc(&mut reader, &ip("192.0.2.1").into(), Lookup::empty(), 0).unwrap();
    assert!(!last.flags().contains(RtFlags::MPATH), "alone again");
    rtfree(last);
    drop(reader);
    world.assert_no_trash();
}

#[test]
fn racing_readers_share_one_clone_and_one_message() {
    for profile in Profile::ALL {
        let world = world(profile);
        let parent = world.cloning();
        let mut listener = world.routing.subscribe(Filter::default(), 64);
        let barrier = Barrier::new(4);
        let clones: Vec<RtRef> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let mut reader = world.routing.reader();
                        barrier.wait();
                        let dst = ip("10.0.0.77").into();
                        rtalloc(&mut reader, &dst, Lookup::all(), 0).unwrap()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(clones.iter().all(|clone| *clone == clones[0]));
        assert_eq!(clones[0].destination(), prefix("10.0.0.77/32"));
        assert_eq!(clones[0].parent().unwrap().destination(), parent.destination());
        let kinds: Vec<_> = listener.try_iter().map(|message| message.kind).collect();
        assert_eq!(kinds, [MessageKind::Add]);

        world.delete("10.0.0.0/24", "10.0.0.1").unwrap();
        assert!(clones.iter().all(|clone| !clone.is_up() && clone.is_gone()));
        let mut reader = world.routing.reader();
        assert!(rtalloc(&mut reader, &ip("10.0.0.77").into(), Lookup::RESOLVE, 0).is_none());
        assert_eq!(world.routing.statistics().trash, 2, "held, so not freed");
        drop((clones, parent, reader));
        world.assert_no_trash();
    }
}

#[test]
fn no_clone_outlives_its_parents_deletion() {
    let world = world(Profile::OpenBsd);
    std::thread::scope(|scope| {
        let cloners: Vec<_> = (0..2u8)
            .map(|thread| {
                let routing = world.routing.clone();
                scope.spawn(move || {
                    let mut reader = routing.reader();
                    for host in 0..200u8 {
                        let dst = IpAddr::from([10, 0, 0, host.wrapping_mul(2) + thread]);
                        rtalloc(&mut reader, &dst.into(), Lookup::all(), 0);
                    }
                })
            })
            .collect();
        for _ in 0..50 {
            world.cloning();
            world.delete("10.0.0.0/24", "10.0.0.1").unwrap();
            assert!(world.routing.walk(0).is_empty(), "parent and clones are gone");
        }
        cloners.into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert!(world.routing.walk(0).is_empty());
    world.assert_no_trash();
}

#[test]
fn clones_are_bounded_and_used_ones_stay() {
    let world = world_with(|options| options.clones_per_parent(3), Profile::OpenBsd);
    world.cloning();
    let mut reader = world.routing.reader();
    let mut resolve = |host: u8| {
        let dst = IpAddr::from([10, 0, 0, host]);
        rtalloc(&mut reader, &dst.into(), Lookup::RESOLVE, 0).unwrap()
    };
    let first = resolve(10);
    resolve(11);
    resolve(12);
    let user = world.routing.reader();
    user.note_use(&first);
    assert_eq!(first.uses(), 1);
    resolve(13);
    assert!(first.is_up(), "it was used");
    let hosts: Vec<_> = world.routing.walk(0).iter().map(|rt| rt.destination().address()).collect();
    assert_eq!(hosts, [ip("10.0.0.0"), ip("10.0.0.10"), ip("10.0.0.12"), ip("10.0.0.13")]);
}

#[test]
fn a_change_is_seen_by_who_holds_the_route() {
    let world = world(Profile::OpenBsd);
    world.add("192.0.2.0/24", "10.0.0.11", VIA).unwrap();
    let mut reader = world.routing.reader();
    let held = rtalloc(&mut reader, &ip("192.0.2.1").into(), Lookup::empty(), 0).unwrap();
    let changed =
        world.request(Request::Change, "192.0.2.0/24", "10.0.1.99", VIA, Priority::ANY).unwrap();
    assert_eq!(held, changed);
    assert!(held.is_up());
    assert_eq!((held.gateway(), held.interface()), (ip("10.0.1.99").into(), 2));
    assert_eq!(held.interface_address(), Some(ip("10.0.1.1")));
    world.em1.set_up(false);
    world.routing.link_changed(2).unwrap();
    assert!(!held.is_up(), "it leaves by em1 now");
}

#[test]
fn down_routes_step_back_and_return() {
    let world = world(Profile::OpenBsd);
    world.add("192.0.2.0/24", "10.0.0.11", VIA).unwrap();
    world.add("192.0.2.0/24", "10.0.1.11", VIA | RtFlags::MPATH).unwrap();
    let mut reader = world.routing.reader();
    let mut head = || {
        let rt = rtalloc(&mut reader, &ip("192.0.2.1").into(), Lookup::empty(), 0).unwrap();
        (rt.gateway().to_string(), rt.is_up())
    };
    world.em0.set_up(false);
    assert_eq!(world.routing.link_changed(1).unwrap(), 1);
    assert_eq!(head(), ("10.0.1.11".to_string(), true));
    world.em1.set_up(false);
    world.routing.link_changed(2).unwrap();
    assert!(!head().1, "down routes are returned if there is no other");
    world.em1.set_up(true);
    world.routing.link_changed(2).unwrap();
    assert_eq!(head(), ("10.0.1.11".to_string(), true));
}

#[test]
fn the_old_cache_misses_a_better_route_and_the_new_one_does_not() {
    let world = world(Profile::OpenBsd);
    world.add("192.0.2.0/24", "10.0.0.11", VIA).unwrap();
    let mut reader = world.routing.reader();
    let dst = ip("192.0.2.1");
    let (mut old, mut new) = (RouteCache::new(dst, 0), RouteCache::new(dst, 0));
    let gateway = |rt: Option<&RtRef>| rt.map(|rt| rt.gateway().to_string());
    assert_eq!(gateway(old.rtalloc(&mut reader)).as_deref(), Some("10.0.0.11"));
    assert_eq!(gateway(new.lookup(&mut reader, dst, None, 0)).as_deref(), Some("10.0.0.11"));
    world.add("192.0.2.0/28", "10.0.0.12", VIA).unwrap();
    assert_eq!(gateway(old.rtalloc(&mut reader)).as_deref(), Some("10.0.0.11"));
    assert_eq!(gateway(new.lookup(&mut reader, dst, None, 0)).as_deref(), Some("10.0.0.12"));
    world.delete("192.0.2.0/28", "10.0.0.12").unwrap();
    world.delete("192.0.2.0/24", "10.0.0.11").unwrap();
    assert!(old.rtalloc(&mut reader).is_none() && old.route().is_none(), "the stale one is gone");
    assert!(new.lookup(&mut reader, dst, None, 0).is_none());
    drop((old, new, reader));
    world.assert_no_trash();
}

#[test]
fn a_lock_excludes_its_like_and_no_lookup() {
    let world = world(Profile::FreeBsd);
    world.add("192.0.2.0/24", "10.0.0.11", VIA).unwrap();
    let mut reader = world.routing.reader();
    let dst = ip("192.0.2.1").into();
    let locked = rtalloc1(&mut reader, &dst, true, RtFlags::empty()).unwrap();
    locked.set_mtu(1400);
    let other = rtalloc(&mut reader, &dst, Lookup::empty(), 0).unwrap();
    assert_eq!(other.mtu(), 1400);
    let waits = std::thread::spawn(move || rt_lock(other).mtu());
    locked.set_mtu(1300);
    let extra = rt_addref(&locked);
    rt_remref(&locked, extra);
    let rt = rt_unlock(locked);
    assert_eq!(waits.join().unwrap(), 1300);
    assert!(!rtisvalid(&mut reader, &rt), "nothing leads to its gateway");
    world.add("10.0.0.0/24", "10.0.0.1", RtFlags::STATIC).unwrap();
    assert!(rtisvalid(&mut reader, &rt));
}

#[test]
fn timers_go_off_once_and_only_for_routes_that_are_there() {
    let world = world(Profile::OpenBsd);
    let kept = world.add("192.0.2.0/24", "10.0.0.11", VIA).unwrap();
    let gone = world.add("198.51.100.0/24", "10.0.0.11", VIA).unwrap();
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let told: Expired = Arc::new(move |_, rt| noted.lock().unwrap().push(rt.destination()));
    let telling = world.routing.timer_queue(10, Some(told));
    let deleting = world.routing.timer_queue(20, None);
    world.routing.timer_add(telling, &kept).unwrap();
    world.routing.timer_add(telling, &gone).unwrap();
    world.routing.timer_add(deleting, &kept).unwrap();
    assert_eq!(kept.expire(), 120);
    world.delete("198.51.100.0/24", "10.0.0.11").unwrap();
    assert_eq!(world.routing.timer_add(telling, &gone).unwrap_err().errno(), Errno::ESRCH);
    world.clock.advance(10);
    assert_eq!(world.routing.tick().unwrap().timers, 0, "strictly older than the timeout");
    world.clock.advance(1);
    assert_eq!(world.routing.tick().unwrap().timers, 1);
    assert_eq!(*seen.lock().unwrap(), [prefix("192.0.2.0/24")]);
    world.clock.advance(10);
    world.routing.tick().unwrap();
    assert!(!kept.is_up() && world.routing.walk(0).is_empty());
}

#[test]
fn verdicts_are_those_of_the_kernels() {
    let world = world(Profile::OpenBsd);
    let reject = world.add("192.0.2.1/32", "10.0.0.11", VIA | RtFlags::REJECT).unwrap();
    let hole = world.add("192.0.2.0/24", "10.0.0.11", VIA | RtFlags::BLACKHOLE).unwrap();
    let refuse = Verdict::Refuse;
    assert_eq!(verdict(None, Use::Link, 0), refuse(Errno::EHOSTUNREACH));
    assert_eq!(verdict(Some(&reject), Use::Loopback, 0), refuse(Errno::EHOSTUNREACH));
    assert_eq!(verdict(Some(&reject), Use::Link, 0), refuse(Errno::EHOSTDOWN));
    assert_eq!(verdict(Some(&reject), Use::FastForward, 1), Verdict::Forward, "expire is 0");
    let locked = rt_lock(reject.clone());
    locked.set_expire(50);
    drop(locked);
    assert_eq!(verdict(Some(&reject), Use::Link, 50), Verdict::Forward);
    assert_eq!(verdict(Some(&reject), Use::FastForward, 50), refuse(Errno::EHOSTUNREACH));
    assert_eq!(verdict(Some(&hole), Use::Loopback, 0), Verdict::Drop);
    assert_eq!(verdict(Some(&hole), Use::Link, 0), Verdict::Forward);
}

#[test]
fn tables_and_families_are_apart() {
    let world = world(Profile::OpenBsd);
    assert_eq!(world.routing.table_add(256).unwrap_err().errno(), Errno::EINVAL);
    world.routing.table_add(7).unwrap();
    assert_eq!(world.routing.table_add(7).unwrap_err().errno(), Errno::EEXIST);
    world.routing.set_domain(7, 3);
    assert_eq!((world.routing.domain(7), world.routing.domain(8)), (3, 0));
    let mut info = RouteInfo::net(ip("192.0.2.0"), 24, ip("10.0.0.11"));
    info.flags = VIA;
    world.routing.rtrequest1(Request::Add, &info, Priority::NONE, 7).unwrap();
    let refused = world.routing.rtrequest1(Request::Add, &info, Priority::NONE, 8).unwrap_err();
    assert_eq!(refused.errno(), Errno::EAFNOSUPPORT);
    info.destination = Sockaddr::Other { family: 30 };
    let refused = world.routing.rtrequest1(Request::Add, &info, Priority::NONE, 7).unwrap_err();
    assert_eq!(refused.errno(), Errno::EAFNOSUPPORT);
    let mut reader = world.routing.reader();
    let dst = ip("192.0.2.1").into();
    assert!(rtalloc(&mut reader, &dst, Lookup::empty(), 0).is_none());
    assert!(rtalloc(&mut reader, &dst, Lookup::empty(), 7).is_some());
    assert!(rtalloc(&mut reader, &dst, Lookup::empty(), 9).is_none());
    assert_eq!(world.routing.statistics().unreachable, 3, "these two, and the gateway");
    assert_eq!(world.routing.tables().collect::<Vec<_>>(), [0, 7]);
}

#[test]
fn references_outlive_the_routing() {
    let world = world(Profile::OpenBsd);
    world.cloning();
    let mut reader = world.routing.reader();
    let clone = rtalloc(&mut reader, &ip("10.0.0.9").into(), Lookup::RESOLVE, 0).unwrap();
    drop((reader, world));
    assert_eq!(clone.destination(), prefix("10.0.0.9/32"));
    assert_eq!(clone.parent().unwrap().destination(), prefix("10.0.0.0/24"));
}
