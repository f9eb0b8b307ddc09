//! Packets that are forwarded: which way, how changed, how counted.

use etherparse::Ipv4Header;
use rtalloc::{NextHop, Options, Prefix, Route, RouteFlags, forward::Cause};

use super::lab::{Lab, ethernet, framed, mac_of, table, tunnel, udp};

/// Two tunnels, with 198.51.100.0/24 and 2001:db8:2::/48 behind the second.
fn two() -> Lab {
    let table = table();
    table.insert("198.51.100.0/24".parse().unwrap(), Route::via(NextHop::interface(2))).unwrap();
    table.insert("2001:db8:2::/48".parse().unwrap(), Route::via(NextHop::interface(2))).unwrap();
    Lab::new(table, &[tunnel(1, &["192.0.2.1/24"]), tunnel(2, &["203.0.113.1/24"])])
}

#[test]
fn one_hop_less_and_nothing_else() {
    let mut lab = two();
    let packet = udp("192.0.2.9", "198.51.100.7", 9, b"hello");
    let out = lab.through(0, &packet);
    assert_eq!((out[0].len(), out[1].len()), (0, 1));
    let (header, payload) = Ipv4Header::from_slice(&out[1][0]).unwrap();
    assert_eq!(header.time_to_live, 8);
    assert_eq!(header.header_checksum, header.calc_header_checksum());
    assert_eq!(payload, &packet[20..]);

    let packet = udp("2001:db8:1::9", "2001:db8:2::7", 9, b"hello");
    let out = lab.through(0, &packet);
    let mut expected = packet;
    expected[7] = 8;
    assert_eq!(out[1], [expected]);
    let totals = lab.work_all();
    assert_eq!((totals.received, totals.forwarded, totals.bursts), (2, 2, 2));
    assert_eq!(totals.forwarded_bytes, (20 + 8 + 5 + 40 + 8 + 5) as u64);
}

#[test]
fn padding_is_cut_off_and_headers_change() {
    let table = table();
    table.insert("198.51.100.0/24".parse().unwrap(), Route::via(NextHop::interface(2))).unwrap();
    table.insert("192.0.2.0/24".parse().unwrap(), Route::via(NextHop::interface(1))).unwrap();
    let mut lab = Lab::new(table, &[ethernet(1, &["192.0.2.1/24"]), tunnel(2, &[])]);
    lab.forwarder.add_neighbour(0, "192.0.2.9".parse().unwrap(), [2, 9, 9, 9, 9, 9]).unwrap();
    let packet = udp("192.0.2.9", "198.51.100.7", 9, b"hi");
    let frame = [framed(0, 9, &packet), vec![0xEE; 20]].concat();
    let out = lab.through(0, &frame);
    assert_eq!(out[1][0].len(), packet.len());
    assert_eq!(out[1][0][20..], packet[20..]);
    let back = udp("198.51.100.7", "192.0.2.9", 9, b"hi");
    let out = lab.through(1, &back);
    assert_eq!(out[0][0][..14], [2, 9, 9, 9, 9, 9, 2, 0, 0, 0, 0, 1, 8, 0]);
    assert_eq!(out[0][0][14 + 20..], back[20..]);
    assert_eq!(lab.work_all().forwarded, 2);
}

/// A port may take off what came before a frame: the packet is where it put the front.
#[test]
fn a_port_moves_the_front() {
    let through = |before: usize| {
        let table = table();
        let via = || Route::via(NextHop::interface(3));
        table.insert("198.51.100.0/24".parse().unwrap(), via()).unwrap();
        table.insert("2001:db8:2::/48".parse().unwrap(), via()).unwrap();
        let plugs = [ethernet(1, &["192.0.2.1/24"]), tunnel(2, &[]), tunnel(3, &[])];
        let mut lab = Lab::new(table, &plugs);
        lab.wires[..2].iter().for_each(|wire| wire.put_before_each(before));
        for (source, destination) in
            [("192.0.2.9", "198.51.100.7"), ("2001:db8:1::9", "2001:db8:2::7")]
        {
            let packet = udp(source, destination, 9, b"hello");
            lab.wires[0].put(&[framed(0, 9, &packet), vec![0xEE; 20]].concat());
            lab.wires[1].put(&packet);
        }
        assert_eq!(lab.work_all().forwarded, 4);
        lab.wires[2].take()
    };
    assert_eq!(through(4), through(0));
    assert_eq!(through(40), through(0), "more than the padding");
}

