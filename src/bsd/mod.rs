//! BSD's routing interface: rtalloc(9), rtrequest1, routing messages.

mod add;
mod alter;
mod brood;
mod cache;
mod clock;
mod counters;
mod delete;
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
