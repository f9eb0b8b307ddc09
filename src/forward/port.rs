//! The ports of a forwarder: what each is called, what it is on its link, and its addresses.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    io::{LinkLayer, PacketIo},
    packet::{ethernet::Mac, ipv6, ndp},
};
use crate::bsd::{InterfaceAddress, Name};

/// A port of a forwarder.
#[derive(Clone, Debug)]
pub struct Port {
    /// What it is called.
    pub name: Name,
    /// The index by which next hops name it.
    pub interface: u32,
    /// What its frames begin with.
    pub link_layer: LinkLayer,
    /// The longest packet that goes out by it, in bytes.
    pub mtu: usize,
    /// Its address on an Ethernet link.
    pub mac: Mac,
    /// Its addresses, the preferred one of each family first.
    pub addresses: Vec<InterfaceAddress>,
}

impl Port {
    /// A port that receives and sends by `io`. An Ethernet port gets the IPv6 address that its `mac`
    /// makes on its link, behind the others.
    pub fn new(
        name: Name,
        interface: u32,
        io: &dyn PacketIo,
        mac: Mac,
        addresses: impl IntoIterator<Item = InterfaceAddress>,
    ) -> Self {
        let mut addresses: Vec<_> = addresses.into_iter().collect();
        if io.link_layer() == LinkLayer::Ethernet {
            let address = IpAddr::V6(Ipv6Addr::from(ndp::link_local(mac)));
            if addresses.iter().all(|known| known.address != address) {
                addresses.push(InterfaceAddress { address, prefix_len: 64, peer: None });
            }
        }
        Self { name, interface, link_layer: io.link_layer(), mtu: io.mtu(), mac, addresses }
    }

    /// The port's IPv4 address to speak to `to` with: one in whose network that is, else the first.
    pub fn source_v4(&self, to: u32) -> Option<u32> {
        self.source(Ipv4Addr::from(to).into(), |_| true).and_then(|address| match address {
            IpAddr::V4(address) => Some(address.into()),
            IpAddr::V6(_) => None,
        })
    }

    /// The port's IPv6 address to speak to `to` with: one in whose network that is, else the first
    /// that is valid where `to` is.
    pub fn source_v6(&self, to: u128) -> Option<u128> {
        let on_link = ipv6::is_link_local(to);
        let fits = |address: IpAddr| match address {
            IpAddr::V4(_) => false,
            IpAddr::V6(address) => on_link || !ipv6::is_link_local(address.into()),
        };
        self.source(Ipv6Addr::from(to).into(), fits).and_then(|address| match address {
            IpAddr::V6(address) => Some(address.into()),
            IpAddr::V4(_) => None,
        })
    }

    /// The port's IPv6 address that is valid on the link alone, if it has one.
    pub fn link_local(&self) -> Option<u128> {
        self.addresses.iter().find_map(|own| match own.address {
            IpAddr::V6(address) if ipv6::is_link_local(address.into()) => Some(address.into()),
            _ => None,
        })
    }

    fn source(&self, to: IpAddr, fits: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
        let own = || {
            let family = |own: &&InterfaceAddress| own.address.is_ipv4() == to.is_ipv4();
            self.addresses.iter().filter(family).filter(|own| fits(own.address))
        };
        let close = own().find(|own| own.network().contains(to));
        close.or_else(|| own().next()).map(|own| own.address)
    }
}

/// Which port an index of an interface names, and which addresses are a forwarder's own.
#[derive(Clone, Debug)]
pub(super) struct PortMap {
    /// Sorted.
    interfaces: Vec<(u32, u16)>,
    /// Sorted.
    v4: Vec<u32>,
    /// Sorted, each with the port where it is valid; none where that is everywhere.
    v6: Vec<(u128, Option<u16>)>,
}

impl PortMap {
    pub(super) fn new(ports: &[Port]) -> Self {
        let mut map = Self { interfaces: Vec::new(), v4: Vec::new(), v6: Vec::new() };
        for (number, port) in (0..).zip(ports) {
            map.interfaces.push((port.interface, number));
            for own in &port.addresses {
                match own.address {
                    IpAddr::V4(address) => map.v4.push(address.into()),
                    IpAddr::V6(address) => {
                        let address = u128::from(address);
                        map.v6.push((address, ipv6::is_link_local(address).then_some(number)));
                    }
                }
            }
        }
        map.interfaces.sort_unstable();
        map.v4.sort_unstable();
        map.v6.sort_unstable();
        map
    }

    /// The port with this index.
    #[inline]
    pub(super) fn port(&self, interface: u32) -> Option<u16> {
        let place = self.interfaces.binary_search_by_key(&interface, |known| known.0).ok()?;
        Some(self.interfaces[place].1)
    }

    /// Whether an IPv4 address is the forwarder's own.
    #[inline]
    pub(super) fn is_own_v4(&self, address: u32) -> bool {
        self.v4.binary_search(&address).is_ok()
    }

    /// Whether an IPv6 address is the forwarder's own, for what comes by `port`.
    #[inline]
    pub(super) fn is_own_v6(&self, address: u128, port: u16) -> bool {
        let from = self.v6.partition_point(|known| known.0 < address);
        let mut same = self.v6[from..].iter().take_while(|known| known.0 == address);
        same.any(|known| known.1.is_none_or(|valid| valid == port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(interface: u32, addresses: &[(&str, u8)]) -> Port {
        let address = |&(address, prefix_len): &(&str, u8)| InterfaceAddress {
            address: address.parse().unwrap(),
            prefix_len,
            peer: None,
        };
        Port {
            name: Name::default(),
            interface,
            link_layer: LinkLayer::Ethernet,
            mtu: 1500,
            mac: [2, 0, 0, 0, 0, 1],
            addresses: addresses.iter().map(address).collect(),
        }
    }

    #[test]
    fn the_address_of_the_same_network_speaks() {
        let port =
            port(1, &[("10.0.0.1", 24), ("10.1.0.1", 16), ("fe80::1", 64), ("2001:db8::1", 64)]);
        assert_eq!(port.source_v4(0x0A01_0203), Some(0x0A01_0001));
        assert_eq!(port.source_v4(0xC000_0201), Some(0x0A00_0001));
        let global = 0x2001_0DB8u128 << 96;
        assert_eq!(port.source_v6(global | 9), Some(global | 1));
        assert_eq!(port.source_v6(0x2600 << 112), Some(global | 1));
        assert_eq!(port.source_v6(0xFE80 << 112 | 9), Some(0xFE80 << 112 | 1));
    }

    #[test]
    fn an_address_of_a_link_is_own_on_that_link() {
        let ports =
            [port(7, &[("fe80::1", 64), ("10.0.0.1", 24)]), port(3, &[("2001:db8::1", 64)])];
        let map = PortMap::new(&ports);
        assert_eq!((map.port(7), map.port(3), map.port(0)), (Some(0), Some(1), None));
        assert!(map.is_own_v6(0xFE80 << 112 | 1, 0) && !map.is_own_v6(0xFE80 << 112 | 1, 1));
        assert!(map.is_own_v6(0x2001_0DB8u128 << 96 | 1, 0));
        assert!(map.is_own_v4(0x0A00_0001) && !map.is_own_v4(0x0A00_0002));
    }
}
