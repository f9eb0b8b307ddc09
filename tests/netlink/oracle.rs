//! The decoder beside `netlink-packet-route`, on messages that that crate makes, and on the same
//! after some of their bytes have changed.
//!
//! That crate does not know next-hop objects; those are tested by hand-made messages and by a real
//! kernel.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::{NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_route::{
    AddressFamily, RouteNetlinkMessage,
    link::{LinkFlags, LinkMessage},
    route::{
        RouteAddress, RouteAttribute, RouteFlags, RouteHeader, RouteMessage, RouteMetric,
        RouteNextHop, RouteNextHopFlags, RouteVia,
    },
};
use proptest::{collection::vec, option, prelude::*, sample::Index};
use rtalloc::{
    AnyPrefix, NextHop,
    netlink::{Event, Messages, PathFlags, RouteMessage as Ours},
};

fn address(v4: bool) -> BoxedStrategy<IpAddr> {
    match v4 {
        true => any::<u32>().prop_map(|bits| Ipv4Addr::from(bits).into()).boxed(),
        false => any::<u128>().prop_map(|bits| Ipv6Addr::from(bits).into()).boxed(),
    }
}

/// A gateway of the route's family, or of the other one.
fn gateway(v4: bool) -> impl Strategy<Value = RouteAttribute> {
    prop_oneof![
        3 => address(v4).prop_map(|address| RouteAttribute::Gateway(address.into())),
        1 => address(!v4).prop_map(|address| RouteAttribute::Via(match address {
            IpAddr::V4(address) => RouteVia::Inet(address),
            IpAddr::V6(address) => RouteVia::Inet6(address),
        })),
    ]
}

fn leg(v4: bool) -> impl Strategy<Value = RouteNextHop> {
    (option::of(gateway(v4)), any::<u8>(), any::<u32>(), any::<u8>()).prop_map(
        |(gateway, flags, interface_index, hops)| {
            let mut leg = RouteNextHop::default();
            leg.flags = RouteNextHopFlags::from_bits_retain(flags);
            (leg.hops, leg.interface_index) = (hops, interface_index);
            leg.attributes.extend(gateway);
            leg
        },
    )
}

fn attributes(v4: bool) -> impl Strategy<Value = Vec<RouteAttribute>> {
    let ways = prop_oneof![
        (option::of(gateway(v4)), option::of(any::<u32>().prop_map(RouteAttribute::Oif)))
            .prop_map(|(gateway, interface)| gateway.into_iter().chain(interface).collect()),
        vec(leg(v4), 1..6).prop_map(|legs| vec![RouteAttribute::MultiPath(legs)]),
    ];
    let numbers = (
        option::of(any::<u32>().prop_map(RouteAttribute::Priority)),
        option::of(any::<u32>().prop_map(RouteAttribute::Table)),
        option::of(any::<u32>().prop_map(RouteAttribute::NhId)),
        option::of(any::<u32>().prop_map(RouteAttribute::Mark)),
        option::of(address(v4).prop_map(|source| RouteAttribute::PrefSource(source.into()))),
        option::of(any::<u32>().prop_map(|mtu| {
            RouteAttribute::Metrics(vec![RouteMetric::Window(9), RouteMetric::Mtu(mtu)])
        })),
    );
    (ways, numbers).prop_map(|(mut all, (a, b, c, d, e, f)): (Vec<_>, _)| {
        all.extend([a, b, c, d, e, f].into_iter().flatten());
        all
    })
}

fn route() -> impl Strategy<Value = RouteMessage> {
    any::<bool>().prop_flat_map(|v4| {
        let width: u8 = if v4 { 32 } else { 128 };
        let fixed = any::<(u8, u8, u8, u8, u8, u32)>();
        (address(v4), 0..=width, fixed, attributes(v4), any::<Index>()).prop_map(
            move |(address, length, (tos, table, protocol, scope, kind, flags), mut all, place)| {
                let prefix = AnyPrefix::containing(address, length);
                let header = RouteHeader {
                    address_family: if v4 { AddressFamily::Inet } else { AddressFamily::Inet6 },
                    destination_prefix_length: prefix.len(),
                    tos,
                    table,
                    protocol: protocol.into(),
                    scope: scope.into(),
                    kind: kind.into(),
                    flags: RouteFlags::from_bits_retain(flags),
                    ..RouteHeader::default()
                };
                if prefix.len() > 0 {
                    let destination = RouteAttribute::Destination(prefix.address().into());
                    all.insert(place.index(all.len() + 1), destination);
                }
                let mut message = RouteMessage::default();
                (message.header, message.attributes) = (header, all);
                message
            },
        )
    })
}

fn bytes_of(message: RouteNetlinkMessage) -> Vec<u8> {
    let mut message = NetlinkMessage::new(NetlinkHeader::default(), NetlinkPayload::from(message));
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    bytes
}

fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some((*address).into()),
        RouteAddress::Inet6(address) => Some((*address).into()),
        _ => None,
    }
}

/// What the oracle's attributes say about a next hop.
fn next_hop(attributes: &[RouteAttribute], interface: Option<u32>) -> Option<NextHop> {
    let mut hop = NextHop::default();
    let mut is_one = false;
    for attribute in attributes {
        match attribute {
            RouteAttribute::Gateway(address) => hop.gateway = ip(address),
            RouteAttribute::Via(RouteVia::Inet(address)) => hop.gateway = Some((*address).into()),
            RouteAttribute::Via(RouteVia::Inet6(address)) => hop.gateway = Some((*address).into()),
            RouteAttribute::Via(_) => hop.gateway = None,
            RouteAttribute::Oif(index) if interface.is_none() => {
                (hop.interface, is_one) = (*index, true);
            }
            _ => {}
        }
    }
    if let Some(interface) = interface {
        (hop.interface, is_one) = (interface, true);
    }
    (is_one || hop.gateway.is_some()).then_some(hop)
}

