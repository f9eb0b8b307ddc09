//! Bytes that are anything: nothing panics, and nothing is read past its end.

use proptest::{collection::vec, prelude::*, sample::Index};
use rtalloc::netlink::{
    DecodeErrorKind, Event, MessageFlags, Messages, Mirror, Tables, mirror::Parts,
};

use crate::wire::{self, Told, hop, prefix};

/// A buffer with one message of each kind.
fn sound() -> Vec<u8> {
    [
        wire::link(7, true),
        wire::object(1, hop("192.0.2.1", 7), &[]),
        wire::object(2, hop("2001:db8::1", 7), &[]),
        wire::object(3, Default::default(), &[(1, 1), (2, 200)]),
        Told::via("10.0.0.0/8", &[hop("192.0.2.1", 7)]).added(wire::CREATE),
        Told::via("10.1.0.0/16", &[hop("192.0.2.1", 7), hop("2001:db8::9", 8)]).added(wire::CREATE),
        Told::through("2001:db8::/32", 3).added(wire::CREATE),
        Told::via("0.0.0.0/0", &[]).of(wire::BLACKHOLE).added(wire::REPLACE),
        Told::via("10.0.0.0/8", &[hop("192.0.2.1", 7)]).del(),
        wire::del_object(2),
        wire::message(2, 0, &(-101i32).to_ne_bytes()),
        wire::message(
            21,
            0,
            &[&[2, 24, 0, 0, 7, 0, 0, 0][..], &wire::attribute(2, &[10, 0, 0, 1])].concat(),
        ),
        wire::message(3, 2, &0i32.to_ne_bytes()),
    ]
    .concat()
}

/// Decodes all of it, and gives it to mirrors of both kinds. Returns how many items there were.
fn swallow(bytes: &[u8]) -> usize {
    let (mut kernel, mut daemon) = (Mirror::of_kernel(), Mirror::of_daemon());
    kernel.begin_dump();
    let mut items = 0;
    for message in Messages::new(bytes) {
        items += 1;
        if let Ok((header, event)) = message {
            kernel.confirm(event.clone());
            daemon.observe(header.flags, event);
        }
    }
    let events = Messages::new(bytes).flatten().map(|(header, event)| (header.flags, event));
    kernel.end_dump(Parts::all(), events);
    for changes in [kernel.take_changes(), daemon.take_changes()].concat() {
        kernel.put_back(changes);
    }
    items
}

#[test]
fn each_sound_message_is_what_it_says() {
    let events: Vec<Event> =
        Messages::new(&sound()).map(|message| message.expect("sound").1).collect();
    assert_eq!(events.len(), 13);
    assert_eq!(events[0], Event::NewLink { interface: 7, up: true, carrier: true });
    let Event::NewRoute(route) = &events[5] else { panic!("{:?}", events[5]) };
    assert_eq!(route.prefix, prefix("10.1.0.0/16"));
    let hops: Vec<_> = route.paths.as_slice().iter().map(|path| path.next_hop).collect();
    assert_eq!(hops, [hop("192.0.2.1", 7), hop("2001:db8::9", 8)]);
    assert_eq!(events[9], Event::DelObject(2));
    assert_eq!(events[10], Event::Error(-101));
    assert_eq!(events[11], Event::DelAddress("10.0.0.1".parse().expect("an address")));
    assert_eq!(events[12], Event::Done(0));
}

#[test]
fn every_truncation_is_survived_and_seen() {
    let bytes = sound();
    let whole = swallow(&bytes);
    let mut ends = 0;
    for length in 0..bytes.len() {
        let cut = &bytes[..length];
        swallow(cut);
        let last = Messages::new(cut).last();
        match last {
            Some(Err(error)) => {
                assert!(error.loses_framing(), "{length}: {error}");
                assert!(error.at < length);
            }
            // The cut is between two messages.
            _ => ends += 1,
        }
    }
    assert_eq!(ends, whole);
}

#[test]
fn a_bad_body_does_not_hide_the_next_message() {
    let mut bytes = Told::via("10.0.0.0/8", &[hop("192.0.2.1", 7)]).added(0);
    // A length over 32, in the second byte of the body.
    bytes[17] = 77;
    bytes.extend(wire::link(1, false));
    let messages: Vec<_> = Messages::new(&bytes).collect();
    let error = messages[0].as_ref().expect_err("no prefix");
    assert_eq!((error.at, error.message, error.kind), (0, Some(24), DecodeErrorKind::Prefix));
    assert!(!error.loses_framing());
    assert!(matches!(messages[1], Ok((_, Event::NewLink { interface: 1, .. }))));
    assert_eq!(messages.len(), 2);
}

#[test]
fn a_wrong_length_names_its_place() {
    let mut bytes = wire::link(1, true);
    let at = bytes.len();
    bytes.extend(wire::link(2, true));
    bytes[at] = 200;
    let last = Messages::new(&bytes).last().expect("two").expect_err("too long");
    assert_eq!(last.at, at);
    assert_eq!(
        last.to_string(),
        "netlink message at byte 32 of type 16: the message claims 200 bytes, and 32 are there"
    );
}

