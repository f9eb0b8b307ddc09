//! Timers on routes: OpenBSD's `rt_timer`, and what goes by itself with time.

use core::fmt;
use std::collections::BTreeMap;

use super::{
    add::paths_of,
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
pub struct TimerQueue {
    number: usize,
    /// The routing, by an address.
    routing: usize,
}

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
    fn runs_on(&self, serial: u64) -> bool {
        self.queues.iter().any(|queue| queue.timers.contains_key(&serial))
    }

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
            let routing = Arc::as_ptr(&self.shared.counters).addr();
            TimerQueue { number: queues.len() - 1, routing }
        })
    }

    /// Starts a timer on a route: `rt_timer_add`. One that the queue has on it starts anew. The
    /// route's expiry becomes the moment when it is over.
    ///
    /// # Errors
    /// `ESRCH` if the route is gone; `EINVAL` if the queue or the route is another routing's.
    pub fn timer_add(&self, queue: TimerQueue, rt: &RtRef) -> Result<(), RouteError> {
        let now = self.shared.clock.now();
        self.shared.change(|update| {
            let refuse = |errno, reason| RouteError::new(errno, Some(rt.destination()), reason);
            let foreign = refuse(Errno::EINVAL, "the queue or the route is another routing's");
            let counters = &self.shared.counters;
            if queue.routing != Arc::as_ptr(counters).addr() || !rt.is_of(counters) {
                return Err(foreign);
            }
            let known = update.control.timers.queues.get_mut(queue.number);
            let queue = known.ok_or(foreign)?;
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
        let (mut timers, mut refused) = (0, None);
        for due in self.shared.change(|update| update.due_timers(now)) {
            match self.shared.change(|update| update.go_off(due)) {
                Ok(Some((expired, rt))) => {
                    timers += 1;
                    if let Some(expired) = expired {
                        expired(self, &rt);
                    }
                }
                Ok(None) => {}
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        let expired = self.shared.change(|update| update.expire(now));
        refused.map_or(Ok(Ticked { timers, expired: expired? }), Err)
    }
}

/// A timer that is due.
#[derive(Clone, Copy)]
struct Due {
    queue: usize,
    serial: u64,
    timer: Timer,
}

impl Update<'_> {
    fn due_timers(&self, now: u64) -> Vec<Due> {
        let mut due = Vec::new();
        for (number, queue) in self.control.timers.queues.iter().enumerate() {
            let over = |timer: &Timer| now.saturating_sub(timer.started) > queue.timeout;
            let ended = queue.timers.iter().filter(|(_, timer)| over(timer));
            due.extend(ended.map(|(&serial, &timer)| Due { queue: number, serial, timer }));
        }
        due
    }

    /// Takes a timer that is due out of its queue, and the route out of its table if nobody is to
    /// be called. Returns what is to be called, and with what; nothing if the timer was started
    /// anew or the route is gone. A timer whose route cannot be deleted stays.
    fn go_off(&mut self, due: Due) -> Result<Option<(Option<Expired>, RtRef)>, RouteError> {
        let Due { queue: number, serial, timer } = due;
        let Some(queue) = self.control.timers.queues.get_mut(number) else { return Ok(None) };
        if queue.timers.get(&serial).is_none_or(|known| known.started != timer.started) {
            return Ok(None);
        }
        let expired = queue.expired.clone();
        let table = self.table(timer.table.into())?;
        let here = paths_of(table, timer.prefix);
        let path = here.iter().find(|path| path.entry.serial() == serial);
        let rt = path.and_then(|path| table.reference(&path.entry));
        if let Some(path) = path.filter(|_| expired.is_none()) {
            self.delete_entry(table, &path.entry, Silence::Silent)?;
        }
        if let Some(queue) = self.control.timers.queues.get_mut(number) {
            queue.timers.remove(&serial);
        }
        Ok(rt.map(|rt| (expired, rt)))
    }

    fn expire(&mut self, now: u64) -> Result<usize, RouteError> {
        let mut transient: Vec<_> = self.control.transient.values().cloned().collect();
        transient.sort_by_key(|entry| (entry.table(), entry.destination(), entry.serial()));
        let (mut count, mut refused) = (0, None);
        for entry in transient {
            let over = entry.expire() != 0 && now >= entry.expire();
            // One with a timer goes when that goes off, and its owner is told.
            let timed = self.control.timers.runs_on(entry.serial());
            if entry.is_gone() || timed || !(over || self.is_idle(&entry, now)) {
                continue;
            }
            let table = self.table(entry.table().into())?;
            match self.delete_entry(table, &entry, Silence::AsProfile) {
                Ok(()) => count += 1,
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        refused.map_or(Ok(count), Err)
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
