//! Taking what neighbours say: `in_arpinput`, `nd6_na_input`.

use core::net::IpAddr;
use std::collections::VecDeque;

use super::{
    Held, Neighbours, State,
    link::{index_of, link_address},
    questions::About,
};
use crate::{
    bsd::{Priority, Request, RouteInfo, RtReader, rt_lock},
    forward::packet::ethernet::Mac,
    sync::lock,
};

/// What a neighbour says of itself, and what its word is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::forward) struct Word {
    /// Its link address, if it tells it.
    pub(in crate::forward) mac: Option<Mac>,
    /// It makes a clone if there is none, so many a second.
    pub(in crate::forward) creates: bool,
    /// It counts against another link address that is known.
    pub(in crate::forward) overrides: bool,
    /// It shows that the neighbour has heard what it was asked.
    pub(in crate::forward) confirms: bool,
}

impl Neighbours {
    /// Takes the word of `address` on `port` (RFC 4861 sections 7.2.3 and 7.2.5). Returns its link
    /// address and the packets that have waited for it.
    pub(in crate::forward) fn learn(
        &self,
        reader: &mut RtReader,
        port: u16,
        address: IpAddr,
        word: Word,
    ) -> Option<(Mac, VecDeque<Held>)> {
        let mut questions = lock(self.questions.get(usize::from(port))?);
        let now = self.now();
        let is_asked = questions.is_open(address);
        let state = self.state(&reader.enter(), port, address, now);
        let mac = match state {
            State::Own | State::Broadcast => return None,
            State::Known { mac, fresh_until } => match word.mac.filter(|told| *told != mac) {
                Some(other) if word.overrides && questions.may_change(address) => {
                    // A new clone, as a route keeps every gateway that it has had.
                    self.forget(port, address).then_some(other)?
                }
                Some(_) => {
                    self.doubt(port, address, now);
                    return None;
                }
                // Nothing new, or nothing that shows that it can be reached.
                None if !word.confirms || (now < fresh_until && !is_asked) => return None,
                None => mac,
            },
            State::Down => word.mac?,
            State::Unknown if is_asked => word.mac?,
            State::Unknown => {
                let told = word.mac.filter(|_| word.creates)?;
                questions.may_learn(now).then_some(told)?
            }
        };
        let good_for = if word.confirms { self.options.lifetime } else { self.last_part() };
        if !self.set(reader, port, address, mac, now, good_for) {
            return None;
        }
        match questions.end(address) {
            Some(About::Unknown { waiting, .. }) => Some((mac, waiting)),
            _ => Some((mac, VecDeque::new())),
        }
    }

    /// Makes the clone say that a neighbour's link address is `mac`, for a time. Returns whether it
    /// does.
    fn set(
        &self,
        reader: &mut RtReader,
        port: u16,
        address: IpAddr,
        mac: Mac,
        now: u64,
        good_for: u64,
    ) -> bool {
        let change = RouteInfo {
            gateway: Some(link_address(port, Some(mac))),
            interface: Some(index_of(port)),
            expire: Some(now.saturating_add(good_for)),
            ..RouteInfo::host(address)
        };
        let change =
            || self.routing.rtrequest1(Request::Change, &change, Priority::ANY, port.into());
        self.clone_of(reader, port, address, now).is_some() && change().is_ok()
    }

    /// A neighbour that is known may be elsewhere: the next packet for it asks.
    fn doubt(&self, port: u16, address: IpAddr, now: u64) {
        if let Some(clone) = self.known_clone(port, address) {
            let clone = rt_lock(clone);
            clone.set_expire(clone.expire().min(now.saturating_add(self.last_part())));
        }
    }
}
