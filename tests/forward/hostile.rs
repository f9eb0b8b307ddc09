//! Bytes of any kind: nothing panics, and every packet is accounted for.

use proptest::{collection::vec, prelude::*, sample::select};
use rtalloc::{NextHop, Route};

use super::lab::{Lab, ethernet, framed, ip, mac_of, table, tunnel, udp};

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

/// A frame of ARP or neighbour discovery, changed in places.
fn control() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let body = (any::<bool>(), vec(any::<u8>(), 20), select(vec![135u8, 136, 128, 3]));
    (body, vec((0usize..90, any::<u8>()), 0..4)).prop_map(|((is_arp, bytes, kind), changes)| {
        let mut frame = [&mac_of(1)[..], &[2, 0, 0, 0, 1, 9]].concat();
        if is_arp {
            frame.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, (kind & 1) + 1]);
            frame.extend(&bytes);
        } else {
            frame.extend([0x86, 0xDD]);
            let mut packet = udp("2001:db8:1::7", "2001:db8:1::1", 255, &bytes);
            packet[6] = 58;
            packet[40..44].copy_from_slice(&[kind, 0, 0, 0]);
            frame.extend(packet);
        }
        for (at, byte) in changes {
            if let Some(place) = frame.get_mut(at) {
                *place = byte;
            }
        }
        (1, frame)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn everything_is_accounted_for(
        frames in vec(prop_oneof![3 => frames(), 1 => control()], 1..120),
        pause in 0u64..40,
    ) {
        let mut lab = lab();
        for (port, frame) in &frames {
            lab.wires[*port].put(frame);
        }
        lab.work();
        // Whoever waits for a neighbour gives up in time.
        for _ in 0..5 {
            lab.pass(1);
        }
        lab.pass(pause);
        let totals = lab.work_all();
        prop_assert_eq!(totals.received, frames.len() as u64);
        let sent: usize = lab.wires.iter().map(|wire| wire.take().len()).sum();
        prop_assert_eq!(sent as u64, totals.forwarded + totals.originated);
    }
}
