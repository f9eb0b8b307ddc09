//! `RTM_GET` and `RTM_RESOLVE` as requests.

use super::{Info, Model, RouteId};
use crate::{
    AnyPrefix,
    bsd::{Errno, Priority, RtFlags},
};

impl Model {
    /// `rtrequest1(RTM_GET)`: the route of exactly that prefix, of the priority and through the
    /// gateway if they are given. FreeBSD, with one route a prefix, looks at neither.
    pub fn request_get(
        &self,
        info: &Info,
        priority: Priority,
        table: u32,
    ) -> Result<RouteId, Errno> {
        let prefix = self.prefix(info, table)?;
        self.check_named(priority)?;
        self.named_of(prefix, info, priority, table)
    }

    /// `RTM_GET` of a process: exact with a mask, and without one the longest match.
    pub(super) fn look_for(
        &self,
        info: &Info,
        priority: Priority,
        table: u32,
    ) -> Result<RouteId, Errno> {
        let exact = self.prefix(info, table)?;
        self.check_named(priority)?;
        let prefix = match info.mask() {
            Some(_) => exact,
            None => self.route(self.find(table, info.destination).ok_or(Errno::ESRCH)?).prefix,
        };
        self.named_of(prefix, info, priority, table)
    }

    fn named_of(
        &self,
        prefix: AnyPrefix,
        info: &Info,
        priority: Priority,
        table: u32,
    ) -> Result<RouteId, Errno> {
        self.get(table, prefix)
            .into_iter()
            .filter(|id| self.is_named(*id, priority))
            .find(|id| {
                let given = info.gateway.filter(|_| self.is_openbsd());
                given.is_none_or(|given| given == self.route(*id).gateway)
            })
            .ok_or(Errno::ESRCH)
    }

    /// `rtrequest1(RTM_RESOLVE)`: a clone for the destination from the route that matches it.
    pub fn request_resolve(&mut self, info: &Info, table: u32) -> Result<RouteId, Errno> {
        let prefix = self.prefix(&Info { netmask: None, ..*info }, table)?;
        let parent = self.find(table, info.destination).ok_or(Errno::EINVAL)?;
        if !self.route(parent).flags.contains(RtFlags::CLONING) {
            return Err(Errno::EINVAL);
        }
        self.make_clone(parent, prefix.address())
    }
}