#[test]
fn frames_of_others_are_left_alone() {
    let table = table();
    table.insert("0.0.0.0/0".parse().unwrap(), Route::via(NextHop::interface(2))).unwrap();
    let mut lab = Lab::new(table, &[ethernet(1, &["192.0.2.1/24"]), tunnel(2, &[])]);
    let packet = udp("192.0.2.9", "198.51.100.7", 9, &[7; 20]);
    let to = |mac: [u8; 6], kind: [u8; 2]| [&mac[..], &[2, 0, 0, 0, 0, 9], &kind, &packet].concat();
    for (frame, cause) in [
        (to([2, 0, 0, 0, 0, 77], [8, 0]), Cause::OtherStation),
        (to([0xFF; 6], [8, 0]), Cause::LinkBroadcast),
        (to(mac_of(0), [0x88, 0x47]), Cause::EtherType),
        (to(mac_of(0), [0x86, 0xDD]), Cause::Version),
        (to(mac_of(0), [8, 0])[..10].to_vec(), Cause::Truncated),
        (to(mac_of(0), [8, 0])[..20].to_vec(), Cause::Truncated),
        (to(mac_of(0), [8, 6])[..20].to_vec(), Cause::Control),
    ] {
        let before = lab.dropped(cause);
        let out = lab.through(0, &frame);
        assert!(out.iter().all(Vec::is_empty), "{cause:?}");
        assert_eq!(lab.dropped(cause), before + 1, "{cause:?}");
    }
    lab.work_all();
}

#[test]
fn groups_and_broadcasts_stay() {
    let mut lab = two();
    for (source, destination, cause) in [
        ("192.0.2.9", "224.0.0.9", Cause::Multicast),
        ("192.0.2.9", "255.255.255.255", Cause::Broadcast),
        ("2001:db8::1", "ff0e::1", Cause::Multicast),
        ("2001:db8::1", "fe80::1", Cause::Scope),
        ("127.0.0.1", "198.51.100.1", Cause::Source),
        ("192.0.2.9", "0.0.0.0", Cause::Destination),
    ] {
        let before = lab.dropped(cause);
        let out = lab.through(0, &udp(source, destination, 9, b""));
        assert!(out.iter().all(Vec::is_empty), "{destination}");
        assert_eq!(lab.dropped(cause), before + 1, "{destination}");
    }
    lab.work_all();
}

/// RFC 3927 section 2.7: whatever the routes say, and without a word.
#[test]
fn addresses_of_a_link_stay_on_it() {
    let table = table();
    table.insert("0.0.0.0/0".parse().unwrap(), Route::via(NextHop::interface(2))).unwrap();
    let mut lab = Lab::new(table, &[tunnel(1, &["192.0.2.1/24"]), tunnel(2, &[])]);
    for (source, destination) in [
        ("169.254.1.1", "198.51.100.1"),
        ("192.0.2.9", "169.254.1.1"),
        ("169.254.0.0", "169.254.255.255"),
    ] {
        let before = lab.dropped(Cause::Scope);
        let out = lab.through(0, &udp(source, destination, 9, b""));
        assert!(out.iter().all(Vec::is_empty), "{source} {destination}");
        assert_eq!(lab.dropped(Cause::Scope), before + 1, "{source} {destination}");
    }
    for (source, destination) in [("169.253.255.255", "169.255.0.0"), ("169.255.0.0", "8.8.8.8")] {
        let out = lab.through(0, &udp(source, destination, 9, b""));
        assert_eq!(out[1].len(), 1, "{source} {destination}");
    }
    lab.work_all();
}

#[test]
fn a_blackhole_is_silent() {
    let mut lab = two();
    let route = Route { flags: RouteFlags::BLACKHOLE, ..Route::via(NextHop::default()) };
    lab.forwarder.table().v4().insert(Prefix::containing(0xC633_6480, 25), route).unwrap();
    let out = lab.through(0, &udp("192.0.2.9", "198.51.100.200", 9, b""));
    assert!(out.iter().all(Vec::is_empty));
    assert_eq!(lab.dropped(Cause::Blackhole), 1);
    let out = lab.through(0, &udp("192.0.2.9", "198.51.100.100", 9, b""));
    assert_eq!(out[1].len(), 1);
    lab.work_all();
}

