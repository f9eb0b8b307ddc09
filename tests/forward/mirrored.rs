//! A table that follows a routing daemon: what its routes mean to packets.

use std::net::IpAddr;

use etherparse::{Icmpv4Header, Icmpv4Type, Ipv4Header, icmpv4::DestUnreachableHeader};
use rtalloc::{
    AnyPrefix, NextHop,
    forward::Cause,
    netlink::{Event, MessageFlags, Mirror, Origin, Path, Paths, RouteKind, RouteMessage, Tables},
};

use super::lab::{Lab, ethernet, ip, tunnel, udp};

const MAIN: u32 = 254;

/// A daemon, and the tables that follow it.
struct Daemon {
    mirror: Mirror,
    tables: Tables,
}

impl Daemon {
    fn new() -> Self {
        Self { mirror: Mirror::of_daemon(), tables: Tables::default() }
    }

    fn tell(&mut self, prefix: &str, kind: RouteKind, paths: &[Path], encapsulated: bool) {
        let (address, len) = prefix.split_once('/').unwrap();
        let message = RouteMessage {
            prefix: AnyPrefix::new(ip(address), len.parse().unwrap()).unwrap(),
            table: MAIN,
            kind,
            protocol: 186,
            scope: 0,
            tos: 0,
            source_specific: false,
            cloned: false,
            priority: 20,
            object: 0,
            mtu: 0,
            encapsulated,
            details: 0,
            paths: paths.iter().copied().collect::<Paths>(),
        };
        self.mirror.observe(MessageFlags::empty(), Event::NewRoute(message));
    }

    fn publish(&mut self) {
        self.mirror.publish(&self.tables).unwrap();
    }

    fn lab(&self) -> Lab<Origin> {
        let ports = [
            tunnel(1, &["192.0.2.1/24"]),
            tunnel(2, &[]),
            tunnel(3, &[]),
            ethernet(4, &["203.0.113.1/24"]),
        ];
        Lab::new(self.tables.open(MAIN).unwrap(), &ports)
    }
}

fn via(gateway: Option<IpAddr>, interface: u32) -> Path {
    Path::new(NextHop { gateway, interface })
}

#[test]
fn routes_of_every_kind() {
    let mut daemon = Daemon::new();
    daemon.tell("192.0.2.0/24", RouteKind::Unicast, &[via(None, 1)], false);
    daemon.tell("10.1.0.0/16", RouteKind::Blackhole, &[], false);
    daemon.tell("10.2.0.0/16", RouteKind::Unreachable, &[], false);
    daemon.tell("10.3.0.0/16", RouteKind::Prohibit, &[], false);
    daemon.tell("10.4.0.0/16", RouteKind::Throw, &[], false);
    daemon.tell("10.5.0.0/16", RouteKind::Unicast, &[via(None, 2)], true);
    daemon.tell("10.6.0.0/16", RouteKind::Local, &[via(None, 2)], false);
    daemon.tell("10.7.0.0/16", RouteKind::Unicast, &[via(None, 2)], false);
    // A gateway of the other family.
    daemon.tell("10.8.0.0/16", RouteKind::Unicast, &[via(Some(ip("fe80::9")), 4)], false);
    daemon.publish();
    let mut lab = daemon.lab();
    lab.forwarder.add_neighbour(3, ip("fe80::9"), [2, 0, 0, 0, 0, 9]).unwrap();
    let mut to = |destination: &str| {
        let out = lab.through(0, &udp("192.0.2.9", destination, 9, b""));
        let error = out[0].first().map(|error| {
            let (_, message) = Ipv4Header::from_slice(error).unwrap();
            Icmpv4Header::from_slice(message).unwrap().0.icmp_type
        });
        let port = out.iter().skip(1).position(|sent| !sent.is_empty());
        (port, error, out)
    };
    use DestUnreachableHeader::{FilterProhibited, Host, Network};
    let unreachable = |how| Some(Icmpv4Type::DestinationUnreachable(how));
    assert_eq!((to("10.1.0.1").0, to("10.1.0.1").1), (None, None));
    assert_eq!(to("10.2.0.1").1, unreachable(Host));
    assert_eq!(to("10.3.0.1").1, unreachable(FilterProhibited));
    assert_eq!(to("10.4.0.1").1, unreachable(Network));
    assert_eq!(to("10.5.0.1").1, unreachable(Network));
    assert_eq!(to("10.6.0.1").1, unreachable(Network));
    assert_eq!((to("10.7.0.1").0, to("10.7.0.1").1), (Some(0), None));
    let (port, _, out) = to("10.8.0.1");
    assert_eq!(port, Some(2));
    assert_eq!(out[3][0][..6], [2, 0, 0, 0, 0, 9]);
    assert_eq!(out[3][0][12..14], [8, 0], "IPv4, through a neighbour of IPv6");
    let totals = lab.work_all();
    for (cause, count) in
        [(Cause::Blackhole, 2), (Cause::Refused, 3), (Cause::Encapsulation, 1), (Cause::NoRoute, 1)]
    {
        assert_eq!(totals.dropped(cause), count, "{cause:?}");
    }
}

#[test]
fn paths_come_and_go() {
    let mut daemon = Daemon::new();
    let weighted = |interface, weight| Path { weight, ..via(None, interface) };
    daemon.tell("10.0.0.0/8", RouteKind::Unicast, &[weighted(2, 1), weighted(3, 3)], false);
    daemon.publish();
    let mut lab = daemon.lab();
    let mut spread = || {
        for port in 0..400u16 {
            let mut packet = udp("192.0.2.9", "10.9.9.9", 9, b"");
            packet[20..22].copy_from_slice(&port.to_be_bytes());
            lab.wires[0].put(&packet);
        }
        lab.work_all();
        [1, 2].map(|port: usize| lab.wires[port].take().len())
    };
    let counts = spread();
    assert_eq!(counts, spread(), "each flow has its path");
    assert!(counts[0] + counts[1] == 400 && (60..140).contains(&counts[0]), "{counts:?}");
    daemon.tell("10.0.0.0/8", RouteKind::Unicast, &[weighted(3, 1)], false);
    daemon.publish();
    assert_eq!(spread(), [0, 400]);
}