#[test]
fn a_mirror_keeps_a_bounded_number_of_tables() {
    let mut mirror = Mirror::of_daemon();
    for table in 0..1000 {
        let told = Told { table, ..Told::via("10.0.0.0/8", &[hop("192.0.2.1", 7)]) };
        for (header, event) in Messages::new(&told.added(0)).flatten() {
            mirror.observe(header.flags, event);
        }
    }
    assert_eq!(mirror.take_changes().len(), 256);
    assert_eq!(mirror.stats().surplus_tables, 1000 - 256);
}

fn tell(mirror: &mut Mirror, bytes: &[u8]) {
    for (header, event) in Messages::new(bytes).flatten() {
        mirror.observe(header.flags, event);
    }
}

/// Withdrawals of what was never there, and routes that are gone before anybody saw them.
#[test]
fn what_comes_to_nothing_takes_no_table() {
    let (mut mirror, tables) = (Mirror::of_daemon(), Tables::default());
    for table in 1000..2000 {
        let told = Told { table, ..Told::via("10.0.0.0/8", &[hop("192.0.2.1", 7)]) };
        tell(&mut mirror, &told.del());
    }
    assert_eq!(mirror.stats().unmatched, 1000);
    for table in 2000..3000 {
        let told = Told { table, ..Told::via("10.0.0.0/8", &[hop("192.0.2.1", 7)]) };
        tell(&mut mirror, &[told.added(0), told.del()].concat());
        mirror.publish(&tables).expect("nothing to say");
    }
    assert!(tables.all().is_empty());
    tell(&mut mirror, &Told::via("10.0.0.0/8", &[hop("192.0.2.1", 7)]).added(0));
    mirror.publish(&tables).expect("room");
    assert_eq!(tables.get(254).map(|table| table.len()), Some(1));
    assert_eq!(mirror.stats().surplus_tables, 0);
}

/// No kernel has groups of groups; whoever speaks FPM may tell any depth of them.
#[test]
fn a_chain_of_groups_ends_however_long_it_is() {
    const LENGTH: u32 = 100_000;
    let ends: [fn() -> Vec<u8>; 2] = [|| wire::del_object(1), || wire::link(7, false)];
    for (end, mut mirror) in ends.into_iter().zip([Mirror::of_daemon(), Mirror::of_kernel()]) {
        tell(&mut mirror, &wire::object(1, hop("192.0.2.1", 7), &[]));
        for id in 2..=LENGTH {
            tell(&mut mirror, &wire::object(id, Default::default(), &[(id - 1, 1)]));
        }
        tell(&mut mirror, &Told::through("10.0.0.0/8", 2).added(0));
        let before = mirror.take_changes();
        assert!(before[0].v4[0].1.is_some());
        tell(&mut mirror, &end());
        let after = mirror.take_changes();
        assert_eq!((after[0].v4[0].0, &after[0].v4[0].1), (before[0].v4[0].0, &None));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_bytes_are_survived(bytes in vec(any::<u8>(), 0..400)) {
        swallow(&bytes);
    }

    /// A sound header makes the decoder look at the body.
    #[test]
    fn random_bodies_are_survived(
        kind in prop::sample::select(vec![2u16, 3, 16, 17, 20, 21, 24, 25, 104, 105]),
        flags in any::<u16>(),
        family in prop::sample::select(vec![0u8, 2, 10, 28]),
        mut body in vec(any::<u8>(), 0..120),
    ) {
        if let Some(first) = body.first_mut() {
            *first = family;
        }
        let bytes = wire::message(kind, flags, &body);
        prop_assert_eq!(Messages::new(&bytes).count(), 1);
        swallow(&bytes);
    }

    #[test]
    fn mutated_messages_are_survived(
        changes in vec((any::<Index>(), any::<u8>()), 1..12),
        cut in any::<Index>(),
    ) {
        let mut bytes = sound();
        for (index, value) in changes {
            *index.get_mut(&mut bytes) = value;
        }
        bytes.truncate(cut.index(bytes.len() * 2));
        swallow(&bytes);
    }

    /// The flags of a header say how a route is placed; no combination may matter to safety.
    #[test]
    fn any_flags_place_a_route(flags in vec(any::<u16>(), 1..20), priorities in vec(0u32..3, 20)) {
        let mut mirror = Mirror::of_kernel();
        mirror.begin_dump();
        mirror.end_dump(Parts::all(), []);
        for (flags, &priority) in flags.iter().zip(&priorities) {
            let interface = u32::from(flags & 3) + 1;
            let told = Told::via("10.0.0.0/8", &[hop("192.0.2.1", interface)]).at(priority);
            let bytes = told.added(*flags);
            let (_, event) = Messages::new(&bytes).next().expect("one").expect("sound");
            mirror.observe(MessageFlags::from_bits_retain(*flags), event);
        }
        let changes = mirror.take_changes();
        let best = changes[0].v4[0].1.as_ref().expect("a route");
        prop_assert_eq!(best.data.priority, *priorities[..flags.len()].iter().min().expect("one"));
    }
}
