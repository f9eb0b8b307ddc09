//! Which route counts, and what the table says for it: rule by rule.

use rtalloc::{
    NextHop, Route, RouteFlags,
    netlink::{Event, MessageFlags, Messages, Mirror, Origin, RouteKind, mirror::Parts},
};

use crate::wire::{self, CREATE, REPLACE, Told, hop};

pub(crate) const APPEND: u16 = 0x800;
const V4: &str = "10.0.0.0/8";
const V6: &str = "2001:db8::/32";

/// A mirror of a kernel that has two links up and no route.
pub(crate) fn kernel() -> Mirror {
    let mut mirror = Mirror::of_kernel();
    mirror.begin_dump();
    let links = [wire::link(1, true), wire::link(2, true)].concat();
    events(&links).for_each(|(_, event)| mirror.confirm(event));
    mirror.end_dump(Parts::all(), []);
    mirror
}

pub(crate) fn events(bytes: &[u8]) -> impl Iterator<Item = (MessageFlags, Event)> + '_ {
    let sound = Messages::new(bytes).map(|message| message.expect("sound"));
    sound.map(|(header, event)| (header.flags, event))
}

pub(crate) fn tell(mirror: &mut Mirror, bytes: &[u8]) {
    events(bytes).for_each(|(flags, event)| mirror.observe(flags, event));
}

/// What is to be said of the only prefix that has changed.
pub(crate) fn said(mirror: &mut Mirror) -> Option<Route<Origin>> {
    let changes = mirror.take_changes();
    assert_eq!(changes.len(), 1, "{changes:?}");
    match (&changes[0].v4[..], &changes[0].v6[..]) {
        ([(_, route)], []) => route.clone(),
        ([], [(_, route)]) => route.clone(),
        _ => panic!("{changes:?}"),
    }
}

pub(crate) fn said_hop(mirror: &mut Mirror) -> Option<NextHop> {
    said(mirror).map(|route| route.next_hop)
}

fn via(prefix: &str, last: u32) -> Told {
    let gateway = match prefix {
        V4 => format!("192.0.2.{last}"),
        _ => format!("2001:db8:f::{last}"),
    };
    Told::via(prefix, &[hop(&gateway, 1)])
}

#[test]
fn the_lowest_priority_counts_and_the_next_takes_over() {
    let mut mirror = kernel();
    tell(&mut mirror, &via(V4, 20).at(20).added(CREATE));
    tell(&mut mirror, &via(V4, 10).at(10).added(CREATE));
    tell(&mut mirror, &via(V4, 30).at(30).added(CREATE));
    assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.10", 1)));
    tell(&mut mirror, &via(V4, 10).at(10).del());
    assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.20", 1)));
    tell(&mut mirror, &via(V4, 20).at(20).del());
    tell(&mut mirror, &via(V4, 30).at(30).del());
    assert_eq!(said(&mut mirror), None);
    assert_eq!(mirror.stats().unmatched, 0);
}

#[test]
fn ipv4_prepends_appends_and_replaces_the_first() {
    let mut mirror = kernel();
    tell(&mut mirror, &via(V4, 1).added(CREATE));
    tell(&mut mirror, &via(V4, 2).added(CREATE | APPEND));
    assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.1", 1)));
    tell(&mut mirror, &via(V4, 3).added(CREATE));
    assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.3", 1)));
    // 3 1 2 becomes 4 1 2.
    tell(&mut mirror, &via(V4, 4).added(REPLACE));
    assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.4", 1)));
    tell(&mut mirror, &via(V4, 4).del());
    assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.1", 1)));
    tell(&mut mirror, &via(V4, 1).del());
    assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.2", 1)));
}

#[test]
fn ipv6_appends_what_has_no_gateway_and_joins_what_has() {
    let mut mirror = kernel();
    let direct = |interface| Told::via(V6, &[NextHop::interface(interface)]);
    tell(&mut mirror, &direct(1).added(CREATE));
    tell(&mut mirror, &direct(2).added(CREATE));
    assert_eq!(said_hop(&mut mirror), Some(NextHop::interface(1)));
    tell(&mut mirror, &direct(1).del());
    assert_eq!(said_hop(&mut mirror), Some(NextHop::interface(2)));
    tell(&mut mirror, &direct(2).del());
    // The kernel tells the whole of a multipath route when a leg is added, and the leg alone when
    // one is removed.
    let (one, two) = (hop("2001:db8:f::1", 1), hop("2001:db8:f::2", 2));
    tell(&mut mirror, &Told::via(V6, &[one]).added(CREATE));
    tell(&mut mirror, &Told::via(V6, &[one, two]).added(CREATE | APPEND));
    let route = said(&mut mirror).expect("a route");
    assert_eq!(route.data.paths().len(), 2);
    tell(&mut mirror, &Told::via(V6, &[one]).del());
    let route = said(&mut mirror).expect("a route");
    assert_eq!((route.next_hop, route.data.paths().len()), (two, 0));
}

