use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::{option, prelude::*};

use super::{
    layout::{Field, Form, KIND, LENGTH, RTM_VERSION, VERSION},
    *,
};
use crate::bsd::{
    errno::Errno,
    flags::RtFlags,
    message::{Inits, InterfaceEvent, LinkAddress, Message, MessageKind, MessageMetrics},
    sockaddr::{AF_INET, AF_LINK, AF_UNSPEC, Sockaddr},
};

const O: Profile = Profile::OpenBsd;
const F: Profile = Profile::FreeBsd;

fn link(index: u16, kind: u8, name: &str, address: Option<[u8; 6]>) -> LinkAddress {
    LinkAddress { index, kind, name: name.parse().unwrap_or_default(), address }
}

/// A route to 10/8 by 192.0.2.1, as route(8) adds it.
fn added() -> Message {
    Message {
        flags: RtFlags::UP | RtFlags::GATEWAY | RtFlags::DONE | RtFlags::STATIC,
        change_mask: RtFlags::PROTO3,
        index: 2,
        pid: 0x1234,
        seq: 7,
        inits: Inits::MTU | Inits::EXPIRE,
        locks: Inits::MTU,
        metrics: MessageMetrics { mtu: 1500, expire: 0x1_0203_0405, used: 9 },
        addresses: Addresses {
            destination: Some(Ipv4Addr::new(10, 0, 0, 0).into()),
            gateway: Some(Ipv4Addr::new(192, 0, 2, 1).into()),
            netmask: Some(8),
            ..Addresses::default()
        },
        ..Message::new(MessageKind::Add, 0)
    }
}

/// Both ways.
fn is_laid_out(profile: Profile, message: &Message, bytes: &[u8]) {
    assert_eq!(encode(profile, message).unwrap(), bytes);
    assert_eq!(decode(profile, bytes).unwrap(), *message);
}

#[test]
#[rustfmt::skip]
fn a_route_in_openbsd() {
    let message = Message { table: 3, priority: 8, errno: Some(Errno::EEXIST), ..added() };
    is_laid_out(O, &message, &[
        // msglen, version, type, hdrlen, index
        136, 0, 5, 1, 96, 0, 2, 0,
        // tableid, priority, mpls, addrs
        3, 0, 8, 0, 7, 0, 0, 0,
        // flags, fmask
        0x43, 0x08, 0, 0, 0, 0x20, 0, 0,
        // pid, seq
        0x34, 0x12, 0, 0, 7, 0, 0, 0,
        // errno, inits
        17, 0, 0, 0, 5, 0, 0, 0,
        // pksent
        9, 0, 0, 0, 0, 0, 0, 0,
        // expire
        5, 4, 3, 2, 1, 0, 0, 0,
        // locks, mtu
        1, 0, 0, 0, 0xDC, 0x05, 0, 0,
        // refcnt, hopcount, recvpipe, sendpipe, ssthresh, rtt, rttvar, pad
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        // sockaddr_in
        16, 2, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        16, 2, 0, 0, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0,
        // mask
        5, 255, 255, 255, 255, 0, 0, 0,
    ]);
}

#[test]
#[rustfmt::skip]
fn a_route_in_freebsd() {
    is_laid_out(F, &added(), &[
        // msglen, version, type, index, padding
        192, 0, 5, 1, 2, 0, 0, 0,
        // flags, addrs
        0x43, 0x08, 0, 0, 7, 0, 0, 0,
        // pid, seq
        0x34, 0x12, 0, 0, 7, 0, 0, 0,
        // errno, fmask: PROTO3 is 0x40000 here
        0, 0, 0, 0, 0, 0, 4, 0,
        // inits
        5, 0, 0, 0, 0, 0, 0, 0,
        // locks, mtu
        1, 0, 0, 0, 0, 0, 0, 0, 0xDC, 0x05, 0, 0, 0, 0, 0, 0,
        // hopcount, expire
        0, 0, 0, 0, 0, 0, 0, 0, 5, 4, 3, 2, 1, 0, 0, 0,
        // recvpipe, sendpipe, ssthresh, rtt, rttvar
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        // pksent
        9, 0, 0, 0, 0, 0, 0, 0,
        // filler
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        // sockaddr_in
        16, 2, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        16, 2, 0, 0, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0,
        // mask
        5, 255, 255, 255, 255, 0, 0, 0,
    ]);
}

