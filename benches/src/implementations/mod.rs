//! Everything that experiments compare: this crate in its several ways, and what a user would pick
//! instead.
//!
//! | of | what |
//! |---|---|
//! | `ours` | this crate |
//! | `sharing` and `maps` | crates' maps, each behind a way of sharing it |
//! | `rotonda`, `iptrie` | crates that are a table by themselves |
//! | `bsd` | what the manuals of rtalloc(9) describe |
//! | `layouts` | what papers describe, static |
//! | `dpdk` | DPDK's tables, behind the feature `dpdk` |
//!
//! `ts_bart` is behind the feature of its name: all of its versions with code in them need a newer
//! compiler than this crate. Of `parking_lot` and all others, the newest versions that the oldest
//! supported compiler builds are used. None is under a licence that does not allow that: those that are
//! not under the MIT licence or Apache's are under the BSD's (`ts_bart`, `rotonda-store`).
//!
//! All are right when nothing changes meanwhile. While something does, `rotonda-store`, `dpdk rte_fib`
//! and `dpdk rte_fib6` can give answers that were never right; their modules say when.

mod bsd;
#[cfg(feature = "dpdk")]
mod dpdk;
mod fixed;
mod iptrie;
mod layouts;
pub(crate) mod maps;
mod others;
mod ours;
mod rotonda;
mod sharing;
#[cfg(test)]
mod tests;

pub use self::others::Others;
pub(crate) use self::ours::read;
use crate::{adapter::Implementation, family::Family};

/// All implementations of a family, in the order in which plots name them.
pub fn all<A: Family>() -> Vec<Implementation<A>> {
    let mut all = ours::implementations();
    all.extend(A::others());
    all
}
