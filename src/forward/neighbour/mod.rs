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
//! | state | in RFC 4861 | gateway | flags | expires |
//! |---|---|---|---|---|
//! | asked for | INCOMPLETE | link without address | `LLINFO` | when nobody answers |
//! | known | REACHABLE | link address | `LLINFO` | [`lifetime`](NeighbourOptions::lifetime) after it was confirmed |
//! | in doubt | STALE, PROBE | link address | `LLINFO` | within a tenth of that |
//! | down | none | link without address | `LLINFO`, `REJECT` | [`down`](NeighbourOptions::down) after the last question |
//!
//! The first packet for a neighbour makes the clone and waits, with a few others, and the question goes
//! out; it is repeated once a second. The answer changes the clone's gateway in place (`RTM_CHANGE`), and
//! the packets go. Without an answer the clone refuses packets, and their senders are told, until it
//! expires and the next packet makes another. A clone in use asks again, its neighbour alone, in the
//! last tenth of its life, and packets go meanwhile; if there is no answer it is deleted, so that the
//! next packet asks everybody. One that is not in use goes with its time. How many there may be is
//! [bounded](NeighbourOptions::clones), and then an idle one makes way.
//!
//! # Who may tell
//! An answer counts for a neighbour that was asked for or has a clone; it makes none. A question from a
//! neighbour makes one for who asks, if that address is in a network of the port's. As everywhere, whoever
//! is on the link can lie: RFC 826 and RFC 4861 have no secret. What a liar costs is bounded. No more than
//! [so many](NeighbourOptions::questions_per_second) a second are learned on each port because they ask;
//! above that they are answered, and asked for as others are when there is a packet for them. Another link
//! address for a neighbour that is known is a new clone, as a route remembers all the gateways that
//! it had, and is believed once a second for each neighbour; a second one only casts doubt.
//!
//! # What of RFC 4861 is followed
//! * Section 7.2.2: the packets that wait are the newest ones, and their senders are told if there is no
//!   answer. That is remembered for a while, as BSD does for ARP, where the RFC forgets it.
//! * Section 7.2.3: who asks is in doubt until it answers itself, if it is new or elsewhere.
//! * Section 7.2.5, but for the limit of changes: an answer without a link address confirms the one that
//!   is known. One without the override flag that tells another casts doubt and changes nothing. One
//!   that was not asked for (without the solicited flag) confirms nothing, and if it tells a new link
//!   address that is in doubt. Whether it is a router's is not remembered.
//! * Section 7.3: there is no DELAY, as nothing here hears of what goes well in TCP: a packet for a
//!   neighbour in doubt asks at once. The times are those of [`NeighbourOptions`], so a neighbour is
//!   believed for longer than 30 seconds.
//!
//! ARP has no flags: whatever a neighbour says confirms and overrides.
//!
//! Not done: duplicate address detection for the ports' own addresses, announcing them without being
//! asked, router discovery, and redirects. Groups are not joined by MLD (RFC 3810): a switch that waits
//! for that keeps questions for the forwarder's addresses back.
//!
//! # Floods
//! Whoever sends packets to many addresses of a network that nobody has makes a router ask for all of them.
//! RFC 6583 says how to live with it, and here
//!
//! * what is known goes on: packets for known neighbours meet no limit, nor do questions whether they are
//!   there still, nor answers to those who ask for the forwarder;
//! * each port has its own limits, so a flood to one network leaves the others alone;
//! * on each no more than [so many](NeighbourOptions::questions_per_second) neighbours a second begin to
//!   be asked for, which bounds the questions on the link and the work;
//! * of these [some](NeighbourOptions::questions) are waited for at a time, and the oldest makes way, with
//!   its clone. So one who answers is found as long as it does so before that many others were asked for.
//!   And the clones of a flood are few, and push out none of neighbours: those being asked for, and those
//!   that were asked for in vain within [`down`](NeighbourOptions::down), 1,280 with the default times.
//!
//! Above that rate a new neighbour is found by luck alone; a filter in front, for addresses that nobody has,
//! is then the remedy (section 6.1 there).
//!
//! # Progress
//! Looking at a clone is wait-free. Questions, and packets that wait, are behind a mutex for each port:
//! packets for neighbours that are not known yet take it, and what neighbours say, and no others. Once a
//! second one of the workers lets expired clones go, which takes routing's lock, but none of these.

mod ask;
mod clones;
mod learn;
mod link;
mod options;
mod questions;
mod setup;
mod state;

use core::net::IpAddr;
use std::sync::Arc;

pub(super) use self::learn::Word;
pub use self::options::NeighbourOptions;
use self::questions::Questions;
use super::{cause::Cause, packet::ethernet::Mac};
use crate::{
    bsd::{Clock, RouteError, Routing},
    error::ReserveError,
    sync::{AtomicU64, Mutex},
};

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
    /// It waits, and the neighbour is to be asked for, or has been.
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
    /// Those of each port.
    questions: Vec<Mutex<Questions>>,
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
