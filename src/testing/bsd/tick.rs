//! What time does: timers, and routes that expire.

use super::{Model, RouteId};
use crate::bsd::{Errno, RtFlags};

/// A timer of a route: `rttimer`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timer {
    pub(super) route: RouteId,
    timeout: u64,
    set_at: u64,
    /// What to call; none to delete the route.
    callback: Option<u32>,
}

impl Model {
    /// `rt_timer_add`: in a queue of that timeout. Replaces the route's timer of that callback.
    pub fn timer_add(
        &mut self,
        timeout: u64,
        route: RouteId,
        callback: Option<u32>,
    ) -> Result<(), Errno> {
        if !self.route(route).attached {
            return Err(Errno::ESRCH);
        }
        self.route_mut(route).expire = self.now + timeout;
        self.timers.retain(|timer| timer.route != route || timer.callback != callback);
        self.timers.push(Timer { route, timeout, set_at: self.now, callback });
        Ok(())
    }

    /// Once a second: fires the timers that are over, and deletes the routes that are. Returns the
    /// timers fired, with their callbacks, and the routes deleted for their age.
    pub fn tick(&mut self) -> (Vec<(Option<u32>, RouteId)>, Vec<RouteId>) {
        let now = self.now;
        let over = |timer: &Timer| now - timer.set_at > timer.timeout;
        let mut due: Vec<Timer> = self.timers.iter().copied().filter(over).collect();
        due.sort_by_key(|timer| timer.timeout);
        self.timers.retain(|timer| !over(timer));
        let mut called = Vec::new();
        for timer in due {
            // An earlier one may have deleted it.
            if self.route(timer.route).attached {
                called.push((timer.callback, timer.route));
                if timer.callback.is_none() {
                    self.remove(timer.route);
                }
            }
        }
        let mut expired = Vec::new();
        let mut all = self.all();
        all.sort_by_key(|id| (self.route(*id).table, self.route(*id).prefix, *id));
        for id in all {
            // One with a timer goes by that.
            let timed = self.timers.iter().any(|timer| timer.route == id);
            if self.route(id).attached && !timed && (self.is_expired(id) || self.is_idle(id)) {
                self.remove_telling(id);
                expired.push(id);
            }
        }
        (called, expired)
    }

    fn is_expired(&self, id: RouteId) -> bool {
        let route = self.route(id);
        let temporary =
            route.parent.is_some() || route.flags.contains(RtFlags::DYNAMIC | RtFlags::HOST);
        temporary && route.expire != 0 && self.now >= route.expire
    }

    /// FreeBSD: whether nobody has used the clone for long. Notes it if somebody has.
    fn is_idle(&mut self, id: RouteId) -> bool {
        let (now, idle) = (self.now, self.settings.clone_idle);
        let openbsd = self.is_openbsd();
        let route = self.route_mut(id);
        if openbsd || route.parent.is_none() {
            return false;
        }
        let (uses, since) = route.last_seen_used.get_or_insert((route.uses, now));
        if *uses != route.uses {
            (*uses, *since) = (route.uses, now);
        }
        now - *since >= idle
    }
}
