//! What a burst leaves to be done after its lookups: packets for the forwarder itself, errors, neighbours
//! to be asked for, packets to be cut up. None of it is on the fast path.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    core::{Core, Later, Towards},
    ends::Ends,
};
use crate::{
    bsd::RtReader,
    forward::{
        cause::Cause,
        io::LinkLayer,
        neighbour::{Ask, Resolved},
        packet::{
            Report,
            ethernet::Mac,
            fragment, icmp, icmp6,
            ipv4::{self, Ipv4},
            ipv6::{self, Ipv6},
        },
        routes::{Answer, RouteData, find_one},
    },
    table::Guard,
};

/// What it takes to send a packet of the worker's own, or to tell a sender of one that was dropped.
pub(super) struct Aside<'a, 'g, V: RouteData> {
    pub(super) core: &'a mut Core,
    pub(super) guard: &'a Guard<'g, V>,
    pub(super) links: &'a mut RtReader,
    pub(super) ends: &'a mut Ends,
}

impl<V: RouteData> Aside<'_, '_, V> {
    /// Does all that was left to be done.
    pub(super) fn run(&mut self) {
        // Nothing that is done here leaves more to be done.
        let mut later = core::mem::take(&mut self.core.later);
        for item in later.drain(..) {
            self.room();
            self.do_one(item);
        }
        self.core.later = later;
    }

    /// Sees to it that the pool has room for a packet: sends what is in the queues if it has not. No
    /// frame of the pool may be in hand, but one of the burst may.
    pub(super) fn room(&mut self) {
        if !self.core.has_room() {
            self.ends.send(self.core);
        }
    }

    fn do_one(&mut self, item: Later) {
        match item {
            Later::Arp(frame) => self.take_arp(frame),
            Later::Ndp(frame, header) => self.take_ndp(frame, &header),
            Later::LocalV4(frame, header) => self.local_v4(frame, &header),
            Later::LocalV6(frame, header) => self.local_v6(frame, &header),
            Later::ReportV4(frame, header, report) => self.report_v4(frame, &header, report),
            Later::ReportV6(frame, header, report) => self.report_v6(frame, &header, report),
            Later::Fragment(frame, header, towards) => {
                ipv4::decrement_ttl(self.core.frames[usize::from(frame)].bytes_mut());
                self.fragment(frame, &header, towards);
            }
            Later::Resolve(frame, towards) => self.send(frame, towards),
            Later::Refresh(towards, mac) => self.refresh(towards, mac),
        }
    }

    fn refresh(&mut self, Towards { port, address }: Towards, mac: Mac) {
        if let Some(ask) = self.core.shared.neighbours.refresh(port, address, mac) {
            self.core.ask(ask);
        }
    }

    /// Answers an echo request. Nothing else is served here.
    fn local_v4(&mut self, frame: u16, header: &Ipv4) {
        let packet = self.core.frames[usize::from(frame)].bytes_mut();
        if !icmp::answer_echo(header, packet) {
            return self.core.drop_one(Cause::Local);
        }
        self.consumed(frame);
        self.originate(frame, Ipv4Addr::from(header.source).into());
    }

    /// Answers an echo request.
    fn local_v6(&mut self, frame: u16, header: &Ipv6) {
        let packet = self.core.frames[usize::from(frame)].bytes_mut();
        if !icmp6::answer_echo(header, packet) {
            return self.core.drop_one(Cause::Local);
        }
        self.consumed(frame);
        self.originate(frame, Ipv6Addr::from(header.source).into());
    }

    /// The packet of a frame has been used; what is in the frame now is the worker's own.
    pub(super) fn consumed(&mut self, frame: u16) {
        self.core.totals.consumed += 1;
        self.core.passing[usize::from(frame)] = false;
    }

    /// Sends a packet of the worker's own to `destination`, by the routes. One that is too big for the
    /// link is cut up where that may be done, and otherwise not sent.
    pub(super) fn originate(&mut self, frame: u16, destination: IpAddr) {
        let Some(towards) = self.way_to(destination) else {
            return self.core.abandon(frame, Cause::NoRoute);
        };
        let packet = self.core.packet(frame);
        if packet.len() <= self.core.shared.ports[usize::from(towards.port)].mtu {
            return self.send(frame, towards);
        }
        match Ipv4::read(packet) {
            Ok(header) if !header.is_unfragmentable() => self.fragment(frame, &header, towards),
            _ => self.core.abandon(frame, Cause::TooBig),
        }
    }

    /// By which port, and to which neighbour there, the way to a destination leads: back by the port
    /// that the burst came by, if the destination is valid on that link alone.
    fn way_to(&self, destination: IpAddr) -> Option<Towards> {
        let is_here = match destination {
            IpAddr::V4(address) => ipv4::is_link_local(address.into()),
            IpAddr::V6(address) => ipv6::is_link_local(address.into()),
        };
        if is_here {
            return Some(Towards { port: self.core.from, address: destination });
        }
        match find_one(self.core.shared.source, self.guard, destination) {
            Answer::Via(next_hop) => self.core.towards(next_hop, destination),
            _ => None,
        }
    }

