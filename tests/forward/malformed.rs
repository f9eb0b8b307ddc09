//! Messages of neighbours that are wrong in one thing, with their checksums right.

use rtalloc::forward::Cause;

use super::{
    lab::udp,
    neighbours::{advertisement, arp, lab, payloads, resealed, wide},
};

/// Each is well-formed but for one thing.
#[test]
fn malformed_messages_are_dropped() {
    const HEADER: usize = 14 + 40;
    type Damage = (&'static str, fn(&mut Vec<u8>));
    let damages: [Damage; 8] = [
        ("hops", |frame| frame[14 + 7] = 254),
        ("code", |frame| frame[HEADER + 1] = 1),
        ("a group as target", |frame| frame[HEADER + 8] = 0xFF),
        ("an option of no length", |frame| frame[HEADER + 25] = 0),
        ("an option past the end", |frame| frame[HEADER + 25] = 2),
        ("solicited, but to a group", |frame| {
            frame[14 + 24..HEADER].copy_from_slice(&wide("ff02::1").to_be_bytes());
        }),
        ("no target", |frame| {
            frame.truncate(HEADER + 20);
            frame[14 + 5] = 20;
        }),
        ("half an option", |frame| {
            frame.truncate(HEADER + 28);
            frame[14 + 5] = 28;
        }),
    ];
    let mut lab = lab();
    lab.through(0, &udp("2001:db8:9::9", "2001:db8:1::7", 9, &[1]));
    let good = advertisement(7, "2001:db8:1::7");
    for (name, damage) in damages {
        let mut frame = good.clone();
        damage(&mut frame);
        let before = lab.dropped(Cause::Control);
        let out = lab.through(1, &resealed(frame));
        assert_eq!(lab.dropped(Cause::Control), before + 1, "{name}");
        assert!(out.iter().all(Vec::is_empty), "{name}");
    }
    let mut frame = good.clone();
    frame[HEADER + 2] ^= 1;
    lab.through(1, &frame);
    assert_eq!(lab.dropped(Cause::Control), damages.len() as u64 + 1, "and its checksum");
    let out = lab.through(1, &resealed(good.clone()));
    assert_eq!(resealed(good.clone()), good, "sealing alone changes nothing");
    assert_eq!(payloads(&out[1]), [1], "and the undamaged one is taken");
    lab.work_all();
}

/// Each is well-formed but for one thing.
#[test]
fn malformed_arp_is_dropped() {
    let mut lab = lab();
    lab.through(0, &udp("10.0.0.9", "192.0.2.7", 9, &[1]));
    let good = arp(false, 7, "192.0.2.7", "192.0.2.1");
    // Hardware, protocol, their lengths, the operation, and the sender as a group.
    for (at, value) in [(1, 6), (3, 6), (4, 8), (5, 16), (7, 3), (8, 3)] {
        let mut frame = good.clone();
        frame[14 + at] = value;
        let before = lab.dropped(Cause::Control);
        let out = lab.through(1, &frame);
        assert_eq!(lab.dropped(Cause::Control), before + 1, "byte {at}");
        assert!(out[1].is_empty());
    }
    lab.through(1, &good[..good.len() - 1]);
    assert_eq!(lab.dropped(Cause::Control), 7, "cut off");
    let out = lab.through(1, &good);
    assert_eq!(payloads(&out[1]), [1], "and the undamaged one is taken");
    lab.work_all();
}
