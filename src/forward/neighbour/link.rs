//! An Ethernet port as its routing table sees it: what `arp_rtrequest` does in BSD.

use core::net::IpAddr;
use std::sync::Arc;

use crate::{
    bsd::{
        Clock, Interface, InterfaceAddress, LinkAddress, LinkRequest, LinkView, Name, RtFlags,
        Sockaddr,
    },
    forward::port::Port,
};

/// The interface of an Ethernet port.
pub(super) struct Link {
    index: u16,
    name: Name,
    mtu: u32,
    addresses: Vec<InterfaceAddress>,
    clock: Arc<dyn Clock>,
    /// How long a clone without an answer lives, in seconds.
    patience: u64,
}

impl Link {
    pub(super) fn new(number: u16, port: &Port, clock: Arc<dyn Clock>, patience: u64) -> Self {
        Self {
            index: index_of(number),
            name: port.name,
            mtu: u32::try_from(port.mtu).unwrap_or(u32::MAX),
            addresses: port.addresses.clone(),
            clock,
            patience,
        }
    }
}

/// The index of a port's interface, which is 1 or more.
pub(super) fn index_of(port: u16) -> u16 {
    port.saturating_add(1)
}

/// A link address on a port, or the link itself.
pub(super) fn link_address(port: u16, address: Option<[u8; 6]>) -> Sockaddr {
    const ETHERNET: u8 = 6;
    Sockaddr::Link(LinkAddress {
        index: index_of(port),
        kind: ETHERNET,
        name: Name::default(),
        address,
    })
}

impl Interface for Link {
    fn index(&self) -> u16 {
        self.index
    }

    fn name(&self) -> Name {
        self.name
    }

    fn is_up(&self) -> bool {
        true
    }

    fn mtu(&self) -> u32 {
        self.mtu
    }

    fn addresses(&self) -> Vec<InterfaceAddress> {
        self.addresses.clone()
    }

    /// Networks on the link clone; a clone begins without an address, and what has one is no longer
    /// refused.
    fn route_changed(&self, request: LinkRequest, view: &mut LinkView) {
        let is_answered =
            matches!(view.gateway, Sockaddr::Link(LinkAddress { address: Some(_), .. }));
        match request {
            LinkRequest::Add if !view.destination.is_host() => view.flags |= RtFlags::CLONING,
            LinkRequest::Add if is_answered => {
                view.flags |= RtFlags::LLINFO;
                view.flags -= RtFlags::REJECT;
            }
            LinkRequest::Resolve => {
                view.flags |= RtFlags::LLINFO;
                view.gateway = link_address(self.index - 1, None);
                view.expire = self.clock.now().saturating_add(self.patience);
            }
            LinkRequest::Add | LinkRequest::Delete => {}
        }
    }
}

/// The last address of a network of IPv4, and the first, to which packets are broadcasts; none in
/// networks of two hosts or one (RFC 3021).
pub(super) fn broadcasts(own: &InterfaceAddress) -> impl Iterator<Item = IpAddr> {
    let network = match own.address {
        IpAddr::V4(address) if own.prefix_len < 31 => {
            let hosts = u32::MAX.checked_shr(own.prefix_len.into()).unwrap_or(0);
            let address = u32::from(address);
            Some([address & !hosts, address | hosts])
        }
        _ => None,
    };
    network.into_iter().flatten().map(|address| IpAddr::V4(address.into()))
}
