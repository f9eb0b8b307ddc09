//! The maps of the writer.
//!
//! With `std` they are hash tables. One whose keys come from outside needs random numbers, or whoever
//! chooses the keys can make them collide, and `core` has none: without `std` the maps are ordered.

#[cfg(not(feature = "std"))]
use alloc::collections::BTreeMap;
#[cfg(feature = "std")]
use core::hash::BuildHasherDefault;
#[cfg(feature = "std")]
use std::collections::HashMap;

#[cfg(feature = "std")]
use super::notes::Spread;
use crate::nexthop::NextHop;

/// By next hop.
#[cfg(feature = "std")]
pub(super) type ByNextHop = HashMap<NextHop, u32>;
/// By next hop.
#[cfg(not(feature = "std"))]
pub(super) type ByNextHop = BTreeMap<NextHop, u32>;

/// By a number that the table itself has given out.
#[cfg(feature = "std")]
pub(super) type ByNumber = HashMap<u32, u32, BuildHasherDefault<Spread>>;
/// By a number that the table itself has given out.
#[cfg(not(feature = "std"))]
pub(super) type ByNumber = BTreeMap<u32, u32>;

/// Bytes of a map's places, without what it takes to find them.
#[cfg(feature = "std")]
#[inline(always)]
pub(super) fn bytes<K, V, S>(map: &HashMap<K, V, S>) -> usize {
    map.capacity() * size_of::<(K, V)>()
}

/// Bytes of a map's places, without what it takes to find them.
#[cfg(not(feature = "std"))]
pub(super) fn bytes<K, V>(map: &BTreeMap<K, V>) -> usize {
    map.len() * size_of::<(K, V)>()
}
