//! Many addresses that nobody has, and much to send at once (RFC 6583).

use rtalloc::{
    NextHop, Route,
    forward::{
        Cause,
        packet::{arp::Arp, ndp},
    },
};

use super::{
    lab::{Lab, NEIGHBOURS, ethernet, host_mac, ip, mac_of, table, tunnel, udp},
    neighbours::{advertisement, arp, clones, lab, lab_with, number, payloads, question, wide},
};

/// Packets for `count` addresses of the link from `first` on, which nobody has.
fn flood(lab: &mut Lab, first: u8, count: u8) -> Vec<Vec<Vec<u8>>> {
    for host in first..first + count {
        lab.wires[0].put(&udp("10.0.0.9", &format!("192.0.2.{host}"), 9, &[host]));
    }
    lab.work();
    lab.wires.iter().map(|wire| wire.take()).collect()
}

#[test]
fn one_who_answers_is_found_in_a_flood() {
    let mut lab = lab();
    let waiting = NEIGHBOURS.questions as u8;
    flood(&mut lab, 20, 2 * waiting);
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[1]));
    assert_eq!(question(&out[1][0]).1.target, number("192.0.2.7"));
    flood(&mut lab, 60, waiting - 1);
    let out = lab.through(1, &arp(false, 7, "192.0.2.7", "192.0.2.1"));
    assert_eq!((payloads(&out[1]), &out[1][0][..6]), (vec![1], &host_mac(7)[..]));
    assert_eq!(clones(&lab), NEIGHBOURS.questions, "with it; those that made way have none");
    // One more before it answers, and it is asked for anew by its next packet.
    lab.through(0, &udp("10.0.0.9", "192.0.2.8", 9, &[1]));
    flood(&mut lab, 100, waiting);
    lab.through(1, &arp(false, 8, "192.0.2.8", "192.0.2.1"));
    let out = lab.through(0, &udp("10.0.0.9", "192.0.2.8", 9, &[2]));
    assert_eq!(question(&out[1][0]).1.target, number("192.0.2.8"));
    let out = lab.through(1, &arp(false, 8, "192.0.2.8", "192.0.2.1"));
    assert_eq!(payloads(&out[1]), [2]);
    for _ in 0..=NEIGHBOURS.tries {
        lab.pass(1);
    }
    let totals = lab.work_all();
    assert_eq!(totals.forwarded, 2);
    let lost = totals.dropped(Cause::Waiting) + totals.dropped(Cause::Unanswered);
    assert_eq!(lost, 4 * u64::from(waiting), "each is counted once");
}

#[test]
fn questions_are_limited_in_a_second() {
    let mut lab = lab();
    let limit = NEIGHBOURS.questions_per_second as usize;
    for second in 1..=3 {
        let out = flood(&mut lab, 10, 200);
        let fresh = out[1].iter().filter(|frame| question(frame).0.destination == [0xFF; 6]);
        assert_eq!(fresh.count(), limit);
        assert_eq!(lab.dropped(Cause::Unasked), second * (200 - limit as u64));
        lab.clock.advance(1);
        lab.work();
        let repeated = lab.wires[1].take();
        assert_eq!(repeated.len(), NEIGHBOURS.questions, "those that still wait");
    }
}

#[test]
fn a_flood_leaves_other_ports_alone() {
    let table = table();
    for (network, interface) in [("192.0.2.0/24", 2), ("198.51.100.0/24", 3)] {
        let route = Route::via(NextHop::interface(interface));
        table.insert(network.parse().unwrap(), route).unwrap();
    }
    let links = [ethernet(2, &["192.0.2.1/24"]), ethernet(3, &["198.51.100.1/24"])];
    let mut lab = Lab::new(table, &[tunnel(1, &["10.0.0.1/24"]), links[0], links[1]]);
    flood(&mut lab, 10, 200);
    let out = lab.through(0, &udp("10.0.0.9", "198.51.100.7", 9, &[1]));
    assert_eq!(Arp::read(&out[2][0][14..]).unwrap().target, number("198.51.100.7"));
    flood(&mut lab, 10, 200);
    let (sender, target) = (number("198.51.100.7"), number("198.51.100.1"));
    let sender_mac = host_mac(7);
    let reply = Arp { is_request: false, sender_mac, sender, target_mac: mac_of(2), target };
    let mut frame = [0; 42];
    reply.write(Some(mac_of(2)), &mut frame).unwrap();
    let out = lab.through(2, &frame);
    assert_eq!((payloads(&out[2]), &out[2][0][..6]), (vec![1], &host_mac(7)[..]));
}

/// Questions for the forwarder from `count` addresses of a network, from number
/// `first` on. Returns the answers, of which there is one for each.
fn askers(lab: &mut Lab, network: &str, first: u32, count: u32) -> Vec<Vec<u8>> {
    for number in first..first + count {
        let source = wide(network) | u128::from(0x1_0000 + number);
        let mut frame = [0; 100];
        let own = wide("2001:db8:1::1");
        let length = ndp::write_solicitation(host_mac(9), source, own, None, &mut frame);
        lab.wires[1].put(&frame[..length.unwrap()]);
    }
    lab.work();
    let answers = lab.wires[1].take();
    assert_eq!(answers.len(), count as usize, "each is answered");
    assert!(answers.iter().all(|frame| frame[..6] == host_mac(9)));
    answers
}

