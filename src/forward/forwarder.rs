//! A forwarder: what its workers share.

use core::{fmt, net::IpAddr};
use std::sync::Arc;

use super::{
    counters::{Counters, Totals},
    io::PacketIo,
    neighbour::{NeighbourError, Neighbours},
    options::ForwardOptions,
    packet::ethernet::Mac,
    port::{Port, PortMap},
    routes::{RouteData, Source},
    worker::Worker,
};
use crate::{
    bsd::{RouteError, RtRef},
    sync::{Mutex, lock},
    table::Table,
};

/// The most ports that a forwarder has.
pub const MOST_PORTS: usize = 256;

/// Why there is no forwarder, or no worker.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ForwardError {
    /// There are more ports than [`MOST_PORTS`].
    Ports(usize),
    /// Two ports have this index of an interface.
    Interface(u32),
    /// A worker was given another number of ports than the forwarder has.
    Ends {
        /// Ports of the forwarder.
        ports: usize,
        /// Ends given.
        given: usize,
    },
    /// A worker was given an end, by its place, whose frames begin otherwise than the port's.
    LinkLayer(usize),
    /// The tables of the links could not be set up.
    Neighbours(NeighbourError),
}

impl fmt::Display for ForwardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ports(count) => write!(f, "{count} ports are more than {MOST_PORTS}"),
            Self::Interface(index) => write!(f, "two ports are interface {index}"),
            Self::Ends { ports, given } => write!(f, "{given} ends for {ports} ports"),
            Self::LinkLayer(at) => write!(f, "port {at} has another link layer than its end"),
            Self::Neighbours(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ForwardError {}

/// What all workers share.
pub(super) struct Shared {
    pub(super) ports: Box<[Port]>,
    pub(super) map: PortMap,
    pub(super) neighbours: Neighbours,
    pub(super) options: ForwardOptions,
    pub(super) source: Source,
}

/// A forwarder over a table. Make a [`Worker`] for each thread.
///
/// ```
/// use rtalloc::{NextHop, Options, Route, Table, Width};
/// use rtalloc::forward::Forwarder;
///
/// let table: Table = Options::new().forwarding(Width::One).open()?;
/// table.insert("192.0.2.0/24".parse()?, Route::via(NextHop::interface(1)))?;
/// let forwarder = Forwarder::new(table, Vec::new(), Default::default())?;
/// assert_eq!(forwarder.totals().received, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Forwarder<V: RouteData = ()> {
    table: Table<V>,
    shared: Arc<Shared>,
    counters: Mutex<Vec<Counters>>,
}

impl<V: RouteData> Forwarder<V> {
    /// A forwarder by `table` between `ports`.
    ///
    /// Packets are looked up in the table's forwarding view if it has one and its routes have one next
    /// hop each, otherwise by its entries.
    ///
    /// The view knows next hops alone. A route in it that [drops](crate::RouteFlags::BLACKHOLE) or
    /// [refuses](crate::RouteFlags::REJECT) packets is to name none, neither gateway nor interface, as
    /// such routes of [`netlink`](crate::netlink)'s mirrors do; one that names a next hop sends packets
    /// there. Where routes come from somebody who adds such flags to a next hop, open the table without
    /// the view.
    ///
    /// # Errors
    /// [`ForwardError`] if there are too many ports, two of one interface, or no room for the tables of
    /// their links.
    pub fn new(
        table: Table<V>,
        ports: Vec<Port>,
        options: ForwardOptions,
    ) -> Result<Self, ForwardError> {
        if ports.len() > MOST_PORTS {
            return Err(ForwardError::Ports(ports.len()));
        }
        let mut interfaces: Vec<_> = ports.iter().map(|port| port.interface).collect();
        interfaces.sort_unstable();
        if let Some(same) = interfaces.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ForwardError::Interface(same[0]));
        }
        let clock = Arc::clone(&options.clock);
        let neighbours = Neighbours::open(&ports, options.neighbours, clock);
        let neighbours = neighbours.map_err(ForwardError::Neighbours)?;
        let source = match options.constant {
            Some(next_hop) => Source::Constant(next_hop),
            None if V::SEVERAL || table.reader().enter().forwarding().is_none() => Source::Entries,
            None => Source::View,
        };
        let map = PortMap::new(&ports);
        let ports = ports.into_boxed_slice();
        let shared = Arc::new(Shared { ports, map, neighbours, options, source });
        Ok(Self { table, shared, counters: Mutex::default() })
    }

    /// A worker with an end of each port, in the order of the ports.
    ///
    /// # Errors
    /// [`ForwardError`] if the ends are not such.
    pub fn worker(&self, ends: Vec<Box<dyn PacketIo>>) -> Result<Worker<V>, ForwardError> {
        let ports = &self.shared.ports;
        if ends.len() != ports.len() {
            return Err(ForwardError::Ends { ports: ports.len(), given: ends.len() });
        }
        let mut pairs = ports.iter().zip(&ends);
        if let Some(at) = pairs.position(|(port, end)| port.link_layer != end.link_layer()) {
            return Err(ForwardError::LinkLayer(at));
        }
        let counters = Counters::new();
        lock(&self.counters).push(counters.clone());
        Ok(Worker::new(self.table.reader(), Arc::clone(&self.shared), ends, counters))
    }

    /// The ports.
    pub fn ports(&self) -> &[Port] {
        &self.shared.ports
    }

    /// The table.
    pub fn table(&self) -> &Table<V> {
        &self.table
    }

    /// Enters a neighbour on an Ethernet port, by its place, by hand: it is never asked for, and never
    /// forgotten. For links on which nobody answers, as in a capture file.
    ///
    /// # Errors
    /// [`RouteError`] if there is no such port, or the neighbour is known.
    pub fn add_neighbour(&self, port: usize, address: IpAddr, mac: Mac) -> Result<(), RouteError> {
        self.shared.neighbours.enter(u16::try_from(port).unwrap_or(u16::MAX), address, mac)
    }

    /// The routes on the link of a port, by its place: networks, own addresses, and a host route for
    /// each neighbour.
    pub fn neighbours(&self, port: usize) -> Vec<RtRef> {
        self.shared.neighbours.routes(u16::try_from(port).unwrap_or(u16::MAX))
    }

    /// The counters of each worker, in the order in which they were made.
    pub fn counters(&self) -> Vec<Counters> {
        lock(&self.counters).clone()
    }

    /// What all workers together have counted.
    pub fn totals(&self) -> Totals {
        let each = self.counters();
        each.iter().fold(Totals::default(), |sum, worker| sum.plus(&worker.totals()))
    }
}

impl<V: RouteData> fmt::Debug for Forwarder<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarder").field("ports", &self.shared.ports).finish_non_exhaustive()
    }
}
