//! The small world in which the operations play: so few addresses that they meet.

use core::net::IpAddr;
use std::sync::Arc;

use rtalloc::{
    AnyPrefix,
    bsd::{
        Interface, InterfaceAddress, LinkAddress, LinkRequest, LinkView, MemoryInterface, Name,
        RtFlags, Sockaddr,
    },
};

/// Prefixes that lie in each other and beside each other.
pub(crate) const PREFIXES: &[(&str, u8)] = &[
    ("0.0.0.0", 0),
    ("128.0.0.0", 1),
    ("10.0.0.0", 8),
    ("10.0.0.0", 16),
    ("10.0.0.0", 24),
    ("10.0.0.0", 32),
    ("10.0.0.1", 32),
    ("10.0.0.5", 32),
    ("10.0.0.5", 30),
    ("10.0.0.6", 32),
    ("10.1.0.0", 16),
    ("10.1.0.9", 32),
    ("10.2.0.0", 24),
    ("10.2.0.7", 32),
    ("192.0.2.0", 24),
    ("::", 0),
    ("2001:db8::", 32),
    ("2001:db8::", 64),
    ("2001:db8::5", 128),
];

/// Where lookups go, gateways are and redirects come from.
pub(crate) const ADDRESSES: &[&str] = &[
    "10.0.0.1",
    "10.0.0.5",
    "10.0.0.6",
    "10.0.0.7",
    "10.1.0.1",
    "10.1.0.9",
    "10.2.0.7",
    "10.2.0.8",
    "10.9.0.2",
    "192.0.2.3",
    "203.0.113.1",
    "2001:db8::1",
    "2001:db8::5",
    "2001:db8::6",
    "2001:db8:1::1",
    "fe80::1",
];

pub(crate) fn prefix(index: usize) -> AnyPrefix {
    let (address, len) = PREFIXES[index % PREFIXES.len()];
    AnyPrefix::containing(address.parse().unwrap(), len)
}

pub(crate) fn address(index: usize) -> IpAddr {
    ADDRESSES[index % ADDRESSES.len()].parse().unwrap()
}

/// An address of either family, an interface, or something that is neither.
pub(crate) fn sockaddr(index: usize) -> Sockaddr {
    match index {
        90..95 => {
            Sockaddr::Link(LinkAddress { index: index as u16 - 90, ..LinkAddress::default() })
        }
        95 => Sockaddr::Unspec,
        96 => Sockaddr::Other { family: 7 },
        _ => address(index).into(),
    }
}

/// `em0`, `em1` with the other end of a link, and `arp2`, whose link makes routes clone.
pub(crate) fn interfaces() -> Vec<Arc<Link>> {
    let own = |address: &str, prefix_len| InterfaceAddress {
        address: address.parse().unwrap(),
        prefix_len,
        peer: None,
    };
    let link = |index: u16, mtu, priority, addresses: &[InterfaceAddress]| {
        let name = ["em0", "em1", "arp2"][usize::from(index) - 1];
        let memory = MemoryInterface::new(index, name.parse().unwrap(), mtu);
        addresses.iter().for_each(|address| memory.set_address(*address));
        Arc::new(Link { memory, priority, arp: index == 3 })
    };
    let peer = Some("10.9.0.2".parse().unwrap());
    vec![
        link(1, 1500, 0, &[own("10.0.0.1", 24), own("2001:db8::1", 64)]),
        link(2, 9000, 2, &[own("10.1.0.1", 16), InterfaceAddress { peer, ..own("10.9.0.1", 32) }]),
        link(3, 1400, 0, &[own("10.2.0.1", 24), own("2001:db8:1::2", 48)]),
    ]
}

/// An interface that may do as ARP does: its routes to a net clone and get an empty link address,
/// and clones carry something of the link's.
pub(crate) struct Link {
    pub(crate) memory: MemoryInterface,
    priority: u8,
    arp: bool,
}

impl Interface for Link {
    fn index(&self) -> u16 {
        self.memory.index()
    }

    fn name(&self) -> Name {
        self.memory.name()
    }

    fn is_up(&self) -> bool {
        self.memory.is_up()
    }

    fn mtu(&self) -> u32 {
        self.memory.mtu()
    }

    fn priority(&self) -> u8 {
        self.priority
    }

    fn addresses(&self) -> Vec<InterfaceAddress> {
        self.memory.addresses()
    }

    fn route_changed(&self, request: LinkRequest, view: &mut LinkView) {
        let direct = !view.flags.intersects(RtFlags::HOST | RtFlags::GATEWAY);
        match request {
            LinkRequest::Add if self.arp && direct => {
                let bare = LinkAddress { index: self.index(), kind: 6, ..LinkAddress::default() };
                view.gateway = Sockaddr::Link(bare);
                view.flags |= RtFlags::CLONING;
                // Not an interface's to set.
                view.flags -= RtFlags::STATIC;
            }
            LinkRequest::Resolve if self.arp => {
                view.flags |= RtFlags::LLINFO | RtFlags::PROTO1;
                let octet = view.destination.address().is_ipv4();
                let address = Some([2, 0, 0, 0, 0, u8::from(octet)]);
                let link =
                    LinkAddress { index: self.index(), kind: 6, address, ..LinkAddress::default() };
                view.gateway = Sockaddr::Link(link);
            }
            // Neither are these.
            LinkRequest::Add | LinkRequest::Resolve => {
                view.flags -= RtFlags::CLONING | RtFlags::STATIC;
            }
            // Ignored, and so not to be seen in either.
            LinkRequest::Delete => view.flags |= RtFlags::REJECT,
        }
    }
}
