//! Interfaces, as far as routing needs them, and their say in the routes that use them.

use core::net::IpAddr;

use super::{flags::RtFlags, name::Name, sockaddr::Sockaddr};
use crate::{
    any_prefix::AnyPrefix,
    sync::{Mutex, lock},
};

/// An address of an interface: `ifaddr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceAddress {
    /// The address.
    pub address: IpAddr,
    /// Length of the network's mask in bits.
    pub prefix_len: u8,
    /// The other end, if the link has just two.
    pub peer: Option<IpAddr>,
}

impl InterfaceAddress {
    /// The network that is directly reachable.
    pub fn network(&self) -> AnyPrefix {
        AnyPrefix::containing(self.address, self.prefix_len)
    }
}

/// What a route's interface is told and asked when the route comes, changes or goes:
/// `ifa_rtrequest`'s view of the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkView {
    /// The destination.
    pub destination: AnyPrefix,
    /// The route's flags. The interface may add `CLONING`, and set or clear `LLINFO` and `REJECT`;
    /// what it does to others is ignored.
    pub flags: RtFlags,
    /// The gateway. The interface may replace it on adding, for example by its own link address.
    pub gateway: Sockaddr,
    /// When the route expires, 0 for never.
    pub expire: u64,
    /// The index of the interface that packets leave by. An interface whose own address is the
    /// destination may name the loopback interface instead.
    pub interface: u16,
}

/// Why [`Interface::route_changed`] is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRequest {
    /// `RTM_ADD`: a route through the interface is being added, or has been changed.
    Add,
    /// `RTM_RESOLVE`: a clone is being made.
    Resolve,
    /// `RTM_DELETE`: a route through the interface was deleted. Changes to the view are ignored.
    Delete,
}

/// A network interface.
pub trait Interface: Send + Sync {
    /// Its index, 1 or more, and its own.
    fn index(&self) -> u16;
    /// Its name.
    fn name(&self) -> Name;
    /// Whether it is up and its link is: `IFF_UP` and the link state.
    fn is_up(&self) -> bool;
    /// Its largest packet in bytes.
    fn mtu(&self) -> u32;
    /// Added to the priority of routes that name none.
    fn priority(&self) -> u8 {
        0
    }
    /// Its type, `IFT_*`: 6 for Ethernet, 24 for loopback.
    fn kind(&self) -> u8 {
        6
    }
    /// Its addresses, the primary one first.
    fn addresses(&self) -> Vec<InterfaceAddress>;
    /// Told of each route through the interface before it is published, and after it was deleted:
    /// `ifa_rtrequest`. Called with the routing's lock of changes held: it must not call it.
    fn route_changed(&self, request: LinkRequest, view: &mut LinkView) {
        let (_, _) = (request, view);
    }
}

/// An interface that exists in memory alone.
#[derive(Debug)]
pub struct MemoryInterface {
    index: u16,
    name: Name,
    mtu: u32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    up: bool,
    addresses: Vec<InterfaceAddress>,
}

impl MemoryInterface {
    /// An interface that is up and has no address.
    pub fn new(index: u16, name: Name, mtu: u32) -> Self {
        let state = State { up: true, addresses: Vec::new() };
        Self { index, name, mtu, state: Mutex::new(state) }
    }

    /// Gives it an address, or changes the mask of one that it has.
    pub fn set_address(&self, address: InterfaceAddress) {
        let mut state = lock(&self.state);
        match state.addresses.iter_mut().find(|known| known.address == address.address) {
            Some(known) => *known = address,
            None => state.addresses.push(address),
        }
    }

    /// Takes an address from it. Returns whether it had it.
    pub fn remove_address(&self, address: IpAddr) -> bool {
        let mut state = lock(&self.state);
        let before = state.addresses.len();
        state.addresses.retain(|known| known.address != address);
        state.addresses.len() < before
    }

    /// Takes it up or down. Tell the routing with `link_changed`.
    pub fn set_up(&self, up: bool) {
        lock(&self.state).up = up;
    }
}

impl Interface for MemoryInterface {
    fn index(&self) -> u16 {
        self.index
    }

    fn name(&self) -> Name {
        self.name
    }

    fn is_up(&self) -> bool {
        lock(&self.state).up
    }

    fn mtu(&self) -> u32 {
        self.mtu
    }

    fn addresses(&self) -> Vec<InterfaceAddress> {
        lock(&self.state).addresses.clone()
    }
}

#[cfg(all(test, not(rtalloc_loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_changes_and_goes() {
        let interface = MemoryInterface::new(1, "em0".parse().unwrap(), 1500);
        let address =
            InterfaceAddress { address: "10.0.0.1".parse().unwrap(), prefix_len: 24, peer: None };
        interface.set_address(address);
        interface.set_address(InterfaceAddress { prefix_len: 16, ..address });
        assert_eq!(interface.addresses().len(), 1);
        assert_eq!(interface.addresses()[0].network().to_string(), "10.0.0.0/16");
        assert!(interface.remove_address(address.address));
        assert!(!interface.remove_address(address.address));
        assert!(interface.is_up());
        interface.set_up(false);
        assert!(!interface.is_up());
    }
}
