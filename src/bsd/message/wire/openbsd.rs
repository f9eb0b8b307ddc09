//! OpenBSD 5.7's layout on amd64: `net/route.h` 1.94 to 1.111 and `net/if.h` 1.160.

use super::layout::{AnnounceFields, Field, Header, InterfaceFields, Layout, RouteFields};
use crate::bsd::{message::MessageKind, sockaddr::AF_INET6_OPENBSD};

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
        (MessageKind::InterfaceAnnounce, 15),
        (MessageKind::Desync, 16),
    ],
    header_len: Some(Field::short(4)),
    // RTM_MAXSIZE.
    longest: Some(2048),
    route: (
        Header {
            size: 96,
            index: Field::short(6),
            table: Some(Field::short(8)),
            flags: Some(Field::int(16)),
            addresses: Some(Field::int(12)),
        },
        RouteFields {
            priority: Some(Field::byte(10)),
            change_mask: Field::int(20),
            pid: Field::int(24),
            seq: Field::int(28),
            errno: Field::int(32),
            inits: Field::int(36),
            used: Field::long(40),
            expire: Field::long(48),
            locks: Field::int(56),
            mtu: Field::int(60),
        },
    ),
    address: Header {
        size: 24,
        index: Field::short(6),
        table: Some(Field::short(8)),
        flags: Some(Field::int(16)),
        addresses: Some(Field::int(12)),
    },
    interface: (
        Header {
            size: 160,
            index: Field::short(6),
            table: Some(Field::short(8)),
            flags: Some(Field::int(16)),
            addresses: Some(Field::int(12)),
        },
        InterfaceFields { link_state: Field::byte(27), mtu: Field::int(28) },
    ),
    announce: (
        Header { size: 26, index: Field::short(6), table: None, flags: None, addresses: None },
        AnnounceFields { what: Field::short(8), name: 10 },
    ),
    link_up: 4,
    link_down: 2,
    // Unknown counts as up; half and full duplex are more than up.
    is_link_up: |state| state == 0 || state >= 4,
    inet6: AF_INET6_OPENBSD,
    link_len: 32,
    interface_link_len: 32,
    // RTAX_MAX is 11: also source, its mask, and label.
    addresses: 0x7FF,
};
