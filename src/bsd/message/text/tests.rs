use core::net::{Ipv4Addr, Ipv6Addr};

use super::*;
use crate::bsd::{
    errno::Errno,
    flags::RtFlags,
    message::{LinkAddress, MessageMetrics},
};

fn v4(text: &str) -> Option<Sockaddr> {
    Some(text.parse::<Ipv4Addr>().unwrap().into())
}

fn added() -> Message {
    Message {
        priority: 8,
        index: 1,
        seq: 1,
        flags: RtFlags::UP | RtFlags::GATEWAY | RtFlags::DONE | RtFlags::STATIC,
        addresses: Addresses {
            destination: v4("10.0.0.0"),
            gateway: v4("192.0.2.1"),
            netmask: Some(8),
            ..Addresses::default()
        },
        ..Message::new(MessageKind::Add, 0)
    }
}

fn text(profile: Profile, message: &Message) -> String {
    Text::new(profile, message).to_string()
}

#[test]
fn a_route_in_openbsd() {
    let message = added();
    let expected = "\
RTM_ADD: Add Route: len 136, priority 8, table 0, if# 1, name em0, pid: 0, seq 1, errno 0
flags:<UP,GATEWAY,DONE,STATIC>
fmask:
use:        0   mtu:        0    expire:        0\u{20}
locks:  inits:\u{20}
sockaddrs: <DST,GATEWAY,NETMASK>
 10.0.0.0 192.0.2.1 255.0.0.0";
    let named = Text::new(Profile::OpenBsd, &message).with_name("em0".parse().unwrap());
    assert_eq!(named.to_string(), expected);
    let unnamed = expected.replace("name em0, ", "");
    assert_eq!(text(Profile::OpenBsd, &message), unnamed);
}

#[test]
fn a_route_in_freebsd() {
    let message = Message { errno: Some(Errno::EEXIST), pid: 77, ..added() };
    assert_eq!(
        text(Profile::FreeBsd, &message),
        "\
RTM_ADD: Add Route: len 192, pid: 77, seq 1, errno 17, flags:<UP,GATEWAY,DONE,STATIC>
locks:  inits:\u{20}
sockaddrs: <DST,GATEWAY,NETMASK>
 10.0.0.0 192.0.2.1 255.0.0.0"
    );
}

#[test]
fn metrics_locks_and_flags() {
    let message = Message {
        inits: Inits::MTU | Inits::EXPIRE,
        locks: Inits::MTU,
        metrics: MessageMetrics { mtu: 1400, expire: 100, used: 3 },
        change_mask: RtFlags::BLACKHOLE | RtFlags::PROTO1,
        flags: RtFlags::HOST | RtFlags::CLONED | RtFlags::PROTO3 | RtFlags::LOCAL,
        ..Message::new(MessageKind::Change, 2)
    };
    let of = |profile| Text::new(profile, &message).at(130).to_string();
    assert_eq!(
        of(Profile::OpenBsd),
        "\
RTM_CHANGE: Change Metrics or flags: len 96, priority 0, table 2, if# 0, pid: 0, seq 0, errno 0
flags:<HOST,PROTO3,CLONED,LOCAL>
fmask:<BLACKHOLE,PROTO1>
use:        3   mtu:     1400L   expire:      -30\u{20}
locks: <mtu> inits: <mtu,expire>"
    );
    assert!(of(Profile::FreeBsd).contains("flags:<HOST,WASCLONED,PROTO3,LOCAL>\nlocks: <mtu>"));
    let lines = text(Profile::OpenBsd, &message);
    assert!(lines.contains("expire:      100 "), "{lines}");
}

/// The last two lines.
fn addresses(profile: Profile, addresses: Addresses) -> String {
    let lines = text(profile, &Message { addresses, ..added() });
    lines.lines().skip_while(|line| !line.starts_with("sockaddrs")).collect::<Vec<_>>().join("\n")
}

