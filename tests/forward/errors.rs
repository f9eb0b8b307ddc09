//! ICMP and ICMPv6 errors: what they say, about what they are sent, and how many.

use etherparse::{
    Icmpv4Header, Icmpv4Type, Icmpv6Header, Icmpv6Type, IpNumber, Ipv4Header, Ipv6Header,
    PacketBuilder,
    icmpv4::{self, DestUnreachableHeader},
    icmpv6,
};
use rtalloc::{
    NextHop, Route, RouteFlags,
    forward::{
        Cause, ForwardOptions,
        packet::{
            Report, icmp, icmp6,
            ipv4::{Ipv4, seal},
            ipv6::Ipv6,
        },
    },
};

use super::lab::{Lab, Plug, table, tunnel, udp, v4, v6};

/// Tunnels 1 and 2; everything is behind 1, and 198.51.100.0/24 and 2001:db8:2::/48 behind 2, which
/// carries 1300 bytes. 203.0.113.0/24 and 2001:db8:3::/48 are refused.
fn lab_with(change: impl FnOnce(&mut ForwardOptions)) -> Lab {
    let table = table();
    let via = |interface| Route::via(NextHop::interface(interface));
    table.insert("192.0.2.0/24".parse().unwrap(), via(1)).unwrap();
    table.insert("2001:db8:1::/48".parse().unwrap(), via(1)).unwrap();
    table.insert("198.51.100.0/24".parse().unwrap(), via(2)).unwrap();
    table.insert("2001:db8:2::/48".parse().unwrap(), via(2)).unwrap();
    table.insert("198.18.0.0/15".parse().unwrap(), via(77)).unwrap();
    let refused = || Route { flags: RouteFlags::REJECT, ..Route::via(NextHop::default()) };
    table.insert("203.0.113.0/24".parse().unwrap(), refused()).unwrap();
    table.v6().insert("2001:db8:3::/48".parse().unwrap(), refused()).unwrap();
    let one = tunnel(1, &["192.0.2.1/24", "2001:db8:1::1/64"]);
    let two = Plug { mtu: 1300, ..tunnel(2, &["198.51.100.1/24", "2001:db8:2::1/64"]) };
    Lab::with(table, &[one, two], change)
}

fn lab() -> Lab {
    lab_with(|_| {})
}

/// The one error that is sent back for `packet`, checked but for its meaning: type, header and the
/// packet that it quotes.
fn error_v4(lab: &mut Lab, packet: &[u8]) -> (Icmpv4Type, Ipv4Header) {
    let out = lab.through(0, packet);
    assert_eq!((out[0].len(), out[1].len()), (1, 0));
    let (header, message) = Ipv4Header::from_slice(&out[0][0]).unwrap();
    assert_eq!(header.header_checksum, header.calc_header_checksum());
    assert_eq!(usize::from(header.total_len), out[0][0].len());
    assert_eq!((header.source, header.protocol), (v4("192.0.2.1"), IpNumber::ICMP));
    assert_eq!(header.destination, packet[12..16]);
    assert!(out[0][0].len() <= 576);
    let (icmp, quoted) = Icmpv4Header::from_slice(message).unwrap();
    assert_eq!(icmp.checksum, icmp.icmp_type.calc_checksum(quoted));
    assert_eq!(quoted, &packet[..packet.len().min(576 - 28)]);
    (icmp.icmp_type, header)
}

fn error_v6(lab: &mut Lab, packet: &[u8]) -> Icmpv6Type {
    let out = lab.through(0, packet);
    assert_eq!((out[0].len(), out[1].len()), (1, 0));
    let (header, message) = Ipv6Header::from_slice(&out[0][0]).unwrap();
    assert_eq!(usize::from(header.payload_length), message.len());
    assert_eq!((header.source, header.next_header), (v6("2001:db8:1::1"), IpNumber::IPV6_ICMP));
    assert_eq!(header.destination, packet[8..24]);
    assert!(out[0][0].len() <= 1280);
    let (icmp, quoted) = Icmpv6Header::from_slice(message).unwrap();
    let checksum = icmp.icmp_type.calc_checksum(header.source, header.destination, quoted);
    assert_eq!(icmp.checksum, checksum.unwrap());
    assert_eq!(quoted, &packet[..packet.len().min(1280 - 48)]);
    icmp.icmp_type
}

