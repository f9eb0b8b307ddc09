//! Sequences that a kernel goes through, told as it tells them: several routes of one priority, and
//! routes that name next-hop objects.

use rtalloc::{
    NextHop, Options,
    netlink::{Mirror, RouteKind, Tables, mirror::Parts},
};

use crate::{
    rules::{APPEND, events, kernel, said, said_hop, tell},
    wire::{self, BGP, CREATE, REPLACE, Told, hop},
};

const V4: &str = "10.9.0.0/16";

fn via(last: u32) -> Told {
    Told::via(V4, &[hop(&format!("192.0.2.{last}"), 1)])
}

/// `nexthop replace` is told as a replacement of each route that names the object, in its place.
#[test]
fn a_replaced_object_does_not_replace_the_first_route() {
    let mut mirror = kernel();
    tell(&mut mirror, &wire::object(1, hop("192.0.2.9", 1), &[]));
    tell(&mut mirror, &via(2).added(CREATE));
    tell(&mut mirror, &Told::through(V4, 1).added(CREATE | APPEND));
    assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.2", 1)));
    tell(&mut mirror, &wire::object(1, hop("192.0.2.77", 1), &[]));
    tell(&mut mirror, &Told::through(V4, 1).added(REPLACE));
    assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.2", 1)));
    tell(&mut mirror, &via(2).del());
    assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.77", 1)));
    assert!(!mirror.wants_dump());
}

#[test]
fn a_route_that_is_told_again_stays_where_it_is() {
    let mut mirror = kernel();
    tell(&mut mirror, &via(1).added(CREATE));
    tell(&mut mirror, &via(2).added(CREATE | APPEND));
    for flags in [CREATE, CREATE | APPEND, REPLACE] {
        tell(&mut mirror, &via(2).added(flags));
        assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.1", 1)), "{flags:x}");
    }
    tell(&mut mirror, &via(1).del());
    tell(&mut mirror, &via(2).del());
    assert_eq!(said(&mut mirror), None);
    assert_eq!(mirror.stats().unmatched, 0);
}

/// To IPv4 everything about a route is part of which route it is.
#[test]
fn ipv4_routes_that_differ_in_little_are_two() {
    let source = Some("192.0.2.200".parse().expect("an address"));
    for other in [via(2).by(BGP), Told { source, ..via(2) }] {
        let mut mirror = kernel();
        tell(&mut mirror, &via(2).added(CREATE));
        tell(&mut mirror, &other.added(CREATE | APPEND));
        tell(&mut mirror, &other.del());
        let left = said(&mut mirror).expect("the other one");
        assert_eq!((left.next_hop, left.data.protocol), (hop("192.0.2.2", 1), wire::STATIC));
        tell(&mut mirror, &other.added(CREATE));
        assert_eq!(said(&mut mirror).expect("a route").data.protocol, other.protocol);
        tell(&mut mirror, &via(2).del());
        assert_eq!(said(&mut mirror).expect("a route").data.protocol, other.protocol);
        assert_eq!(mirror.stats().unmatched, 0);
    }
}

/// A mirror with a route through a group of two objects, the paths of which the kernel has filled in.
fn filled_in() -> (Mirror, [NextHop; 2]) {
    let mut mirror = kernel();
    let hops = [hop("192.0.2.1", 1), hop("192.0.2.2", 2)];
    tell(&mut mirror, &wire::object(1, hops[0], &[]));
    tell(&mut mirror, &wire::object(2, hops[1], &[]));
    tell(&mut mirror, &wire::object(3, NextHop::default(), &[(1, 1), (2, 1)]));
    let route = Told { object: 3, ..Told::via(V4, &hops) };
    tell(&mut mirror, &route.added(CREATE));
    assert_eq!(said(&mut mirror).expect("a route").data.paths().len(), 2);
    (mirror, hops)
}

#[test]
fn a_link_that_ends_leaves_a_route_what_is_left_of_its_group() {
    for end in [wire::del_link(1), wire::link(1, false)] {
        let (mut mirror, hops) = filled_in();
        tell(&mut mirror, &end);
        assert_eq!(said_hop(&mut mirror), Some(hops[1]));
        tell(&mut mirror, &wire::del_link(2));
        assert_eq!(said(&mut mirror), None);
    }
}

