//! By which interface a route leaves: `rt_getifa` and `ifa_ifwithroute`.

use core::net::IpAddr;

use super::{
    errno::{Errno, RouteError},
    flags::RtFlags,
    hops::Hop,
    interface::{Interface, InterfaceAddress},
    profile::Profile,
    request::RouteInfo,
    sockaddr::{LinkAddress, Sockaddr},
    tables::RtTable,
    update::Update,
};
use std::sync::Arc;

use crate::any_prefix::AnyPrefix;

impl Update<'_> {
    /// Where the route of a request leads.
    ///
    /// # Errors
    /// `ENETUNREACH` if no interface leads there.
    pub(super) fn select_hop(
        &self,
        table: &RtTable,
        prefix: AnyPrefix,
        info: &RouteInfo,
        flags: RtFlags,
    ) -> Result<Hop, RouteError> {
        let refuse = |reason| RouteError::new(Errno::ENETUNREACH, Some(prefix), reason);
        let interface = match (info.interface, info.interface_address) {
            (Some(index), _) => {
                self.interface(index).ok_or(refuse("no interface of this index"))?
            }
            (None, Some(address)) => {
                self.owner(address).ok_or(refuse("no interface has this address"))?
            }
            (None, None) => self
                .towards(table, prefix, info.gateway, flags)
                .ok_or(refuse("no interface leads to the gateway"))?,
        };
        let own = LinkAddress {
            index: interface.index(),
            kind: interface.kind(),
            ..LinkAddress::default()
        };
        let gateway = info.gateway.unwrap_or(Sockaddr::Link(own));
        let near = gateway.ip().unwrap_or(prefix.address());
        let address = own_address(&*interface, prefix.address(), near);
        Ok(Hop { gateway, interface: interface.index(), address })
    }

    /// The interface with that address.
    pub(super) fn owner(&self, address: IpAddr) -> Option<Arc<dyn Interface>> {
        self.with_address(|own| own.address == address)
    }

    fn with_address(
        &self,
        is_it: impl Fn(&InterfaceAddress) -> bool,
    ) -> Option<Arc<dyn Interface>> {
        let mut known = self.control.interfaces.iter();
        known.find(|interface| interface.addresses().iter().any(&is_it)).cloned()
    }

    /// The interface whose network holds the address most closely; of equals the first to arrive.
    pub(super) fn connected(&self, address: IpAddr) -> Option<Arc<dyn Interface>> {
        let mut best: Option<(u8, &Arc<dyn Interface>)> = None;
        for interface in &self.control.interfaces {
            for own in interface.addresses() {
                let closer = best.is_none_or(|(len, _)| own.prefix_len > len);
                if own.network().contains(address) && closer {
                    best = Some((own.prefix_len, interface));
                }
            }
        }
        best.map(|(_, interface)| Arc::clone(interface))
    }

    fn towards(
        &self,
        table: &RtTable,
        prefix: AnyPrefix,
        gateway: Option<Sockaddr>,
        flags: RtFlags,
    ) -> Option<Arc<dyn Interface>> {
        let gateway_ip = gateway.and_then(Sockaddr::ip);
        let direct = if flags.contains(RtFlags::GATEWAY) {
            gateway_ip.and_then(|ip| self.with_address(|own| own.peer == Some(ip)))
        } else {
            let dst = prefix.is_host().then(|| prefix.address());
            dst.and_then(|dst| self.with_address(|own| own.peer == Some(dst)))
                .or_else(|| gateway_ip.and_then(|ip| self.owner(ip)))
        };
        let linked = || match gateway {
            Some(Sockaddr::Link(link)) => self.interface(link.index),
            _ => None,
        };
        let near = match gateway {
            None => Some(prefix.address()),
            Some(gateway) => gateway.ip(),
        };
        direct
            .or_else(linked)
            .or_else(|| self.connected(near?))
            .or_else(|| self.by_route(table, near?))
    }

    /// The interface of the route to `address`.
    fn by_route(&self, table: &RtTable, address: IpAddr) -> Option<Arc<dyn Interface>> {
        let list = table.longest(address)?;
        let entry = &list.data().head().entry;
        let indirect =
            entry.flags().contains(RtFlags::GATEWAY) && entry.gateway().same_family(address.into());
        if self.shared.profile == Profile::OpenBsd && indirect {
            return None;
        }
        self.interface(entry.interface())
    }
}

/// The interface's address of the family of `of`: the one whose network holds `near`, else the
/// first.
fn own_address(interface: &dyn Interface, of: IpAddr, near: IpAddr) -> Option<IpAddr> {
    let mut known = interface.addresses();
    known.retain(|own| own.address.is_ipv4() == of.is_ipv4());
    let close = known.iter().find(|own| own.network().contains(near)).or(known.first());
    close.map(|own| own.address)
}
