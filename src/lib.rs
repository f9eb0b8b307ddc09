//! A concurrent routing table: wait-free longest-prefix match for readers, updates that take
//! effect at one instant, and references that outlive removal.
//!
//! It keeps the interface of BSD's rtalloc(9), where a lookup returns a reference to a route entry
//! that stays readable until it is released, and replaces the locks and the shared reference count
//! under it: readers walk a radix tree under a guard, write no shared cache line, and never wait.
//!
//! There are two levels. [`Table`] is the routing table alone: prefixes, routes with data of your
//! own, readers. [`bsd`] is the whole interface of the two manuals on top of it: table ids,
//! priorities and multipath, cloning routes, `struct route`, requests with errno, interfaces and
//! routing messages, in OpenBSD's and in FreeBSD's way. [`docs::bsd`] maps every name.
//!
//! # Usage
//!
//! ```
//! use rtalloc::{Batch, NextHop, Outcome, Route, Table};
//!
//! let table = Table::new()?;
//! let via = |gateway: [u8; 4]| Route::via(NextHop::gateway(gateway));
//!
//! // Control plane: any thread, one writer at a time.
//! table.insert("0.0.0.0/0".parse()?, via([10, 0, 0, 1]))?;
//! table.insert("198.51.100.0/24".parse()?, via([10, 0, 0, 2]))?;
//! assert_eq!(table.insert("198.51.100.0/24".parse()?, via([10, 0, 0, 2])), Ok(Outcome::Unchanged));
//!
//! // A batch takes effect at one instant.
//! let mut batch = Batch::new();
//! batch.insert("198.51.100.128/25".parse()?, via([10, 0, 0, 3]));
//! batch.remove("198.51.100.0/24".parse()?);
//! table.v4().apply(batch)?;
//!
//! // Forwarding plane: a reader a thread, a guard or a quiescent point a burst.
//! let mut reader = table.reader();
//! let mut guard = reader.enter();
//! for _burst in 0..2 {
//!     let next_hop = guard.lookup("198.51.100.200".parse()?).map(|found| found.next_hop());
//!     assert_eq!(next_hop, Some(NextHop::gateway([10, 0, 0, 3])));
//!     guard.quiescent();
//! }
//!
//! // A reference that outlives the guard, the route and the table.
//! let held = guard.rtalloc("198.51.100.1".parse()?).expect("the default route");
//! drop(guard);
//! drop((reader, table));
//! assert!(!held.is_up());
//! assert_eq!(held.next_hop(), NextHop::gateway([10, 0, 0, 1]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Consistency
//!
//! Each lookup is linearizable, also while a default route comes or goes: it answers as the table
//! was at one instant during the call. An update and a whole [`Batch`] are one instant. A
//! [`Snapshot`] is the whole table at one instant, and holds up nobody while it is looked at.
//!
//! # Progress
//!
//! Readers are wait-free, bounded and population-oblivious: a lookup, entering and leaving a
//! section, a quiescent point, taking, cloning and releasing a reference each take at most a
//! constant number of the thread's own steps, whatever writers, other readers or the scheduler do.
//! They allocate nothing, free nothing and run no destructor. Excluded are registering and ending a
//! reader, references released after their table is gone, and all of the control plane, which is
//! ordered by a mutex.
//!
//! # Trade-offs
//!
//! * Memory of what was removed is held back by a reader that stays in one section.
//! * Answers are pushed into the leaves, so a short prefix over a full table is slow to change; the
//!   default route is not.
//! * A table takes a few KiB and some address space even if it holds ten routes.
//!
//! More in [`docs::limitations`]. How it works is in [`docs::internals`].
//!
//! # Without `std`
//!
//! With `default-features = false` the crate is `no_std` and needs `alloc` and 64-bit atomics: the
//! routing table with all that readers and writers do, but not [`bsd`], no clock, and no address space
//! to grow into. [`docs::without_std`] has the differences, and what to say when a table is opened.
//!
//! # Minimum supported Rust version
//!
//! 1.88. Raising it is a minor version.

#![cfg_attr(not(any(feature = "std", test)), no_std)]
// What needs `std` is not there to be linked to.
#![cfg_attr(not(feature = "std"), allow(rustdoc::broken_intra_doc_links))]

extern crate alloc;

mod address;
mod any_prefix;
mod arena;
mod bits;
#[cfg(feature = "std")]
pub mod bsd;
mod clock;
pub mod docs;
mod entry;
mod error;
mod fib;
mod nexthop;
#[cfg(feature = "rayon")]
mod parallel;
mod prefix;
mod reclaim;
mod rib;
mod route;
#[cfg(any(test, feature = "input", feature = "testing"))]
mod stand_in;
mod sync;
mod table;
mod tree;

#[cfg(feature = "capi")]
pub mod capi;
#[cfg(feature = "forward")]
pub mod forward;
#[cfg(feature = "input")]
pub mod input;
#[cfg(all(feature = "instrument", not(rtalloc_loom)))]
#[doc(hidden)]
pub mod instrument;
#[cfg(rtalloc_loom)]
#[doc(hidden)]
pub mod internals;
#[cfg(all(feature = "netlink", target_os = "linux"))]
pub mod netlink;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;

#[cfg(feature = "ipnet")]
pub use ipnet;

pub use address::Address;
pub use any_prefix::AnyPrefix;
pub use entry::{Entry, EntryRef, Match};
pub use error::{CapacityError, ReaderId, ReserveError};
pub use fib::Waiting;
pub use nexthop::NextHop;
pub use prefix::{Prefix, PrefixError};
pub use reclaim::StalledReader;
#[cfg(feature = "bench-backends")]
#[doc(hidden)]
pub use reclaim::{Epoch, Hyaline};
#[doc(hidden)]
pub use reclaim::{Own, Reclaim};
pub use rib::{Applied, Batch, Depth, Outcome, Rib, Routes, Snapshot, Stats};
pub use route::{Metrics, Route, RouteFlags};
pub use table::{Forwarding, Guard, Options, Reader, Table};
pub use tree::Width;

/// The README's example is a test.
#[cfg(all(doctest, feature = "ipnet"))]
#[doc = include_str!("../README.md")]
struct Readme;
