//! `RTM_DELETE`, and what goes with a route.

use super::{Info, Model, RouteId};
use crate::bsd::{Errno, LinkRequest, Priority, RtFlags, message::MessageKind};

impl Model {
    /// `rtrequest1(RTM_DELETE)`. Returns the route as it is now, out of its table.
    pub fn delete(
        &mut self,
        info: &Info,
        priority: Priority,
        table: u32,
    ) -> Result<RouteId, Errno> {
        let prefix = self.prefix(info, table)?;
        self.check_named(priority)?;
        let list = self.get(table, prefix);
        let victim = if self.is_openbsd() {
            let victim = list
                .into_iter()
                .filter(|id| self.is_named(*id, priority))
                .find(|id| info.gateway.is_none_or(|given| given == self.route(*id).gateway))
                .ok_or(Errno::ESRCH)?;
            let flags = self.flags(victim);
            if flags.contains(RtFlags::MPATH) && info.gateway.is_none() {
                return Err(Errno::ESRCH);
            }
            let kept = RtFlags::LOCAL | RtFlags::BROADCAST;
            if flags.intersects(kept) && priority != Priority::LOCAL {
                return Err(Errno::EINVAL);
            }
            victim
        } else {
            list.first().copied().ok_or(Errno::ESRCH)?
        };
        self.remove(victim);
        Ok(victim)
    }

    /// OpenBSD: no request names a priority over 63, but for [`Priority::ANY`].
    pub(super) fn check_named(&self, priority: Priority) -> Result<(), Errno> {
        let over = priority.masked() > Priority::MAX && priority.masked() != Priority::ANY;
        if self.is_openbsd() && over { Err(Errno::EINVAL) } else { Ok(()) }
    }

    /// Whether the route is of the priority that a request names, down or up.
    pub(super) fn is_named(&self, id: RouteId, priority: Priority) -> bool {
        !self.is_openbsd()
            || matches!(priority.masked(), Priority::NONE | Priority::ANY)
            || self.route(id).priority.masked() == priority.masked()
    }

    /// Out of the table, down, the clones flushed, and then the interface told.
    pub(super) fn remove(&mut self, id: RouteId) {
        self.unlink(id);
        self.route_mut(id).flags -= RtFlags::UP;
        let table = self.route(id).table;
        for clone in self.walk(table) {
            let route = self.route(clone);
            let stays = !self.is_openbsd() && route.flags.contains(RtFlags::PINNED);
            if route.parent == Some(id) && !stays {
                self.remove_telling(clone);
            }
        }
        let mut told = self.route(id).clone();
        self.tell_interface(LinkRequest::Delete, &mut told);
        self.timers.retain(|timer| timer.route != id);
    }

    /// `rtdeletemsg`: OpenBSD tells of it, with the route as it was before.
    pub(super) fn remove_telling(&mut self, id: RouteId) {
        let message = self.describe(MessageKind::Delete, id);
        self.remove(id);
        if self.is_openbsd() {
            self.sent.push(message);
        }
    }

    /// `route flush`: deletes what is neither the host's own nor a clone, as a process would, and
    /// clones that outlived their parent. Returns how many.
    pub fn flush(&mut self, table: u32) -> Result<usize, Errno> {
        if !self.table_exists(table) {
            return Err(Errno::EAFNOSUPPORT);
        }
        let mut count = 0;
        loop {
            let goes = |id: &RouteId| {
                let route = self.route(*id);
                let own = route.flags.intersects(RtFlags::LOCAL | RtFlags::BROADCAST);
                !own && !route.parent.is_some_and(|parent| self.route(parent).attached)
            };
            let victims: Vec<RouteId> = self.walk(table).into_iter().filter(goes).collect();
            if victims.is_empty() {
                break;
            }
            for id in victims {
                self.remove(id);
                let message = self.answer(MessageKind::Delete, id);
                self.sent.push(message);
                count += 1;
            }
        }
        Ok(count)
    }
}