/// Whether the oracle reads a gateway from `RTA_VIA`. Of its family of 2 bytes it looks at the low
/// one alone, so that a message with a family of 0x10A is an IPv6 gateway to it.
fn has_via(message: &RouteMessage) -> bool {
    let via = |attributes: &[RouteAttribute]| {
        attributes.iter().any(|attribute| matches!(attribute, RouteAttribute::Via(_)))
    };
    via(&message.attributes)
        || message.attributes.iter().any(|attribute| match attribute {
            RouteAttribute::MultiPath(legs) => legs.iter().any(|leg| via(&leg.attributes)),
            _ => false,
        })
}

/// Checks every field against the oracle's message.
fn check(ours: &Ours, theirs: &RouteMessage) -> Result<(), TestCaseError> {
    let header = &theirs.header;
    let (mut table, mut priority, mut object, mut mtu) = (u32::from(header.table), 0, 0, 0);
    let mut destination = None;
    let mut several = None;
    for attribute in &theirs.attributes {
        match attribute {
            RouteAttribute::Destination(address) => destination = ip(address),
            RouteAttribute::Table(number) => table = *number,
            RouteAttribute::Priority(number) => priority = *number,
            RouteAttribute::NhId(number) => object = *number,
            RouteAttribute::MultiPath(legs) => several = Some(legs),
            RouteAttribute::Metrics(metrics) => {
                mtu = 0;
                for metric in metrics {
                    if let RouteMetric::Mtu(number) = metric {
                        mtu = *number;
                    }
                }
            }
            _ => {}
        }
    }
    match destination {
        Some(destination) => prop_assert_eq!(ours.prefix.address(), destination),
        None => prop_assert!(ours.prefix.address().is_unspecified()),
    }
    prop_assert_eq!(ours.prefix.len(), header.destination_prefix_length);
    prop_assert_eq!((ours.table, ours.priority, ours.object), (table, priority, object));
    prop_assert_eq!((ours.mtu, ours.tos), (mtu, header.tos));
    prop_assert_eq!(ours.protocol, u8::from(header.protocol));
    prop_assert_eq!(ours.scope, u8::from(header.scope));
    prop_assert_eq!(ours.kind, rtalloc::netlink::RouteKind::from_number(header.kind.into()));
    prop_assert_eq!(ours.source_specific, header.source_prefix_length != 0);
    prop_assert_eq!(ours.cloned, header.flags.bits() & 0x200 != 0);
    let flags = |bits: u8| PathFlags::from_bits_truncate(bits);
    let expected: Vec<(NextHop, u32, PathFlags)> = match several {
        Some(legs) => legs
            .iter()
            .filter_map(|leg| {
                let hop = next_hop(&leg.attributes, Some(leg.interface_index))?;
                Some((hop, u32::from(leg.hops) + 1, flags(leg.flags.bits())))
            })
            .collect(),
        None => {
            let low = header.flags.bits().to_le_bytes()[0];
            next_hop(&theirs.attributes, None).map(|hop| (hop, 1, flags(low))).into_iter().collect()
        }
    };
    let got: Vec<_> =
        ours.paths.as_slice().iter().map(|path| (path.next_hop, path.weight, path.flags)).collect();
    prop_assert_eq!(got, expected);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn routes_are_decoded_alike(route in route(), gone in any::<bool>()) {
        let bytes = bytes_of(match gone {
            true => RouteNetlinkMessage::DelRoute(route.clone()),
            false => RouteNetlinkMessage::NewRoute(route.clone()),
        });
        let (_, event) = Messages::new(&bytes).next().expect("one").expect("sound");
        match event {
            Event::NewRoute(ours) if !gone => check(&ours, &route)?,
            Event::DelRoute(ours) if gone => check(&ours, &route)?,
            other => prop_assert!(false, "{other:?}"),
        }
    }

    /// Where both still take the message, both take it for the same.
    #[test]
    fn mutated_routes_are_decoded_alike(
        route in route(),
        changes in vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = bytes_of(RouteNetlinkMessage::NewRoute(route));
        for (index, value) in changes {
            *index.get_mut(&mut bytes) = value;
        }
        let theirs = std::panic::catch_unwind(|| {
            NetlinkMessage::<RouteNetlinkMessage>::deserialize(&bytes)
        });
        let Ok(Ok(NetlinkMessage {
            payload: NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewRoute(theirs)), ..
        })) = theirs else { return Ok(()) };
        if let Some(Ok((_, Event::NewRoute(ours)))) = Messages::new(&bytes).next()
            && !has_via(&theirs)
        {
            check(&ours, &theirs)?;
        }
    }

    #[test]
    fn links_are_decoded_alike(index in any::<u32>(), flags in any::<u32>(), gone in any::<bool>()) {
        let mut link = LinkMessage::default();
        link.header.index = index;
        link.header.flags = LinkFlags::from_bits_retain(flags);
        let up = link.header.flags.contains(LinkFlags::Up);
        let carrier = link.header.flags.contains(LinkFlags::LowerUp);
        let (message, expected) = match gone {
            true => (RouteNetlinkMessage::DelLink(link), Event::DelLink(index)),
            false => {
                let event = Event::NewLink { interface: index, up, carrier };
                (RouteNetlinkMessage::NewLink(link), event)
            }
        };
        let bytes = bytes_of(message);
        let (_, event) = Messages::new(&bytes).next().expect("one").expect("sound");
        prop_assert_eq!(event, expected);
    }
}
