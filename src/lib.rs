//! A concurrent routing table with wait-free longest-prefix match.

mod address;
mod arena;
mod bits;
mod entry;
mod error;
mod fib;
mod nexthop;
mod prefix;
mod reclaim;
mod rib;
mod route;
#[expect(clippy::module_inception, reason = "the BSD interface is called what the crate is")]
mod rtalloc;
mod sync;
mod table;
mod tree;

#[cfg(feature = "input")]
pub mod input;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;

pub use address::Address;
pub use entry::{Entry, EntryRef, Match};
pub use error::{CapacityError, ReserveError};
pub use nexthop::NextHop;
pub use prefix::{Prefix, PrefixError};
#[cfg(feature = "bench-backends")]
#[doc(hidden)]
pub use reclaim::{Epoch, Hyaline};
#[doc(hidden)]
pub use reclaim::{Own, Reclaim};
pub use rib::{Applied, Batch, Depth, Outcome, Rib, Routes, Snapshot, Stats};
pub use route::{Metrics, Route, RouteFlags};
pub use rtalloc::{rtalloc, rtfree};
pub use table::{Guard, Options, Reader, Table};
