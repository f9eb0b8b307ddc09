//! Which interface a route goes out by: `rt_getifa` and `ifa_ifwithroute`.

use core::net::IpAddr;
use std::sync::Arc;

use super::{Info, Model};
use crate::{
    AnyPrefix,
    bsd::{Errno, Interface, RtFlags, Sockaddr},
};

/// The interface chosen and its address that belongs to the route, if it has one of the family.
pub(super) struct Selected {
    pub(super) interface: Arc<dyn Interface>,
    pub(super) address: Option<IpAddr>,
}

impl Model {
    /// The interface for a route to `prefix` through `gateway`.
    pub(super) fn select(
        &self,
        info: &Info,
        flags: RtFlags,
        prefix: AnyPrefix,
        gateway: Option<Sockaddr>,
        table: u32,
    ) -> Result<Selected, Errno> {
        let index = match (info.interface, info.interface_address) {
            (Some(index), _) => Some(index),
            (None, Some(address)) => self.owner(address),
            (None, None) => self.by_route(flags, prefix, gateway, table),
        };
        let interface = index.and_then(|index| self.interface(index)).ok_or(Errno::ENETUNREACH)?;
        let of_family: Vec<_> = interface
            .addresses()
            .into_iter()
            .filter(|ours| ours.address.is_ipv4() == prefix.address().is_ipv4())
            .collect();
        let near = gateway.and_then(Sockaddr::ip).unwrap_or(prefix.address());
        let address = of_family
            .iter()
            .find(|ours| ours.network().contains(near))
            .or(of_family.first())
            .map(|ours| ours.address);
        Ok(Selected { interface, address })
    }

    fn by_route(
        &self,
        flags: RtFlags,
        prefix: AnyPrefix,
        gateway: Option<Sockaddr>,
        table: u32,
    ) -> Option<u16> {
        let target = gateway.unwrap_or(prefix.address().into());
        let at_once = if flags.contains(RtFlags::GATEWAY) {
            target.ip().and_then(|peer| self.with_peer(peer))
        } else {
            let peer = Some(prefix.address()).filter(|_| prefix.is_host());
            peer.and_then(|peer| self.with_peer(peer))
                .or_else(|| target.ip().and_then(|address| self.owner(address)))
        };
        at_once.or_else(|| self.on_network(target)).or_else(|| {
            let found = self.route(self.find(table, target)?);
            let indirect =
                found.flags.contains(RtFlags::GATEWAY) && found.gateway.same_family(target);
            (!indirect || !self.is_openbsd()).then_some(found.interface)
        })
    }

    /// The interface with that address: `ifa_ifwithaddr`.
    pub(super) fn owner(&self, address: IpAddr) -> Option<u16> {
        let owns = |interface: &&Arc<dyn Interface>| {
            interface.addresses().iter().any(|ours| ours.address == address)
        };
        self.interfaces.iter().find(owns).map(|interface| interface.index())
    }

    /// The interface at whose other end that address is: `ifa_ifwithdstaddr`.
    fn with_peer(&self, peer: IpAddr) -> Option<u16> {
        let has = |interface: &&Arc<dyn Interface>| {
            interface.addresses().iter().any(|ours| ours.peer == Some(peer))
        };
        self.interfaces.iter().find(has).map(|interface| interface.index())
    }

    /// The interface with the most specific network around the address, the first of several; or
    /// the one that a link address names: `ifa_ifwithnet`.
    pub(super) fn on_network(&self, target: Sockaddr) -> Option<u16> {
        if let Sockaddr::Link(link) = target {
            return self.interface(link.index).map(|interface| interface.index());
        }
        let target = target.ip()?;
        let mut best: Option<(u8, u16)> = None;
        for interface in &self.interfaces {
            for ours in interface.addresses() {
                let longer = best.is_none_or(|(len, _)| ours.network().len() > len);
                if ours.network().contains(target) && longer {
                    best = Some((ours.network().len(), interface.index()));
                }
            }
        }
        best.map(|(_, index)| index)
    }
}