/// The paths that were filled in are no paths to come back to.
#[test]
fn a_link_that_comes_up_brings_no_filled_in_path_back() {
    let (mut mirror, hops) = filled_in();
    tell(&mut mirror, &wire::link(1, false));
    tell(&mut mirror, &wire::link(1, true));
    let route = said(&mut mirror).expect("a route");
    assert_eq!((route.next_hop, route.data.paths().len()), (hops[1], 0));
    let route = Told { object: 3, ..Told::via(V4, &hops[1..]) };
    tell(&mut mirror, &route.del());
    assert_eq!(said(&mut mirror), None);
}

#[test]
fn an_object_that_wraps_packets_up_says_so_for_its_routes() {
    for mut mirror in [kernel(), Mirror::of_daemon()] {
        tell(&mut mirror, &wire::object(1, hop("192.0.2.1", 1), &[]));
        tell(&mut mirror, &wire::labelled(2, hop("192.0.2.2", 1)));
        tell(&mut mirror, &wire::object(3, NextHop::default(), &[(1, 1), (2, 1)]));
        for (object, encapsulated) in [(1, false), (2, true), (3, true), (1, false)] {
            tell(&mut mirror, &Told::through(V4, object).added(REPLACE | CREATE));
            let route = said(&mut mirror).expect("a route");
            assert_eq!(route.data.encapsulated, encapsulated, "through {object}");
        }
        // The same object, and now with a label.
        tell(&mut mirror, &wire::labelled(1, hop("192.0.2.1", 1)));
        assert!(said(&mut mirror).expect("a route").data.encapsulated);
    }
    // A route that outlives its daemon's session outlives its object.
    let mut mirror = Mirror::of_daemon();
    tell(&mut mirror, &wire::labelled(2, hop("192.0.2.2", 1)));
    tell(&mut mirror, &Told::through(V4, 2).added(CREATE));
    mirror.begin_session();
    let route = said(&mut mirror).expect("a route");
    assert!(route.data.encapsulated);
    assert_eq!(route.next_hop, hop("192.0.2.2", 1));
}

/// Tells a route that names an object after that went, and that the object is there again: the route
/// stays, whether or not changes were taken between. The object's routes are dropped only when changes
/// are taken, and then those from before it went.
fn stays_after_its_object_went(tell_route: fn(&mut Mirror, &[u8])) {
    for taken in [true, false] {
        let mut mirror = kernel();
        tell(&mut mirror, &wire::del_object(2));
        if taken {
            assert!(mirror.take_changes().is_empty());
        }
        tell_route(&mut mirror, &Told::through(V4, 2).added(CREATE));
        tell(&mut mirror, &wire::object(2, hop("192.0.2.9", 1), &[]));
        assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.9", 1)), "{taken}");
    }
}

#[test]
fn a_route_that_names_an_object_after_it_went_stays() {
    stays_after_its_object_went(tell);
}

#[test]
fn a_route_that_is_dumped_after_its_object_went_stays() {
    stays_after_its_object_went(|mirror, route| {
        mirror.begin_dump();
        events(route).for_each(|(_, event)| mirror.confirm(event));
        mirror.end_dump(Parts::empty(), []);
    });
}

/// The kernel tells the object alone, and then withdraws a route of another kind than it told.
#[test]
fn a_blackhole_that_is_replaced_by_a_way_is_one_no_more() {
    let mut mirror = kernel();
    tell(&mut mirror, &wire::black_hole(1));
    tell(&mut mirror, &Told::through(V4, 1).of(wire::BLACKHOLE).added(CREATE));
    assert_eq!(said(&mut mirror).expect("a route").data.kind, RouteKind::Blackhole);
    tell(&mut mirror, &wire::object(1, hop("192.0.2.1", 1), &[]));
    let route = said(&mut mirror).expect("a route");
    assert_eq!((route.data.kind, route.next_hop), (RouteKind::Unicast, hop("192.0.2.1", 1)));
    tell(&mut mirror, &Told::through(V4, 1).del());
    assert_eq!(said(&mut mirror), None);
    assert_eq!(mirror.stats().unmatched, 0);
}

