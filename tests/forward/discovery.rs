//! What neighbours say in IPv6, and what it is good for: RFC 4861 sections 7.2.3, 7.2.5 and 7.3.

use rtalloc::{
    NextHop, Route,
    forward::{
        Cause,
        packet::{ethernet::Ethernet, ipv6::Ipv6, ndp},
    },
};

use super::{
    lab::{Lab, NEIGHBOURS, framed, host_mac, mac_of, table, tunnel, udp, v6},
    neighbours::{advertisement, clones, lab, payloads, resealed, solicitation, wide},
};

const HOST: &str = "2001:db8:1::7";
const OWN: &str = "2001:db8:1::1";
const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
const SOLICITED: u8 = 0x40;
const OVERRIDE: u8 = 0x20;

/// A message from `source`, whose target it is if it is an advertisement, with a link address or without.
fn message(kind: u8, flags: u8, [source, to, target]: [&str; 3], mac: Option<[u8; 6]>) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0, 0, if mac.is_some() { 32 } else { 24 }, 58, 255];
    packet.extend([v6(source), v6(to)].concat());
    packet.extend([kind, 0, 0, 0, flags, 0, 0, 0]);
    packet.extend(v6(target));
    if let Some(mac) = mac {
        packet.extend([if kind == SOLICITATION { 1 } else { 2 }, 1]);
        packet.extend(mac);
    }
    resealed(framed(1, 7, &packet))
}

fn says(flags: u8, mac: Option<[u8; 6]>) -> Vec<u8> {
    message(ADVERTISEMENT, flags, [HOST, OWN, HOST], mac)
}

/// Sends a packet to the neighbour. Returns where it goes, and whom the question beside it goes to.
fn send(lab: &mut Lab) -> (Option<[u8; 6]>, Option<[u8; 6]>) {
    let out = lab.through(0, &udp("2001:db8:9::9", HOST, 9, &[1]));
    let is_packet = |frame: &&Vec<u8>| frame[14 + 6] == 17;
    let to = |frame: &Vec<u8>| Ethernet::read(frame).unwrap().destination;
    let asked = out[1].iter().find(|frame| !is_packet(frame));
    if let Some(question) = asked {
        assert_eq!(solicitation(question).1, wide(HOST));
    }
    (out[1].iter().find(is_packet).map(to), asked.map(to))
}

/// A neighbour that has answered.
fn known() -> Lab {
    let mut lab = lab();
    send(&mut lab);
    let out = lab.through(1, &says(SOLICITED | OVERRIDE, Some(host_mac(7))));
    assert_eq!(payloads(&out[1]), [1]);
    assert_eq!(send(&mut lab), (Some(host_mac(7)), None));
    lab
}

const GROUP: [u8; 6] = [0x33, 0x33, 0xFF, 0, 0, 7];

#[test]
fn an_answer_without_a_link_address_confirms_and_tells_nothing() {
    let mut lab = lab();
    assert_eq!(send(&mut lab), (None, Some(GROUP)));
    let out = lab.through(1, &says(SOLICITED | OVERRIDE, None));
    assert!(out[1].is_empty(), "it does not say where");
    let out = lab.through(1, &says(SOLICITED, Some(host_mac(7))));
    assert_eq!(payloads(&out[1]), [1]);
    lab.pass(NEIGHBOURS.lifetime - 5);
    assert_eq!(send(&mut lab), (Some(host_mac(7)), Some(host_mac(7))), "is it there still?");
    lab.through(1, &says(0, None));
    lab.pass(1);
    assert_eq!(lab.wires[1].take().len(), 1, "one that was not asked for confirms nothing");
    lab.through(1, &says(SOLICITED, None));
    lab.pass(20);
    assert!(lab.wires[1].take().is_empty());
    assert_eq!(send(&mut lab), (Some(host_mac(7)), None), "it is");
    lab.work_all();
}

#[test]
fn an_unsolicited_answer_leaves_doubt() {
    let mut lab = lab();
    send(&mut lab);
    let out = lab.through(1, &says(OVERRIDE, Some(host_mac(7))));
    assert_eq!(payloads(&out[1]), [1], "but it is taken");
    assert_eq!(send(&mut lab), (Some(host_mac(7)), Some(host_mac(7))));
    lab.through(1, &says(SOLICITED, Some(host_mac(7))));
    assert_eq!(send(&mut lab), (Some(host_mac(7)), None));
    lab.pass(1);
    // Another address, which overrides, without having been asked for.
    lab.through(1, &says(OVERRIDE, Some(host_mac(8))));
    assert_eq!(send(&mut lab), (Some(host_mac(8)), Some(host_mac(8))));
    // One in doubt that nobody needs goes early.
    lab.through(1, &says(SOLICITED, Some(host_mac(8))));
    lab.pass(1);
    lab.through(1, &says(OVERRIDE, Some(host_mac(9))));
    lab.pass(NEIGHBOURS.lifetime / 10);
    assert_eq!(clones(&lab), 0);
    lab.work_all();
}

