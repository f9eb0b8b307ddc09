//! A persistent ordered map from prefix to value: the authoritative set of routes.
//!
//! # Layout
//! A B+-tree of exactly three levels. The *root* is a list of *inner nodes* of any length, an
//! inner node a list of at most `I` *leaves*, a leaf a list of at most `L` routes; with the usual
//! 128 and 128 a million routes are some 10,000 leaves under some 100 inner nodes, so the root and
//! the inner nodes' keys stay in the cache and a search goes to memory for one leaf. Every node is
//! a structure of arrays (addresses, lengths, items): a search reads nothing but addresses until
//! two of them are equal. Leaves and inner nodes are one piece of memory each (see [`run`]).
//!
//! In a leaf a key is the route's prefix. Above, the key of a child is its *fence*, a bound that
//! is only moved when two neighbours exchange routes; removing a leaf's first route leaves it.
//!
//! # Invariants
//! * **Order**: the keys of a node increase strictly, in prefix order (address, then length).
//! * **Fence**: every key below a child is at or above the child's fence and below the next
//!   child's. The first fence of an inner node equals the node's own, and the first of the root is
//!   `0/0`, the least key there is; so a search finds a child for every key.
//! * **Fill**: a node that is not its parent's only child holds at least 3/8 of its capacity, and
//!   no node is empty. An inner node with one leaf is the root's only child.
//! * **Count**: `len` is the number of routes; an empty map has an empty root and no other node.
//!
//! # Writing and snapshots
//! Nodes are shared through `Arc`. Cloning the map clones the pointer to the root, in constant
//! time, and that clone is a snapshot: a write changes a node in place when no snapshot shares it
//! and copies it otherwise, root and inner node included. So the first write after a snapshot of n
//! routes copies the root (n / 10,000 pointers), one inner node (up to 128 pointers) and one leaf
//! (up to 128 values), further writes copy at most the nodes not copied yet, and a map without
//! snapshots copies nothing. A snapshot keeps the nodes it shares alive until it is dropped. If
//! `T::clone` panics, the map still holds the routes that it held.
//!
//! # Fill under churn
//! A full node first evens out with a neighbour that has an eighth of its capacity free and splits
//! in halves only if there is none; a node under 3/8 merges with its neighbour if the result keeps
//! an eighth free and evens out with it otherwise. Hence the bound: whatever the sequence of
//! operations, the nodes' memory is at most 8/3 of what full nodes would take, and since every such
//! step leaves at least a sixteenth of a capacity before the next, its cost is constant a write,
//! amortized. Random churn stays near 3/4.
//!
//! # Complexity
//! One search is O(log n) in the root and constant below. `get`, `insert` and `remove` take one, and
//! none where a `locate` came before; `lookup` and `cover` take one for each round of [`find`], at most `WIDTH` + 1 and
//! typically 1 to 4, most of them in the leaf already at hand.
//!
//! Nothing here is shared between threads without a lock or a snapshot, and no protocol of the
//! crate rests on the reference counts; so the `Arc` is the standard library's under loom as well
//! (loom's has no `make_mut`).

mod balance;
mod build;
mod find;
mod iter;
mod list;
mod node;
mod run;
mod write;

#[cfg(test)]
mod check;
#[cfg(test)]
mod tests;

use alloc::sync::Arc;
use core::fmt;

use self::node::{Inner, Keyed, Leaf, Root};
pub(crate) use self::{
    find::Spot,
    iter::{Covering, Iter},
};
use crate::{address::Address, prefix::Prefix};

/// How many routes a leaf holds at most.
pub(crate) const LEAF: usize = 128;
/// How many leaves an inner node holds at most.
pub(crate) const INNER: usize = 128;

/// An ordered map from prefixes of one family to values, with snapshots in constant time.
///
/// `L` and `I` are the capacities of leaves and inner nodes, each at least 6.
pub(crate) struct RouteMap<A, T, const L: usize = LEAF, const I: usize = INNER> {
    root: Arc<Root<A, T, L, I>>,
    len: usize,
}

impl<A: Address, T, const L: usize, const I: usize> RouteMap<A, T, L, I> {
    /// An empty map.
    pub(crate) fn new() -> Self {
        const {
            assert!(L >= 6 && I >= 6, "below 6 two evened nodes may have no room or no route");
        }
        Self { root: Arc::new(Root::new()), len: 0 }
    }

    /// The number of routes.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no route.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The routes in prefix order.
    pub(crate) fn iter(&self) -> Iter<'_, A, T, L, I> {
        Iter::new(&self.root, Prefix::default(), Prefix::default())
    }

    /// The routes from `start` on, itself included, in prefix order.
    pub(crate) fn iter_from(&self, start: Prefix<A>) -> Iter<'_, A, T, L, I> {
        Iter::new(&self.root, start, Prefix::default())
    }

    /// The routes that `prefix` covers, itself included, in prefix order.
    pub(crate) fn more_specific(&self, prefix: Prefix<A>) -> Iter<'_, A, T, L, I> {
        Iter::new(&self.root, prefix, prefix)
    }

    /// The routes that cover `prefix`, itself included, shortest first.
    pub(crate) fn covering(&self, prefix: Prefix<A>) -> Covering<'_, A, T, L, I> {
        Covering::new(self, prefix)
    }

    /// The memory of the nodes in bytes, those shared with snapshots included, what the values own
    /// elsewhere not.
    pub(crate) fn bytes(&self) -> usize {
        let counts = 2 * size_of::<usize>();
        let leaves = |inner: &Inner<A, T, L, I>| -> usize {
            let leaf = |leaf: &Arc<Leaf<A, T, L>>| counts + leaf.bytes();
            inner.items().map(leaf).sum()
        };
        let inner = |inner: &Arc<Inner<A, T, L, I>>| counts + inner.bytes() + leaves(inner);
        counts + self.root.bytes() + self.root.items().map(inner).sum::<usize>()
    }
}

impl<A, T, const L: usize, const I: usize> Clone for RouteMap<A, T, L, I> {
    /// A snapshot, in constant time.
    fn clone(&self) -> Self {
        Self { root: Arc::clone(&self.root), len: self.len }
    }
}

impl<A: Address, T: fmt::Debug, const L: usize, const I: usize> fmt::Debug
    for RouteMap<A, T, L, I>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