/// A table of few routes: what goes makes room, and one route too many holds up no other.
#[test]
fn a_full_table_takes_what_goes_and_what_fits() {
    const ROOM: usize = 1000;
    let route = |index: usize, last: u32| {
        let prefix = format!("10.{}.{}.0/24", index / 256, index % 256);
        Told::via(&prefix, &[hop(&format!("192.0.2.{last}"), 1)])
    };
    let (mut mirror, tables) = (kernel(), Tables::new(Options::new().max_routes(ROOM)));
    (0..ROOM).for_each(|index| tell(&mut mirror, &route(index, 1).added(CREATE)));
    mirror.publish(&tables).expect("just enough room");
    let table = tables.get(254).expect("filled");
    // 100 go, and 2000 come: 10.0.0.0/24 to 10.0.99.0/24 are first in the order of prefixes.
    (0..100).for_each(|index| tell(&mut mirror, &route(index, 1).del()));
    (ROOM..3 * ROOM).for_each(|index| tell(&mut mirror, &route(index, 2).added(CREATE)));
    assert!(mirror.publish(&tables).is_err());
    assert_eq!(mirror.stats().refused, 1);
    let mut reader = table.reader();
    let found = |reader: &mut rtalloc::Reader<_>, index: usize| {
        let address = std::net::Ipv4Addr::new(10, (index / 256) as u8, (index % 256) as u8, 1);
        reader.enter().lookup(address.into()).is_some()
    };
    for index in 0..ROOM {
        assert_eq!(found(&mut reader, index), index >= 100, "{index}");
    }
    // Once there is room for all of it nothing is missing.
    (100..ROOM).for_each(|index| tell(&mut mirror, &route(index, 1).del()));
    (2 * ROOM..3 * ROOM).for_each(|index| tell(&mut mirror, &route(index, 2).del()));
    while mirror.publish(&tables).is_err() {
        assert!(mirror.stats().refused < 100, "no room is made");
    }
    assert_eq!(table.len(), ROOM);
    assert!((ROOM..2 * ROOM).all(|index| found(&mut reader, index)));
}

/// A route names object 1, whose link goes down, and the object and the route with it, unsaid; then
/// another object gets the number. If a dump knows all that, the route told again must not stay.
#[test]
fn a_number_given_away_again_before_a_dump_does_not_bring_a_route_back() {
    let dumped =
        [wire::link(1, true), wire::link(2, false), wire::object(1, hop("192.0.2.9", 1), &[])];
    let (named, down) = (Told::through(V4, 1).added(CREATE), wire::link(2, false));
    for (meanwhile, wants) in [(named.clone(), false), ([named, down].concat(), true)] {
        let mut mirror = Mirror::of_kernel();
        mirror.begin_dump();
        events(&dumped.concat()).for_each(|(_, event)| mirror.confirm(event));
        mirror.end_dump(Parts::all(), events(&meanwhile));
        assert_eq!(mirror.wants_dump(), wants);
        mirror.begin_dump();
        events(&dumped.concat()).for_each(|(_, event)| mirror.confirm(event));
        mirror.end_dump(Parts::all(), []);
        assert!(!mirror.wants_dump());
        assert_eq!(mirror.prefixes(), 0);
    }
}

/// What happens to links is done to routes later, and in the order in which it happened.
#[test]
fn a_leg_that_comes_up_before_the_other_goes_down_keeps_the_route() {
    let legs = [hop("192.0.2.1", 1), hop("198.51.100.1", 2)];
    let (down, up) = (|link| wire::link(link, false), |link| wire::link(link, true));
    let cases: [(&[Vec<u8>], Option<NextHop>); 4] = [
        (&[down(2), up(2), down(1)], Some(legs[1])),
        (&[down(2), down(1), up(2)], None),
        (&[down(1), wire::del_link(2)], None),
        (&[up(1), wire::del_link(3), down(3)], Some(legs[0])),
    ];
    for (index, (events, wanted)) in cases.into_iter().enumerate() {
        let mut mirror = kernel();
        tell(&mut mirror, &Told::via(V4, &legs).added(CREATE));
        assert_eq!(said_hop(&mut mirror), Some(legs[0]));
        events.iter().for_each(|event| tell(&mut mirror, event));
        let changes = mirror.take_changes();
        let changes = changes.iter().flat_map(|changes| &changes.v4);
        let now = changes.last().map_or(Some(legs[0]), |(_, route)| Some(route.as_ref()?.next_hop));
        assert_eq!(now, wanted, "case {index}");
    }
}
