//! Random operations, of which enough are about what is there.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::{collection::vec, option, prelude::*, sample::select};
use rtalloc::{
    bsd::{Priority, RtFlags, Sockaddr, message::MessageKind},
    testing::bsd::Info,
};

use super::{
    operation::{Kind, Named, Operation},
    stage::{ADDRESSES, PREFIXES, address, prefix, sockaddr},
};

fn flags() -> impl Strategy<Value = RtFlags> {
    let some = vec![
        RtFlags::CLONING,
        RtFlags::XRESOLVE,
        RtFlags::STATIC,
        RtFlags::REJECT,
        RtFlags::BLACKHOLE,
        RtFlags::PROTO2,
        RtFlags::HOST,
        RtFlags::PINNED,
        RtFlags::MPATH,
        RtFlags::LLINFO,
        RtFlags::UP,
        RtFlags::DONE,
    ];
    let often = select(vec![
        RtFlags::GATEWAY,
        RtFlags::GATEWAY | RtFlags::MPATH,
        RtFlags::GATEWAY | RtFlags::STATIC,
        RtFlags::CLONING,
        RtFlags::CLONING | RtFlags::STATIC,
        RtFlags::empty(),
    ]);
    (often, vec(select(some), 0..2))
        .prop_map(|(first, more)| more.into_iter().fold(first, |a, b| a | b))
}

fn to() -> impl Strategy<Value = Sockaddr> {
    prop_oneof![40 => 0..ADDRESSES.len(), 1 => 90..97usize].prop_map(sockaddr)
}

/// A table: mostly 0, sometimes 1, which comes into being, or one that does not.
fn table() -> impl Strategy<Value = u32> {
    prop_oneof![24 => Just(0), 8 => Just(1), 1 => Just(9)]
}

fn priority() -> impl Strategy<Value = Priority> {
    let numbers = prop_oneof![
        4 => Just(0),
        8 => select(vec![8, 8, 8, 4, 48, 56]),
        3 => Just(64),
        1 => select(vec![1, 63, 65, 127]),
    ];
    numbers.prop_map(Priority::new)
}

fn info() -> impl Strategy<Value = Info> {
    let destination = prop_oneof![
        30 => (0..PREFIXES.len(), any::<bool>()).prop_map(|(index, bare)| {
            let prefix = prefix(index);
            let netmask = Some(prefix.len()).filter(|_| !bare || !prefix.is_host());
            Info::new(prefix.address(), netmask)
        }),
        // Host bits beyond the mask, masks too long, and families without a table.
        2 => (0..ADDRESSES.len(), 0..40u8).prop_map(|(index, len)| Info::new(address(index), Some(len))),
        1 => (90..97usize).prop_map(|index| Info::new(sockaddr(index), None)),
    ];
    let gateway = prop_oneof![
        3 => Just(None),
        40 => (0..ADDRESSES.len()).prop_map(|index| Some(sockaddr(index))),
        1 => (90..97usize).prop_map(|index| Some(sockaddr(index))),
    ];
    let stray = proptest::bool::weighted(0.05);
    let out = (
        option::weighted(0.3, prop_oneof![9 => 1..4u16, 1 => Just(7u16)]),
        option::weighted(0.05, 0..ADDRESSES.len()),
    );
    let metrics = (
        option::weighted(0.3, select(vec![0, 1000, 1400, 2000])),
        option::weighted(0.2, select(vec![0, 3, 20])),
    );
    (destination, (gateway, stray), flags(), out, metrics, flags()).prop_map(
        |(info, (gateway, stray), flags, (interface, owner), (mtu, expire), change_mask)| Info {
            gateway: gateway.map(|gateway| at_home(gateway, info.destination, stray)),
            flags,
            interface,
            interface_address: owner.map(address),
            mtu,
            expire,
            change_mask,
            ..info
        },
    )
}

/// The gateway, or one of the destination's family unless it may stray.
fn at_home(gateway: Sockaddr, destination: Sockaddr, stray: bool) -> Sockaddr {
    let foreign = gateway.ip().zip(destination.ip());
    match foreign.filter(|(a, b)| !stray && a.is_ipv4() != b.is_ipv4()) {
        Some((_, IpAddr::V4(_))) => Ipv4Addr::new(10, 0, 0, 7).into(),
        Some((_, IpAddr::V6(_))) => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 6).into(),
        None => gateway,
    }
}