/// The bytes after the header of a message with these addresses.
fn addresses_of(profile: Profile, kind: MessageKind, addresses: Addresses) -> Vec<u8> {
    let bytes = encode(profile, &Message { addresses, ..Message::new(kind, 0) }).unwrap();
    bytes[layout_of(profile).header(Form::of(kind)).size..].to_vec()
}

#[test]
#[rustfmt::skip]
fn families_and_masks() {
    let v6 = Addresses {
        destination: Some("2001:db8::".parse::<Ipv6Addr>().unwrap().into()),
        gateway: Some(Sockaddr::Link(link(2, 6, "", None))),
        netmask: Some(33),
        ..Addresses::default()
    };
    let sockaddr_in6 = |family| [
        28, family, 0, 0, 0, 0, 0, 0, 0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let mask = [13, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 128, 0, 0, 0];
    let sockaddr_dl = |len: u8, padded: usize| {
        let mut bytes = vec![len, 18, 2, 0, 6, 0, 0, 0];
        bytes.resize(padded, 0);
        bytes
    };
    assert_eq!(
        addresses_of(O, MessageKind::Add, v6),
        [&sockaddr_in6(24)[..], &sockaddr_dl(32, 32), &mask].concat()
    );
    assert_eq!(
        addresses_of(F, MessageKind::Add, v6),
        [&sockaddr_in6(28)[..], &sockaddr_dl(54, 56), &mask].concat()
    );
    let of = |netmask| Addresses {
        destination: Some(Ipv4Addr::UNSPECIFIED.into()),
        netmask: Some(netmask),
        ..Addresses::default()
    };
    let masks = [0, 1, 8, 9, 24, 32].map(|len| addresses_of(O, MessageKind::Get, of(len)).split_off(16));
    assert_eq!(masks, [
        [0; 8],
        [5, 255, 255, 255, 128, 0, 0, 0],
        [5, 255, 255, 255, 255, 0, 0, 0],
        [6, 255, 255, 255, 255, 128, 0, 0],
        [7, 255, 255, 255, 255, 255, 255, 0],
        [8, 255, 255, 255, 255, 255, 255, 255],
    ]);
}

#[test]
#[rustfmt::skip]
fn an_address_of_an_interface() {
    let message = Message {
        flags: RtFlags::UP,
        index: 1,
        addresses: Addresses {
            netmask: Some(24),
            interface: Some(link(1, 6, "em0", Some([2, 0, 0, 0, 0, 0x1F]))),
            interface_address: Some(Ipv4Addr::new(192, 0, 2, 9).into()),
            broadcast: Some(Ipv4Addr::new(192, 0, 2, 255).into()),
            ..Addresses::default()
        },
        ..Message::new(MessageKind::NewAddress, 0)
    };
    let mask = [7, 2, 0, 0, 255, 255, 255, 0];
    let sockaddr_dl = [1, 0, 6, 3, 6, 0, b'e', b'm', b'0', 2, 0, 0, 0, 0, 0x1F];
    let ifa = [
        16, 2, 0, 0, 192, 0, 2, 9, 0, 0, 0, 0, 0, 0, 0, 0,
        16, 2, 0, 0, 192, 0, 2, 255, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let in_openbsd = [
        // msglen, version, type, hdrlen, index
        96, 0, 5, 12, 24, 0, 1, 0,
        // tableid, pads, addrs
        0, 0, 0, 0, 0xB4, 0, 0, 0,
        // flags, metric
        1, 0, 0, 0, 0, 0, 0, 0,
    ];
    is_laid_out(O, &message, &[&in_openbsd[..], &mask, &[32, 18], &sockaddr_dl, &[0; 15], &ifa].concat());
    let in_freebsd = [
        // msglen, version, type, addrs
        116, 0, 5, 12, 0xB4, 0, 0, 0,
        // flags, index, padding, metric
        1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
    ];
    is_laid_out(F, &message, &[&in_freebsd[..], &mask, &[56, 18], &sockaddr_dl, &[0; 39], &ifa].concat());
}

#[test]
#[rustfmt::skip]
fn an_interface_and_its_arrival() {
    let event = |event, kind| Message { index: 3, event: Some(event), ..Message::new(kind, 0) };
    let state = InterfaceEvent::State { up: true, link: false, mtu: 9000 };
    let info = event(state, MessageKind::InterfaceInfo);
    let in_openbsd = [
        160, 0, 5, 14, 160, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        // flags, xflags
        1, 0, 0, 0, 0, 0, 0, 0,
        // type, addrlen, hdrlen, link state, mtu
        0, 0, 0, 2, 0x28, 0x23, 0, 0,
    ];
    is_laid_out(O, &info, &[&in_openbsd[..], &[0; 128]].concat());
    let in_freebsd = [
        168, 0, 5, 14, 0, 0, 0, 0,
        // flags, index, padding
        1, 0, 0, 0, 3, 0, 0, 0,
        // type, physical, addrlen, hdrlen, link state, quotas, datalen, mtu
        0, 0, 0, 0, 1, 0, 0, 0, 0x28, 0x23, 0, 0, 0, 0, 0, 0,
    ];
    is_laid_out(F, &info, &[&in_freebsd[..], &[0; 136]].concat());

    let mut left = event(InterfaceEvent::Departed, MessageKind::InterfaceAnnounce);
    left.addresses.interface = Some(link(3, 0, "gif0", None));
    let name = [b'g', b'i', b'f', b'0', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    is_laid_out(O, &left, &[&[26, 0, 5, 15, 26, 0, 3, 0, 1, 0][..], &name].concat());
    is_laid_out(F, &left, &[&[24, 0, 5, 17, 3, 0][..], &name, &[1, 0]].concat());
}

#[test]
fn a_desync_is_openbsds() {
    let desync = Message::new(MessageKind::Desync, 0);
    let bytes = encode(O, &desync).unwrap();
    assert_eq!((bytes.len(), bytes[3]), (96, 16));
    assert_eq!(encode(F, &desync), Err(EncodeError::Kind(MessageKind::Desync, F)));
}

#[test]
fn what_has_no_place_is_refused() {
    let of = |addresses| Message { addresses, ..Message::new(MessageKind::Add, 0) };
    let mask = Addresses { netmask: Some(8), ..Addresses::default() };
    assert_eq!(encode(O, &of(mask)), Err(EncodeError::MaskFamily));
    let v4 = |netmask, family| Addresses {
        destination: Some(Ipv4Addr::LOCALHOST.into()),
        gateway: Some(Sockaddr::Other { family }),
        netmask: Some(netmask),
        ..Addresses::default()
    };
    assert_eq!(encode(F, &of(v4(33, 7))), Err(EncodeError::MaskLength(33)));
    for family in [AF_UNSPEC, AF_INET, AF_LINK, 24] {
        assert_eq!(encode(O, &of(v4(32, family))), Err(EncodeError::Family(family)));
    }
    // OpenBSD's AF_INET6 is another family to FreeBSD.
    assert!(encode(F, &of(v4(32, 24))).is_ok() && encode(O, &of(v4(32, 28))).is_ok());
    let info = Message::new(MessageKind::InterfaceInfo, 0);
    assert_eq!(encode(O, &info), Err(EncodeError::Event(info.kind)));
    let announce = Message {
        event: Some(InterfaceEvent::State { up: true, link: true, mtu: 0 }),
        ..Message::new(MessageKind::InterfaceAnnounce, 0)
    };
    assert_eq!(encode(F, &announce), Err(EncodeError::Event(announce.kind)));
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let good = encode(O, &added()).unwrap();
    let with = |edits: &[(usize, u8)]| {
        let mut bytes = good.clone();
        edits.iter().for_each(|&(at, byte)| bytes[at] = byte);
        let error = decode(O, &bytes).unwrap_err();
        (error.fault(), error.offset(), error.errno())
    };
    let invalid = Errno::EINVAL;
    assert_eq!(with(&[(0, 135)]), (Fault::Length(135), 0, invalid));
    assert_eq!(with(&[(2, 4)]), (Fault::Version(4), 2, Errno::EPROTONOSUPPORT));
    assert_eq!(with(&[(3, 9)]), (Fault::Kind(9), 3, Errno::EOPNOTSUPP));
    assert_eq!(with(&[(4, 95)]), (Fault::HeaderLength(95), 4, invalid));
    assert_eq!(with(&[(4, 137)]), (Fault::HeaderLength(137), 4, invalid));
    assert_eq!(with(&[(9, 1)]), (Fault::Table(256), 8, invalid));
    assert_eq!(with(&[(32, 1)]), (Fault::Errno(1), 32, invalid));
    assert_eq!(with(&[(96, 7)]), (Fault::AddressLength(7), 96, invalid));
    assert_eq!(with(&[(97, 24)]), (Fault::AddressLength(16), 96, invalid));
    assert_eq!(with(&[(112, 25)]), (Fault::AddressLength(25), 112, invalid));
    assert_eq!(with(&[(97, 99)]), (Fault::MaskFamily, 128, invalid));
    assert_eq!(with(&[(132, 0xFD)]), (Fault::MaskGap, 128, invalid));
    assert_eq!(with(&[(128, 9)]), (Fault::AddressLength(9), 128, invalid));
    assert_eq!(with(&[(12, 15)]), (Fault::Truncated, 136, invalid), "GENMASK");
    // IFP, which is here an IPv4 address; and AUTHOR, which is not here.
    assert_eq!(with(&[(12, 0x11)]), (Fault::Family(2), 112, invalid));
    assert_eq!(with(&[(12, 0x47)]), (Fault::Truncated, 136, invalid));

    let mut link_gateway = added();
    link_gateway.addresses.gateway = Some(Sockaddr::Link(link(1, 6, "em0", Some([1; 6]))));
    let bytes = encode(O, &link_gateway).unwrap();
    for (at, byte, fault) in [
        (117, 30, Fault::AddressLength(32)),
        (118, 5, Fault::LinkAddress(5)),
        (120, b' ', Fault::Name),
    ] {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        assert_eq!(decode(O, &bytes), Err(DecodeError::new(fault, 112)), "{at}");
    }

    let mut large = encode(F, &added()).unwrap();
    large[52] = 1;
    assert_eq!(decode(F, &large).unwrap_err().fault(), Fault::Mtu((1 << 32) + 1500));
    let mut long = good.clone();
    long.resize(2049, 0);
    LENGTH.set(&mut long, 2049);
    assert_eq!(decode(O, &long).unwrap_err().errno(), Errno::EMSGSIZE);
    let mut announce = vec![0; 26];
    announce[..10].copy_from_slice(&[26, 0, 5, 15, 26, 0, 1, 0, 2, 0]);
    assert_eq!(decode(O, &announce).unwrap_err().fault(), Fault::What(2));
}

#[test]
fn requests_of_programs_are_read() {
    // No header length, a whole sockaddr_in as mask with a family, and a label, which is skipped.
    let mut bytes = encode(O, &added()).unwrap();
    bytes.truncate(128);
    bytes[4] = 0;
    bytes[13] = 4;
    bytes.extend([16, 2, 0x12, 0x34, 255, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    bytes.extend([34, 0, b'x']);
    bytes.resize(128 + 16 + 40, 0);
    LENGTH.set(&mut bytes, 184);
    assert_eq!(decode(O, &bytes), Ok(added()));
    // A longer header.
    let mut bytes = encode(O, &added()).unwrap();
    bytes.splice(96..96, [0xFF; 8]);
    LENGTH.set(&mut bytes, 144);
    bytes[4] = 104;
    assert_eq!(decode(O, &bytes), Ok(added()));
}

#[test]
fn a_buffer_holds_several() {
    for profile in Profile::ALL {
        let miss = Message::new(MessageKind::Miss, 0);
        let [first, second] = [added(), miss].map(|message| encode(profile, &message).unwrap());
        let mut bad = first.clone();
        bad[2] = 3;
        let buffer = [&first[..], &bad, &second, &[0, 0, 5, 1, 9]].concat();
        let all: Vec<_> = messages(profile, &buffer).collect();
        let end = first.len() * 2 + second.len();
        assert_eq!(
            all,
            [
                Ok(added()),
                Err(DecodeError::new(Fault::Version(3), first.len() + 2)),
                Ok(Message::new(MessageKind::Miss, 0)),
                Err(DecodeError::new(Fault::Length(0), end)),
            ]
        );
        let short: Vec<_> = messages(profile, &[1, 2, 3]).collect();
        assert_eq!(short, [Err(DecodeError::new(Fault::Truncated, 3))]);
        assert_eq!(messages(profile, &[]).count(), 0);
    }
}

fn any_name() -> impl Strategy<Value = crate::bsd::name::Name> {
    option::of("[a-z._-]{1,9}[0-9]{0,6}")
        .prop_map(|name| name.and_then(|name| name.parse().ok()).unwrap_or_default())
}

fn any_link() -> BoxedStrategy<LinkAddress> {
    (any::<u16>(), any::<u8>(), any_name(), any::<Option<[u8; 6]>>())
        .prop_map(|(index, kind, name, address)| LinkAddress { index, kind, name, address })
        .boxed()
}

fn any_sockaddr(profile: Profile) -> BoxedStrategy<Sockaddr> {
    let known =
        move |family| [AF_UNSPEC, AF_INET, AF_LINK, layout_of(profile).inet6].contains(&family);
    prop_oneof![
        4 => any::<Ipv4Addr>().prop_map(Sockaddr::Inet),
        4 => any::<Ipv6Addr>().prop_map(Sockaddr::Inet6),
        2 => any_link().prop_map(Sockaddr::Link),
        1 => Just(Sockaddr::Unspec),
        1 => any::<u8>().prop_filter("unknown", move |&it| !known(it))
            .prop_map(|family| Sockaddr::Other { family }),
    ]
    .boxed()
}

fn any_addresses(profile: Profile) -> BoxedStrategy<Addresses> {
    let sockaddr = move || option::of(any_sockaddr(profile));
    (
        (sockaddr(), sockaddr(), sockaddr()),
        option::of(any_link()),
        (any::<Option<IpAddr>>(), any::<Option<IpAddr>>()),
        (option::of(0..=128_u8), option::of(0..=128_u8)),
    )
        .prop_map(|(sockaddrs, interface, (own, broadcast), (netmask, genmask))| {
            let (destination, gateway, author) = sockaddrs;
            let addresses = Addresses {
                destination,
                gateway,
                netmask: None,
                genmask: None,
                interface,
                interface_address: own,
                author,
                broadcast,
            };
            let longest = addresses.mask_family().map(|ip| if ip.is_ipv4() { 32 } else { 128 });
            let fit = |len: Option<u8>| longest.and_then(|longest| len.map(|len| len.min(longest)));
            Addresses { netmask: fit(netmask), genmask: fit(genmask), ..addresses }
        })
        .boxed()
}

fn any_event(form: Form) -> BoxedStrategy<Option<InterfaceEvent>> {
    match form {
        Form::Interface => any::<(bool, bool, u32)>()
            .prop_map(|(up, link, mtu)| Some(InterfaceEvent::State { up, link, mtu }))
            .boxed(),
        Form::Announce => any::<bool>()
            .prop_map(|arrived| {
                Some(if arrived { InterfaceEvent::Arrived } else { InterfaceEvent::Departed })
            })
            .boxed(),
        Form::Route | Form::Address => Just(None).boxed(),
    }
}

/// Messages with just what `profile` has a place for.
fn any_message(profile: Profile) -> BoxedStrategy<Message> {
    let kinds: Vec<_> = layout_of(profile).kinds.iter().map(|(kind, _)| *kind).collect();
    let kind = proptest::sample::select(kinds);
    kind.prop_flat_map(move |kind| {
        let numbers = any::<((u8, u8, u16), (u32, u32), (u32, u32), (u32, u32), (u32, u64, u64))>();
        let errno = option::of(proptest::sample::select(Errno::ALL));
        let rest = (any_addresses(profile), any_event(Form::of(kind)));
        (Just(kind), numbers, errno, rest)
    })
    .prop_map(move |(kind, numbers, errno, (addresses, event))| {
        let ((table, priority, index), (pid, seq), (flags, mask), (inits, locks), metrics) =
            numbers;
        let form = Form::of(kind);
        let known = |bits| RtFlags::from_wire(profile, bits);
        let mut message = Message::new(kind, 0);
        (message.index, message.event) = (index, event);
        if profile == O && form != Form::Announce {
            message.table = table;
        }
        if matches!(form, Form::Route | Form::Address) {
            message.flags = known(flags);
        }
        if form == Form::Route {
            message.priority = if profile == O { priority } else { 0 };
            (message.pid, message.seq, message.errno) = (pid, seq, errno);
            message.change_mask = known(mask);
            message.inits = Inits::from_bits_truncate(inits);
            message.locks = Inits::from_bits_truncate(locks);
            let (mtu, expire, used) = metrics;
            message.metrics = MessageMetrics { mtu, expire, used };
        }
        if form == Form::Announce {
            let name = addresses.interface.map(|link| link.name).filter(|name| !name.is_empty());
            message.addresses.interface =
                name.map(|name| LinkAddress { index, name, ..LinkAddress::default() });
        } else {
            message.addresses = addresses;
        }
        message
    })
    .boxed()
}

fn any_of_both() -> impl Strategy<Value = (Profile, Message)> {
    proptest::sample::select(&Profile::ALL[..])
        .prop_flat_map(|profile| any_message(profile).prop_map(move |message| (profile, message)))
}

/// Whatever can be read can be written, and then reads the same.
fn reads_or_is_refused(profile: Profile, bytes: &[u8]) {
    if let Ok(message) = decode(profile, bytes) {
        let again = encode(profile, &message).expect("what was read can be written");
        assert_eq!(decode(profile, &again), Ok(message));
    }
    for error in messages(profile, bytes).filter_map(Result::err) {
        assert!(error.offset() <= bytes.len() && !error.to_string().is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 8 } else { 256 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_written_is_read((profile, message) in any_of_both()) {
        let bytes = encode(profile, &message).unwrap();
        prop_assert_eq!(decode(profile, &bytes), Ok(message));
    }

    #[test]
    fn what_is_cut_off_is_refused((profile, message) in any_of_both()) {
        let bytes = encode(profile, &message).unwrap();
        for len in 0..bytes.len() {
            prop_assert!(decode(profile, &bytes[..len]).is_err());
            let mut cut = bytes[..len].to_vec();
            LENGTH.set(&mut cut, len as u64);
            // Only padding can be missing.
            if let Ok(read) = decode(profile, &cut) {
                prop_assert!(bytes.len() - len < 8 && read == message);
            }
        }
    }

    #[test]
    fn a_flipped_bit_is_survived(
        (profile, message) in any_of_both(),
        bits in proptest::collection::vec(any::<proptest::sample::Index>(), 64),
    ) {
        let bytes = encode(profile, &message).unwrap();
        for bit in bits {
            let bit = bit.index(bytes.len() * 8);
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            reads_or_is_refused(profile, &flipped);
        }
    }

    #[test]
    fn any_bytes_are_survived(
        profile in proptest::sample::select(&Profile::ALL[..]),
        mut bytes in proptest::collection::vec(any::<u8>(), 0..400),
        kind in 0..20_u8,
    ) {
        reads_or_is_refused(profile, &bytes);
        // With a header that passes, so that the addresses are looked at.
        let len = bytes.len() as u64;
        LENGTH.set(&mut bytes, len);
        VERSION.set(&mut bytes, RTM_VERSION.into());
        KIND.set(&mut bytes, kind.into());
        if let Some(field) = layout_of(profile).header_len {
            field.set(&mut bytes, 0);
            Field::byte(9).set(&mut bytes, 0);
        }
        let errno = layout_of(profile).route.1.errno;
        errno.set(&mut bytes, 0);
        reads_or_is_refused(profile, &bytes);
    }
}
