//! Links that go up and down.

use super::{Model, RouteId};
use crate::bsd::{
    Errno, RtFlags,
    message::{InterfaceEvent, MessageKind},
};

impl Model {
    /// The interface's state has changed. Returns how many routes that concerned.
    pub fn link_changed(&mut self, index: u16) -> Result<usize, Errno> {
        let interface = self.interface(index).ok_or(Errno::ESRCH)?;
        let up = interface.is_up();
        let through: Vec<RouteId> =
            self.all().into_iter().filter(|id| self.route(*id).interface == index).collect();
        let mut count = 0;
        for id in through {
            let route = self.route(id);
            if route.flags.contains(RtFlags::LOCAL) || !route.attached {
                continue;
            }
            if self.is_openbsd() && route.flags.contains(RtFlags::UP) != up {
                self.unlink(id);
                let route = self.route_mut(id);
                route.flags.set(RtFlags::UP, up);
                route.priority = route.priority.with_down(!up);
                self.link(id);
                count += 1;
            }
            if !self.is_openbsd() && !up && !self.route(id).flags.contains(RtFlags::STATIC) {
                self.remove(id);
                count += 1;
            }
        }
        let event = InterfaceEvent::State { up, link: up, mtu: interface.mtu() };
        self.announce(MessageKind::InterfaceInfo, &*interface, event);
        Ok(count)
    }
}