#[test]
fn another_address_that_does_not_override_casts_doubt() {
    let mut lab = known();
    lab.through(1, &says(SOLICITED, Some(host_mac(8))));
    assert_eq!(send(&mut lab), (Some(host_mac(7)), Some(host_mac(7))), "the old one is asked");
    lab.through(1, &says(SOLICITED, Some(host_mac(7))));
    assert_eq!(send(&mut lab), (Some(host_mac(7)), None));
    lab.work_all();
}

#[test]
fn one_that_is_asked_alone_in_vain_is_forgotten() {
    let mut lab = known();
    lab.pass(NEIGHBOURS.lifetime - 5);
    assert_eq!(send(&mut lab), (Some(host_mac(7)), Some(host_mac(7))));
    for _ in 1..NEIGHBOURS.tries {
        lab.pass(1);
        assert_eq!(lab.wires[1].take()[0][..6], host_mac(7), "alone");
    }
    lab.pass(1);
    assert_eq!(clones(&lab), 0, "it has a second still, but has not answered");
    assert_eq!(send(&mut lab), (None, Some(GROUP)), "now all are asked");
    let out = lab.through(1, &advertisement(8, HOST));
    assert_eq!((payloads(&out[1]), &out[1][0][..6]), (vec![1], &host_mac(8)[..]));
    lab.work_all();
}

#[test]
fn who_asks_is_in_doubt_until_it_answers() {
    let mut lab = lab();
    let asks = |host| message(SOLICITATION, 0, [HOST, OWN, OWN], Some(host_mac(host)));
    let out = lab.through(1, &asks(7));
    assert_eq!(out[1][0][..6], host_mac(7), "it is answered");
    assert_eq!(send(&mut lab), (Some(host_mac(7)), Some(host_mac(7))));
    lab.through(1, &says(SOLICITED, Some(host_mac(7))));
    assert_eq!(send(&mut lab), (Some(host_mac(7)), None));
    lab.through(1, &asks(7));
    assert_eq!(send(&mut lab), (Some(host_mac(7)), None), "nothing new");
    lab.pass(1);
    lab.through(1, &asks(8));
    assert_eq!(send(&mut lab), (Some(host_mac(8)), Some(host_mac(8))), "it has moved");
    lab.work_all();
}

/// What comes in questions is not believed blindly, as answers go where it says.
#[test]
fn questions_from_nobody() {
    let mut lab = lab();
    for source in ["::1", "ff02::1", "::ffff:192.0.2.7"] {
        let out = lab.through(1, &message(SOLICITATION, 0, [source, OWN, OWN], Some(host_mac(7))));
        assert!(out[1].is_empty(), "{source}");
    }
    assert_eq!(lab.dropped(Cause::Source), 3);
    // A group has no address on the link; so the asker is asked for its own.
    let group = Some([0x33, 0x33, 0, 0, 0, 9]);
    let out = lab.through(1, &message(SOLICITATION, 0, [HOST, OWN, OWN], group));
    assert_eq!(out[1].len(), 1);
    let (header, target) = solicitation(&out[1][0]);
    assert_eq!((header.destination, target), (GROUP, wide(HOST)));
    let out = lab.through(1, &advertisement(7, HOST));
    let header = Ipv6::read(&out[1][0][14..]).unwrap();
    assert_eq!((header.destination, &out[1][0][..6]), (wide(HOST), &host_mac(7)[..]));
    lab.through(1, &says(OVERRIDE, group));
    assert_eq!(send(&mut lab), (Some(host_mac(7)), None), "nor is a group a neighbour");
    // One of another network is no neighbour, and not asked for.
    let before = clones(&lab);
    let out = lab.through(1, &message(SOLICITATION, 0, ["2600::7", OWN, OWN], None));
    assert!(out[1].is_empty());
    assert_eq!(clones(&lab), before);
    lab.work_all();
}

/// A port without link addresses has no neighbours: no frame goes out where packets do.
#[test]
fn a_tunnel_knows_no_neighbours() {
    let table = table();
    table.insert("::/0".parse().unwrap(), Route::via(NextHop::interface(1))).unwrap();
    let mut lab: Lab = Lab::new(table, &[tunnel(1, &["2001:db8:1::1/64"])]);
    let group = std::net::Ipv6Addr::from(ndp::solicited_node(wide(OWN))).to_string();
    for (source, to) in [(HOST, OWN), (HOST, &group), ("::", &group)] {
        let link = (source != "::").then_some(mac_of(0));
        let frame = message(SOLICITATION, 0, [source, to, OWN], link);
        let out = lab.through(0, &frame[14..]);
        assert!(out[0].is_empty(), "{source} {to}");
    }
    let totals = lab.work_all();
    assert_eq!((totals.received, totals.dropped_in_all(), totals.originated), (3, 3, 0));
}
