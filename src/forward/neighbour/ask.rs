//! Asking for neighbours: `arpresolve`, and `arptimer`.

use core::net::IpAddr;
use std::collections::VecDeque;

use super::{
    Ask, Due, Held, Neighbours, Resolved, State,
    questions::{About, Questions},
};
use crate::{
    bsd::{RtReader, RtRef, rt_lock},
    forward::{cause::Cause, packet::ethernet::Mac},
    sync::{Ordering, lock},
};

impl Neighbours {
    /// Says where a packet for a neighbour goes. If that is not known a copy of it waits, and the
    /// neighbour's clone is made by a lookup. Wait-free if it is known.
    ///
    /// Returns as well the packets that wait no more, as this one has taken their place.
    pub(in crate::forward) fn resolve(
        &self,
        reader: &mut RtReader,
        port: u16,
        address: IpAddr,
        packet: &[u8],
        passing: bool,
    ) -> (Resolved, Vec<Held>) {
        let now = self.now();
        if let Some(resolved) = self.resolved(reader, port, address, now) {
            return (resolved, Vec::new());
        }
        let Some(questions) = self.questions.get(usize::from(port)) else {
            return (Resolved::Drop(Cause::Unresolvable), Vec::new());
        };
        // Held from here on: who learns the address empties the queue with it held, so no packet is put
        // into a queue that nobody will look at again.
        let mut questions = lock(questions);
        if let Some(resolved) = self.resolved(reader, port, address, now) {
            return (resolved, Vec::new());
        }
        let held = || Held { packet: packet.to_vec(), passing };
        if let Some(waiting) = questions.waiting(address) {
            // The newest are the likeliest to be of use still (RFC 4861 section 7.2.2).
            waiting.push_back(held());
            let too_many = waiting.len().saturating_sub(self.options.waiting.max(1));
            return (Resolved::Waits { ask: false }, waiting.drain(..too_many).collect());
        }
        if self.options.questions == 0 || !questions.may_begin(now) {
            return (Resolved::Drop(Cause::Unasked), Vec::new());
        }
        let pushed_out = self.make_way(port, &mut questions);
        let Some(clone) = self.clone_of(reader, port, address, now) else {
            return (Resolved::Drop(Cause::Unresolvable), pushed_out);
        };
        // One that was known and has been asked whether it is there still is asked for anew.
        let waiting = VecDeque::from([held()]);
        questions.begin(address, About::Unknown { clone, waiting }, now);
        (Resolved::Waits { ask: true }, pushed_out)
    }

    /// Lets another question about a neighbour that is not known have the place of the oldest, if there
    /// are as many as may be. Returns what has waited for the answer.
    ///
    /// Its clone goes as well: nobody waits for it any more, and it would be in the way of others. If
    /// there is no room for the deletion it goes with its time.
    fn make_way(&self, port: u16, questions: &mut Questions) -> Vec<Held> {
        let Some(oldest) = questions.oldest(self.options.questions) else { return Vec::new() };
        let ended = questions.end(oldest);
        self.forget(port, oldest);
        match ended {
            Some(About::Unknown { waiting, .. }) => waiting.into(),
            _ => Vec::new(),
        }
    }

    /// What becomes of a packet for a neighbour of which something is known.
    fn resolved(
        &self,
        reader: &mut RtReader,
        port: u16,
        address: IpAddr,
        now: u64,
    ) -> Option<Resolved> {
        match self.state(&reader.enter(), port, address, now) {
            State::Known { mac, .. } => Some(Resolved::Send(mac)),
            State::Down => Some(Resolved::Down),
            State::Broadcast => Some(Resolved::Drop(Cause::Broadcast)),
            State::Own => Some(Resolved::Drop(Cause::Local)),
            State::Unknown => None,
        }
    }

    /// Asks a neighbour that is known whether it is there still, unless that is being done. However
    /// many are asked for that are not known, there is room for this.
    pub(in crate::forward) fn refresh(&self, port: u16, address: IpAddr, to: Mac) -> Option<Ask> {
        let mut questions = lock(self.questions.get(usize::from(port))?);
        if questions.is_open(address) {
            return None;
        }
        questions.begin(address, About::Known(to), self.now());
        Some(Ask { port, address, to: Some(to) })
    }

    /// Does what time demands at `now`, once a second for all threads together: repeats questions, gives up on
    /// those without an answer, and lets clones go that have expired. `None` if that second has been
    /// seen to.
    pub(in crate::forward) fn tick(&self, now: u64) -> Option<Due> {
        // Relaxed: a turn to take; what is behind it is behind the mutex.
        let before = self.ticked.load(Ordering::Relaxed);
        let is_new = before < now
            // Relaxed: as above.
            && self.ticked.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if !is_new {
            return None;
        }
        let mut due = Due::default();
        for (port, questions) in (0..).zip(&self.questions) {
            let mut questions = lock(questions);
            let passed = questions.pass(now, self.options.tries);
            for (address, about) in passed.failed {
                match about {
                    About::Unknown { clone, waiting } => {
                        self.take_down(clone, now);
                        due.failed.extend(waiting);
                    }
                    // What comes next for it asks everybody. If it cannot be deleted now it goes with
                    // its time, which is nearly over.
                    About::Known(_) => {
                        self.forget(port, address);
                    }
                }
            }
            let asks = passed.again.into_iter().map(|(address, to)| Ask { port, address, to });
            due.asks.extend(asks);
        }
        // What cannot be deleted now, for want of room, is deleted by another tick.
        let _ = self.routing.tick();
        Some(due)
    }

    /// Packets for a neighbour that has not answered are refused for a while.
    fn take_down(&self, clone: RtRef, now: u64) {
        let clone = rt_lock(clone);
        clone.set_reject(true);
        clone.set_expire(now + self.options.down);
    }
}
