//! Neighbours on Ethernet links: asked for, answering, silent, changing, forgotten.

use etherparse::{Icmpv4Header, Icmpv4Type, Ipv4Header, icmpv4::DestUnreachableHeader};
use rtalloc::{
    NextHop, Route,
    bsd::RtFlags,
    forward::{
        Cause, NeighbourOptions,
        packet::{
            arp::Arp,
            checksum::{pseudo_v6, sum},
            ethernet::{BROADCAST, Ethernet},
            ipv6::Ipv6,
            ndp::{self, Ndp},
        },
    },
};

use super::lab::{Lab, NEIGHBOURS, ethernet, framed, host_mac, ip, mac_of, table, tunnel, udp};

/// A tunnel, and a link with 192.0.2.0/24, 2001:db8:1::/64, and all the rest behind the gateways
/// 192.0.2.254 and fe80::fe.
pub(super) fn lab() -> Lab {
    lab_with(|_| {})
}

/// As [`lab`], with other limits.
pub(super) fn lab_with(change: impl FnOnce(&mut NeighbourOptions)) -> Lab {
    let table = table();
    let on_link = || Route::via(NextHop::interface(2));
    let via = |gateway: &str| Route::via(NextHop { gateway: Some(ip(gateway)), interface: 2 });
    table.insert("10.0.0.0/8".parse().unwrap(), Route::via(NextHop::interface(1))).unwrap();
    table.insert("192.0.2.0/24".parse().unwrap(), on_link()).unwrap();
    table.insert("0.0.0.0/0".parse().unwrap(), via("192.0.2.254")).unwrap();
    table.insert("2001:db8:1::/64".parse().unwrap(), on_link()).unwrap();
    table.insert("::/0".parse().unwrap(), via("fe80::fe")).unwrap();
    let link = ethernet(2, &["192.0.2.1/24", "2001:db8:1::1/64"]);
    let plugs = [tunnel(1, &["10.0.0.1/24"]), link];
    Lab::with(table, &plugs, |options| change(&mut options.neighbours))
}

pub(super) fn number(text: &str) -> u32 {
    u32::from_be_bytes(super::lab::v4(text))
}

pub(super) fn wide(text: &str) -> u128 {
    u128::from_be_bytes(super::lab::v6(text))
}

/// The question in a frame, which is for everybody or for one alone.
pub(super) fn question(frame: &[u8]) -> (Ethernet, Arp) {
    let header = Ethernet::read(frame).unwrap();
    assert_eq!(header.kind, 0x0806);
    let arp = Arp::read(&frame[14..]).unwrap();
    assert!(arp.is_request);
    assert_eq!((arp.sender_mac, arp.sender), (mac_of(1), number("192.0.2.1")));
    (header, arp)
}

pub(super) fn arp(is_request: bool, host: u8, sender: &str, target: &str) -> Vec<u8> {
    let (sender, target) = (number(sender), number(target));
    let arp = Arp { is_request, sender_mac: host_mac(host), sender, target_mac: [0; 6], target };
    let mut frame = [0; 100];
    let to = (!is_request).then_some(mac_of(1));
    let length = arp.write(to, &mut frame).unwrap();
    frame[..length].to_vec()
}

pub(super) fn solicitation(frame: &[u8]) -> (Ethernet, u128) {
    let header = Ipv6::read(&frame[14..]).unwrap();
    assert_eq!(header.source, ndp::link_local(mac_of(1)));
    match Ndp::read(&header, &frame[14..]) {
        Some(Ndp::Solicitation { target, link: Some(link) }) => {
            assert_eq!(link, mac_of(1));
            (Ethernet::read(frame).unwrap(), target)
        }
        other => panic!("{other:?}"),
    }
}

pub(super) fn advertisement(host: u8, target: &str) -> Vec<u8> {
    let mut frame = [0; 100];
    let to = ndp::link_local(mac_of(1));
    let length =
        ndp::write_advertisement(host_mac(host), wide(target), to, mac_of(1), &mut frame).unwrap();
    frame[..length].to_vec()
}

/// A frame of ICMPv6 with the checksum that it should have.
pub(super) fn resealed(mut frame: Vec<u8>) -> Vec<u8> {
    let (packet, message) = frame.split_at_mut(14 + 40);
    message[2..4].fill(0);
    let address = |at: usize| u128::from_be_bytes(*packet[14 + at..].first_chunk().unwrap());
    let start = pseudo_v6(address(8), address(24), message.len() as u32, 58);
    let checksum = !sum(start, message);
    message[2..4].copy_from_slice(&checksum.to_be_bytes());
    frame
}