/// The view knows next hops alone; the entries know all.
#[test]
fn a_blackhole_with_a_next_hop_takes_a_table_without_a_view() {
    let flags = [(RouteFlags::BLACKHOLE, Cause::Blackhole), (RouteFlags::REJECT, Cause::Refused)];
    for (flag, cause) in flags {
        let route = Route { flags: flag, ..Route::via(NextHop::interface(2)) };
        for with_view in [false, true] {
            let table = if with_view { table() } else { Options::new().open().unwrap() };
            table.v4().insert(Prefix::containing(0xC633_6400, 24), route.clone()).unwrap();
            let mut lab = Lab::new(table, &[tunnel(1, &[]), tunnel(2, &[])]);
            let out = lab.through(0, &udp("192.0.2.9", "198.51.100.7", 9, b""));
            assert_eq!(out[1].len(), usize::from(with_view), "{flag}");
            assert_eq!(lab.dropped(cause), u64::from(!with_view), "{flag}");
        }
    }
}

#[test]
fn a_port_without_room_drops() {
    let mut lab = two();
    lab.wires[1].narrow(3);
    for _ in 0..10 {
        lab.wires[0].put(&udp("192.0.2.9", "198.51.100.7", 9, b""));
    }
    let totals = lab.work_all();
    assert_eq!((totals.forwarded, totals.dropped(Cause::PortFull)), (3, 7));
}

#[test]
fn what_a_port_drops_is_not_forwarded() {
    let mut lab = two();
    lab.wires[1].refuse_every_other();
    for number in 0..9u8 {
        lab.wires[0].put(&udp("192.0.2.9", "198.51.100.7", 9, &[number]));
    }
    let totals = lab.work_all();
    assert_eq!((totals.forwarded, totals.dropped(Cause::PortRefused)), (4, 5));
    assert_eq!(totals.forwarded_bytes, 4 * 29);
    let sent: Vec<u8> = lab.wires[1].take().iter().map(|packet| packet[28]).collect();
    assert_eq!(sent, [1, 3, 5, 7]);

    // Nor is one of the forwarder's own sent: an error.
    let mut lab = two();
    lab.wires[0].refuse_every_other();
    lab.forwarder
        .table()
        .insert("192.0.2.0/24".parse().unwrap(), Route::via(NextHop::interface(1)))
        .unwrap();
    let out = lab.through(0, &udp("192.0.2.9", "8.8.8.8", 9, b""));
    assert!(out.iter().all(Vec::is_empty));
    let totals = lab.work_all();
    assert_eq!((totals.originated, totals.suppressed), (0, 1));
}

#[test]
fn a_broken_port_does_not_stop_the_others() {
    let mut lab = two();
    lab.wires[1].cut(true);
    lab.wires[0].put(&udp("192.0.2.9", "198.51.100.7", 9, b""));
    lab.work();
    let fault = lab.worker.fault().expect("a fault");
    assert_eq!((fault.port, fault.error.kind()), (1, std::io::ErrorKind::BrokenPipe));
    assert!(lab.worker.fault().is_none());
    lab.wires[1].cut(false);
    std::thread::sleep(std::time::Duration::from_millis(120));
    lab.wires[1].put(&udp("198.51.100.7", "198.51.100.8", 9, b""));
    let totals = lab.work_all();
    assert_eq!((totals.forwarded, totals.dropped(Cause::PortFull)), (1, 1));
    assert!(totals.port_faults >= 1);
}

#[test]
fn bursts_of_any_size() {
    for burst in [1, 2, 32, 256, 1000] {
        let table = table();
        table.insert("0.0.0.0/0".parse().unwrap(), Route::via(NextHop::interface(2))).unwrap();
        table.insert("::/0".parse().unwrap(), Route::via(NextHop::interface(1))).unwrap();
        let plugs = [tunnel(1, &[]), tunnel(2, &[])];
        let mut lab = Lab::with(table, &plugs, |options| options.burst = burst);
        for number in 0..600u32 {
            let payload = number.to_be_bytes();
            lab.wires[0].put(&udp("192.0.2.9", "198.51.100.7", 9, &payload));
            lab.wires[0].put(&udp("2001:db8::1", "2001:db8::2", 9, &payload));
        }
        let totals = lab.work_all();
        assert_eq!(totals.forwarded, 1200);
        for wire in &lab.wires {
            let order: Vec<u32> = (wire.take().iter())
                .map(|packet| u32::from_be_bytes(*packet.last_chunk().unwrap()))
                .collect();
            assert_eq!(order, (0..600).collect::<Vec<_>>(), "none overtakes another");
        }
    }
}
