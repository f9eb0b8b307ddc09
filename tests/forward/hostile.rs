//! Bytes of any kind: nothing panics, and every packet is accounted for.

use etherparse::PacketBuilder;
use proptest::{
    collection::vec, prelude::*, sample::select, strategy::ValueTree, test_runner::TestRunner,
};
use rtalloc::{
    NextHop, Route,
    bsd::{RtFlags, RtRef},
    forward::{
        Cause,
        packet::{arp::Arp, ipv4::Ipv4, ipv6::Ipv6},
    },
};

use super::lab::{Lab, ethernet, framed, host_mac, ip, mac_of, table, tunnel, udp, v4, v6};

fn lab() -> Lab {
    let table = table();
    let on = |interface| Route::via(NextHop::interface(interface));
    let gateway = |text: &str| Route::via(NextHop { gateway: Some(ip(text)), interface: 2 });
    table.insert("10.0.0.0/8".parse().unwrap(), on(1)).unwrap();
    table.insert("192.0.2.0/24".parse().unwrap(), on(2)).unwrap();
    table.insert("128.0.0.0/1".parse().unwrap(), gateway("192.0.2.254")).unwrap();
    table.insert("2001:db8:1::/64".parse().unwrap(), on(2)).unwrap();
    table.insert("::/0".parse().unwrap(), gateway("fe80::fe")).unwrap();
    let link = ethernet(2, &["192.0.2.1/24", "2001:db8:1::1/64"]);
    Lab::new(table, &[tunnel(1, &["10.0.0.1/24", "2001:db8:9::1/64"]), link])
}

/// A packet that is sound, then changed in places, cut, or given other bytes.
fn frames() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let addresses = select(vec![
        ("10.0.0.9", "192.0.2.7"),
        ("192.0.2.7", "10.0.0.9"),
        ("10.0.0.9", "198.51.100.9"),
        ("192.0.2.7", "192.0.2.1"),
        ("2001:db8:9::9", "2001:db8:1::7"),
        ("2001:db8:1::7", "2001:db8:9::9"),
        ("2001:db8:9::9", "2600::1"),
        ("fe80::7", "ff02::1:ff00:1"),
    ]);
    let sound = (addresses, any::<u8>(), vec(any::<u8>(), 0..1600))
        .prop_map(|((from, to), hops, payload)| udp(from, to, hops, &payload));
    let packet = prop_oneof![4 => sound, 1 => vec(any::<u8>(), 0..200)];
    let changes = vec((0usize..100, any::<u8>()), 0..6);
    (packet, changes, 0usize..3000, 0usize..2, any::<bool>()).prop_map(
        |(mut packet, changes, cut, port, reseal)| {
            for (at, byte) in changes {
                if let Some(place) = packet.get_mut(at) {
                    *place = byte;
                }
            }
            if reseal && packet.len() > 20 {
                let header = usize::from(packet[0] & 0xF) * 4;
                rtalloc::forward::packet::ipv4::seal(&mut packet, header);
            }
            packet.truncate(cut);
            if port == 1 && !packet.is_empty() {
                packet = framed(1, 7, &packet);
            }
            (port, packet)
        },
    )
}

/// Addresses of the forwarder, of neighbours, of groups, of others, and of nobody.
const V4: [&str; 8] = [
    "192.0.2.1",
    "192.0.2.7",
    "192.0.2.254",
    "192.0.2.255",
    "10.0.0.1",
    "10.0.0.9",
    "0.0.0.0",
    "198.51.100.9",
];
const V6: [&str; 12] = [
    "2001:db8:1::1",
    "2001:db8:1::7",
    "2001:db8:9::1",
    "2001:db8:9::9",
    // What the Ethernet port's own address makes.
    "fe80::ff:fe00:2",
    "fe80::7",
    "fe80::fe",
    "::",
    "ff02::1",
    "ff02::1:ff00:1",
    "ff02::1:ff00:2",
    "2600::1",
];

/// Neighbours' link addresses, the forwarder's own, a group's and nobody's.
fn macs() -> impl Strategy<Value = [u8; 6]> {
    select(vec![host_mac(7), host_mac(8), host_mac(0xFE), mac_of(1), [0xFF; 6], [0; 6]])
}

fn arp() -> impl Strategy<Value = Vec<u8>> {
    let from = (select(V4.to_vec()), macs());
    let to = (select(V4.to_vec()), macs());
    (any::<bool>(), from, to).prop_map(
        |(is_request, (sender, sender_mac), (target, target_mac))| {
            let number = |text: &str| u32::from_be_bytes(v4(text));
            let (sender, target) = (number(sender), number(target));
            let mut frame = vec![0; 42];
            Arp { is_request, sender_mac, sender, target_mac, target }
                .write(None, &mut frame)
                .unwrap();
            frame
        },
    )
}

