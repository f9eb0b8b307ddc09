//! Packets for the forwarder itself.

use etherparse::{
    Icmpv4Header, Icmpv4Type, Icmpv6Header, Icmpv6Type, Ipv4Header, Ipv6Header, PacketBuilder,
};
use rtalloc::{NextHop, Route, forward::Cause};

use super::lab::{Lab, Plug, ethernet, framed, host_mac, ip, table, tunnel, udp, v4, v6};

fn lab() -> Lab {
    let table = table();
    let via = |interface| Route::via(NextHop::interface(interface));
    table.insert("0.0.0.0/0".parse().unwrap(), via(1)).unwrap();
    table.insert("::/0".parse().unwrap(), via(1)).unwrap();
    let two = tunnel(2, &["198.51.100.1/24", "2001:db8:2::1/64"]);
    Lab::new(table, &[tunnel(1, &["192.0.2.1/24", "2001:db8:1::1/64"]), two])
}

#[test]
fn echoes_are_answered() {
    let mut lab = lab();
    let mut request = Vec::new();
    PacketBuilder::ipv4(v4("192.0.2.9"), v4("198.51.100.1"), 1)
        .icmpv4_echo_request(7, 8)
        .write(&mut request, b"hello")
        .unwrap();
    let out = lab.through(0, &request);
    assert_eq!((out[0].len(), out[1].len()), (1, 0), "any of its addresses, on any port");
    let (header, message) = Ipv4Header::from_slice(&out[0][0]).unwrap();
    assert_eq!(header.header_checksum, header.calc_header_checksum());
    assert_eq!((header.source, header.destination), (v4("198.51.100.1"), v4("192.0.2.9")));
    assert_eq!(header.time_to_live, 64);
    let (icmp, payload) = Icmpv4Header::from_slice(message).unwrap();
    assert_eq!(icmp.icmp_type, Icmpv4Type::EchoReply(etherparse::IcmpEchoHeader { id: 7, seq: 8 }));
    assert_eq!(icmp.checksum, icmp.icmp_type.calc_checksum(payload));
    assert_eq!(payload, b"hello");

    let mut request = Vec::new();
    PacketBuilder::ipv6(v6("2001:db8:1::9"), v6("2001:db8:1::1"), 1)
        .icmpv6_echo_request(7, 8)
        .write(&mut request, b"hello!")
        .unwrap();
    let out = lab.through(0, &request);
    assert_eq!((out[0].len(), out[1].len()), (1, 0));
    let (header, message) = Ipv6Header::from_slice(&out[0][0]).unwrap();
    assert_eq!((header.source, header.destination), (v6("2001:db8:1::1"), v6("2001:db8:1::9")));
    assert_eq!(header.hop_limit, 64);
    let (icmp, payload) = Icmpv6Header::from_slice(message).unwrap();
    assert_eq!(icmp.icmp_type, Icmpv6Type::EchoReply(etherparse::IcmpEchoHeader { id: 7, seq: 8 }));
    let checksum = icmp.icmp_type.calc_checksum(header.source, header.destination, payload);
    assert_eq!((icmp.checksum, payload), (checksum.unwrap(), &b"hello!"[..]));
    let totals = lab.work_all();
    assert_eq!((totals.consumed, totals.originated, totals.dropped_in_all()), (2, 2, 0));
}

#[test]
fn nothing_else_is_served() {
    let mut lab = lab();
    let mut damaged = Vec::new();
    PacketBuilder::ipv4(v4("192.0.2.9"), v4("192.0.2.1"), 9)
        .icmpv4_echo_request(7, 8)
        .write(&mut damaged, b"hello")
        .unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    for packet in [
        damaged,
        udp("192.0.2.9", "192.0.2.1", 9, b""),
        udp("2001:db8:1::9", "2001:db8:2::1", 9, b""),
    ] {
        let out = lab.through(0, &packet);
        assert!(out.iter().all(Vec::is_empty));
    }
    assert_eq!(lab.work_all().dropped(Cause::Local), 3);
}

/// Who has an address that is valid on its link alone is answered there, whatever the routes say
/// (RFC 3927 section 2.6.2).
#[test]
fn one_on_the_link_alone_is_answered_there() {
    let table = table();
    table.insert("0.0.0.0/0".parse().unwrap(), Route::via(NextHop::interface(2))).unwrap();
    let link = ethernet(1, &["192.0.2.1/24", "169.254.1.1/16"]);
    let mut lab: Lab = Lab::new(table, &[link, tunnel(2, &["198.51.100.1/24"])]);
    lab.forwarder.add_neighbour(0, ip("169.254.1.9"), host_mac(9)).unwrap();
    let mut request = Vec::new();
    PacketBuilder::ipv4(v4("169.254.1.9"), v4("169.254.1.1"), 1)
        .icmpv4_echo_request(7, 8)
        .write(&mut request, b"hello")
        .unwrap();
    let out = lab.through(0, &framed(0, 9, &request));
    assert_eq!((out[0].len(), out[1].len()), (1, 0));
    assert_eq!(out[0][0][..6], host_mac(9));
    let (header, _) = Ipv4Header::from_slice(&out[0][0][14..]).unwrap();
    assert_eq!((header.source, header.destination), (v4("169.254.1.1"), v4("169.254.1.9")));
    lab.work_all();
}

/// The request came over a link that carries more than the way back does.
#[test]
fn a_long_echo_is_cut_up() {
    let table = table();
    table.insert("0.0.0.0/0".parse().unwrap(), Route::via(NextHop::interface(2))).unwrap();
    table.insert("::/0".parse().unwrap(), Route::via(NextHop::interface(2))).unwrap();
    let narrow = Plug { mtu: 1300, ..tunnel(2, &["2001:db8:2::1/64"]) };
    let mut lab: Lab = Lab::new(table, &[tunnel(1, &["192.0.2.1/24"]), narrow]);
    let request = |unfragmentable: u8| {
        let mut request = Vec::new();
        PacketBuilder::ipv4(v4("192.0.2.9"), v4("192.0.2.1"), 9)
            .icmpv4_echo_request(7, 8)
            .write(&mut request, &[5; 1400])
            .unwrap();
        request[6] = unfragmentable;
        rtalloc::forward::packet::ipv4::seal(&mut request, 20);
        request
    };
    let out = lab.through(0, &request(0));
    let lengths: Vec<_> = out[1].iter().map(Vec::len).collect();
    assert_eq!(lengths, [1300, 20 + 1408 - 1280]);
    let mut message = Vec::new();
    for part in &out[1] {
        let (header, rest) = Ipv4Header::from_slice(part).unwrap();
        assert_eq!(header.time_to_live, 64);
        message.extend_from_slice(rest);
    }
    let (icmp, payload) = Icmpv4Header::from_slice(&message).unwrap();
    assert_eq!(icmp.icmp_type, Icmpv4Type::EchoReply(etherparse::IcmpEchoHeader { id: 7, seq: 8 }));
    assert_eq!(payload, [5; 1400]);
    let mut request6 = Vec::new();
    PacketBuilder::ipv6(v6("2001:db8:1::9"), v6("2001:db8:2::1"), 9)
        .icmpv6_echo_request(7, 8)
        .write(&mut request6, &[5; 1400])
        .unwrap();
    for packet in [request(0x40), request6] {
        let out = lab.through(0, &packet);
        assert!(out.iter().all(Vec::is_empty));
    }
    let totals = lab.work_all();
    assert_eq!((totals.consumed, totals.originated, totals.suppressed), (3, 2, 2));
}