    /// Sends a packet, which is ready but for its link header, to a neighbour; or lets it wait until the
    /// neighbour is known.
    pub(super) fn send(&mut self, frame: u16, towards: Towards) {
        let Towards { port, address } = towards;
        if self.core.shared.ports[usize::from(port)].link_layer == LinkLayer::Ip {
            return self.core.emit(frame, port, Mac::default());
        }
        let passing = self.core.passing[usize::from(frame)];
        let packet = self.core.frames[usize::from(frame)].bytes();
        let neighbours = &self.core.shared.neighbours;
        let (resolved, pushed_out) = neighbours.resolve(self.links, port, address, packet, passing);
        for held in pushed_out {
            self.core.lose(held.passing, Cause::Waiting);
        }
        match resolved {
            Resolved::Send(mac) => self.core.emit(frame, port, mac),
            Resolved::Waits { ask: false } => {}
            Resolved::Waits { ask: true } => self.core.ask(Ask { port, address, to: None }),
            Resolved::Down => {
                self.core.abandon(frame, Cause::Unanswered);
                if passing {
                    self.report(frame, Report::HostUnreachable);
                }
            }
            Resolved::Drop(cause) => self.core.abandon(frame, cause),
        }
    }

    /// Tells the sender of the packet in a frame that it was dropped, whatever it is.
    pub(super) fn report(&mut self, frame: u16, report: Report) {
        let packet = self.core.packet(frame);
        if let Ok(header) = Ipv4::read(packet) {
            self.report_v4(frame, &header, report);
        } else if let Ok(header) = Ipv6::read(packet) {
            self.report_v6(frame, &header, report);
        }
    }

    fn report_v4(&mut self, frame: u16, header: &Ipv4, report: Report) {
        if !icmp::may_report(header, self.core.packet(frame)) {
            return;
        }
        let sender = IpAddr::from(Ipv4Addr::from(header.source));
        let way = self.way_to(sender);
        let own = way.and_then(|way| {
            let ports = &self.core.shared.ports;
            let out = ports[usize::from(way.port)].source_v4(header.source);
            out.or_else(|| ports.iter().find_map(|port| port.source_v4(header.source)))
        });
        let Some((way, own)) = way.zip(own).filter(|_| self.core.may_send_error()) else {
            self.core.totals.suppressed += 1;
            return;
        };
        let number = self.core.next_identification();
        let error = self.make_error(frame, way, |packet, out| {
            icmp::write_error(report, header, packet, own, number, out)
        });
        self.send_made(error, way);
    }

    fn report_v6(&mut self, frame: u16, header: &Ipv6, report: Report) {
        if !icmp6::may_report(report, header, self.core.packet(frame)) {
            return;
        }
        let sender = IpAddr::from(Ipv6Addr::from(header.source));
        let way = self.way_to(sender);
        let own = way.and_then(|way| {
            let ports = &self.core.shared.ports;
            let out = ports[usize::from(way.port)].source_v6(header.source);
            let scoped = ipv6::is_link_local(header.source);
            out.or_else(|| {
                let mut others = ports.iter().filter(|_| !scoped);
                others.find_map(|port| port.source_v6(header.source))
            })
        });
        let Some((way, own)) = way.zip(own).filter(|_| self.core.may_send_error()) else {
            self.core.totals.suppressed += 1;
            return;
        };
        let error = self.make_error(frame, way, |packet, out| {
            icmp6::write_error(report, header, packet, own, out)
        });
        self.send_made(error, way);
    }

    /// A packet about the one in a frame, which quotes no more of it than the link on its way carries.
    fn make_error(
        &mut self,
        frame: u16,
        way: Towards,
        write: impl FnOnce(&[u8], &mut [u8]) -> Option<usize>,
    ) -> Option<u16> {
        let mtu = self.core.shared.ports[usize::from(way.port)].mtu;
        self.core.make_from(frame, false, |packet, out| {
            let carried = out.len().min(mtu);
            write(packet, &mut out[..carried])
        })
    }

    fn send_made(&mut self, frame: Option<u16>, way: Towards) {
        match frame {
            Some(frame) => self.send(frame, way),
            None => self.core.totals.suppressed += 1,
        }
    }

    /// Cuts a packet up and sends the fragments. The first one counts as the packet.
    fn fragment(&mut self, frame: u16, header: &Ipv4, towards: Towards) {
        let mtu = self.core.shared.ports[usize::from(towards.port)].mtu;
        let passing = self.core.passing[usize::from(frame)];
        let Some(count) = fragment::count(header, mtu) else {
            return self.core.abandon(frame, Cause::TooBig);
        };
        for index in 0..count {
            self.room();
            let stands_for_it = passing && index == 0;
            let made = self.core.make_from(frame, stands_for_it, |packet, out| {
                fragment::write(packet, header, mtu, index, out)
            });
            match made {
                Some(made) => self.send(made, towards),
                None => self.core.lose(stands_for_it, Cause::NoBuffer),
            }
        }
    }
}
