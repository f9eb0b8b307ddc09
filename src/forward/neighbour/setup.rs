//! The tables of the links, before there is a neighbour.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::{
    NeighbourError, NeighbourOptions, Neighbours,
    link::{Link, broadcasts, index_of, link_address},
    questions::Questions,
};
use crate::{
    any_prefix::AnyPrefix,
    bsd::{
        Clock, Errno, Priority, Profile, Request, RouteError, RouteInfo, RoutingOptions, RtFlags,
    },
    forward::{io::LinkLayer, packet::ethernet::Mac, port::Port},
    sync::{AtomicU64, Mutex},
    table::Options,
};

/// Bytes of nodes in the table of a link.
const NODE_BYTES: usize = 1 << 26;

impl Neighbours {
    /// The tables of `ports`, without a neighbour.
    pub(in crate::forward) fn open(
        ports: &[Port],
        options: NeighbourOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NeighbourError> {
        let table = Options::new().max_routes(1 << 20).max_node_bytes(NODE_BYTES);
        let routing = RoutingOptions::new(Profile::OpenBsd)
            .clock(Arc::clone(&clock))
            .clones_per_parent(options.clones)
            .tables(table)
            .open()?;
        let questions = ports.iter().map(|_| Mutex::new(Questions::new(&options))).collect();
        let ticked = AtomicU64::new(0);
        let this = Self { routing, clock, options, questions, ticked };
        for (number, port) in (0..).zip(ports) {
            if port.link_layer == LinkLayer::Ethernet {
                this.set_up(number, port)?;
            }
        }
        Ok(this)
    }

    fn set_up(&self, number: u16, port: &Port) -> Result<(), RouteError> {
        // Longer than the questions take.
        let patience = u64::from(self.options.tries) + 2;
        let link = Link::new(number, port, Arc::clone(&self.clock), patience);
        self.routing.attach(Arc::new(link))?;
        let table = u32::from(number);
        if !self.routing.table_exists(table) {
            self.routing.table_add(table)?;
        }
        for own in &port.addresses {
            once(self.routing.address_added(index_of(number), own.address, table))?;
        }
        let anywhere = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
        let everywhere = anywhere.map(|address| AnyPrefix::containing(address, 0));
        let networks = port.addresses.iter().map(|own| own.network());
        for network in networks.filter(|network| !network.is_host()).chain(everywhere) {
            let gateway = link_address(number, None);
            let info = RouteInfo {
                interface: Some(index_of(number)),
                ..RouteInfo::net(network.address(), network.len(), gateway)
            };
            once(self.routing.rtrequest1(Request::Add, &info, Priority::NONE, table))?;
        }
        for address in port.addresses.iter().flat_map(broadcasts) {
            let info = RouteInfo {
                gateway: Some(link_address(number, None)),
                flags: RtFlags::BROADCAST,
                interface: Some(index_of(number)),
                ..RouteInfo::host(address)
            };
            once(self.routing.rtrequest1(Request::Add, &info, Priority::NONE, table))?;
        }
        Ok(())
    }

    /// Enters a neighbour by hand, which never expires.
    pub(in crate::forward) fn enter(
        &self,
        port: u16,
        address: IpAddr,
        mac: Mac,
    ) -> Result<(), RouteError> {
        let info = RouteInfo {
            gateway: Some(link_address(port, Some(mac))),
            flags: RtFlags::STATIC,
            interface: Some(index_of(port)),
            ..RouteInfo::host(address)
        };
        self.routing.rtrequest1(Request::Add, &info, Priority::NONE, port.into()).map(|_| ())
    }
}

/// A route that is there already, as two addresses are in one network, is no error.
fn once<T>(outcome: Result<T, RouteError>) -> Result<(), RouteError> {
    match outcome {
        Err(error) if error.errno() != Errno::EEXIST => Err(error),
        _ => Ok(()),
    }
}