#[test]
fn addresses_of_all_kinds() {
    let ethernet = LinkAddress {
        index: 1,
        kind: ETHERNET,
        name: "em0".parse().unwrap(),
        address: Some([2, 0, 0, 0x1F, 0, 0xFF]),
    };
    let v6 = Addresses {
        destination: Some("2001:db8::".parse::<Ipv6Addr>().unwrap().into()),
        gateway: Some(Sockaddr::Link(LinkAddress { index: 4, ..LinkAddress::default() })),
        netmask: Some(32),
        genmask: Some(0),
        interface: Some(ethernet),
        interface_address: Some("fe80::1".parse().unwrap()),
        author: Some(Sockaddr::Other { family: 7 }),
        broadcast: None,
    };
    assert_eq!(
        addresses(Profile::OpenBsd, v6),
        "sockaddrs: <DST,GATEWAY,NETMASK,GENMASK,IFP,IFA,AUTHOR>\n \
         2001:db8:: link#4 ffff:ffff:: :: 02:00:00:1f:00:ff fe80::1 (7)"
    );
    assert_eq!(
        addresses(Profile::FreeBsd, v6),
        "sockaddrs: <DST,GATEWAY,NETMASK,GENMASK,IFP,IFA,AUTHOR>\n \
         2001:db8:: link#4 ffff:ffff:: :: em0:2.0.0.1f.0.ff fe80::1 (7)"
    );
    let default = Addresses {
        destination: v4("0.0.0.0"),
        gateway: Some(Sockaddr::Unspec),
        netmask: Some(0),
        interface: Some(LinkAddress { address: None, ..ethernet }),
        broadcast: Some(Ipv4Addr::BROADCAST.into()),
        ..Addresses::default()
    };
    assert_eq!(
        addresses(Profile::OpenBsd, default),
        "sockaddrs: <DST,GATEWAY,NETMASK,IFP,BRD>\n default (0) default em0 255.255.255.255"
    );
    let strange = Addresses { netmask: Some(9), ..Addresses::default() };
    assert_eq!(addresses(Profile::FreeBsd, strange), "sockaddrs: <NETMASK>\n /9");
}

#[test]
fn interfaces_and_desync() {
    let name = |message: &mut Message| {
        message.addresses.interface =
            Some(LinkAddress { index: 1, name: "em0".parse().unwrap(), ..LinkAddress::default() });
    };
    let state = |up, link| Message {
        index: 1,
        event: Some(InterfaceEvent::State { up, link, mtu: 1500 }),
        ..Message::new(MessageKind::InterfaceInfo, 0)
    };
    let up = state(true, true);
    let named = Text::new(Profile::OpenBsd, &up).with_name("em0".parse().unwrap());
    assert_eq!(
        named.to_string(),
        "RTM_IFINFO: iface status change: len 160, if# 1, name: em0, link: active, flags:<UP>"
    );
    assert_eq!(
        text(Profile::FreeBsd, &state(false, false)),
        "RTM_IFINFO: iface status change: len 168, if# 1, link: down, flags:"
    );
    let mut gone = Message {
        index: 1,
        event: Some(InterfaceEvent::Departed),
        ..Message::new(MessageKind::InterfaceAnnounce, 0)
    };
    name(&mut gone);
    assert_eq!(
        text(Profile::OpenBsd, &gone),
        "RTM_IFANNOUNCE: iface arrival/departure: len 26, if# 1, name em0, what: departure"
    );
    assert_eq!(
        text(Profile::FreeBsd, &gone),
        "RTM_IFANNOUNCE: interface arrival/departure: len 24, if# 1, what: departure"
    );
    let mut address = Message { flags: RtFlags::UP, ..Message::new(MessageKind::NewAddress, 0) };
    address.addresses.netmask = Some(24);
    address.addresses.interface_address = Some("192.0.2.9".parse().unwrap());
    assert_eq!(
        text(Profile::OpenBsd, &address),
        "RTM_NEWADDR: address being added to iface: len 48, metric 0, flags:<UP>\n\
         sockaddrs: <NETMASK,IFA>\n 255.255.255.0 192.0.2.9"
    );
    let desync = Message::new(MessageKind::Desync, 0);
    assert_eq!(text(Profile::OpenBsd, &desync), "RTM_DESYNC: route socket overflow: len 96");
    assert_eq!(text(Profile::FreeBsd, &desync), "RTM_DESYNC: route socket overflow: len 152");
}
