//! Requests to change routes: `rtrequest1`.

use core::net::IpAddr;

use super::{
    errno::{Errno, RouteError},
    flags::RtFlags,
    priority::Priority,
    profile::Profile,
    reference::RtRef,
    routing::Routing,
    sockaddr::Sockaddr,
    tables::RtTable,
    update::Update,
};
use crate::any_prefix::AnyPrefix;

/// What `rtrequest1` is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// `RTM_ADD`: add a route.
    Add,
    /// `RTM_DELETE`: delete a route, and the clones made from it.
    Delete,
    /// `RTM_CHANGE`: change a route in place.
    Change,
    /// `RTM_GET`: find the route of exactly the destination.
    Get,
    /// `RTM_RESOLVE`: make a clone for the destination.
    Resolve,
}

/// What a request says: BSD's `rt_addrinfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteInfo {
    /// `RTAX_DST`. Bits past the mask are ignored.
    pub destination: Sockaddr,
    /// `RTAX_NETMASK` as a length in bits; `None` for a host.
    pub netmask: Option<u8>,
    /// `RTAX_GATEWAY`.
    pub gateway: Option<Sockaddr>,
    /// `rti_flags`. [`RtFlags::HOST`] says that the netmask does not count; `UP`, `MPATH`, `CLONED`
    /// and `DONE` are the table's own, except that `MPATH` allows a route of equal priority.
    pub flags: RtFlags,
    /// In a change, which of [`RtFlags::CHANGEABLE`] become what `flags` says.
    pub change_mask: RtFlags,
    /// `RTAX_IFP`: the index of the interface to use.
    pub interface: Option<u16>,
    /// `RTAX_IFA`: the interface's address to use.
    pub interface_address: Option<IpAddr>,
    /// `rmx_mtu`, if the request sets it.
    pub mtu: Option<u32>,
    /// `rmx_expire`, if the request sets it.
    pub expire: Option<u64>,
}

impl RouteInfo {
    /// A request about one host.
    pub fn host(destination: impl Into<Sockaddr>) -> Self {
        Self {
            destination: destination.into(),
            netmask: None,
            gateway: None,
            flags: RtFlags::empty(),
            change_mask: RtFlags::empty(),
            interface: None,
            interface_address: None,
            mtu: None,
            expire: None,
        }
    }

    /// A request about a network through a gateway, without flags.
    pub fn net(destination: IpAddr, len: u8, gateway: impl Into<Sockaddr>) -> Self {
        Self { netmask: Some(len), gateway: Some(gateway.into()), ..Self::host(destination) }
    }

    /// The prefix that the request is about.
    pub(super) fn prefix(&self) -> Result<AnyPrefix, RouteError> {
        let refuse = |errno, reason| Err(RouteError::new(errno, None, reason));
        let Some(address) = self.destination.ip() else {
            return refuse(Errno::EAFNOSUPPORT, "no routing table for the destination's family");
        };
        let width = if address.is_ipv4() { 32 } else { 128 };
        match self.netmask.filter(|_| !self.flags.contains(RtFlags::HOST)) {
            None => Ok(AnyPrefix::host(address)),
            Some(len) if len <= width => Ok(AnyPrefix::containing(address, len)),
            Some(_) => refuse(Errno::EINVAL, "the netmask is longer than the address"),
        }
    }
}

impl Routing {
    /// Carries out a request: BSD's `rtrequest1`. Returns the route added, deleted, changed, found
    /// or cloned.
    ///
    /// `priority` is OpenBSD's: on adding [`Priority::NONE`] stands for the interface's plus 8, else
    /// `NONE` and [`Priority::ANY`] for any; FreeBSD's profile ignores it.
    ///
    /// It sends no message about the request itself, which is
    /// [`route_output`](Routing::route_output)'s to do. Finding the way to a gateway may make a
    /// clone, and a deletion deletes clones, with the messages of these.
    ///
    /// # Errors
    /// A refused request changes nothing, but that FreeBSD's profile, which refuses a host route
    /// through the host itself with `EADDRNOTAVAIL`, deletes such a route if there is one. `EAFNOSUPPORT` for a family or table that does not exist,
    /// `EINVAL` for a request that contradicts itself or touches the host's own address,
    /// `ENETUNREACH` if no interface leads to the gateway, `EEXIST` for a route that is there,
    /// `ESRCH` for one that is not, `EADDRNOTAVAIL` and `EADDRINUSE` in FreeBSD's profile for a
    /// gateway that is the destination, `ENOBUFS` if there is no room.
    pub fn rtrequest1(
        &self,
        request: Request,
        info: &RouteInfo,
        priority: Priority,
        table: u32,
    ) -> Result<RtRef, RouteError> {
        let shared = &*self.shared;
        if request == Request::Change {
            let target = |update: &Update<'_>| {
                update.change_target(update.table(table).ok()?, info, priority).ok()
            };
            return shared
                .change_locked(target, |update| update.request(request, info, priority, table));
        }
        shared.change(|update| update.request(request, info, priority, table))
    }
}

impl Update<'_> {
    pub(super) fn request(
        &mut self,
        request: Request,
        info: &RouteInfo,
        priority: Priority,
        table: u32,
    ) -> Result<RtRef, RouteError> {
        let table = self.table(table)?;
        match request {
            Request::Add => self.add(table, info, priority),
            Request::Delete => self.delete(table, info, priority),
            Request::Change => self.change_route(table, info, priority),
            Request::Get => self.find(table, info, priority),
            Request::Resolve => self.resolve_request(table, info),
        }
    }

    /// The route of exactly the destination that a request is about.
    pub(super) fn find(
        &self,
        table: &RtTable,
        info: &RouteInfo,
        priority: Priority,
    ) -> Result<RtRef, RouteError> {
        let prefix = info.prefix()?;
        let refuse = |reason| RouteError::new(Errno::ESRCH, Some(prefix), reason);
        let named = priority.masked();
        let over = named > Priority::MAX && named != Priority::ANY;
        if over && self.shared.profile == Profile::OpenBsd {
            let reason = "the priority is over 63";
            return Err(RouteError::new(Errno::EINVAL, Some(prefix), reason));
        }
        let list = table.list(prefix).ok_or(refuse("no route to exactly this destination"))?;
        let found = list.data().find(self.shared.profile, priority, info.gateway);
        let found = found.ok_or(refuse("no route of this priority and gateway"))?;
        let index = list.data().index_of(&found.entry).unwrap_or_default();
        Ok(RtRef::new(list, index))
    }
}
