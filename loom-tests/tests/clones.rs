//! Clones and remembered routes of BSD's interface.
//!
//! A destination has one clone and one message, whoever races; no clone outlives the deletion of
//! what it was cloned from; a remembered route is used again only while it is the right one.
//!
//! Edges: B1, B2, V1, and the lock of changes. Two threads and one listener.

#![cfg(rtalloc_loom)]

use std::{net::IpAddr, sync::Arc};

use loom::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use rtalloc::{
    Options,
    bsd::{
        Family, InterfaceAddress, Lookup, ManualClock, MemoryInterface, Priority, Profile, Request,
        RouteCache, RouteInfo, Routing, RoutingOptions, RtFlags, RtReader, RtRef, Sockaddr,
        message::{Filter, MessageKind},
        rtalloc,
    },
};
use rtalloc_loom_tests::{Model, Seen};

/// Addresses that differ in their first bits, so that few nodes lie between.
const GATEWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(128, 0, 0, 1));
const BETTER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(128, 0, 0, 2));
const DST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(0, 0, 0, 1));

fn routing() -> Routing {
    linked().0
}

/// A routing and its interface.
fn linked() -> (Routing, Arc<MemoryInterface>) {
    let routing = RoutingOptions::new(Profile::OpenBsd)
        .clock(Arc::new(ManualClock::new(1)))
        .jitter(1)
        .tables(Options::new().max_routes(8))
        .open()
        .expect("room for a small table");
    let em0 = MemoryInterface::new(1, "em0".parse().expect("a name"), 1500);
    em0.set_address(InterfaceAddress { address: GATEWAY, prefix_len: 1, peer: None });
    let em0 = Arc::new(em0);
    routing.attach(em0.clone()).expect("a new interface");
    (routing, em0)
}

/// The prefix of the destination's first `len` bits, through `gateway`.
fn plain(len: u8, gateway: IpAddr) -> RouteInfo {
    RouteInfo::net(DST, len, gateway)
}

fn cloning() -> RouteInfo {
    RouteInfo { flags: RtFlags::CLONING, ..plain(0, GATEWAY) }
}

fn add(routing: &Routing, info: &RouteInfo) {
    routing.rtrequest1(Request::Add, info, Priority::NONE, 0).expect("room");
}

fn delete(routing: &Routing, info: &RouteInfo) {
    routing.rtrequest1(Request::Delete, info, Priority::ANY, 0).expect("the route");
}

fn look_up(reader: &mut RtReader) -> Option<RtRef> {
    rtalloc(reader, &Sockaddr::from(DST), Lookup::empty(), 0)
}

fn resolve(reader: &mut RtReader) -> Option<RtRef> {
    rtalloc(reader, &Sockaddr::from(DST), Lookup::all(), 0)
}

#[test]
fn cloners_share_one_clone() {
    Model::unbounded("cloners_share_one_clone").run(|_| {
        let routing = routing();
        add(&routing, &cloning());
        let mut listener = routing.subscribe(Filter::default(), 4);
        let (mut one, mut other) = (routing.reader(), routing.reader());
        let thread = thread::spawn(move || (resolve(&mut one), one));
        let mine = resolve(&mut other).expect("a route");
        let (theirs, _one) = thread.join().unwrap();
        assert_eq!(Some(&mine), theirs.as_ref());
        assert!(mine.flags().contains(RtFlags::CLONED) && mine.is_up());
        let kinds: Vec<_> = listener.try_iter().map(|message| message.kind).collect();
        assert_eq!(kinds, [MessageKind::Add], "one clone, one message");
    });
}

#[test]
fn no_clone_outlives_its_parent() {
    let facts = &["cloned before", "came too late"];
    Model::unbounded("no_clone_outlives_its_parent").reaching(facts).run(|seen| {
        let routing = routing();
        add(&routing, &cloning());
        let mut reader = routing.reader();
        let thread = thread::spawn(move || (resolve(&mut reader), reader));
        delete(&routing, &cloning());
        assert!(routing.walk(0).is_empty(), "the deletion has returned");
        let (clone, _reader) = thread.join().unwrap();
        seen.mark(if clone.is_some() { "cloned before" } else { "came too late" });
        assert!(clone.is_none_or(|clone| !clone.is_up()));
        assert!(routing.walk(0).is_empty(), "and none was made since");
    });
}

/// Fills a route cache while `update` runs, and looks again once it is told that the update has
/// returned. Calls `check` with whether it was told, and the gateway found.
fn revalidate(
    name: &'static str,
    facts: &'static [&'static str],
    update: fn(&Routing),
    check: fn(&Seen, bool, Option<Sockaddr>),
) {
    Model::unbounded(name).reaching(facts).run(move |seen| {
        let routing = routing();
        add(&routing, &plain(0, GATEWAY));
        let mut reader = routing.reader();
        let mut cache = RouteCache::new(DST, 0);
        let returned = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&returned);
        let thread = thread::spawn(move || {
            cache.lookup(&mut reader, DST, None, 0);
            let told = told.load(Ordering::Acquire);
            let found = cache.lookup(&mut reader, DST, None, 0).map(|rt| rt.gateway());
            (told, found, cache, reader)
        });
        update(&routing);
        returned.store(true, Ordering::Release);
        let (told, found, ..) = thread.join().unwrap();
        check(seen, told, found);
    });
}

