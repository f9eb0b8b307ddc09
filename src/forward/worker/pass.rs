//! From answers to packets that go out: the innermost loop behind the lookup.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    adjacency::{Adjacency, family},
    core::{Core, Later, Towards},
};
use crate::{
    bsd::RtGuard,
    forward::{
        cause::Cause,
        io::LinkLayer,
        neighbour::State,
        packet::{
            Report,
            ethernet::Mac,
            flow,
            ipv4::{self, Ipv4},
            ipv6::{self, Ipv6},
        },
        routes::{Answer, RouteData, Sink, find},
    },
    nexthop::NextHop,
    table::Guard,
};

/// Seconds after which a remembered neighbour is looked up again, so that it counts as used, and does not
/// make way for others.
const REMEMBERED: u64 = 2;

/// What is known about where a packet goes.
enum Hop {
    /// Out by the port, to the link address.
    Out(u16, Mac),
    /// By the port to a neighbour that is not known.
    Ask(Towards),
    /// Nowhere.
    Not(Cause, Option<Report>),
}

/// A header as the loop sees it.
trait Header: Copy {
    const IS_V6: bool;
    fn destination(&self) -> IpAddr;
    fn length(&self) -> usize;
    fn hops(&self) -> u8;
    fn flow(&self, seed: u64, packet: &[u8]) -> u32;
    fn report(self, frame: u16, report: Report) -> Later;
    /// What becomes of the packet if it is too big: it is cut up, if that may be done.
    fn fragment(self, frame: u16, towards: Towards) -> Option<Later>;
    fn decrement(packet: &mut [u8]);
}

impl Header for Ipv4 {
    const IS_V6: bool = false;

    fn destination(&self) -> IpAddr {
        Ipv4Addr::from(self.destination).into()
    }

    fn length(&self) -> usize {
        self.total.into()
    }

    fn hops(&self) -> u8 {
        self.ttl
    }

    fn flow(&self, seed: u64, packet: &[u8]) -> u32 {
        flow::of_v4(seed, self, packet)
    }

    fn report(self, frame: u16, report: Report) -> Later {
        Later::ReportV4(frame, self, report)
    }

    fn fragment(self, frame: u16, towards: Towards) -> Option<Later> {
        (!self.is_unfragmentable()).then_some(Later::Fragment(frame, self, towards))
    }

    fn decrement(packet: &mut [u8]) {
        ipv4::decrement_ttl(packet);
    }
}

impl Header for Ipv6 {
    const IS_V6: bool = true;

    fn destination(&self) -> IpAddr {
        Ipv6Addr::from(self.destination).into()
    }

    fn length(&self) -> usize {
        self.total
    }

    fn hops(&self) -> u8 {
        self.hops
    }

    fn flow(&self, seed: u64, packet: &[u8]) -> u32 {
        flow::of_v6(seed, self, packet)
    }

    fn report(self, frame: u16, report: Report) -> Later {
        Later::ReportV6(frame, self, report)
    }

    fn fragment(self, _: u16, _: Towards) -> Option<Later> {
        None
    }

    fn decrement(packet: &mut [u8]) {
        ipv6::decrement_hops(packet);
    }
}

/// The packets of one family, as answers come for them.
struct Pass<'a, 'g, H> {
    core: &'a mut Core,
    links: &'a RtGuard<'g>,
    packets: &'a [(u16, H)],
}

impl<H: Header> Sink for Pass<'_, '_, H> {
    fn hash(&self, at: usize) -> u32 {
        let (frame, header) = &self.packets[at];
        header.flow(self.core.shared.options.seed, self.core.packet(*frame))
    }

    #[inline]
    fn take(&mut self, at: usize, number: u32, answer: Answer) {
        let (frame, header) = self.packets[at];
        let (cause, report) = match answer {
            Answer::Via(next_hop) => match self.pass(frame, header, number, next_hop) {
                Ok(()) => return,
                Err(refusal) => refusal,
            },
            Answer::Nothing => (Cause::NoRoute, Some(Report::NoRoute)),
            Answer::Drop => (Cause::Blackhole, None),
            Answer::Refuse(report) => (Cause::Refused, Some(report)),
            Answer::Encapsulate => (Cause::Encapsulation, Some(Report::NoRoute)),
        };
        self.core.drop_one(cause);
        if let Some(report) = report {
            self.core.later.push(header.report(frame, report));
        }
    }
}

