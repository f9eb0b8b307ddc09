//! Taking answers: `in_arpinput`.

use core::net::IpAddr;

use super::{
    Held, Neighbours, State,
    link::{index_of, link_address},
};
use crate::{
    bsd::{Errno, Priority, Request, RouteInfo, RtReader},
    forward::packet::ethernet::Mac,
    sync::lock,
};

/// What a neighbour's word is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::forward) struct Word {
    /// It makes a clone if there is none.
    pub(in crate::forward) creates: bool,
    /// It counts against another link address that is known.
    pub(in crate::forward) overrides: bool,
}

impl Neighbours {
    /// Takes it from `address` on `port` that its link address is `mac`. Returns the packets that
    /// have waited for that.
    pub(in crate::forward) fn learn(
        &self,
        reader: &mut RtReader,
        port: u16,
        address: IpAddr,
        mac: Mac,
        word: Word,
    ) -> Vec<Held> {
        let mut questions = lock(&self.questions);
        let now = self.now();
        let asked = questions.find(port, address).is_some();
        let state = self.state(&reader.enter(), port, address, now);
        match state {
            State::Own | State::Broadcast => return Vec::new(),
            State::Known { mac: known, .. } if known != mac && !word.overrides => {
                return Vec::new();
            }
            // Nothing new, and it has not been asked for.
            State::Known { mac: known, fresh_until }
                if known == mac && now < fresh_until && !asked =>
            {
                return Vec::new();
            }
            State::Known { .. } => {}
            State::Down | State::Unknown if word.creates || asked || state == State::Down => {}
            State::Down | State::Unknown => return Vec::new(),
        }
        if self.set(reader, port, address, mac, now) {
            return questions.take(port, address).map(|asked| asked.held).unwrap_or_default();
        }
        Vec::new()
    }

    /// Makes the clone say that a neighbour's link address is `mac`. Returns whether it does.
    fn set(&self, reader: &mut RtReader, port: u16, address: IpAddr, mac: Mac, now: u64) -> bool {
        let change = RouteInfo {
            gateway: Some(link_address(port, Some(mac))),
            interface: Some(index_of(port)),
            expire: Some(now + self.options.lifetime),
            ..RouteInfo::host(address)
        };
        // The second time, if the first clone has had too many gateways and had to go.
        for _ in 0..2 {
            if self.clone_of(reader, port, address, now).is_none() {
                return false;
            }
            match self.routing.rtrequest1(Request::Change, &change, Priority::ANY, port.into()) {
                Ok(_) => return true,
                Err(error) if error.errno() == Errno::EDQUOT => {
                    if self.forget(port, address).is_err() {
                        return false;
                    }
                }
                Err(_) => return false,
            }
        }
        false
    }
}
