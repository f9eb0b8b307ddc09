//! Asking for neighbours: `arpresolve`, and `arptimer`.

use core::net::IpAddr;

use super::{Ask, Due, Held, Neighbours, Resolved, State, questions::Question};
use crate::{
    bsd::{RtReader, rt_lock},
    forward::{cause::Cause, packet::ethernet::Mac},
    sync::{Ordering, lock},
};

impl Neighbours {
    /// Says where a packet for a neighbour goes. If that is not known a copy of it waits, and the
    /// neighbour's clone is made by a lookup.
    pub(in crate::forward) fn resolve(
        &self,
        reader: &mut RtReader,
        port: u16,
        address: IpAddr,
        packet: &[u8],
        passing: bool,
    ) -> Resolved {
        // Held from here on: who learns the address empties the queue with it held, so no packet is put
        // into a queue that nobody will look at again.
        let mut questions = lock(&self.questions);
        let now = self.now();
        match self.state(&reader.enter(), port, address, now) {
            State::Known { mac, .. } => return Resolved::Send(mac),
            State::Down => return Resolved::Down,
            State::Broadcast => return Resolved::Drop(Cause::Broadcast),
            State::Own => return Resolved::Drop(Cause::Local),
            State::Unknown => {}
        }
        let held = || Held { packet: packet.to_vec(), passing };
        // One that was known and has been asked whether it is there still is asked for anew.
        if questions.find(port, address).is_some_and(|question| question.clone.is_none()) {
            questions.take(port, address);
        }
        if let Some(question) = questions.find(port, address) {
            if question.held.len() >= self.options.waiting {
                return Resolved::Drop(Cause::Waiting);
            }
            question.held.push(held());
            return Resolved::Waits { ask: false };
        }
        if questions.len() >= self.options.questions {
            return Resolved::Drop(Cause::Waiting);
        }
        let clone = self.clone_of(reader, port, address, now);
        if clone.is_none() {
            return Resolved::Drop(Cause::Unresolvable);
        }
        let held = vec![held()];
        questions.add(Question { port, address, clone, to: None, asked: 1, next: now + 1, held });
        Resolved::Waits { ask: true }
    }

    /// Asks a neighbour that is known whether it is there still, unless that is being done.
    pub(in crate::forward) fn refresh(&self, port: u16, address: IpAddr, to: Mac) -> Option<Ask> {
        let mut questions = lock(&self.questions);
        if questions.len() >= self.options.questions || questions.find(port, address).is_some() {
            return None;
        }
        let (to, next) = (Some(to), self.now() + 1);
        let held = Vec::new();
        questions.add(Question { port, address, clone: None, to, asked: 1, next, held });
        Some(Ask { port, address, to })
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
        let mut questions = lock(&self.questions);
        for question in questions.take_failed(now, self.options.tries) {
            if let Some(clone) = question.clone {
                let clone = rt_lock(clone);
                clone.set_reject(true);
                clone.set_expire(now + self.options.down);
            }
            due.failed.extend(question.held);
        }
        for question in questions.due(now) {
            (question.asked, question.next) = (question.asked + 1, now + 1);
            let &mut Question { port, address, to, .. } = question;
            due.asks.push(Ask { port, address, to });
        }
        // What cannot be deleted now, for want of room, is deleted by another tick.
        let _ = self.routing.tick();
        Some(due)
    }
}
