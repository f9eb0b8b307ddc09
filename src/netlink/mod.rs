//! Tables that follow a Linux kernel or a routing daemon. Linux only.
//!
//! [`KernelMirror`] keeps tables in step with this network namespace's routes: it dumps them and
//! then follows the kernel's notifications. [`FpmListener`] does the same with FRR's routes, which
//! the daemon sends over TCP (`zebra -M dplane_fpm_nl`) whether or not they are in a kernel. Both
//! fill [`Tables`], one [`Table`](crate::Table) for each of the kernel's table numbers, and both are
//! a loop of `step`s that the user runs on a thread of their own:
//!
//! ```no_run
//! use std::time::Duration;
//! use rtalloc::netlink::{KernelMirror, KernelOptions};
//!
//! let mut mirror = KernelMirror::open(&KernelOptions::default())?;
//! let main = mirror.tables().open(254)?;
//! std::thread::spawn(move || -> std::io::Result<()> {
//!     loop {
//!         mirror.step(Duration::from_secs(1))?;
//!     }
//! });
//! let mut reader = main.reader();
//! let guard = reader.enter();
//! if let Some(route) = guard.lookup("192.0.2.1".parse()?) {
//!     println!("{} via {}", route.net(), route.next_hop());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is said of a route
//!
//! | route | [`Route`](crate::Route) |
//! |---|---|
//! | unicast, one next hop | its gateway and interface; [`GATEWAY`] if there is a gateway |
//! | unicast, several (`RTA_MULTIPATH`, a group) | the first usable one, its weight in the metrics; all of them in [`Origin::paths`], in the kernel's order for IPv4 and by next hop for IPv6 |
//! | through a next-hop object (`RTA_NH_ID`) | where the object leads now |
//! | gateway of the other family (`RTA_VIA`) | the gateway, whose family then differs from the route's |
//! | local, broadcast, anycast, multicast | the interface; [`Origin::kind`] says which |
//! | blackhole, or an object that is one | [`BLACKHOLE`], no next hop |
//! | unreachable, prohibit | [`REJECT`], no next hop; [`Origin::kind`] says which |
//! | throw | [`REJECT`], no next hop; whoever searches several tables goes on with the next when [`Origin::kind`] says `Throw` |
//! | for one address | [`HOST`] |
//! | protocol boot or static; redirect | [`STATIC`]; [`DYNAMIC`] |
//! | `RTAX_MTU` | in the metrics |
//! | with MPLS, segment routing or a tunnel | the next hop, and [`Origin::encapsulated`] |
//! | several for a prefix | the one with the lowest priority whose next hops can be used; of equal ones the one that the kernel has first |
//! | path over an interface that is down | not used; the route goes when it has no other |
//! | with a type of service, for some sources alone, of unknown kind, a copy | none; counted in [`MirrorStats::unsupported`] |
//!
//! Policy rules, IPv6 router preferences (RFC 4191) and the neighbours' reachability are not
//! followed. Several IPv4 routes of one prefix and metric are told apart by all that the kernel
//! compares but the flag `onlink`; groups in which a group is a member, which no kernel makes, lead
//! nowhere by that member. A path without a carrier is used, as the kernel does unless
//! `ignore_routes_with_linkdown` is set.
//!
//! # When readers see what
//! Whatever a step has taken is applied as one batch a table and family, and a prefix that changed
//! several times in it changes once. After a loss everything is dumped again and the difference is
//! one batch. So a reader sees no hole that the kernel has not had, and may miss states that lasted
//! a moment. A batch that a table has no room for is taken apart: withdrawals are applied, then
//! announcements as far as they fit, and that is no longer one instant.
//!
//! # Losses
//! The kernel's notifications are lost when the receive buffer is full. Each loss is counted
//! ([`MirrorStats::overruns`]) and leads to a dump ([`MirrorStats::resyncs`]); [`mirror`] says what
//! else does. A dump that the kernel refuses is repeated after a pause, and until then
//! [`KernelMirror::fault`] says why. FPM loses nothing. Malformed messages are counted, the first one is kept
//! ([`MirrorStats::first_malformed`]) for whoever logs, and nothing makes the decoder panic.
//!
//! # Threads
//! A mirror is `Send` and belongs to one thread at a time. [`Tables`] and the tables may be used by
//! any number of threads, and readers are as wait-free as in any other table: they never meet the
//! mirror's sockets or its memory.
//!
//! # Why a decoder of our own
//! The crate `netlink-packet-route` decodes routes and links, and is what this decoder is
//! tested against. It does not know next-hop objects, makes an allocation for each attribute, and
//! has a breaking release every two months; a mirror needs a dozen attributes.
//!
//! [`GATEWAY`]: crate::RouteFlags::GATEWAY
//! [`BLACKHOLE`]: crate::RouteFlags::BLACKHOLE
//! [`REJECT`]: crate::RouteFlags::REJECT
//! [`HOST`]: crate::RouteFlags::HOST
//! [`STATIC`]: crate::RouteFlags::STATIC
//! [`DYNAMIC`]: crate::RouteFlags::DYNAMIC

mod error;
mod fpm;
mod frame;
mod kernel;
mod message;
pub mod mirror;
mod object;
mod origin;
mod path;
mod publish;
mod query;
mod resync;
mod route;
mod socket;
mod stats;
mod tables;
mod wire;

pub use error::{DecodeError, DecodeErrorKind};
pub use fpm::{FPM_PORT, FpmListener, FpmOptions};
pub use frame::FrameError;
pub use kernel::{KernelMirror, KernelOptions};
pub use message::{Event, Header, MessageFlags, Messages};
pub use mirror::Mirror;
pub use object::{Leads, ObjectMessage};
pub use origin::Origin;
pub use path::{Path, PathFlags, Paths};
pub use query::{Answer, KernelQuery};
pub use resync::DumpError;
pub use route::{RouteKind, RouteMessage};
pub use stats::MirrorStats;
pub use tables::{ApplyError, Tables};