#[test]
fn those_who_ask_are_not_all_learned() {
    let limit = NEIGHBOURS.questions_per_second as usize;
    let mut lab = lab_with(|options| options.clones = 1000);
    for second in 1..=3 {
        askers(&mut lab, "2001:db8:1::", 200 * second, 200);
        assert_eq!(clones(&lab), second as usize * limit);
        // By ARP neither, nor are they left without an answer.
        let out = lab.through(1, &arp(true, 7, "192.0.2.7", "192.0.2.1"));
        assert_eq!((out[1].len(), clones(&lab)), (1, second as usize * limit));
        lab.pass(1);
        lab.wires[1].take();
    }
    // One that is asked for is learned, however many ask, and as well if it asks itself.
    askers(&mut lab, "2001:db8:1::", 1000, 200);
    for (host, is_request) in [(7, false), (8, true)] {
        let address = format!("192.0.2.{host}");
        lab.through(0, &udp("10.0.0.9", &address, 9, &[host]));
        let out = lab.through(1, &arp(is_request, host, &address, "192.0.2.1"));
        assert!(out[1].iter().any(|frame| frame[14] == 0x45 && frame[..6] == host_mac(host)));
    }
    assert_eq!(clones(&lab), 4 * limit + 2);
    lab.work_all();
}

#[test]
fn those_who_ask_push_out_no_gateway_in_use() {
    let mut lab = lab_with(|options| options.clones = 2 * options.questions_per_second as usize);
    lab.through(0, &udp("2001:db8:9::9", "2600::1", 9, &[0]));
    lab.through(1, &advertisement(254, "fe80::fe"));
    for second in 1..=12 {
        lab.pass(1);
        lab.wires[1].take();
        askers(&mut lab, "fe80::", 200 * second, 200);
        let out = lab.through(0, &udp("2001:db8:9::9", "2600::1", 9, &[1]));
        assert_eq!((payloads(&out[1]), &out[1][0][..6]), (vec![1], &host_mac(254)[..]));
    }
    lab.work_all();
}

#[test]
fn known_neighbours_do_not_notice() {
    let mut lab = lab();
    let known = [7, 8, 9];
    for host in known {
        let address = format!("192.0.2.{host}");
        lab.through(0, &udp("10.0.0.9", &address, 9, &[1]));
        lab.through(1, &arp(false, host, &address, "192.0.2.1"));
    }
    flood(&mut lab, 20, 200);
    lab.pass(NEIGHBOURS.lifetime - 5);
    lab.wires.iter().for_each(|wire| drop(wire.take()));
    for round in 0..3 {
        // All questions and all of the second's limit are used up first.
        flood(&mut lab, 20, 200);
        for host in known {
            let address = format!("192.0.2.{host}");
            let out = lab.through(0, &udp("10.0.0.9", &address, 9, &[1]));
            let to_host = |frame: &&Vec<u8>| frame[..6] == host_mac(host);
            assert_eq!(out[1].iter().filter(to_host).count(), if round == 0 { 2 } else { 1 });
            if round == 0 {
                lab.through(1, &arp(false, host, &address, "192.0.2.1"));
            }
            // And who asks is answered and learned.
            let out = lab.through(1, &arp(true, 10 + host, "192.0.2.10", "192.0.2.1"));
            assert_eq!(Arp::read(&out[1][0][14..]).unwrap().sender, number("192.0.2.1"));
        }
        lab.clock.advance(1);
        lab.work();
        lab.wires.iter().for_each(|wire| drop(wire.take()));
    }
    let held = lab.forwarder.neighbours(1);
    let is_there = |host: &u8| {
        let address = ip(&format!("192.0.2.{host}"));
        held.iter().any(|rt| rt.destination().address() == address)
    };
    assert!(known.iter().all(is_there));
}

/// More at once than the pool has frames: questions, packets that waited, and what is told to those
/// who waited in vain.
#[test]
fn nothing_is_lost_for_want_of_frames() {
    const HOSTS: u8 = 200;
    let table = table();
    table.insert("10.0.0.0/8".parse().unwrap(), Route::via(NextHop::interface(1))).unwrap();
    table.insert("192.0.2.0/24".parse().unwrap(), Route::via(NextHop::interface(2))).unwrap();
    let plugs = [tunnel(1, &["10.0.0.1/24"]), ethernet(2, &["192.0.2.1/24"])];
    let mut lab: Lab = Lab::with(table, &plugs, |options| {
        options.burst = 256;
        options.errors_at_once = 1000;
        let known = &mut options.neighbours;
        known.questions = HOSTS.into();
        known.questions_per_second = HOSTS.into();
        (known.waiting, known.clones) = (HOSTS.into(), 256);
    });
    let out = flood(&mut lab, 10, HOSTS);
    assert_eq!(lab.worker.totals().bursts, 1);
    assert_eq!(out[1].len(), usize::from(HOSTS), "each is asked for");
    lab.pass(1);
    let asked = lab.wires[1].take();
    assert_eq!(asked.len(), usize::from(HOSTS), "and again");
    for more in 1..HOSTS {
        lab.wires[0].put(&udp("10.0.0.9", "192.0.2.10", 9, &[more]));
    }
    lab.work();
    let out = lab.through(1, &arp(false, 10, "192.0.2.10", "192.0.2.1"));
    let expected: Vec<u8> = [10].into_iter().chain(1..HOSTS).collect();
    assert_eq!(payloads(&out[1]), expected, "all that have waited, in their order");
    for _ in 1..NEIGHBOURS.tries {
        lab.pass(1);
    }
    assert_eq!(lab.wires[0].take().len(), usize::from(HOSTS) - 1, "and the others are told");
    let totals = lab.work_all();
    assert_eq!((totals.suppressed, totals.dropped(Cause::NoBuffer)), (0, 0));
    assert_eq!(totals.dropped(Cause::Unanswered), u64::from(HOSTS) - 1);
}
