//! A forwarder over a table: frames come in by a [`PacketIo`](io::PacketIo), a burst of them is looked
//! up at once, and they go out by another.
//!
//! A [`Forwarder`] has [`Port`]s and a [`Table`](crate::Table); each thread has a [`Worker`] with an
//! end of every port. The table may be one that follows a kernel or a routing daemon
//! ([`netlink`](crate::netlink)): what it says changes between two bursts, and nothing in here
//! notices.
//!
//! # What is done with a packet
//! | step | IPv4 | IPv6 |
//! |---|---|---|
//! | form | version, lengths, checksum, options (RFC 1812 section 5.2.2) | version, length |
//! | addresses | no martians (section 5.3.7), no link-local ones (RFC 3927 section 2.7), no source routes (RFC 7126) | no martians, no link-local ones (RFC 4291 section 2.5) |
//! | its own | answers echo requests | and neighbour solicitations |
//! | lookup | one call for the burst | one call for the burst |
//! | several next hops | by the hash of the flow (RFC 2992) | the same, by its label if there is one (RFC 6438) |
//! | hops | time to live, checksum updated (RFC 1624) | hop limit |
//! | size | cut up, or refused if it must not be (RFC 1191) | refused (RFC 4443) |
//! | neighbour | ARP (RFC 826), see [`neighbour`] | neighbour discovery (RFC 4861) |
//! | errors | ICMP (RFC 792, RFC 1812 section 4.3) | ICMPv6 (RFC 4443) |
//!
//! Errors are limited in number, and never sent about errors, groups, broadcasts, later fragments or
//! packets from nobody.
//!
//! # What is not done
//! Multicast and directed broadcasts are dropped (RFC 2644). No redirects are sent. Options and
//! extension headers are passed on unread. A route's own MTU is not looked at, nor are there queues
//! or priorities: what a port has no room for is dropped. The groups in which neighbours ask for
//! addresses are received, but not reported by MLD, and segments that a kernel has joined are dropped,
//! not cut up again: see [`io`].
//!
//! # What is counted
//! Each worker counts for itself, and each packet dropped has a [`Cause`]. What a port drops before a
//! worker sees it, the port [counts](io::PortCounters). No input makes a worker panic.
//!
//! # The end
//! A worker that is done with has ports that may hold back what was sent: whoever wants to know that
//! it is all written [flushes](io::PacketIo::flush) them ([`Worker::ports`]).

mod cause;
mod counters;
mod forwarder;
pub mod io;
mod limit;
pub mod neighbour;
mod options;
pub mod packet;
mod port;
mod routes;
mod worker;

pub use cause::Cause;
pub use counters::{Counters, Totals};
pub use forwarder::{ForwardError, Forwarder, MOST_PORTS};
pub use limit::TokenBucket;
pub use neighbour::{NeighbourError, NeighbourOptions};
pub use options::ForwardOptions;
pub use port::Port;
pub use routes::{Answer, Group, MOST_BURST, Member, RouteData};
pub use worker::{PortFault, Worker};
