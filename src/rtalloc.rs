//! BSD's names for taking and releasing a route: rtalloc(9).
//!
//! The lookup with a destination and flags, cloning and the routing messages build on these.

use core::net::IpAddr;

use crate::{entry::EntryRef, reclaim::Reclaim, table::Guard};

/// Looks in the routing table for an entry that matches `dst` and takes a reference to it.
///
/// As in BSD, the route's being up is not part of the match. Source: OpenBSD rtalloc(9), 2014.
///
/// ```
/// use rtalloc::{NextHop, Route, Table, rtalloc, rtfree};
///
/// let table = Table::new()?;
/// table.insert("10.0.0.0/8".parse()?, Route::via(NextHop::interface(1)))?;
/// let mut reader = table.reader();
/// let rt = rtalloc(&reader.enter(), "10.1.2.3".parse()?).expect("a route");
///
/// // Deleted, but readable until it is released.
/// table.remove("10.0.0.0/8".parse()?)?;
/// assert!(!rt.is_up());
/// assert_eq!(rt.next_hop(), NextHop::interface(1));
/// rtfree(rt);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rtalloc<V: Send + Sync + 'static, R: Reclaim>(
    guard: &Guard<'_, V, R>,
    dst: IpAddr,
) -> Option<EntryRef<V>> {
    guard.rtalloc(dst)
}

/// Releases a reference. An entry that was deleted is freed with its last reference.
pub fn rtfree<V>(rt: EntryRef<V>) {
    drop(rt);
}
