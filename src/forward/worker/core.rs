//! What a worker has beside its ports and readers: frames, queues, counters and what it remembers.

use core::{net::IpAddr, time::Duration};
use std::{sync::Arc, time::Instant};

use super::{adjacency::Adjacencies, pool::POOL};
use crate::{
    forward::{
        cause::Cause,
        counters::Totals,
        forwarder::Shared,
        io::{Frame, LinkLayer},
        limit::TokenBucket,
        packet::{
            Report,
            ethernet::{self, Ethernet, Mac},
            ipv4::Ipv4,
            ipv6::Ipv6,
        },
        routes::MOST_BURST,
    },
    nexthop::NextHop,
};

/// Neighbours, by the last bits of their addresses, of which each is asked once a second at most
/// whether it is there still; those that share the bits take turns.
const REFRESHED: usize = 64;

/// Packets of one family that are to be looked up.
#[derive(Debug)]
pub(super) struct Batch<A, H> {
    pub(super) addresses: Vec<A>,
    /// Each packet's frame and header.
    pub(super) packets: Vec<(u16, H)>,
}

impl<A, H> Default for Batch<A, H> {
    fn default() -> Self {
        Self { addresses: Vec::new(), packets: Vec::new() }
    }
}

impl<A, H> Batch<A, H> {
    fn with_capacity(count: usize) -> Self {
        Self { addresses: Vec::with_capacity(count), packets: Vec::with_capacity(count) }
    }

    pub(super) fn push(&mut self, address: A, frame: u16, header: H) {
        self.addresses.push(address);
        self.packets.push((frame, header));
    }

    pub(super) fn clear(&mut self) {
        self.addresses.clear();
        self.packets.clear();
    }
}

/// What is done after the burst has been looked up, with the packet of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) enum Later {
    /// It is ARP.
    Arp(u16),
    /// It may be a neighbour's message.
    Ndp(u16, Ipv6),
    /// It is for the forwarder itself.
    LocalV4(u16, Ipv4),
    /// It is for the forwarder itself.
    LocalV6(u16, Ipv6),
    /// Its sender is to be told that it was dropped.
    ReportV4(u16, Ipv4, Report),
    /// Its sender is to be told that it was dropped.
    ReportV6(u16, Ipv6, Report),
    /// It is to be cut up, and goes to this neighbour.
    Fragment(u16, Ipv4, Towards),
    /// It is ready to go to this neighbour, who is not known.
    Resolve(u16, Towards),
    /// This neighbour is known, and to be asked again.
    Refresh(Towards, Mac),
}

/// A neighbour on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Towards {
    pub(super) port: u16,
    pub(super) address: IpAddr,
}

/// What a worker has beside ports and readers.
pub(super) struct Core {
    pub(super) shared: Arc<Shared>,
    /// Those of a burst, and behind them those of the pool.
    pub(super) frames: Vec<Frame>,
    /// By frame: whether its packet is one that is forwarded, and not the worker's own.
    pub(super) passing: Vec<bool>,
    pub(super) burst: usize,
    pub(super) pool_used: usize,
    /// The frames that go out by each port.
    pub(super) queues: Vec<Vec<u16>>,
    pub(super) v4: Batch<u32, Ipv4>,
    pub(super) v6: Batch<u128, Ipv6>,
    pub(super) later: Vec<Later>,
    pub(super) adjacencies: Adjacencies,
    pub(super) totals: Totals,
    pub(super) errors: TokenBucket,
    began: Instant,
    identification: u16,
    /// The port that the burst came by.
    pub(super) from: u16,
    /// Seconds, by the neighbours' clock.
    pub(super) now: u64,
    /// When neighbours were last asked whether they are there still, by a part of their addresses.
    refreshed: [u64; REFRESHED],
}

impl Core {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let options = &shared.options;
        let burst = options.burst.clamp(1, MOST_BURST);
        let all = burst + POOL;
        Self {
            frames: (0..all).map(|_| Frame::new()).collect(),
            passing: vec![true; all],
            burst,
            pool_used: 0,
            queues: shared.ports.iter().map(|_| Vec::with_capacity(all)).collect(),
            v4: Batch::with_capacity(burst),
            v6: Batch::with_capacity(burst),
            later: Vec::with_capacity(2 * burst),
            adjacencies: Adjacencies::new(),
            totals: Totals::default(),
            errors: TokenBucket::new(options.errors_per_second, options.errors_at_once),
            began: Instant::now(),
            identification: 0,
            from: 0,
            now: shared.neighbours.now(),
            refreshed: [0; REFRESHED],
            shared,
        }
    }

    /// The frames to receive into.
    pub(super) fn burst(&mut self) -> &mut [Frame] {
        &mut self.frames[..self.burst]
    }

    /// The packet of a frame, without a link header.
    pub(super) fn packet(&self, frame: u16) -> &[u8] {
        self.frames[usize::from(frame)].bytes()
    }

    /// Counts a packet of the burst that goes nowhere.
    pub(super) fn drop_one(&mut self, cause: Cause) {
        self.totals.drop_one(cause);
    }

    /// Counts the packet of a frame that goes nowhere: one that was to be forwarded, or one of the
    /// worker's own.
    pub(super) fn abandon(&mut self, frame: u16, cause: Cause) {
        self.lose(self.passing[usize::from(frame)], cause);
    }

    /// Counts a packet that goes nowhere: one that was to be forwarded, or one of the worker's own.
    pub(super) fn lose(&mut self, passing: bool, cause: Cause) {
        match passing {
            true => self.totals.drop_one(cause),
            false => self.totals.suppressed += 1,
        }
    }

    /// Puts the packet of a frame into a port's queue, with a header for `mac` before it where the port
    /// is an Ethernet one.
    #[inline]
    pub(super) fn emit(&mut self, frame: u16, port: u16, mac: Mac) {
        let Some(out) = self.shared.ports.get(usize::from(port)) else { return };
        if out.link_layer == LinkLayer::Ethernet {
            let bytes = &mut self.frames[usize::from(frame)];
            let is_v6 = bytes.bytes().first().is_some_and(|first| first >> 4 == 6);
            let kind = if is_v6 { ethernet::IPV6 } else { ethernet::IPV4 };
            if !bytes.grow_front(ethernet::HEADER) {
                self.abandon(frame, Cause::NoBuffer);
                return;
            }
            Ethernet { destination: mac, source: out.mac, kind }.write(bytes.bytes_mut());
        }
        self.queues[usize::from(port)].push(frame);
    }

    /// The port and neighbour that a next hop leads to, for a packet to `destination`.
    pub(super) fn towards(&self, next_hop: NextHop, destination: IpAddr) -> Option<Towards> {
        let port = self.shared.map.port(next_hop.interface)?;
        Some(Towards { port, address: next_hop.gateway.unwrap_or(destination) })
    }

    /// Lets a neighbour that is known be asked again, once a second.
    pub(super) fn refresh(&mut self, towards: Towards, mac: Mac) {
        let last = match towards.address {
            IpAddr::V4(address) => address.octets()[3],
            IpAddr::V6(address) => address.octets()[15],
        };
        let before = &mut self.refreshed[usize::from(last) % REFRESHED];
        if *before != self.now {
            *before = self.now;
            self.later.push(Later::Refresh(towards, mac));
        }
    }

    /// A number for a packet of the worker's own.
    pub(super) fn next_identification(&mut self) -> u16 {
        self.identification = self.identification.wrapping_add(1);
        self.identification
    }

    /// Whether an error may be sent now.
    pub(super) fn may_send_error(&mut self) -> bool {
        let now: Duration = self.began.elapsed();
        self.errors.take(now)
    }
}
