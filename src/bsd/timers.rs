//! Timers on routes: OpenBSD's `rt_timer`, and what goes by itself with time.

use core::fmt;
use std::collections::BTreeMap;

use super::{
    delete::Silence,
    entry::RtEntry,
    errno::{Errno, RouteError},
    flags::RtFlags,
    profile::Profile,
    reference::RtRef,
    routing::Routing,
    update::Update,
};
use std::sync::Arc;

use crate::any_prefix::AnyPrefix;

/// What is called with a route whose time is over.
pub type Expired = Arc<dyn Fn(&Routing, &RtRef) + Send + Sync>;

/// A queue of timers that all run equally long: `rttimer_queue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimerQueue(usize);

/// What a [`tick`](Routing::tick) did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Timers that went off.
    pub timers: usize,
    /// Clones and redirected routes that were deleted because their time was over.
    pub expired: usize,
}

#[derive(Default)]
pub(super) struct Timers {
    queues: Vec<Queue>,
    /// Use counts of FreeBSD's clones, and when they were last seen to move, by serial number.
    idle: BTreeMap<u64, (u64, u64)>,
}

struct Queue {
    timeout: u64,
    expired: Option<Expired>,
    /// By the route's serial number.
    timers: BTreeMap<u64, Timer>,
}

#[derive(Clone, Copy)]
struct Timer {
    table: u8,
    prefix: AnyPrefix,
    started: u64,
}

impl Timers {
    /// Removes the timers of a route that is gone.
    pub(super) fn forget(&mut self, serial: u64) {
        self.idle.remove(&serial);
        for queue in &mut self.queues {
            queue.timers.remove(&serial);
        }
    }
}

impl Routing {
    /// Makes a queue of timers of `timeout` seconds: `rt_timer_queue_create`. When one goes off,
    /// `expired` is called without any lock held; without one the route is deleted silently.
    pub fn timer_queue(&self, timeout: u64, expired: Option<Expired>) -> TimerQueue {
        self.shared.change(|update| {
            let queues = &mut update.control.timers.queues;
            queues.push(Queue { timeout, expired, timers: BTreeMap::new() });
            TimerQueue(queues.len() - 1)
        })
    }

    /// Starts a timer on a route: `rt_timer_add`. One that the queue has on it starts anew. The
    /// route's expiry becomes the moment when it is over.
    ///
    /// # Errors
    /// `ESRCH` if the route is gone; `EINVAL` if the queue is another routing's.
    pub fn timer_add(&self, queue: TimerQueue, rt: &RtRef) -> Result<(), RouteError> {
        let now = self.shared.clock.now();
        self.shared.change(|update| {
            let refuse = |errno, reason| RouteError::new(errno, Some(rt.destination()), reason);
            let known = update.control.timers.queues.get_mut(queue.0);
            let queue = known.ok_or(refuse(Errno::EINVAL, "no timer queue of this routing"))?;
            if rt.is_gone() {
                return Err(refuse(Errno::ESRCH, "the route is gone"));
            }
            let timer = Timer { table: rt.table(), prefix: rt.destination(), started: now };
            queue.timers.insert(rt.serial(), timer);
            rt.set_expire(now.saturating_add(queue.timeout));
            Ok(())
        })
    }

    /// Does what time demands; call it once a second or so. Timers older than their queue's timeout
    /// go off. Clones, and host routes made by redirects, go when they expire; FreeBSD's clones
    /// also when no reader has [used](super::RtReader::note_use) them for
    /// [`clone_idle`](super::RoutingOptions::clone_idle) seconds. No other route goes by itself.
    ///
    /// FreeBSD looks at references, where this looks at use counters from one call to the next: a
    /// first or last reference would be a shared write in every lookup.
    ///
    /// # Errors
    /// `ENOBUFS` if there is no room for a deletion; what was not reached is done next time.
    pub fn tick(&self) -> Result<Ticked, RouteError> {
        let now = self.shared.clock.now();
        let due = self.shared.change(|update| update.due_timers(now));
        let timers = due.len();
        for (expired, rt) in due {
            match expired {
                Some(expired) => expired(self, &rt),
                None => self.shared.change(|update| update.delete_silently(&rt))?,
            }
        }
        let expired = self.shared.change(|update| update.expire(now))?;
        Ok(Ticked { timers, expired })
    }
}

impl Update<'_> {
    /// Takes the timers that are due out of their queues.
    fn due_timers(&mut self, now: u64) -> Vec<(Option<Expired>, RtRef)> {
        let shared = self.shared;
        let mut due = Vec::new();
        for queue in &mut self.control.timers.queues {
            let over = |timer: &Timer| now.saturating_sub(timer.started) > queue.timeout;
            let ended: Vec<(u64, Timer)> = queue
                .timers
                .iter()
                .filter(|(_, timer)| over(timer))
                .map(|(k, t)| (*k, *t))
                .collect();
            for (serial, timer) in ended {
                queue.timers.remove(&serial);
                let Some(table) = shared.tables.get(timer.table.into()) else { continue };
                let here = table.references(timer.prefix);
                if let Some(rt) = here.into_iter().find(|rt| rt.serial() == serial) {
                    due.push((queue.expired.clone(), rt));
                }
            }
        }
        due
    }

    fn delete_silently(&mut self, rt: &RtRef) -> Result<(), RouteError> {
        let table = self.table(rt.table().into())?;
        for path in self.paths(table, rt.destination()) {
            if path.entry.serial() == rt.serial() {
                self.delete_entry(table, &path.entry, Silence::Silent)?;
            }
        }
        Ok(())
    }

    fn expire(&mut self, now: u64) -> Result<usize, RouteError> {
        let mut transient: Vec<_> = self.control.transient.values().cloned().collect();
        transient.sort_by_key(|entry| (entry.table(), entry.destination(), entry.serial()));
        let mut count = 0;
        for entry in transient {
            let over = entry.expire() != 0 && now >= entry.expire();
            if !entry.is_gone() && (over || self.is_idle(&entry, now)) {
                let table = self.table(entry.table().into())?;
                self.delete_entry(table, &entry, Silence::AsProfile)?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// FreeBSD: whether nobody has used the clone for long enough.
    fn is_idle(&mut self, entry: &RtEntry, now: u64) -> bool {
        if self.shared.profile != Profile::FreeBsd || !entry.flags().contains(RtFlags::CLONED) {
            return false;
        }
        let uses = entry.uses();
        let (seen, since) = self.control.timers.idle.entry(entry.serial()).or_insert((uses, now));
        if *seen != uses {
            (*seen, *since) = (uses, now);
        }
        now.saturating_sub(*since) >= self.shared.clone_idle
    }
}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers").field("queues", &self.queues.len()).finish_non_exhaustive()
    }
}