#[test]
fn kinds_become_flags() {
    let kinds = [
        (6, RouteKind::Blackhole, RouteFlags::BLACKHOLE),
        (7, RouteKind::Unreachable, RouteFlags::REJECT),
        (8, RouteKind::Prohibit, RouteFlags::REJECT),
        (9, RouteKind::Throw, RouteFlags::REJECT),
    ];
    for (number, kind, flag) in kinds {
        let mut mirror = kernel();
        // IPv6 has refusing routes lead over the loopback interface.
        tell(&mut mirror, &via(V6, 1).of(number).added(CREATE));
        let route = said(&mut mirror).expect("a route");
        assert_eq!(route.data.kind, kind);
        assert_eq!(route.next_hop, NextHop::default());
        assert_eq!(route.flags, flag | RouteFlags::STATIC);
    }
    let mut mirror = kernel();
    tell(&mut mirror, &Told::via("10.0.0.1/32", &[NextHop::interface(1)]).of(2).added(CREATE));
    let route = said(&mut mirror).expect("a route");
    assert_eq!(route.data.kind, RouteKind::Local);
    assert_eq!(route.flags, RouteFlags::HOST | RouteFlags::STATIC);
}

#[test]
fn a_gateway_may_be_of_the_other_family() {
    let mut mirror = kernel();
    tell(&mut mirror, &Told::via(V4, &[hop("2001:db8::1", 1)]).added(CREATE));
    let route = said(&mut mirror).expect("a route");
    assert_eq!(route.next_hop, hop("2001:db8::1", 1));
    assert!(route.flags.contains(RouteFlags::GATEWAY));
}

#[test]
fn groups_follow_their_members() {
    let mut mirror = kernel();
    let (one, two) = (hop("192.0.2.1", 1), hop("192.0.2.2", 2));
    tell(&mut mirror, &wire::object(1, one, &[]));
    tell(&mut mirror, &wire::object(2, two, &[]));
    tell(&mut mirror, &wire::object(3, NextHop::default(), &[(1, 1), (2, 5)]));
    tell(&mut mirror, &Told::through(V4, 3).added(CREATE));
    let route = said(&mut mirror).expect("a route");
    let weights: Vec<_> = route.data.paths().iter().map(|path| path.weight).collect();
    assert_eq!((route.next_hop, &weights[..]), (one, &[1, 5][..]));
    // A member leads elsewhere.
    tell(&mut mirror, &wire::object(1, hop("192.0.2.9", 1), &[]));
    assert_eq!(said_hop(&mut mirror), Some(hop("192.0.2.9", 1)));
    // A member goes, then the other one, and the route with it; the kernel tells neither.
    tell(&mut mirror, &wire::del_object(1));
    let route = said(&mut mirror).expect("a route");
    assert_eq!((route.next_hop, route.data.paths().len()), (two, 0));
    tell(&mut mirror, &wire::del_object(2));
    assert_eq!(said(&mut mirror), None);
}

#[test]
fn what_a_table_cannot_say_is_counted() {
    let mut mirror = kernel();
    let mut tos = via(V4, 1).added(CREATE);
    tos[16 + 3] = 0x10;
    let mut source = via(V6, 1).added(CREATE);
    source[16 + 2] = 64;
    let mut copy = via(V6, 1).added(CREATE);
    copy[16 + 9] = 0x02;
    for bytes in [tos, source, copy, via(V4, 1).of(77).added(CREATE)] {
        tell(&mut mirror, &bytes);
    }
    assert_eq!(mirror.take_changes(), []);
    assert_eq!(mirror.stats().unsupported, 4);
}

#[test]
fn other_tables_are_passed_over_if_one_is_asked_for() {
    let mut mirror = Mirror::of_daemon().only(100_000);
    tell(&mut mirror, &via(V4, 1).added(CREATE));
    assert_eq!(mirror.take_changes(), []);
    tell(&mut mirror, &Told { table: 100_000, ..via(V4, 1) }.added(CREATE));
    assert_eq!(mirror.take_changes()[0].table, 100_000);
}

/// FRR 8.4 leaves the kind and the next hops out of a withdrawal.
#[test]
fn a_daemon_withdraws_a_prefix_whatever_its_kind() {
    let mut mirror = Mirror::of_daemon();
    tell(&mut mirror, &via(V4, 1).added(CREATE));
    assert!(said(&mut mirror).is_some());
    tell(&mut mirror, &Told::via(V4, &[]).of(0).del());
    assert_eq!(said(&mut mirror), None);
    assert_eq!(mirror.stats().unsupported, 0);
}

#[test]
fn an_unknown_withdrawal_asks_for_a_dump() {
    let mut mirror = kernel();
    assert!(!mirror.wants_dump());
    tell(&mut mirror, &via(V4, 1).del());
    assert!(mirror.wants_dump());
    assert_eq!(mirror.stats().unmatched, 1);
}