pub(super) fn payloads(frames: &[Vec<u8>]) -> Vec<u8> {
    frames.iter().map(|frame| *frame.last().unwrap()).collect()
}

/// How many clones the link has.
pub(super) fn clones(lab: &Lab) -> usize {
    let cloned = |rt: &&rtalloc::bsd::RtRef| rt.flags().contains(RtFlags::CLONED);
    lab.forwarder.neighbours(1).iter().filter(cloned).count()
}

#[test]
fn the_first_packet_asks_and_waits() {
    let mut lab = lab();
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[1]));
    assert_eq!(out[1].len(), 1);
    let (header, arp_packet) = question(&out[1][0]);
    assert_eq!((header.destination, arp_packet.target), (BROADCAST, number("192.0.2.7")));
    assert_eq!(clones(&lab), 1, "a host route was cloned");
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[2]));
    assert!(out[1].is_empty(), "it is asked once");
    lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[3]));
    assert_eq!(lab.dropped(Cause::Waiting), 1, "and two may wait, the newest");
    // Another host, or a question, is no answer.
    lab.through(1, &arp(false, 8, "192.0.2.8", "192.0.2.1"));
    assert_eq!(clones(&lab), 1, "nobody asked for that one");
    let out = lab.through(1, &arp(false, 7, "192.0.2.7", "192.0.2.1"));
    assert_eq!(payloads(&out[1]), [2, 3], "in their order");
    for frame in &out[1] {
        assert_eq!(frame[..12], [host_mac(7), mac_of(1)].concat());
        assert_eq!(frame[14 + 8], 8, "one hop less, once");
        let (header, _) = Ipv4Header::from_slice(&frame[14..]).unwrap();
        assert_eq!(header.header_checksum, header.calc_header_checksum());
    }
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[4]));
    assert_eq!(payloads(&out[1]), [4]);
    let totals = lab.work_all();
    assert_eq!((totals.forwarded, totals.consumed, totals.originated), (3, 2, 1));
    let route = lab.forwarder.neighbours(1);
    let route = route.iter().find(|rt| rt.destination().address() == ip("192.0.2.7")).unwrap();
    assert!(route.flags().contains(RtFlags::HOST | RtFlags::CLONED | RtFlags::LLINFO));
    assert_eq!(route.gateway().to_string(), "02:00:00:00:01:07");
    assert!(route.parent().unwrap().flags().contains(RtFlags::CLONING));
    assert_eq!(route.parent().unwrap().destination().to_string(), "192.0.2.0/24");
}

#[test]
fn one_packet_at_least_waits() {
    let mut lab = lab_with(|options| options.waiting = 0);
    for payload in 1..=3 {
        lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[payload]));
    }
    assert_eq!(lab.dropped(Cause::Waiting), 2);
    let out = lab.through(1, &arp(false, 7, "192.0.2.7", "192.0.2.1"));
    assert_eq!(payloads(&out[1]), [3], "the newest");
    lab.work_all();
}

#[test]
fn a_gateway_is_a_neighbour() {
    let mut lab = lab();
    let out = lab.through(0, &udp("10.0.0.9", "8.8.8.8", 9, &[1]));
    assert_eq!(question(&out[1][0]).1.target, number("192.0.2.254"));
    lab.through(1, &arp(false, 254, "192.0.2.254", "192.0.2.1"));
    for destination in ["8.8.8.8", "9.9.9.9", "1.1.1.1"] {
        let out = lab.through(0, &udp("10.0.0.9", destination, 9, &[1]));
        assert_eq!(out[1][0][..6], host_mac(254));
    }
    assert_eq!(clones(&lab), 1, "one for all destinations");
    // What is remembered does not outlive a change.
    lab.through(1, &arp(false, 77, "192.0.2.254", "192.0.2.1"));
    let out = lab.through(0, &udp("10.0.0.9", "8.8.8.8", 9, &[1]));
    assert_eq!(out[1][0][..6], host_mac(77));
}

