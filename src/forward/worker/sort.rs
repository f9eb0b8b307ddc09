//! The first look at a burst: which packets are to be looked up, which are for the forwarder itself, and
//! which are dropped.

use super::core::{Core, Later};
use crate::forward::{
    cause::Cause,
    io::LinkLayer,
    packet::{
        Report,
        ethernet::{self, Ethernet, is_group},
        icmp6,
        ipv4::{self, Ipv4},
        ipv6::{self, Ipv6},
        ndp,
    },
};

/// What a packet is, by its link header or by its first byte.
enum Kind {
    V4,
    V6,
    Arp,
}

impl Core {
    /// Sorts the first `count` frames, which have come by the port `from`. Every packet is counted as
    /// dropped, or stands in a batch or among what is done later, with its frame beginning at the
    /// packet and ending with it.
    pub(super) fn sort(&mut self, from: u16, count: usize) {
        self.from = from;
        self.totals.received += count as u64;
        self.totals.bursts += 1;
        for frame in 0..count as u16 {
            self.passing[usize::from(frame)] = true;
            if let Err(cause) = self.sort_one(frame) {
                self.drop_one(cause);
            }
        }
    }

    #[inline]
    fn sort_one(&mut self, frame: u16) -> Result<(), Cause> {
        let port = self.shared.ports.get(usize::from(self.from)).ok_or(Cause::NoPort)?;
        let bytes = self.frames[usize::from(frame)].bytes();
        let (kind, link, to_group) = match port.link_layer {
            LinkLayer::Ip => match bytes.first().ok_or(Cause::Truncated)? >> 4 {
                4 => (Kind::V4, 0, false),
                6 => (Kind::V6, 0, false),
                _ => return Err(Cause::Version),
            },
            LinkLayer::Ethernet => {
                let header = Ethernet::read(bytes).ok_or(Cause::Truncated)?;
                let to_group = is_group(header.destination);
                if !to_group && header.destination != port.mac {
                    return Err(Cause::OtherStation);
                }
                let kind = match header.kind {
                    ethernet::IPV4 => Kind::V4,
                    ethernet::IPV6 => Kind::V6,
                    ethernet::ARP => Kind::Arp,
                    _ => return Err(Cause::EtherType),
                };
                (kind, ethernet::HEADER, to_group)
            }
        };
        match kind {
            Kind::V4 => self.sort_v4(frame, link, to_group),
            Kind::V6 => self.sort_v6(frame, link, to_group),
            Kind::Arp => {
                self.frames[usize::from(frame)].shrink_front(link);
                self.later.push(Later::Arp(frame));
                Ok(())
            }
        }
    }

    /// Leaves the packet alone in its frame: without link header and padding.
    #[inline]
    fn cut(&mut self, frame: u16, link: usize, total: usize) {
        let frame = &mut self.frames[usize::from(frame)];
        frame.shrink_front(link);
        frame.truncate(total);
    }

    #[inline]
    fn sort_v4(&mut self, frame: u16, link: usize, to_group: bool) -> Result<(), Cause> {
        let bytes = &self.frames[usize::from(frame)].bytes()[link..];
        let header = Ipv4::read(bytes)?;
        if header.destination == u32::MAX {
            return Err(Cause::Broadcast);
        }
        header.check_addresses()?;
        if ipv4::is_multicast(header.destination) {
            return Err(Cause::Multicast);
        }
        if to_group {
            return Err(Cause::LinkBroadcast);
        }
        self.cut(frame, link, header.total.into());
        if self.shared.map.is_own_v4(header.destination) {
            self.later.push(Later::LocalV4(frame, header));
            return Ok(());
        }
        if ipv4::is_link_local(header.destination) || ipv4::is_link_local(header.source) {
            return Err(Cause::Scope);
        }
        self.v4.push(header.destination, frame, header);
        Ok(())
    }

    #[inline]
    fn sort_v6(&mut self, frame: u16, link: usize, to_group: bool) -> Result<(), Cause> {
        let bytes = &self.frames[usize::from(frame)].bytes()[link..];
        let header = Ipv6::read(bytes)?;
        let is_own = self.shared.map.is_own_v6(header.destination, self.from);
        let is_multicast = ipv6::is_multicast(header.destination);
        // Without link addresses there is nothing to be asked or told, and no frame for an answer.
        let is_ndp = link == ethernet::HEADER
            && header.next == icmp6::PROTOCOL
            && (is_own || is_multicast)
            && ndp::is_ndp(header.payload(bytes));
        if is_ndp {
            // One that has no address yet asks whether it may have one.
            if header.source != 0 {
                header.check_addresses()?;
            }
            self.cut(frame, link, header.total);
            self.later.push(Later::Ndp(frame, header));
            return Ok(());
        }
        header.check_addresses()?;
        if is_multicast {
            return Err(Cause::Multicast);
        }
        if to_group {
            return Err(Cause::LinkBroadcast);
        }
        self.cut(frame, link, header.total);
        if is_own {
            self.later.push(Later::LocalV6(frame, header));
            return Ok(());
        }
        if ipv6::is_link_local(header.destination) {
            return Err(Cause::Scope);
        }
        if ipv6::is_link_local(header.source) {
            self.later.push(Later::ReportV6(frame, header, Report::BeyondScope));
            return Err(Cause::Scope);
        }
        self.v6.push(header.destination, frame, header);
        Ok(())
    }
}
