//! FreeBSD 7's layout on amd64: `net/route.h` 1.65 and `net/if.h` 1.101. A `u_long` has eight bytes.

use super::layout::{AnnounceFields, Field, Header, InterfaceFields, Layout, RouteFields};
use crate::bsd::{message::MessageKind, sockaddr::AF_INET6_FREEBSD};

pub(super) static LAYOUT: Layout = Layout {
    kinds: &[
        (MessageKind::Add, 1),
        (MessageKind::Delete, 2),
        (MessageKind::Change, 3),
        (MessageKind::Get, 4),
        (MessageKind::Losing, 5),
        (MessageKind::Redirect, 6),
        (MessageKind::Miss, 7),
        (MessageKind::Lock, 8),
        (MessageKind::Resolve, 11),
        (MessageKind::NewAddress, 12),
        (MessageKind::DeleteAddress, 13),
        (MessageKind::InterfaceInfo, 14),
        (MessageKind::InterfaceAnnounce, 17),
    ],
    header_len: None,
    longest: None,
    route: (
        Header {
            size: 152,
            index: Field::short(4),
            table: None,
            flags: Some(Field::int(8)),
            addresses: Some(Field::int(12)),
        },
        RouteFields {
            priority: None,
            pid: Field::int(16),
            seq: Field::int(20),
            errno: Field::int(24),
            change_mask: Field::int(28),
            inits: Field::long(32),
            locks: Field::long(40),
            mtu: Field::long(48),
            expire: Field::long(64),
            used: Field::long(112),
        },
    ),
    // The addresses after it are not aligned.
    address: Header {
        size: 20,
        index: Field::short(12),
        table: None,
        flags: Some(Field::int(8)),
        addresses: Some(Field::int(4)),
    },
    interface: (
        Header {
            size: 168,
            index: Field::short(12),
            table: None,
            flags: Some(Field::int(8)),
            addresses: Some(Field::int(4)),
        },
        InterfaceFields { link_state: Field::byte(20), mtu: Field::long(24) },
    ),
    announce: (
        Header { size: 24, index: Field::short(4), table: None, flags: None, addresses: None },
        AnnounceFields { name: 6, what: Field::short(22) },
    ),
    link_up: 2,
    link_down: 1,
    is_link_up: |state| state != 1,
    inet6: AF_INET6_FREEBSD,
    link_len: 54,
    // Rounded up to a multiple of sizeof(long) when the interface is attached.
    interface_link_len: 56,
    // RTAX_MAX is 8.
    addresses: 0xFF,
};