#[test]
fn neighbour_discovery() {
    let mut lab = lab();
    let out = lab.through(0, &udp("2001:db8:9::9", "2001:db8:1::7", 9, &[1]));
    let (header, target) = solicitation(&out[1][0]);
    assert_eq!(target, wide("2001:db8:1::7"));
    assert_eq!(header.destination, [0x33, 0x33, 0xFF, 0, 0, 7]);
    let out = lab.through(1, &advertisement(7, "2001:db8:1::7"));
    assert_eq!((payloads(&out[1]), &out[1][0][..6]), (vec![1], &host_mac(7)[..]));
    // Through a gateway with an address of the link alone.
    let out = lab.through(0, &udp("2001:db8:9::9", "2600::1", 9, &[2]));
    assert_eq!(solicitation(&out[1][0]).1, wide("fe80::fe"));
    let out = lab.through(1, &advertisement(254, "fe80::fe"));
    assert_eq!((payloads(&out[1]), &out[1][0][..6]), (vec![2], &host_mac(254)[..]));
    assert_eq!(lab.work_all().forwarded, 2);
}

#[test]
fn who_asks_is_answered_and_learned() {
    let mut lab = lab();
    let out = lab.through(1, &arp(true, 7, "192.0.2.7", "192.0.2.1"));
    let reply = Arp::read(&out[1][0][14..]).unwrap();
    assert_eq!(out[1][0][..6], host_mac(7));
    assert!(!reply.is_request);
    assert_eq!((reply.sender_mac, reply.sender), (mac_of(1), number("192.0.2.1")));
    assert_eq!((reply.target_mac, reply.target), (host_mac(7), number("192.0.2.7")));
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[1]));
    assert_eq!(out[1][0][..6], host_mac(7), "without asking");
    // For another, or from elsewhere: nothing is learned.
    let out = lab.through(1, &arp(true, 8, "192.0.2.8", "192.0.2.99"));
    assert!(out[1].is_empty());
    lab.through(1, &arp(true, 9, "203.0.113.9", "192.0.2.1"));
    assert_eq!(clones(&lab), 1);
    // Nobody becomes the forwarder.
    lab.through(1, &arp(true, 9, "192.0.2.1", "192.0.2.1"));
    lab.through(1, &arp(false, 9, "192.0.2.255", "192.0.2.1"));
    assert_eq!(clones(&lab), 1);

    let mut frame = [0; 100];
    let group = ndp::solicited_node(wide("2001:db8:1::1"));
    let source = ndp::link_local(host_mac(5));
    let length =
        ndp::write_solicitation(host_mac(5), source, wide("2001:db8:1::1"), None, &mut frame);
    let out = lab.through(1, &frame[..length.unwrap()]);
    assert_eq!(frame[38..54], group.to_be_bytes());
    let header = Ipv6::read(&out[1][0][14..]).unwrap();
    let said = Ndp::read(&header, &out[1][0][14..]);
    let link = Some(mac_of(1));
    let target = wide("2001:db8:1::1");
    let expected = Ndp::Advertisement { target, link, overrides: true, solicited: true };
    assert_eq!(said, Some(expected));
    assert_eq!((header.destination, out[1][0][..6].to_vec()), (source, host_mac(5).to_vec()));
    lab.work_all();
}

#[test]
fn a_silent_neighbour_is_down_for_a_while() {
    let mut lab = lab();
    lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[1]));
    lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[2]));
    for asked in 1..NEIGHBOURS.tries {
        lab.pass(1);
        let out = lab.wires[1].take();
        assert_eq!(out.len(), 1, "asked {asked} times before");
        question(&out[0]);
        assert!(lab.wires[0].take().is_empty());
    }
    lab.pass(1);
    assert!(lab.wires[1].take().is_empty());
    let errors = lab.wires[0].take();
    assert_eq!(errors.len(), 2, "both senders are told");
    for (error, payload) in errors.iter().zip([1, 2]) {
        let (header, message) = Ipv4Header::from_slice(error).unwrap();
        assert_eq!(header.destination, [10, 0, 0, 9]);
        let (icmp, quoted) = Icmpv4Header::from_slice(message).unwrap();
        let host = DestUnreachableHeader::Host;
        assert_eq!(icmp.icmp_type, Icmpv4Type::DestinationUnreachable(host));
        assert_eq!(quoted.last(), Some(&payload));
    }
    assert_eq!(lab.work_all().dropped(Cause::Unanswered), 2);
    // Down: refused at once, without a question.
    lab.pass(NEIGHBOURS.down / 2);
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[3]));
    assert_eq!((out[0].len(), out[1].len()), (1, 0));
    // Then asked again.
    lab.pass(NEIGHBOURS.down);
    assert_eq!(clones(&lab), 0, "the clone has expired");
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[4]));
    assert_eq!((out[0].len(), out[1].len()), (0, 1));
    let out = lab.through(1, &arp(false, 7, "192.0.2.7", "192.0.2.1"));
    assert_eq!(payloads(&out[1]), [4]);
}

