//! What is known of neighbours: what each packet asks, without a lock.

use core::net::IpAddr;

use super::{Neighbours, State};
use crate::bsd::{Family, RtFlags, RtGuard, RtReader, RtRef, Sockaddr, Use, Verdict, verdict};

impl Neighbours {
    /// One thread's access to the tables.
    pub(in crate::forward) fn reader(&self) -> RtReader {
        self.routing.reader()
    }

    /// The time by which neighbours are forgotten, in seconds.
    pub(in crate::forward) fn now(&self) -> u64 {
        self.clock.now()
    }

    /// Whether what is known of a neighbour of `family` on `port` may have changed, as
    /// [`Routing::generation`](crate::bsd::Routing::generation) tells it.
    #[inline]
    pub(in crate::forward) fn generation(&self, port: u16, family: Family) -> u64 {
        self.routing.generation(port.into(), family).unwrap_or(1)
    }

    /// The routes of the table of a port.
    pub(in crate::forward) fn routes(&self, port: u16) -> Vec<RtRef> {
        self.routing.walk(port.into())
    }

    /// What is known of a neighbour at `now`. Wait-free.
    #[inline]
    pub(in crate::forward) fn state(
        &self,
        guard: &RtGuard<'_>,
        port: u16,
        address: IpAddr,
        now: u64,
    ) -> State {
        let Some(rt) = guard.lookup(address, port.into()) else { return State::Unknown };
        let flags = rt.flags();
        if flags.contains(RtFlags::BROADCAST) {
            return State::Broadcast;
        }
        if flags.contains(RtFlags::LOCAL) {
            return State::Own;
        }
        if !flags.contains(RtFlags::LLINFO) {
            return State::Unknown;
        }
        if verdict(Some(&rt), Use::Link, now) != Verdict::Forward {
            return State::Down;
        }
        guard.note_use(rt);
        match (rt.gateway(), rt.expire()) {
            (Sockaddr::Link(link), expire) if expire == 0 || now < expire => match link.address {
                Some(mac) => State::Known { mac, fresh_until: self.fresh_until(expire) },
                None => State::Unknown,
            },
            _ => State::Unknown,
        }
    }

    /// Until when a clone that expires then is good without asking again.
    fn fresh_until(&self, expire: u64) -> u64 {
        match expire {
            0 => u64::MAX,
            expire => expire.saturating_sub(self.last_part()),
        }
    }

    /// For how long before it expires a clone in use asks again: a tenth of its life.
    pub(super) fn last_part(&self) -> u64 {
        (self.options.lifetime / 10).max(1)
    }
}
