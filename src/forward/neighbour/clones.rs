//! Making clones and taking them away.

use core::net::IpAddr;

use super::{Neighbours, link::index_of};
use crate::{
    any_prefix::AnyPrefix,
    bsd::{Lookup, Priority, Request, RouteInfo, RtFlags, RtReader, RtRef, Sockaddr, rtalloc},
};

impl Neighbours {
    /// The clone for a neighbour, which a lookup makes if it is not there, or is there but has
    /// expired. `None` if there can be none: the address is the port's own or everybody's, was entered
    /// by hand, or there is no room.
    pub(super) fn clone_of(
        &self,
        reader: &mut RtReader,
        port: u16,
        address: IpAddr,
        now: u64,
    ) -> Option<RtRef> {
        let destination = Sockaddr::from(address);
        let mut find = || {
            let found = rtalloc(reader, &destination, Lookup::RESOLVE, port.into());
            found.filter(|rt| rt.flags().contains(RtFlags::LLINFO | RtFlags::CLONED))
        };
        let clone = find()?;
        if clone.expire() == 0 || now < clone.expire() {
            return Some(clone);
        }
        if self.forget(port, address) { find() } else { None }
    }

    /// The clone for a neighbour, if there is one; not what was entered by hand.
    pub(super) fn known_clone(&self, port: u16, address: IpAddr) -> Option<RtRef> {
        let routes = self.routing.get(port.into(), AnyPrefix::host(address));
        routes.into_iter().find(|rt| rt.flags().contains(RtFlags::CLONED))
    }

    /// Takes the clone for a neighbour away. Returns whether there was one, and it is gone.
    pub(super) fn forget(&self, port: u16, address: IpAddr) -> bool {
        let info = RouteInfo { interface: Some(index_of(port)), ..RouteInfo::host(address) };
        let delete = || self.routing.rtrequest1(Request::Delete, &info, Priority::ANY, port.into());
        self.known_clone(port, address).is_some() && delete().is_ok()
    }
}