#[test]
fn one_that_is_down_may_come_back() {
    let mut lab = lab();
    lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[1]));
    for _ in 0..NEIGHBOURS.tries {
        lab.pass(1);
    }
    lab.wires.iter().for_each(|wire| drop(wire.take()));
    lab.through(1, &arp(false, 7, "192.0.2.7", "192.0.2.1"));
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[2]));
    assert_eq!(payloads(&out[1]), [2]);
}

#[test]
fn one_in_use_is_asked_again_and_one_that_is_not_goes() {
    let mut lab = lab();
    for host in [7, 8] {
        let address = format!("192.0.2.{host}");
        lab.through(0, &udp("10.0.0.9", &address, 9, &[1]));
        lab.through(1, &arp(false, host, &address, "192.0.2.1"));
    }
    lab.pass(NEIGHBOURS.lifetime / 2);
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[2]));
    assert_eq!(payloads(&out[1]), [2], "without a question in the first half");
    lab.pass(NEIGHBOURS.lifetime / 2 - 5);
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[3]));
    assert_eq!(out[1].len(), 2, "the packet goes, and a question");
    let asked = out[1].iter().find(|frame| frame[13] == 6).unwrap();
    assert_eq!(question(asked).0.destination, host_mac(7), "to the neighbour alone");
    lab.through(1, &arp(false, 7, "192.0.2.7", "192.0.2.1"));
    lab.pass(20);
    assert_eq!(clones(&lab), 1, "the other one has expired");
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[4]));
    assert_eq!(payloads(&out[1]), [4]);
    // In use, but silent: it goes all the same.
    lab.pass(NEIGHBOURS.lifetime - 25);
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[5]));
    assert_eq!(out[1].len(), 2);
    lab.pass(50);
    assert_eq!(clones(&lab), 0);
    lab.work_all();
}

#[test]
fn an_advertisement_that_does_not_override() {
    let mut lab = lab();
    lab.through(0, &udp("2001:db8:9::9", "2001:db8:1::7", 9, &[1]));
    lab.through(1, &advertisement(7, "2001:db8:1::7"));
    let mut frame = advertisement(8, "2001:db8:1::7");
    frame[14 + 40 + 4] &= !0x20;
    lab.through(1, &resealed(frame));
    let out = lab.through(0, &udp("2001:db8:9::9", "2001:db8:1::7", 9, &[2]));
    assert_eq!(out[1][0][..6], host_mac(7));
    lab.through(1, &advertisement(8, "2001:db8:1::7"));
    let out = lab.through(0, &udp("2001:db8:9::9", "2001:db8:1::7", 9, &[2]));
    assert_eq!(out[1][0][..6], host_mac(8));
}

#[test]
fn directed_broadcasts_stay() {
    let mut lab = lab();
    for destination in ["192.0.2.255", "192.0.2.0"] {
        let out = lab.through(0, &udp("10.0.0.9", destination, 9, &[1]));
        assert!(out.iter().all(Vec::is_empty), "{destination}");
    }
    // Nor is anything said about them, whatever else is wrong.
    for hops in [0, 1] {
        let out = lab.through(0, &udp("10.0.0.9", "192.0.2.255", hops, &[1]));
        assert!(out.iter().all(Vec::is_empty));
    }
    assert_eq!(lab.work_all().dropped(Cause::Broadcast), 4);
}

#[test]
fn too_many_questions() {
    let mut lab = lab();
    for host in 10..20 {
        lab.through(0, &udp("10.0.0.9", &format!("192.0.2.{host}"), 9, &[1]));
    }
    assert_eq!(lab.dropped(Cause::Waiting), 10 - NEIGHBOURS.questions as u64);
    assert_eq!(clones(&lab), NEIGHBOURS.questions);
    for _ in 0..NEIGHBOURS.tries {
        lab.pass(1);
    }
    assert_eq!(lab.work_all().dropped(Cause::Unanswered), NEIGHBOURS.questions as u64);
}

#[test]
fn too_many_neighbours() {
    let mut lab = lab();
    for host in 10..40u8 {
        let address = format!("192.0.2.{host}");
        lab.through(0, &udp("10.0.0.9", &address, 9, &[1]));
        let out = lab.through(1, &arp(false, host, &address, "192.0.2.1"));
        assert_eq!(payloads(&out[1]), [1]);
        assert!(clones(&lab) <= NEIGHBOURS.clones, "an idle one has made way");
    }
    assert_eq!(lab.work_all().forwarded, 30);
}

