//! `rtalloc`, `rtalloc1` and `rtalloc_mpath`.

use core::net::IpAddr;

use super::{Model, RouteId, chosen, flow_hash};
use crate::bsd::{RtFlags, Sockaddr, message::MessageKind};

impl Model {
    /// `rtalloc(dst, flags, tableid)`, with `RT_REPORT` and `RT_RESOLVE`.
    pub fn lookup(
        &mut self,
        destination: Sockaddr,
        report: bool,
        resolve: bool,
        table: u32,
    ) -> Option<RouteId> {
        let Some(found) = self.find(table, destination) else {
            self.unreachable += 1;
            if report {
                self.tell_of(MessageKind::Miss, destination, None, table);
            }
            return None;
        };
        let address = destination.ip()?;
        if !resolve || !self.route(found).flags.contains(RtFlags::CLONING) {
            return Some(found);
        }
        match self.make_clone(found, address) {
            Ok(clone) if self.route(clone).flags.contains(RtFlags::XRESOLVE) => {
                if report {
                    self.tell_of(MessageKind::Resolve, destination, None, table);
                }
                Some(clone)
            }
            Ok(clone) => {
                let message = self.added(clone);
                self.sent.push(message);
                Some(clone)
            }
            Err(errno) => {
                if report {
                    self.tell_of(MessageKind::Miss, destination, Some(errno), table);
                }
                Some(found)
            }
        }
    }

    /// `rtalloc1(dst, report, ignore)`: `report` is for clones and messages alike, and `ignore`
    /// matters if it holds `CLONING`.
    pub fn lookup1(
        &mut self,
        destination: Sockaddr,
        report: bool,
        ignore: RtFlags,
    ) -> Option<RouteId> {
        let resolve = report && !ignore.contains(RtFlags::CLONING);
        self.lookup(destination, report, resolve, 0)
    }

    /// `rtalloc_mpath(dst, src, tableid)`.
    pub fn lookup_multipath(
        &mut self,
        destination: Sockaddr,
        source: Option<IpAddr>,
        table: u32,
    ) -> Option<RouteId> {
        let first = self.lookup(destination, true, true, table)?;
        if !self.flags(first).contains(RtFlags::MPATH) || !self.settings.multipath {
            return Some(first);
        }
        let route = self.route(first);
        let paths: Vec<RouteId> = self
            .get(table, route.prefix)
            .into_iter()
            .skip_while(|id| *id != first)
            .take_while(|id| self.route(*id).priority == route.priority)
            .collect();
        let hash = flow_hash(destination.ip()?, source, self.settings.jitter);
        Some(paths[chosen(hash as u16, paths.len())])
    }
}