/// A neighbour's message with a right checksum.
fn ndp() -> impl Strategy<Value = Vec<u8>> {
    let addresses = (select(V6.to_vec()), select(V6.to_vec()), select(V6.to_vec()));
    // Solicitation and advertisement most of all; an echo, a router's word and a redirect.
    let kind =
        prop_oneof![4 => Just(135u8), 4 => Just(136), 1 => select(vec![128u8, 133, 134, 137])];
    let flags = select(vec![0, 0x20, 0x40, 0x60, 0xE0]);
    let option = prop_oneof![
        1 => Just(Vec::new()),
        4 => (1u8..=2, macs()).prop_map(|(kind, mac)| [&[kind, 1][..], &mac].concat()),
        1 => vec(any::<u8>(), 0..20),
    ];
    let hops = prop_oneof![8 => Just(255u8), 1 => any::<u8>()];
    (addresses, kind, flags, option, hops).prop_map(
        |((from, to, target), kind, flags, option, hops)| {
            let mut packet = Vec::new();
            PacketBuilder::ipv6(v6(from), v6(to), hops)
                .icmpv6_raw(kind, 0, [flags, 0, 0, 0])
                .write(&mut packet, &[&v6(target)[..], &option].concat())
                .unwrap();
            framed(1, 7, &packet)
        },
    )
}

/// A frame of ARP or neighbour discovery, most often sound, for either port.
fn control() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let changes = prop_oneof![3 => Just(Vec::new()), 1 => vec((0usize..90, any::<u8>()), 1..4)];
    (prop_oneof![arp(), ndp()], changes, 0usize..3).prop_map(|(mut frame, changes, port)| {
        for (at, byte) in changes {
            if let Some(place) = frame.get_mut(at) {
                *place = byte;
            }
        }
        // The tunnel has no link headers.
        if port == 0 { (0, frame.split_off(14)) } else { (1, frame) }
    })
}

/// What goes out by a port is what its link carries, whatever came in.
fn is_sound(port: usize, frame: &[u8]) -> bool {
    let (kind, packet) = match port {
        0 => (None, frame),
        _ => (frame.first_chunk::<14>().map(|header| [header[12], header[13]]), &frame[14..]),
    };
    let is_from_us = port == 0 || frame[6..12] == mac_of(1);
    let is_read = match kind {
        Some([8, 6]) => Arp::read(packet).is_some(),
        Some([8, 0]) => Ipv4::read(packet).is_ok(),
        Some([0x86, 0xDD]) => Ipv6::read(packet).is_ok(),
        Some(_) => false,
        None => Ipv4::read(packet).is_ok() || Ipv6::read(packet).is_ok(),
    };
    is_from_us && is_read
}

/// That these frames do reach what they are for, so that the property below says something of it.
#[test]
fn control_is_taken_to_heart() {
    let mut runner = TestRunner::deterministic();
    let mut draw = || control().new_tree(&mut runner).unwrap().current();
    let (mut consumed, mut malformed, mut originated, mut clones) = (0, 0, 0, 0);
    for _ in 0..100 {
        let mut lab = lab();
        for _ in 0..20 {
            let (port, frame) = draw();
            lab.wires[port].put(&frame);
        }
        let totals = lab.work();
        consumed += totals.consumed;
        originated += totals.originated;
        malformed += totals.dropped(Cause::Control);
        let cloned = |rt: &&RtRef| rt.flags().contains(RtFlags::CLONED);
        clones += lab.forwarder.neighbours(1).iter().filter(cloned).count();
    }
    let counts = (consumed, malformed, originated, clones);
    assert!(consumed > 500 && malformed > 50 && originated > 50 && clones > 50, "{counts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn everything_is_accounted_for(
        frames in vec((prop_oneof![frames(), control()], 0u64..4), 1..120),
        pause in 0u64..40,
    ) {
        let mut lab = lab();
        for ((port, frame), then) in &frames {
            lab.wires[*port].put(frame);
            // Some come in one burst, some one after the other, some later.
            match then {
                0 => {}
                1 | 2 => { lab.work(); }
                _ => lab.pass(1),
            }
        }
        lab.work();
        // Whoever waits for a neighbour gives up in time.
        for _ in 0..5 {
            lab.pass(1);
        }
        lab.pass(pause);
        let totals = lab.work_all();
        prop_assert_eq!(totals.received, frames.len() as u64);
        let sent: Vec<_> = lab.wires.iter().map(|wire| wire.take()).collect();
        let count: usize = sent.iter().map(Vec::len).sum();
        prop_assert_eq!(count as u64, totals.forwarded + totals.originated);
        for (port, frames) in sent.iter().enumerate() {
            for frame in frames {
                prop_assert!(is_sound(port, frame), "by port {}: {:x?}", port, frame);
            }
        }
    }
}