/// Requests about what is there: most others are about what is not.
fn about() -> impl Strategy<Value = Operation> {
    let kind = prop_oneof![
        6 => Just(Kind::Add),
        5 => Just(Kind::Delete),
        6 => Just(Kind::Change),
        2 => Just(Kind::Get),
        2 => Just(Kind::Resolve),
    ];
    let named = || select(vec![Named::No, Named::AsItIs, Named::Otherwise]);
    (0..64usize, kind, any::<bool>(), named(), named(), info()).prop_map(
        |(nth, kind, by_message, gateway, priority, info)| Operation::About {
            nth,
            kind,
            by_message,
            gateway,
            priority,
            info,
        },
    )
}

fn request() -> impl Strategy<Value = Operation> {
    let kind = prop_oneof![
        12 => Just(Kind::Add),
        4 => Just(Kind::Delete),
        3 => Just(Kind::Change),
        2 => Just(Kind::Get),
        1 => Just(Kind::Resolve),
    ];
    (kind, info(), priority(), table())
        .prop_map(|(kind, info, priority, table)| Operation::Request(kind, info, priority, table))
}

fn output() -> impl Strategy<Value = Operation> {
    use MessageKind::{Add, Change, Delete, Get, Lock, Miss};
    let kind = select(vec![Add, Add, Add, Delete, Change, Get, Get, Lock, Miss]);
    (kind, info(), priority(), table()).prop_map(|(kind, info, priority, table)| {
        Operation::Output(kind, info, priority.number(), table as u8)
    })
}

fn lookups() -> impl Strategy<Value = Operation> {
    let ignore = select(vec![RtFlags::empty(), RtFlags::CLONING, RtFlags::STATIC]);
    let source = option::of(0..ADDRESSES.len());
    let place = 0..ADDRESSES.len();
    prop_oneof![
        6 => (to(), any::<bool>(), any::<bool>(), table()).prop_map(
            |(destination, report, resolve, table)| Operation::Lookup {
                destination, report, resolve, table,
            }
        ),
        2 => (to(), any::<bool>(), ignore.clone()).prop_map(
            |(destination, report, ignore)| Operation::Lookup1 { destination, report, ignore }
        ),
        3 => (to(), source, table()).prop_map(
            |(destination, source, table)| Operation::Multipath { destination, source, table }
        ),
        2 => (0..2usize, option::weighted(0.3, place.clone()), ignore).prop_map(
            |(cache, destination, ignore)| Operation::Cached { cache, destination, ignore }
        ),
        // Few, so that what is remembered is asked for again.
        5 => (0..2usize, 1..3usize, option::of(8..10usize), select(vec![0, 0, 0, 0, 1])).prop_map(
            |(cache, destination, source, table)| Operation::Revalidated {
                cache, destination, source, table,
            }
        ),
    ]
}

fn events() -> impl Strategy<Value = Operation> {
    let place = 0..ADDRESSES.len();
    let nth = 0..3usize;
    prop_oneof![
        4 => (nth.clone(), any::<bool>())
            .prop_map(|(interface, up)| Operation::Link { interface, up }),
        4 => nth.clone().prop_map(|interface| Operation::Attach { interface }),
        1 => nth.prop_map(|interface| Operation::Detach { interface }),
        2 => (1..5u16, place.clone(), table()).prop_map(
            |(interface, address, table)| Operation::AddressAdded { interface, address, table }
        ),
        1 => (1..5u16, place.clone(), table()).prop_map(
            |(interface, address, table)| Operation::AddressRemoved { interface, address, table }
        ),
        1 => table().prop_map(|table| Operation::Flush { table }),
        6 => (0..64usize, place.clone())
            .prop_map(|(nth, gateway)| Operation::Redirected { nth, gateway }),
        2 => (place.clone(), place.clone(), place.clone(), table()).prop_map(
            |(destination, gateway, source, table)| Operation::Redirect {
                destination, gateway, source, table,
            }
        ),
        1 => (place, table())
            .prop_map(|(destination, table)| Operation::Losing { destination, table }),
        4 => (0..9u64).prop_map(|seconds| Operation::Tick { seconds }),
        1 => (0..3u32, 0..3u32).prop_map(|(id, domain)| Operation::TableAdd { id, domain }),
    ]
}

fn held() -> impl Strategy<Value = Operation> {
    let one = 0..32usize;
    prop_oneof![
        2 => one.clone().prop_map(|held| Operation::Inspect { held }),
        3 => (one.clone(), 1..4usize).prop_map(|(held, times)| Operation::Use { held, times }),
        4 => one.clone().prop_map(|held| Operation::Release { held }),
        1 => (one, 0..2usize).prop_map(|(held, queue)| Operation::Timer { held, queue }),
    ]
}

/// A sequence of operations.
pub(crate) fn sequence() -> impl Strategy<Value = Vec<Operation>> {
    let one = prop_oneof![
        10 => request(),
        4 => output(),
        10 => about(),
        9 => lookups(),
        5 => events(),
        4 => held(),
    ];
    vec(one, 1..60)
}