/// More link addresses than a route can have had. Each is a new clone, and there is one a second.
#[test]
fn a_neighbour_that_changes_for_ever() {
    let mut lab = lab();
    let told = |round: u16| {
        let [a, b] = round.to_be_bytes();
        let sender_mac = [2, 0, 1, 0, a, b];
        let (sender, target) = (number("192.0.2.7"), number("192.0.2.1"));
        let reply = Arp { is_request: false, sender_mac, sender, target_mac: [0; 6], target };
        let mut frame = [0; 42];
        reply.write(Some(mac_of(1)), &mut frame).unwrap();
        (frame, sender_mac)
    };
    let clone = |lab: &Lab| {
        let mut routes = lab.forwarder.neighbours(1).into_iter();
        routes.find(|rt| rt.destination().address() == ip("192.0.2.7")).unwrap()
    };
    lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[1]));
    lab.through(1, &told(0).0);
    let first = clone(&lab);
    for round in 1..3000 {
        lab.pass(1);
        lab.through(1, &told(round).0);
    }
    assert!(first.is_gone(), "no route remembers them all");
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[2]));
    assert_eq!((payloads(&out[1]), &out[1][0][..6]), (vec![2], &told(2999).1[..]));
    // Another one in this second is not believed, but makes the forwarder ask.
    let present = clone(&lab);
    for round in 3000..3100 {
        lab.through(1, &told(round).0);
    }
    assert_eq!(clone(&lab), present);
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[3]));
    assert_eq!(out[1].len(), 2, "the packet and a question");
    assert!(out[1].iter().all(|frame| frame[..6] == told(2999).1));
    lab.work_all();
}

#[test]
fn errors_go_to_neighbours_too() {
    let mut lab = lab();
    // From the link, to where no hop is left.
    let packet = udp("192.0.2.7", "10.0.0.9", 1, &[1]);
    let out = lab.through(1, &framed(1, 7, &packet));
    assert_eq!(out[1].len(), 1, "the sender has to be asked for");
    question(&out[1][0]);
    let out = lab.through(1, &arp(false, 7, "192.0.2.7", "192.0.2.1"));
    assert_eq!(out[1][0][..6], host_mac(7));
    let (header, _) = Ipv4Header::from_slice(&out[1][0][14..]).unwrap();
    assert_eq!((header.source, header.destination), ([192, 0, 2, 1], [192, 0, 2, 7]));
    let totals = lab.work_all();
    assert_eq!((totals.dropped(Cause::TimeExceeded), totals.originated), (1, 2));
}

#[test]
fn one_that_was_known_and_is_silent_is_down() {
    let mut lab = lab();
    lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[1]));
    lab.through(1, &arp(false, 7, "192.0.2.7", "192.0.2.1"));
    // The packet comes before anybody has seen that the time is over.
    lab.clock.advance(NEIGHBOURS.lifetime + 1);
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[2]));
    assert_eq!(question(&out[1][0]).0.destination, BROADCAST);
    for _ in 0..NEIGHBOURS.tries {
        lab.pass(1);
    }
    lab.wires.iter().for_each(|wire| drop(wire.take()));
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[3]));
    assert_eq!((out[0].len(), out[1].len()), (1, 0), "refused without a question");
    assert_eq!(lab.work_all().dropped(Cause::Unanswered), 2);
}

/// One without an address asks whether it may have the forwarder's (RFC 4862, RFC 5227).
#[test]
fn addresses_are_defended() {
    let mut lab = lab();
    let out = lab.through(1, &arp(true, 7, "0.0.0.0", "192.0.2.1"));
    assert_eq!(out[1][0][..6], host_mac(7));
    assert_eq!(Arp::read(&out[1][0][14..]).unwrap().sender, number("192.0.2.1"));

    let target = wide("2001:db8:1::1");
    let mut frame = [0; 100];
    let length = ndp::write_solicitation(host_mac(7), 0, target, None, &mut frame).unwrap();
    // Without an address it tells no link address either.
    let mut frame = frame[..length - 8].to_vec();
    frame[14 + 5] -= 8;
    let out = lab.through(1, &resealed(frame));
    let header = Ipv6::read(&out[1][0][14..]).unwrap();
    assert_eq!((header.destination, out[1][0][0]), (wide("ff02::1"), 0x33));
    let link = Some(mac_of(1));
    let said = Ndp::read(&header, &out[1][0][14..]);
    let expected = Ndp::Advertisement { target, link, overrides: true, solicited: false };
    assert_eq!(said, Some(expected));
    assert_eq!(clones(&lab), 0);
    lab.work_all();
}
