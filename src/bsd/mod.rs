//! BSD's routing interface: rtalloc(9), rtrequest1, routing messages.
//!
//! A [`Routing`] is what a kernel has one of: tables by number, [interfaces](Interface), listeners
//! for routing messages, a clock. Each thread that looks routes up has an [`RtReader`]; [`rtalloc`]
//! returns an [`RtRef`], which keeps its route readable until [`rtfree`].
//!
//! # How it stands on the table
//!
//! What the [`Table`](crate::Table) under it holds for a prefix is an immutable list of routes,
//! the most preferred first. Adding, deleting and ranking publish another list in one step, so a
//! lookup meets the order, the priorities and the marks of one instant. A route itself is an
//! [`RtEntry`] that the lists share: its flags, gateway and metrics change in place, as in BSD, for
//! those who hold it.
//!
//! # Progress
//!
//! Looking a route up, with a reference or under a guard, selecting among several, releasing a
//! reference and using a [`RouteCache`] again are wait-free, as for the table. All changes are
//! ordered by one lock. A lookup that has to make a clone takes it, one that finds the clone does
//! not. Telling listeners of a miss allocates the message, and waits for nobody.
//!
//! # Consistency
//!
//! Every change is one instant for the lookups of one table and family. A deleted route is found by
//! no lookup that begins after the deletion has returned, nor is a clone of it. A request that is
//! refused has changed nothing.
//!
//! The two systems differ in much; each is a [`Profile`]. [`docs::bsd`](crate::docs::bsd) maps the
//! names of both manuals and lists what was decided.

mod add;
mod alter;
mod brood;
mod cache;
mod clock;
mod counters;
mod delete;
mod edit;
mod entry;
mod errno;
mod flags;
mod growing;
mod hops;
mod interface;
mod links;
pub mod message;
mod multipath;
mod name;
mod notices;
mod output;
mod paths;
mod priority;
mod profile;
mod reader;
mod redirect;
mod reference;
mod request;
mod resolve;
mod routing;
mod select;
mod sockaddr;
mod tables;
#[cfg(all(test, not(rtalloc_loom)))]
mod tests;
mod timers;
mod update;
mod update_lock;
mod uses;
mod verdict;

pub use cache::RouteCache;
pub use clock::{Clock, ManualClock, Uptime};
pub use counters::Statistics;
pub use entry::RtEntry;
pub use errno::{Errno, RouteError};
pub use flags::RtFlags;
pub use interface::{Interface, InterfaceAddress, LinkRequest, LinkView, MemoryInterface};
pub use name::{Name, NameError};
pub use priority::Priority;
pub use profile::{Profile, UnknownProfile};
pub use reader::{
    Lookup, RtGuard, RtReader, rt_addref, rt_lock, rt_remref, rt_unlock, rtalloc, rtalloc_mpath,
    rtalloc1, rtfree, rtisvalid, rtref,
};
pub use reference::{LockedRt, RtMatch, RtRef};
pub use request::{Request, RouteInfo};
pub use routing::{Routing, RoutingOptions};
pub use sockaddr::{
    AF_INET, AF_INET6_FREEBSD, AF_INET6_OPENBSD, AF_LINK, AF_UNSPEC, Family, LinkAddress, Sockaddr,
};
pub use tables::MAX_TABLE;
pub use timers::{Expired, Ticked, TimerQueue};
pub use verdict::{Use, Verdict, rt_check, verdict};
