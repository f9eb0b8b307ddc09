//! What can be done to a routing.

use proptest::{collection::vec, option, prelude::*, sample::select};
use rtalloc::{
    bsd::{Priority, RtFlags, Sockaddr, message::MessageKind},
    testing::bsd::Info,
};

use super::stage::{ADDRESSES, PREFIXES, address, prefix, sockaddr};

/// One operation. Numbers that name a route, a cache or an interface count from the start of what
/// there is, and around.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Request(Kind, Info, Priority, u32),
    Output(MessageKind, Info, u8, u8),
    Lookup {
        destination: Sockaddr,
        report: bool,
        resolve: bool,
        table: u32,
    },
    Lookup1 {
        destination: Sockaddr,
        report: bool,
        ignore: RtFlags,
    },
    Multipath {
        destination: Sockaddr,
        source: Option<usize>,
        table: u32,
    },
    /// The old form of `struct route`: set the destination or not, then look.
    Cached {
        cache: usize,
        destination: Option<usize>,
        ignore: RtFlags,
    },
    /// The form that looks at destination, table and generation.
    Revalidated {
        cache: usize,
        destination: usize,
        source: Option<usize>,
        table: u32,
    },
    /// Is the held route valid, and what becomes of packets by it?
    Inspect {
        held: usize,
    },
    Use {
        held: usize,
        times: usize,
    },
    Release {
        held: usize,
    },
    Link {
        interface: usize,
        up: bool,
    },
    Attach {
        interface: usize,
    },
    Detach {
        interface: usize,
    },
    AddressAdded {
        interface: u16,
        address: usize,
        table: u32,
    },
    AddressRemoved {
        interface: u16,
        address: usize,
        table: u32,
    },
    Flush {
        table: u32,
    },
    Redirect {
        destination: usize,
        gateway: usize,
        source: usize,
        table: u32,
    },
    Losing {
        destination: usize,
        table: u32,
    },
    Tick {
        seconds: u64,
    },
    Timer {
        held: usize,
        queue: usize,
    },
    TableAdd {
        id: u32,
        domain: u32,
    },
}

/// Which request to `rtrequest1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Add,
    Delete,
    Change,
    Get,
    Resolve,
}

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
    prop_oneof![12 => Just(0), 4 => Just(1), 1 => Just(9)]
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
        12 => (0..ADDRESSES.len()).prop_map(|index| Some(sockaddr(index))),
        1 => (90..97usize).prop_map(|index| Some(sockaddr(index))),
    ];
    let out = (
        option::weighted(0.3, prop_oneof![9 => 1..4u16, 1 => Just(7u16)]),
        option::weighted(0.05, 0..ADDRESSES.len()),
    );
    let metrics = (
        option::weighted(0.3, select(vec![0, 1000, 1400, 2000])),
        option::weighted(0.2, select(vec![0, 3, 20])),
    );
    (destination, gateway, flags(), out, metrics, flags()).prop_map(
        |(info, gateway, flags, (interface, owner), (mtu, expire), change_mask)| Info {
            gateway,
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
        3 => (to(), source.clone(), table()).prop_map(
            |(destination, source, table)| Operation::Multipath { destination, source, table }
        ),
        2 => (0..2usize, option::weighted(0.3, place.clone()), ignore).prop_map(
            |(cache, destination, ignore)| Operation::Cached { cache, destination, ignore }
        ),
        2 => (0..2usize, 0..3usize, source, table()).prop_map(
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
        2 => nth.clone().prop_map(|interface| Operation::Attach { interface }),
        1 => nth.prop_map(|interface| Operation::Detach { interface }),
        2 => (1..5u16, place.clone(), table()).prop_map(
            |(interface, address, table)| Operation::AddressAdded { interface, address, table }
        ),
        1 => (1..5u16, place.clone(), table()).prop_map(
            |(interface, address, table)| Operation::AddressRemoved { interface, address, table }
        ),
        1 => table().prop_map(|table| Operation::Flush { table }),
        4 => (place.clone(), place.clone(), place.clone(), table()).prop_map(
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
        5 => output(),
        9 => lookups(),
        5 => events(),
        4 => held(),
    ];
    vec(one, 1..60)
}
