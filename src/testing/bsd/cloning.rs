//! Routes that lookups make.

use core::net::IpAddr;

use super::{Model, RouteId, entry::Route};
use crate::{
    AnyPrefix,
    bsd::{Errno, LinkRequest, Priority, RtFlags},
};

/// So many clones are passed over by one eviction at most.
const PASSED_OVER: usize = 16;

impl Model {
    /// A clone of `parent` for `address`, or why there can be none.
    pub(super) fn make_clone(
        &mut self,
        parent: RouteId,
        address: IpAddr,
    ) -> Result<RouteId, Errno> {
        let from = self.route(parent).clone();
        let interface = self.interface(from.interface).ok_or(Errno::ENETUNREACH)?;
        let prefix = AnyPrefix::host(address);
        let mut clone = Route {
            prefix,
            flags: (from.flags - RtFlags::CLONING - RtFlags::STATIC)
                | RtFlags::CLONED
                | RtFlags::HOST
                | RtFlags::UP,
            parent: Some(parent),
            clones: Vec::new(),
            attached: false,
            ..from.clone()
        };
        let beside = from.prefix == prefix;
        if self.is_openbsd() {
            let up = interface.is_up() || from.flags.contains(RtFlags::LOCAL);
            clone.flags.set(RtFlags::UP, up);
            if beside {
                // It has to come before its parent in the list that they share, whatever the state
                // of the interface that routing has not been told of.
                let before = from.priority.masked().number() - 1;
                if before == 0 {
                    return Err(Errno::EEXIST);
                }
                clone.priority = Priority::new(before).with_down(from.priority.is_down());
            } else {
                // The parent's own bit can be of an interface that it has left.
                clone.priority = clone.priority.with_down(!up);
            }
            self.refuse_duplicate(&clone, true)?;
        } else {
            clone.uses = 0;
            if beside {
                return Err(Errno::EEXIST);
            }
        }
        clone.passed_over_at = clone.uses;
        clone.last_seen_used = None;
        if self.settings.clones_per_parent == 0 {
            return Err(Errno::ENOBUFS);
        }
        while self.live_clones(parent).len() >= self.settings.clones_per_parent {
            self.evict(parent);
        }
        self.tell_interface(LinkRequest::Resolve, &mut clone);
        clone.flags -= RtFlags::CLONING;
        let id = self.keep(clone);
        self.route_mut(parent).clones.push(id);
        Ok(id)
    }

    fn live_clones(&self, parent: RouteId) -> Vec<RouteId> {
        let clones = self.route(parent).clones.iter().copied();
        clones.filter(|clone| self.route(*clone).attached).collect()
    }

    /// Deletes the clone that was made first of those unused since they were last passed over. The
    /// used ones before it are passed over, to the end of the queue, but not too many.
    fn evict(&mut self, parent: RouteId) {
        let mut queue = self.live_clones(parent);
        for _ in 0..PASSED_OVER {
            let Some(&front) = queue.first() else { return };
            if self.route(front).uses == self.route(front).passed_over_at {
                break;
            }
            self.route_mut(front).passed_over_at = self.route(front).uses;
            queue.rotate_left(1);
        }
        let victim = queue.remove(0);
        self.route_mut(parent).clones = queue;
        self.remove_telling(victim);
    }
}
