//! A concurrent routing table with wait-free longest-prefix match.

mod address;
mod arena;
mod bits;
mod entry;
mod error;
mod nexthop;
mod prefix;
mod reclaim;
mod rib;
mod route;
mod sync;
mod tree;

#[cfg(feature = "input")]
pub mod input;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;

pub use address::Address;
pub use nexthop::NextHop;
pub use prefix::{Prefix, PrefixError};