#[test]
fn what_is_said() {
    use DestUnreachableHeader::{FragmentationNeeded, Host, Network};
    let mut lab = lab();
    let unreachable = Icmpv4Type::DestinationUnreachable;
    let to = |destination, ttl| udp("192.0.2.9", destination, ttl, &[7; 600]);
    let (said, first) = error_v4(&mut lab, &to("8.8.8.8", 9));
    assert_eq!(said, unreachable(Network));
    assert_eq!(error_v4(&mut lab, &to("203.0.113.7", 9)).0, unreachable(Host));
    assert_eq!(error_v4(&mut lab, &to("198.18.0.7", 9)).0, unreachable(Network), "no such port");
    let expired = Icmpv4Type::TimeExceeded(icmpv4::TimeExceededCode::TtlExceededInTransit);
    for ttl in [0, 1] {
        assert_eq!(error_v4(&mut lab, &to("198.51.100.7", ttl)).0, expired);
    }
    let mut large = udp("192.0.2.9", "198.51.100.7", 9, &[7; 1400]);
    large[6] |= 0x40;
    rtalloc::forward::packet::ipv4::seal(&mut large, 20);
    let (said, last) = error_v4(&mut lab, &large);
    assert_eq!(said, unreachable(FragmentationNeeded { next_hop_mtu: 1300 }));
    assert_ne!(first.identification, last.identification);
    let totals = lab.work_all();
    for (cause, count) in [
        (Cause::NoRoute, 1),
        (Cause::Refused, 1),
        (Cause::NoPort, 1),
        (Cause::TimeExceeded, 2),
        (Cause::TooBig, 1),
    ] {
        assert_eq!(totals.dropped(cause), count, "{cause:?}");
    }
    assert_eq!((totals.originated, totals.forwarded), (6, 0));
}

#[test]
fn what_is_said_in_ipv6() {
    use icmpv6::DestUnreachableCode::{Address, NoRoute};
    let mut lab = lab();
    let to = |destination, hops, length| udp("2001:db8:1::9", destination, hops, &vec![7; length]);
    let unreachable = Icmpv6Type::DestinationUnreachable;
    assert_eq!(error_v6(&mut lab, &to("2600::1", 9, 1400)), unreachable(NoRoute));
    assert_eq!(error_v6(&mut lab, &to("2001:db8:3::1", 9, 9)), unreachable(Address));
    let expired = Icmpv6Type::TimeExceeded(icmpv6::TimeExceededCode::HopLimitExceeded);
    for hops in [0, 1] {
        assert_eq!(error_v6(&mut lab, &to("2001:db8:2::7", hops, 9)), expired);
    }
    let too_big = Icmpv6Type::PacketTooBig { mtu: 1300 };
    assert_eq!(error_v6(&mut lab, &to("2001:db8:2::7", 9, 1260)), too_big);
    let out = lab.through(0, &to("2001:db8:2::7", 9, 1252));
    assert_eq!((out[0].len(), out[1].len()), (0, 1), "as big as may be");
}

#[test]
fn a_source_of_another_link() {
    let mut lab = lab();
    let said = error_v6(&mut lab, &udp("fe80::9", "2001:db8:2::7", 9, b""));
    let beyond = icmpv6::DestUnreachableCode::BeyondScope;
    assert_eq!(said, Icmpv6Type::DestinationUnreachable(beyond));
    assert_eq!(lab.work_all().dropped(Cause::Scope), 1);
}

#[test]
fn large_packets_are_cut_up() {
    let mut lab = lab();
    let mut packet = udp("192.0.2.9", "198.51.100.7", 9, &[7; 1400]);
    packet[6] = 0;
    rtalloc::forward::packet::ipv4::seal(&mut packet, 20);
    let out = lab.through(0, &packet);
    assert_eq!((out[0].len(), out[1].len()), (0, 2));
    let mut payload = Vec::new();
    for part in &out[1] {
        let (header, rest) = Ipv4Header::from_slice(part).unwrap();
        assert_eq!(header.header_checksum, header.calc_header_checksum());
        assert_eq!(header.time_to_live, 8);
        assert!(part.len() <= 1300);
        payload.extend_from_slice(rest);
    }
    assert_eq!(payload, packet[20..]);
    let totals = lab.work_all();
    assert_eq!((totals.forwarded, totals.originated), (1, 1));
}

