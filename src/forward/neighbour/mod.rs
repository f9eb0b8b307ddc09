//! Neighbours on Ethernet links, as host routes that are cloned from the routes of the links: BSD's ARP,
//! on the crate's own [`bsd`](crate::bsd) layer.
//!
//! # Tables
//! Each Ethernet port has a routing table of its own, as next hops name their port, and an address
//! like `fe80::1` is another host on each link. In it are
//!
//! * a cloning route for each network that the port has an address in, and a cloning default route for
//!   each family: whatever the destinations' table sends out by a port without another gateway is on
//!   its link;
//! * a local host route for each address of the port's own, and one for each broadcast address;
//! * a clone for each neighbour that was asked for: a host route whose gateway is the neighbour's
//!   link address, once that is known.
//!
//! The destinations stay in the [`Table`](crate::Table) with the forwarding view, where a burst is one
//! call and a daemon's million routes are. Clones in that table would be in the way of who mirrors
//! into it, and a [`NextHop`](crate::NextHop) has no room for a link address. So a packet's first
//! lookup says by which port and through which gateway, and the second, in the port's table, which link
//! address. It is the step that BSD calls `rt_gwroute`; as there, what it found is remembered beside the
//! first route, for as long as the port's table has not changed.
//!
//! # Life of a clone
//! | state | gateway | flags | expires |
//! |---|---|---|---|
//! | asked for | link without address | `LLINFO` | when nobody answers |
//! | known | link address | `LLINFO` | [`lifetime`](NeighbourOptions::lifetime) after it was told |
//! | down | link without address | `LLINFO`, `REJECT` | [`down`](NeighbourOptions::down) after the last question |
//!
//! The first packet for a neighbour makes the clone and waits, with a few others, and the question goes
//! out; it is repeated once a second. The answer changes the clone's gateway in place (`RTM_CHANGE`), and
//! the packets go. Without an answer the clone refuses packets, and their senders are told, until it
//! expires and the next packet makes another. A clone in use asks again, its neighbour alone, in the
//! last tenth of its life; one that is not goes with its time. How many there may be is
//! [bounded](NeighbourOptions::clones), and then an idle one makes way.
//!
//! # Who may tell
//! An answer counts for a neighbour that was asked for or has a clone; it makes none. A question from a neighbour makes one for
//! who asks, if that address is in a network of the port's. As everywhere, whoever is on the link can
//! lie: RFC 826 and RFC 4861 have no secret.
//!
//! # Progress
//! Looking at a clone is wait-free. Questions, and packets that wait, are behind a mutex: packets for
//! neighbours that are not known yet take it, and no others.

mod ask;
mod clones;
mod learn;
mod link;
mod questions;
mod setup;
mod state;

use core::net::IpAddr;
use std::sync::Arc;

pub(super) use self::learn::Word;
use self::questions::Questions;
use super::{cause::Cause, packet::ethernet::Mac};
use crate::{
    bsd::{Clock, RouteError, Routing},
    error::ReserveError,
    sync::{AtomicU64, Mutex},
};

/// How neighbours are found and forgotten. Times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeighbourOptions {
    /// How long an answer is believed.
    pub lifetime: u64,
    /// How long one that does not answer is not asked again.
    pub down: u64,
    /// How often one is asked, once a second.
    pub tries: u32,
    /// How many packets wait for one.
    pub waiting: usize,
    /// For how many is asked at the same time.
    pub questions: usize,
    /// How many are known on each network at most.
    pub clones: usize,
}

impl Default for NeighbourOptions {
    /// BSD's times for ARP: 20 minutes, 20 seconds, 5 tries; 8 packets each, 256 questions, 16,384
    /// neighbours.
    fn default() -> Self {
        Self { lifetime: 1200, down: 20, tries: 5, waiting: 8, questions: 256, clones: 1 << 14 }
    }
}

/// What is known of a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its link address, and until when there is no need to ask again.
    Known { mac: Mac, fresh_until: u64 },
    /// It does not answer.
    Down,
    /// It is everybody.
    Broadcast,
    /// It is the port itself.
    Own,
    /// Nothing.
    Unknown,
}

/// What becomes of a packet for a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// It goes to this link address.
    Send(Mac),
    /// It waits, and the neighbour is asked for.
    Waits { ask: bool },
    /// The neighbour does not answer.
    Down,
    /// It is dropped.
    Drop(Cause),
}

/// A packet that waits for its neighbour, without a link header, ready to go out.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) packet: Vec<u8>,
    /// Whether it is one that is forwarded, and not the forwarder's own.
    pub(super) passing: bool,
}

/// A question to be sent: who has this address, on this port? To that link address alone, if there is
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) port: u16,
    pub(super) address: IpAddr,
    pub(super) to: Option<Mac>,
}

/// What time has brought.
#[derive(Debug, Default)]
pub(super) struct Due {
    pub(super) asks: Vec<Ask>,
    /// Packets whose neighbours have not answered.
    pub(super) failed: Vec<Held>,
}

/// The neighbours on all ports.
pub(super) struct Neighbours {
    routing: Routing,
    clock: Arc<dyn Clock>,
    options: NeighbourOptions,
    questions: Mutex<Questions>,
    /// When time was looked at last.
    ticked: AtomicU64,
}

/// Why the tables of the links could not be set up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NeighbourError {
    /// The system does not give the address space.
    Reserve(ReserveError),
    /// A route was refused.
    Route(RouteError),
}

impl core::fmt::Display for NeighbourError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Reserve(error) => error.fmt(f),
            Self::Route(error) => write!(f, "a link's route was refused: {error}"),
        }
    }
}

impl core::error::Error for NeighbourError {}

impl From<ReserveError> for NeighbourError {
    fn from(error: ReserveError) -> Self {
        Self::Reserve(error)
    }
}

impl From<RouteError> for NeighbourError {
    fn from(error: RouteError) -> Self {
        Self::Route(error)
    }
}

impl core::fmt::Debug for Neighbours {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Neighbours").field("routing", &self.routing).finish_non_exhaustive()
    }
}