impl<H: Header> Pass<'_, '_, H> {
    #[inline]
    fn pass(
        &mut self,
        frame: u16,
        header: H,
        number: u32,
        next_hop: NextHop,
    ) -> Result<(), (Cause, Option<Report>)> {
        let hop = self.hop(header.destination(), number, next_hop);
        // Nothing is said about a packet to everybody (RFC 1812 section 4.3.2.7).
        if header.hops() <= 1 && !matches!(hop, Hop::Not(Cause::Broadcast, _)) {
            return Err((Cause::TimeExceeded, Some(Report::TimeExceeded)));
        }
        let port = match &hop {
            Hop::Out(port, _) => *port,
            Hop::Ask(towards) => towards.port,
            Hop::Not(cause, report) => return Err((*cause, *report)),
        };
        let mtu = self.core.shared.ports[usize::from(port)].mtu;
        if header.length() > mtu {
            let address = next_hop.gateway.unwrap_or(header.destination());
            let Some(later) = header.fragment(frame, Towards { port, address }) else {
                let mtu = u32::try_from(mtu).unwrap_or(u32::MAX);
                return Err((Cause::TooBig, Some(Report::TooBig { mtu })));
            };
            self.core.later.push(later);
            return Ok(());
        }
        H::decrement(self.core.frames[usize::from(frame)].bytes_mut());
        match hop {
            Hop::Out(port, mac) => self.core.emit(frame, port, mac),
            Hop::Ask(towards) => self.core.later.push(Later::Resolve(frame, towards)),
            Hop::Not(..) => {}
        }
        Ok(())
    }

    /// Where a next hop leads, for a packet to `destination`.
    #[inline]
    fn hop(&mut self, destination: IpAddr, number: u32, next_hop: NextHop) -> Hop {
        let core = &mut *self.core;
        let (shared, now) = (&core.shared, core.now);
        let known = *core.adjacencies.place(number, H::IS_V6);
        if let Some(gateway) = next_hop.gateway
            && known.next_hop == next_hop
            && now < known.fresh_until
            && known.generation == shared.neighbours.generation(known.port, family(gateway))
        {
            return Hop::Out(known.port, known.mac);
        }
        let Some(towards) = core.towards(next_hop, destination) else {
            return Hop::Not(Cause::NoPort, Some(Report::NoRoute));
        };
        let Towards { port, address } = towards;
        if shared.ports[usize::from(port)].link_layer == LinkLayer::Ip {
            return Hop::Out(port, Mac::default());
        }
        // Before the lookup: what it finds is good for as long as this stays.
        let generation = shared.neighbours.generation(port, family(address));
        match shared.neighbours.state(self.links, port, address, now) {
            State::Known { mac, fresh_until } => {
                if now >= fresh_until {
                    core.refresh(towards, mac);
                } else if next_hop.gateway.is_some() && generation % 2 == 0 {
                    let fresh_until = fresh_until.min(now + REMEMBERED);
                    let known = Adjacency { next_hop, generation, fresh_until, port, mac };
                    *core.adjacencies.place(number, H::IS_V6) = known;
                }
                Hop::Out(port, mac)
            }
            State::Unknown => Hop::Ask(towards),
            State::Down => Hop::Not(Cause::Unanswered, Some(Report::HostUnreachable)),
            State::Broadcast => Hop::Not(Cause::Broadcast, None),
            State::Own => Hop::Not(Cause::Local, None),
        }
    }
}

impl Core {
    /// Looks the sorted packets up, one call for each family, and sends those on that can be.
    pub(super) fn pass<V: RouteData>(&mut self, guard: &Guard<'_, V>, links: &RtGuard<'_>) {
        let source = self.shared.source;
        let batch = core::mem::take(&mut self.v4);
        if !batch.packets.is_empty() {
            let mut pass = Pass { core: self, links, packets: &batch.packets };
            find(source, guard, &batch.addresses, &mut pass);
        }
        self.v4 = batch;
        self.v4.clear();
        let batch = core::mem::take(&mut self.v6);
        if !batch.packets.is_empty() {
            let mut pass = Pass { core: self, links, packets: &batch.packets };
            find(source, guard, &batch.addresses, &mut pass);
        }
        self.v6 = batch;
        self.v6.clear();
    }
}