#[test]
fn nothing_is_said_about_these() {
    let mut lab = lab();
    let seal = |mut packet: Vec<u8>| {
        rtalloc::forward::packet::ipv4::seal(&mut packet, 20);
        packet
    };
    let built = |builder: etherparse::PacketBuilderStep<etherparse::Icmpv4Header>| {
        let mut packet = Vec::new();
        builder.write(&mut packet, &[0x45; 28]).unwrap();
        packet
    };
    let from = || PacketBuilder::ipv4(v4("192.0.2.9"), v4("8.8.8.8"), 9);
    let mut silent = vec![
        built(from().icmpv4(Icmpv4Type::DestinationUnreachable(DestUnreachableHeader::Host))),
        built(from().icmpv4_raw(11, 0, [0; 4])),
        built(from().icmpv4_raw(12, 0, [0; 4])),
        built(from().icmpv4_raw(5, 0, [0; 4])),
        built(from().icmpv4_raw(4, 0, [0; 4])),
    ];
    let mut later = udp("192.0.2.9", "8.8.8.8", 9, b"later");
    later[7] = 1;
    silent.push(seal(later));
    let mut empty = udp("192.0.2.9", "8.8.8.8", 9, b"");
    empty.truncate(20);
    empty[3] = 20;
    empty[9] = 1;
    silent.push(seal(empty));
    let built = |builder: etherparse::PacketBuilderStep<etherparse::Icmpv6Header>| {
        let mut packet = Vec::new();
        builder.write(&mut packet, &[0x60; 48]).unwrap();
        packet
    };
    let from = || PacketBuilder::ipv6(v6("2001:db8:1::9"), v6("2600::1"), 9);
    silent.push(built(from().icmpv6(Icmpv6Type::PacketTooBig { mtu: 1280 })));
    silent.push(built(from().icmpv6_raw(1, 0, [0; 4])));
    silent.push(built(from().icmpv6_raw(100, 0, [0; 4])));
    silent.push(built(from().icmpv6_raw(137, 0, [0; 4])));
    let mut later = udp("2001:db8:1::9", "2600::1", 9, &[17, 0, 0, 8, 0, 0, 0, 1]);
    later.drain(40..48);
    later[5] -= 8;
    later[6] = 44;
    silent.push(later);
    let count = silent.len() as u64;
    for packet in silent {
        let out = lab.through(0, &packet);
        assert!(out.iter().all(Vec::is_empty), "{packet:02x?}");
    }
    let totals = lab.work_all();
    assert_eq!((totals.dropped(Cause::NoRoute), totals.originated), (count, 0));
    // But about a question of ICMP, and a first fragment.
    let mut echo = Vec::new();
    PacketBuilder::ipv4(v4("192.0.2.9"), v4("8.8.8.8"), 9)
        .icmpv4_echo_request(1, 2)
        .write(&mut echo, b"hello")
        .unwrap();
    error_v4(&mut lab, &echo);
    let mut first = udp("192.0.2.9", "8.8.8.8", 9, b"first");
    first[6] = 0x20;
    error_v4(&mut lab, &seal(first));
}

#[test]
fn a_sender_that_cannot_be_told() {
    let mut lab = lab();
    let out = lab.through(0, &udp("9.9.9.9", "8.8.8.8", 9, b""));
    assert!(out.iter().all(Vec::is_empty), "there is no route back");
    let totals = lab.work_all();
    assert_eq!((totals.dropped(Cause::NoRoute), totals.suppressed), (1, 1));
}

