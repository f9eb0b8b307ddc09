//! Routing messages: what route(4) tells its listeners.
//!
//! A [`Message`] is built once and shared by all who receive it. A [`Bus`] brings messages to
//! [`Subscriber`]s, each of which says with a [`Filter`] what it wants. How each system lays a message
//! out in memory is in [`wire`], and [`Text`] prints one as `route monitor` does.

mod bus;
mod filter;
mod text;
pub mod wire;

use core::net::IpAddr;

pub use bus::{Bus, Subscriber};
pub use filter::{Families, Filter, MessageKinds, Tables};
pub use text::Text;

use super::{
    errno::Errno,
    flags::RtFlags,
    sockaddr::{LinkAddress, Sockaddr},
};

/// What a message is about: `rtm_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MessageKind {
    /// `RTM_ADD`: a route was added, or a request to add one.
    Add,
    /// `RTM_DELETE`: a route was deleted, or a request to delete one.
    Delete,
    /// `RTM_CHANGE`: a route was changed, or a request to change one.
    Change,
    /// `RTM_GET`: a request for a route, and its answer.
    Get,
    /// `RTM_LOSING`: a peer suspects that a route no longer works.
    Losing,
    /// `RTM_REDIRECT`: a router said to use another one.
    Redirect,
    /// `RTM_MISS`: a lookup failed, or a clone could not be made.
    Miss,
    /// `RTM_LOCK`: a request to lock metrics.
    Lock,
    /// `RTM_RESOLVE`: an outside program is asked to resolve an address.
    Resolve,
    /// `RTM_NEWADDR`: an interface got an address.
    NewAddress,
    /// `RTM_DELADDR`: an interface lost an address.
    DeleteAddress,
    /// `RTM_IFINFO`: an interface or its link changed its state.
    InterfaceInfo,
    /// `RTM_IFANNOUNCE`: an interface arrived or left.
    InterfaceAnnounce,
    /// `RTM_DESYNC`, of OpenBSD: the listener has lost messages. FreeBSD loses them silently; this
    /// crate tells its subscribers in both profiles, and has no number for it in FreeBSD's layout.
    Desync,
}

/// A routing message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `rtm_type`.
    pub kind: MessageKind,
    /// `rtm_tableid`.
    pub table: u8,
    /// `rtm_flags`: the route's, and [`RtFlags::DONE`] for what has happened.
    pub flags: RtFlags,
    /// `rtm_fmask`: which flags `RTM_CHANGE` is to set or clear.
    pub change_mask: RtFlags,
    /// `rtm_errno`.
    pub errno: Option<Errno>,
    /// `rtm_index`: the interface's index, 0 for none.
    pub index: u16,
    /// `rtm_priority`.
    pub priority: u8,
    /// `rtm_pid`: the requester's own number, 0 for what no process asked for.
    pub pid: u32,
    /// `rtm_seq`: the requester's number for the request.
    pub seq: u32,
    /// `rtm_inits`: which metrics the request sets; see [`Inits`].
    pub inits: Inits,
    /// `rmx_locks`: which metrics the kernel is to leave alone.
    pub locks: Inits,
    /// `rtm_rmx`.
    pub metrics: MessageMetrics,
    /// `rtm_addrs` and the addresses themselves.
    pub addresses: Addresses,
    /// For [`MessageKind::InterfaceInfo`] and [`MessageKind::InterfaceAnnounce`], what became of
    /// the interface.
    pub event: Option<InterfaceEvent>,
}

bitflags::bitflags! {
    /// Which metrics a message initializes or locks, `RTV_*`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Inits: u32 {
        /// `RTV_MTU`.
        const MTU = 1;
        /// `RTV_HOPCOUNT`: accepted and ignored.
        const HOPCOUNT = 2;
        /// `RTV_EXPIRE`.
        const EXPIRE = 4;
        /// `RTV_RPIPE`: accepted and ignored.
        const RPIPE = 8;
        /// `RTV_SPIPE`: accepted and ignored.
        const SPIPE = 16;
        /// `RTV_SSTHRESH`: accepted and ignored.
        const SSTHRESH = 32;
        /// `RTV_RTT`: accepted and ignored.
        const RTT = 64;
        /// `RTV_RTTVAR`: accepted and ignored.
        const RTTVAR = 128;
    }
}

/// The metrics that both kernels keep; the others of `rt_metrics` are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageMetrics {
    /// `rmx_mtu`, 0 for the interface's.
    pub mtu: u32,
    /// `rmx_expire` in seconds of the clock, 0 for never.
    pub expire: u64,
    /// `rmx_pksent`: how often the route was used.
    pub used: u64,
}

/// The addresses of a message, in the order of their bits in `rtm_addrs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// `RTA_DST`.
    pub destination: Option<Sockaddr>,
    /// `RTA_GATEWAY`.
    pub gateway: Option<Sockaddr>,
    /// `RTA_NETMASK`, as the length of the mask in bits, of the destination's family.
    pub netmask: Option<u8>,
    /// `RTA_GENMASK`, as the length of the mask in bits.
    pub genmask: Option<u8>,
    /// `RTA_IFP`: the interface, with its name.
    pub interface: Option<LinkAddress>,
    /// `RTA_IFA`: the interface's address.
    pub interface_address: Option<IpAddr>,
    /// `RTA_AUTHOR`: who sent a redirect.
    pub author: Option<Sockaddr>,
    /// `RTA_BRD`: the broadcast or peer address.
    pub broadcast: Option<IpAddr>,
}

/// What became of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterfaceEvent {
    /// The interface is there now.
    Arrived,
    /// The interface is gone.
    Departed,
    /// Its state.
    State {
        /// Whether it is up (`IFF_UP`).
        up: bool,
        /// Whether its link is.
        link: bool,
        /// Its largest packet in bytes.
        mtu: u32,
    },
}

impl Message {
    /// A message about `kind` in `table`, with nothing else in it.
    pub fn new(kind: MessageKind, table: u8) -> Self {
        Self {
            kind,
            table,
            flags: RtFlags::empty(),
            change_mask: RtFlags::empty(),
            errno: None,
            index: 0,
            priority: 0,
            pid: 0,
            seq: 0,
            inits: Inits::empty(),
            locks: Inits::empty(),
            metrics: MessageMetrics::default(),
            addresses: Addresses::default(),
            event: None,
        }
    }
    /// The address whose family the message is about: the destination, or what an interface got or
    /// lost.
    pub fn subject(&self) -> Option<Sockaddr> {
        match self.kind {
            MessageKind::NewAddress | MessageKind::DeleteAddress => {
                self.addresses.interface_address.map(Sockaddr::from)
            }
            _ => self.addresses.destination,
        }
    }
}
