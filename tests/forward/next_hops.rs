//! Which way packets go: several next hops, gateways behind gateways, tables without a view.

use std::collections::BTreeMap;

use rtalloc::{
    NextHop, Prefix, Route, Table,
    forward::{Cause, Group, Member, RouteData},
};

use super::lab::{Lab, ethernet, table, tunnel, udp, v4};

fn member(interface: u32, weight: u32) -> Member {
    Member { next_hop: NextHop::interface(interface), weight }
}

/// How many packets of `flows` flows, sent `times` times, go out by each port, and by how many ports
/// each flow goes.
fn spread<V: RouteData>(lab: &mut Lab<V>, flows: u16, times: usize) -> (Vec<usize>, usize) {
    let mut ports = BTreeMap::<u16, Vec<usize>>::new();
    let mut counts = vec![0; lab.wires.len()];
    for round in 0..times {
        for flow in 0..flows {
            let mut packet = udp("192.0.2.9", "198.51.100.7", 9, &[round as u8; 4]);
            packet[20..22].copy_from_slice(&flow.to_be_bytes());
            lab.wires[0].put(&packet);
        }
        lab.work_all();
        for (port, wire) in lab.wires.iter().enumerate() {
            for packet in wire.take() {
                let flow = u16::from_be_bytes([packet[20], packet[21]]);
                let known = ports.entry(flow).or_default();
                if !known.contains(&port) {
                    known.push(port);
                }
                counts[port] += 1;
            }
        }
    }
    (counts, ports.values().map(Vec::len).max().unwrap_or(0))
}

#[test]
fn flows_stay_on_their_paths() {
    for with_view in [true, false] {
        let table: Table<Group> = if with_view { table() } else { Table::new().unwrap() };
        let group = Group::new([member(2, 1), member(3, 3)]);
        let route = Route::with_data(NextHop::interface(2), group);
        table.v4().insert(Prefix::default(), route).unwrap();
        let mut lab = Lab::new(table, &[tunnel(1, &[]), tunnel(2, &[]), tunnel(3, &[])]);
        let (counts, most) = spread(&mut lab, 1000, 3);
        assert_eq!(counts.iter().sum::<usize>(), 3000);
        assert_eq!(most, 1, "each flow has one path");
        assert!((600..900).contains(&counts[1]), "{counts:?}");
    }
}

#[test]
fn seeds_spread_otherwise() {
    let counts = [1, 2].map(|seed| {
        let table: Table<Group> = table();
        let group = Group::new([member(2, 1), member(3, 1)]);
        table
            .v4()
            .insert(Prefix::default(), Route::with_data(NextHop::interface(2), group))
            .unwrap();
        let plugs = [tunnel(1, &[]), tunnel(2, &[]), tunnel(3, &[])];
        let mut lab = Lab::with(table, &plugs, |options| options.seed = seed);
        let out = (0..64u16).map(|flow| {
            let mut packet = udp("192.0.2.9", "198.51.100.7", 9, b"");
            packet[20..22].copy_from_slice(&flow.to_be_bytes());
            lab.through(0, &packet)[1].len()
        });
        out.collect::<Vec<_>>()
    });
    assert_ne!(counts[0], counts[1]);
}

#[test]
fn a_table_without_a_view_does_as_well() {
    let table: Table = Table::new().unwrap();
    table.insert("198.51.100.0/24".parse().unwrap(), Route::via(NextHop::interface(2))).unwrap();
    let mut lab = Lab::new(table, &[tunnel(1, &[]), tunnel(2, &[])]);
    assert_eq!(lab.through(0, &udp("192.0.2.9", "198.51.100.7", 9, b""))[1].len(), 1);
    assert_eq!(lab.through(0, &udp("192.0.2.9", "198.51.101.7", 9, b""))[1].len(), 0);
    assert_eq!(lab.work_all().dropped(Cause::NoRoute), 1);
}

/// A gateway without an interface is reached as the table says.
#[test]
fn gateways_behind_gateways() {
    let table: Table = table();
    let via = |gateway: &str| Route::via(NextHop::gateway(v4(gateway)));
    let on = |gateway: &str, interface| NextHop { gateway: Some(v4(gateway).into()), interface };
    table.insert("0.0.0.0/0".parse().unwrap(), via("10.0.0.1")).unwrap();
    table.insert("10.0.0.0/24".parse().unwrap(), via("10.1.0.1")).unwrap();
    table.insert("10.1.0.0/24".parse().unwrap(), Route::via(on("192.0.2.7", 2))).unwrap();
    table.insert("10.2.0.0/24".parse().unwrap(), via("192.0.2.8")).unwrap();
    table.insert("192.0.2.0/24".parse().unwrap(), Route::via(NextHop::interface(2))).unwrap();
    table.insert("10.3.0.0/24".parse().unwrap(), via("10.3.0.1")).unwrap();
    let mut lab = Lab::new(table, &[tunnel(1, &[]), ethernet(2, &["192.0.2.1/24"])]);
    lab.forwarder.add_neighbour(1, "192.0.2.7".parse().unwrap(), [2, 0, 0, 0, 0, 7]).unwrap();
    lab.forwarder.add_neighbour(1, "192.0.2.8".parse().unwrap(), [2, 0, 0, 0, 0, 8]).unwrap();
    for _ in 0..2 {
        let out = lab.through(0, &udp("192.0.2.9", "8.8.8.8", 9, b""));
        assert_eq!(out[1][0][5], 7, "the last gateway is the neighbour");
        let out = lab.through(0, &udp("192.0.2.9", "10.2.0.9", 9, b""));
        assert_eq!(out[1][0][5], 8, "the gateway is on the link");
    }
    lab.through(0, &udp("192.0.2.9", "10.3.0.9", 9, b""));
    assert_eq!(lab.work_all().dropped(Cause::NoRoute), 1, "a gateway behind itself");
}

/// The next hop is looked at when the packet comes, not when the flow began.
#[test]
fn a_change_is_seen_by_the_next_burst() {
    let mut lab = Lab::new(table(), &[tunnel(1, &[]), tunnel(2, &[]), tunnel(3, &[])]);
    let prefix = Prefix::containing(0xC633_6400, 24);
    for round in 0..20 {
        let interface = 2 + round % 2;
        lab.forwarder
            .table()
            .v4()
            .insert(prefix, Route::via(NextHop::interface(interface)))
            .unwrap();
        let out = lab.through(0, &udp("192.0.2.9", "198.51.100.7", 9, b""));
        assert_eq!(out[interface as usize - 1].len(), 1);
        lab.forwarder.table().v4().remove(prefix).unwrap();
        let out = lab.through(0, &udp("192.0.2.9", "198.51.100.7", 9, b""));
        assert!(out.iter().all(Vec::is_empty));
    }
}

/// To measure what lookups cost: all else is done, whatever the table says.
#[test]
fn a_constant_next_hop() {
    let plugs = [tunnel(1, &[]), tunnel(2, &[])];
    let mut lab: Lab = Lab::with(table(), &plugs, |options| {
        options.constant = Some(NextHop::interface(2));
    });
    let out = lab.through(0, &udp("192.0.2.9", "198.51.100.7", 9, b""));
    assert_eq!((out[1].len(), out[1][0][8]), (1, 8));
    let out = lab.through(0, &udp("2001:db8::1", "2001:db8::2", 9, b""));
    assert_eq!(out[1].len(), 1);
}