/// A link may carry less than the longest error: then less of the packet is quoted.
#[test]
fn an_error_is_no_longer_than_its_link_carries() {
    const MTU: usize = 500;
    let table = table();
    let via = || Route::via(NextHop::interface(1));
    table.insert("192.0.2.0/24".parse().unwrap(), via()).unwrap();
    table.insert("2001:db8:1::/48".parse().unwrap(), via()).unwrap();
    let narrow = Plug { mtu: MTU, ..tunnel(1, &["192.0.2.1/24", "2001:db8:1::1/64"]) };
    let mut lab: Lab = Lab::new(table, &[narrow, tunnel(2, &[])]);
    let packet = udp("192.0.2.9", "8.8.8.8", 9, &[7; 600]);
    let out = lab.through(1, &packet);
    let (header, message) = Ipv4Header::from_slice(&out[0][0]).unwrap();
    assert_eq!((out[0][0].len(), usize::from(header.total_len)), (MTU, MTU));
    let (icmp, quoted) = Icmpv4Header::from_slice(message).unwrap();
    assert_eq!(icmp.checksum, icmp.icmp_type.calc_checksum(quoted));
    assert_eq!(quoted, &packet[..MTU - 28]);
    let packet = udp("2001:db8:1::9", "2600::1", 9, &[7; 600]);
    let out = lab.through(1, &packet);
    let (header, message) = Ipv6Header::from_slice(&out[0][0]).unwrap();
    assert_eq!(out[0][0].len(), MTU);
    let (icmp, quoted) = Icmpv6Header::from_slice(message).unwrap();
    let checksum = icmp.icmp_type.calc_checksum(header.source, header.destination, quoted);
    assert_eq!((icmp.checksum, quoted), (checksum.unwrap(), &packet[..MTU - 48]));
    assert_eq!(lab.work_all().originated, 2);
}

/// The sender knows its packet by the header and eight bytes behind it (RFC 792): without room for
/// those there is no error.
#[test]
fn an_error_quotes_enough_or_is_none() {
    let packet = udp("192.0.2.9", "8.8.8.8", 9, &[7; 100]);
    let v4 = |packet: &[u8], room: usize| {
        let header = Ipv4::read(packet).unwrap();
        icmp::write_error(Report::NoRoute, &header, packet, 1, 2, &mut vec![0; room])
    };
    assert_eq!(
        [0, 27, 55, 56, 99, 9000].map(|room| v4(&packet, room)),
        [None, None, None, Some(56), Some(99), Some(28 + 128),]
    );
    let mut short = packet[..20].to_vec();
    short[3] = 20;
    seal(&mut short, 20);
    assert_eq!([47, 48].map(|room| v4(&short, room)), [None, Some(48)], "all that there is");
    let packet = udp("2001:db8:1::9", "2600::1", 9, &[7; 100]);
    let v6 = |room: usize| {
        let header = Ipv6::read(&packet).unwrap();
        icmp6::write_error(Report::NoRoute, &header, &packet, 1, &mut vec![0; room])
    };
    let expected = [None, None, Some(96), Some(48 + 148)];
    assert_eq!([47, 95, 96, 9000].map(v6), expected);
}

#[test]
fn errors_are_limited() {
    let mut lab = lab_with(|options| {
        options.errors_per_second = 1;
        options.errors_at_once = 5;
    });
    for _ in 0..200 {
        lab.wires[0].put(&udp("192.0.2.9", "8.8.8.8", 9, b""));
    }
    let totals = lab.work_all();
    assert_eq!(totals.dropped(Cause::NoRoute), 200);
    // A second or two may pass on a slow machine.
    assert!((5..=10).contains(&totals.originated), "{totals}");
    assert_eq!(totals.originated + totals.suppressed, 200);
    assert_eq!(lab.wires[0].take().len() as u64, totals.originated);
}

/// More fragments than there are frames for them: they are sent in between.
#[test]
fn a_pool_that_is_used_up() {
    let mut lab = lab_with(|options| options.burst = 256);
    let mut packet = udp("192.0.2.9", "198.51.100.7", 9, &[7; 8000]);
    packet[6] = 0;
    for number in 0..256u16 {
        packet[4..6].copy_from_slice(&number.to_be_bytes());
        rtalloc::forward::packet::ipv4::seal(&mut packet, 20);
        lab.wires[0].put(&packet);
    }
    let totals = lab.work_all();
    assert_eq!((totals.received, totals.bursts), (256, 1));
    assert_eq!((totals.forwarded, totals.originated), (256, 6 * 256), "seven fragments each");
    let sent = lab.wires[1].take();
    let numbers: Vec<_> = sent.iter().map(|part| u16::from_be_bytes([part[4], part[5]])).collect();
    assert!(numbers.is_sorted() && numbers.len() == 7 * 256, "in their order");
}