#[test]
fn a_remembered_route_is_not_used_after_its_deletion() {
    let facts = &["used again", "found gone"];
    let update = |routing: &Routing| delete(routing, &plain(0, GATEWAY));
    let name = "a_remembered_route_is_not_used_after_its_deletion";
    revalidate(name, facts, update, |seen, told, found| {
        seen.mark(if found.is_some() { "used again" } else { "found gone" });
        assert!(!told || found.is_none(), "the deletion had returned");
    });
}

#[test]
fn a_remembered_route_gives_way_to_a_better_one() {
    let facts = &["used again", "found the better"];
    let update = |routing: &Routing| add(routing, &plain(1, BETTER));
    revalidate(
        "a_remembered_route_gives_way_to_a_better_one",
        facts,
        update,
        |seen, told, found| {
            let better = found == Some(BETTER.into());
            seen.mark(if better { "found the better" } else { "used again" });
            assert!(!told || better, "the better one had been added");
        },
    );
}

/// Whoever sees the flag gone finds the route gone.
#[test]
fn down_then_not_found() {
    let facts = &["found down", "found up"];
    Model::unbounded("down_then_not_found").reaching(facts).run(|seen| {
        let routing = routing();
        add(&routing, &plain(0, GATEWAY));
        let mut reader = routing.reader();
        let held = look_up(&mut reader).expect("a route");
        let thread = thread::spawn(move || {
            // The guard comes first: its fence would acquire what the flag's load must.
            let guard = reader.enter();
            let up = held.is_up();
            let found = guard.lookup(DST, 0).is_some();
            drop(guard);
            (up, found, held, reader)
        });
        delete(&routing, &plain(0, GATEWAY));
        let (up, found, ..) = thread.join().unwrap();
        seen.mark(if up { "found up" } else { "found down" });
        assert!(up || !found, "down, but still the answer");
    });
}

/// A link goes down: whoever sees its route's flag gone finds the other route first.
#[test]
fn down_then_the_other() {
    let facts = &["found down", "found up"];
    Model::unbounded("down_then_the_other").reaching(facts).run(|seen| {
        let (routing, em0) = linked();
        let name = "em1".parse().expect("a name");
        routing.attach(Arc::new(MemoryInterface::new(2, name, 1500))).expect("a new interface");
        add(&routing, &plain(0, GATEWAY));
        let other = RouteInfo { interface: Some(2), ..plain(0, BETTER) };
        let later = Priority::new(9);
        routing.rtrequest1(Request::Add, &other, later, 0).expect("room");
        let mut reader = routing.reader();
        let held = look_up(&mut reader).expect("a route");
        let thread = thread::spawn(move || {
            // The guard comes first: its fence would acquire what the flag's load must.
            let guard = reader.enter();
            let up = held.is_up();
            let found = guard.lookup(DST, 0).map(|rt| rt.gateway());
            drop(guard);
            (up, found, held, reader)
        });
        em0.set_up(false);
        routing.link_changed(1).expect("room");
        let (up, found, ..) = thread.join().unwrap();
        seen.mark(if up { "found up" } else { "found down" });
        assert!(up || found == Some(BETTER.into()), "down, but still the answer");
    });
}

/// A changed gateway is read whole by who holds the route, or the old one is.
#[test]
fn a_change_is_read_whole() {
    let facts = &["the old one", "the new one"];
    Model::unbounded("a_change_is_read_whole").reaching(facts).run(|seen| {
        let routing = routing();
        add(&routing, &plain(0, GATEWAY));
        let mut reader = routing.reader();
        let held = look_up(&mut reader).expect("a route");
        let thread = thread::spawn(move || (held.gateway(), held, reader));
        let change = plain(0, BETTER);
        routing.rtrequest1(Request::Change, &change, Priority::ANY, 0).expect("the route");
        let (gateway, ..) = thread.join().unwrap();
        let old = gateway == GATEWAY.into();
        seen.mark(if old { "the old one" } else { "the new one" });
        assert!(old || gateway == BETTER.into());
    });
}

/// Who remembers a gateway with the generation that was read before it keeps it no longer than until
/// the change has returned, and not past a newer one that it has seen.
#[test]
fn a_remembered_gateway_gives_way_to_a_changed_one() {
    let facts = &["remembered", "changed meanwhile", "the new one"];
    let name = "a_remembered_gateway_gives_way_to_a_changed_one";
    Model::unbounded(name).reaching(facts).run(|seen| {
        let routing = routing();
        add(&routing, &plain(0, GATEWAY));
        let mut reader = routing.reader();
        let held = look_up(&mut reader).expect("a route");
        let generation = |routing: &Routing| routing.generation(0, Family::Inet).expect("a table");
        let thread = thread::spawn(move || {
            let routing = reader.routing();
            let before = generation(&routing);
            let found = [held.gateway(), held.gateway()];
            (before, found, generation(&routing), held, reader)
        });
        let change = plain(0, BETTER);
        routing.rtrequest1(Request::Change, &change, Priority::ANY, 0).expect("the route");
        let (before, found, after, ..) = thread.join().unwrap();
        let remembers = |until| before % 2 == 0 && before == until;
        seen.mark(if remembers(after) { "remembered" } else { "changed meanwhile" });
        assert!(!remembers(after) || found[0] == found[1], "kept past a newer one");
        let kept = remembers(generation(&routing));
        seen.mark_if(kept, "the new one");
        assert!(!kept || found[0] == BETTER.into(), "kept past the change");
    });
}
