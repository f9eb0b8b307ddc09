//! ARP and neighbour messages: answering those who ask for the forwarder's addresses, taking what
//! neighbours say, and asking.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    aside::Aside,
    core::{Core, Towards},
};
use crate::forward::{
    cause::Cause,
    neighbour::{Ask, Due, Held, Word},
    packet::{
        Report,
        arp::Arp,
        ethernet::{HEADER, Mac, is_group},
        ipv6::Ipv6,
        ndp::{self, Ndp},
    },
    port::Port,
    routes::RouteData,
};

impl Port {
    /// Whether an address is the port's own.
    fn is_own(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|own| own.address == address)
    }

    /// Whether an address is in a network that the port is in.
    fn is_near(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|own| own.network().contains(address))
    }
}

impl<V: RouteData> Aside<'_, '_, V> {
    /// Takes an ARP packet (RFC 826).
    pub(super) fn take_arp(&mut self, frame: u16) {
        let from = self.core.from;
        let port = &self.core.shared.ports[usize::from(from)];
        let read = Arp::read(self.core.packet(frame));
        let Some(arp) = read.filter(|arp| !is_group(arp.sender_mac)) else {
            return self.core.drop_one(Cause::Control);
        };
        let sender = IpAddr::from(Ipv4Addr::from(arp.sender));
        let is_asked = port.is_own(Ipv4Addr::from(arp.target).into());
        let own_mac = port.mac;
        // A sender without an address asks whether another has its (RFC 5227).
        if arp.sender != 0 && !port.is_own(sender) {
            // ARP knows no doubt: whoever speaks is there.
            let word = Word {
                mac: Some(arp.sender_mac),
                creates: is_asked && arp.is_request && port.is_near(sender),
                overrides: true,
                confirms: true,
            };
            self.learn(from, sender, word);
            self.room();
        }
        self.consumed(frame);
        if is_asked && arp.is_request {
            let reply = Arp {
                is_request: false,
                sender_mac: own_mac,
                sender: arp.target,
                target_mac: arp.sender_mac,
                target: arp.sender,
            };
            self.core.send_framed(from, |out| reply.write(Some(arp.sender_mac), out));
        }
    }

    /// Takes a neighbour's message (RFC 4861 section 7.2).
    pub(super) fn take_ndp(&mut self, frame: u16, header: &Ipv6) {
        let from = self.core.from;
        let Some(message) = Ndp::read(header, self.core.packet(frame)) else {
            return self.core.drop_one(Cause::Control);
        };
        self.consumed(frame);
        match message {
            Ndp::Solicitation { target, link } => {
                let port = &self.core.shared.ports[usize::from(from)];
                if !port.is_own(Ipv6Addr::from(target).into()) {
                    return;
                }
                let asker = IpAddr::from(Ipv6Addr::from(header.source));
                let (own_mac, is_near) = (port.mac, port.is_near(asker));
                let link = link.filter(|mac| !is_group(*mac));
                if link.is_some() {
                    // That it asks does not show that it can be reached.
                    let word =
                        Word { mac: link, creates: is_near, overrides: true, confirms: false };
                    self.learn(from, asker, word);
                    self.room();
                }
                // One elsewhere that keeps its link address back would have to be asked for here.
                if header.source == 0 || link.is_some() || is_near {
                    self.advertise(own_mac, target, header.source, link);
                }
            }
            Ndp::Advertisement { target, link, overrides, solicited } => {
                if link.is_none_or(|mac| !is_group(mac)) {
                    let word = Word { mac: link, creates: false, overrides, confirms: solicited };
                    self.learn(from, Ipv6Addr::from(target).into(), word);
                }
            }
        }
    }

    /// Tells `asker` that `target` is here. One that has not told its link address is a neighbour as
    /// any other, who may have to be asked for.
    fn advertise(&mut self, own: Mac, target: u128, asker: u128, link: Option<Mac>) {
        let from = self.core.from;
        if asker == 0 || link.is_some() {
            let link = link.unwrap_or_default();
            let write = |out: &mut [u8]| ndp::write_advertisement(own, target, asker, link, out);
            return self.core.send_framed(from, write);
        }
        let write = |out: &mut [u8]| ndp::write_advertisement(own, target, asker, [0; 6], out);
        let Some(frame) = self.core.make(false, write) else {
            self.core.totals.suppressed += 1;
            return;
        };
        self.core.frames[usize::from(frame)].shrink_front(HEADER);
        let address = Ipv6Addr::from(asker).into();
        self.send(frame, Towards { port: from, address });
    }

    /// Takes a neighbour's word, and sends what has waited for it.
    fn learn(&mut self, port: u16, address: IpAddr, word: Word) {
        let neighbours = &self.core.shared.neighbours;
        let Some((mac, waiting)) = neighbours.learn(self.links, port, address, word) else {
            return;
        };
        for Held { packet, passing } in waiting {
            self.room();
            match self.core.make(passing, |out| copy(&packet, out)) {
                Some(frame) => self.core.emit(frame, port, mac),
                None => self.core.lose(passing, Cause::NoBuffer),
            }
        }
    }

    /// Does what time demands: questions are repeated, and who waits in vain is told.
    pub(super) fn time(&mut self, Due { asks, failed }: Due) {
        for ask in asks {
            self.room();
            self.core.ask(ask);
        }
        for Held { packet, passing } in failed {
            if !passing {
                self.core.totals.suppressed += 1;
                continue;
            }
            self.core.drop_one(Cause::Unanswered);
            // It stands in a frame that is not sent, to be quoted.
            self.room();
            if let Some(frame) = self.core.make(false, |out| copy(&packet, out)) {
                self.report(frame, Report::HostUnreachable);
            }
        }
    }
}

impl Core {
    /// Sends a question.
    pub(super) fn ask(&mut self, Ask { port, address, to }: Ask) {
        let out = &self.shared.ports[usize::from(port)];
        let (mac, target) = (out.mac, address);
        match target {
            IpAddr::V4(target) => {
                let Some(sender) = out.source_v4(target.into()) else {
                    self.totals.suppressed += 1;
                    return;
                };
                let target = target.into();
                let target_mac = to.unwrap_or_default();
                let arp = Arp { is_request: true, sender_mac: mac, sender, target_mac, target };
                self.send_framed(port, |bytes| arp.write(to, bytes));
            }
            IpAddr::V6(target) => {
                let Some(source) = out.link_local() else {
                    self.totals.suppressed += 1;
                    return;
                };
                let target = target.into();
                let write = |out: &mut [u8]| ndp::write_solicitation(mac, source, target, to, out);
                self.send_framed(port, write);
            }
        }
    }

    /// Sends a whole frame of the worker's own.
    pub(super) fn send_framed(
        &mut self,
        port: u16,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) {
        match self.make(false, write) {
            Some(frame) => self.queues[usize::from(port)].push(frame),
            None => self.totals.suppressed += 1,
        }
    }
}

/// Copies a packet into a frame that has room for it.
fn copy(packet: &[u8], out: &mut [u8]) -> Option<usize> {
    out.get_mut(..packet.len())?.copy_from_slice(packet);
    Some(packet.len())
}
