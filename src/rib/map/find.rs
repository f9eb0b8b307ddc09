//! Searches: the place of a key, and the longest route that covers an address.
//!
//! # The longest cover
//! Take the greatest key k at or below the query q, the first c bits of an address. If k covers q,
//! it is the answer: a longer cover would lie between the two. If not, every cover X of q that is
//! left lies below k, and since k lies between X and q, X covers k as well. So X is no longer than
//! what k and q have in common, which is less than c, and the search goes on with that many bits.
//! Each round shortens the query, so there are at most `WIDTH` + 1; routes nest a few levels deep
//! and lie close together, so in practice there are 1 to 4, and all but the first mostly end in
//! the leaf where the one before ended.

use super::{
    RouteMap,
    node::{Keyed, Leaf},
};
use crate::{address::Address, prefix::Prefix};

/// Addresses to a block of a linear search: one cache line of IPv4 addresses.
const BLOCK: usize = 16;
/// From here on halving beats looking at the first address of each block.
const HALVING: usize = 16 * BLOCK;

/// How many of the sorted keys are at or below `key`.
#[inline]
pub(super) fn rank<A: Address>(addresses: &[A], lens: &[u8], key: Prefix<A>) -> usize {
    let mut rank = rank_address(addresses, key.address());
    while rank > 0 && addresses[rank - 1] == key.address() && lens[rank - 1] > key.len() {
        rank -= 1;
    }
    rank
}

/// How many of the sorted addresses are at or below `address`.
///
/// Two counts without a branch that depends on an address: which block, then where in it. Unlike
/// the steps of a binary search the loads of a count do not wait for each other, and in a leaf that
/// is not in the cache that is what a search costs.
#[inline]
fn rank_address<A: Address>(addresses: &[A], address: A) -> usize {
    let count = |run: &[A], step: usize| -> usize {
        let below = run.iter().step_by(step).filter(|&&at| at <= address);
        below.count()
    };
    if addresses.len() > HALVING {
        return addresses.partition_point(|&at| at <= address);
    }
    let start = count(addresses, BLOCK).saturating_sub(1) * BLOCK;
    let end = addresses.len().min(start + BLOCK);
    start + count(&addresses[start..end], 1)
}

/// Indices from the root down: of the inner node, of the leaf in it, of the route in that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) inner: usize,
    pub(super) leaf: usize,
    pub(super) route: usize,
}

impl<A: Address, T, const L: usize, const I: usize> RouteMap<A, T, L, I> {
    /// The value of exactly this prefix.
    #[inline]
    pub(crate) fn get(&self, prefix: Prefix<A>) -> Option<&T> {
        let (_, leaf) = self.leaf_of(prefix)?;
        let route = leaf.rank(prefix).checked_sub(1)?;
        leaf.item(route).filter(|_| leaf.key(route) == prefix)
    }

    /// The longest route that contains `address`.
    #[inline]
    pub(crate) fn lookup(&self, address: A) -> Option<(Prefix<A>, &T)> {
        self.longest(address, A::WIDTH)
    }

    /// The longest route that covers `prefix` and is shorter than it.
    #[inline]
    pub(crate) fn cover(&self, prefix: Prefix<A>) -> Option<(Prefix<A>, &T)> {
        self.longest(prefix.address(), prefix.len().checked_sub(1)?)
    }

    /// The longest route that contains `address` and is no longer than `limit`.
    fn longest(&self, address: A, mut limit: u8) -> Option<(Prefix<A>, &T)> {
        let mut query = Prefix::containing(address, limit);
        loop {
            let (leaf, mut rank) = self.floor(query)?;
            while let Some(route) = rank.checked_sub(1) {
                let key = leaf.key(route);
                if key.covers(query) {
                    return Some((key, leaf.item(route)?));
                }
                limit = key.address().common_bits(address).min(key.len()).min(limit);
                query = Prefix::containing(address, limit);
                rank = leaf.rank(query);
            }
        }
    }

    /// The leaf that holds the greatest key at or below `prefix`, and that key's index plus one.
    fn floor(&self, prefix: Prefix<A>) -> Option<(&Leaf<A, T, L>, usize)> {
        let (place, leaf) = self.leaf_of(prefix)?;
        let rank = leaf.rank(prefix);
        if rank > 0 {
            return Some((leaf, rank));
        }
        // The fence lies below the leaf's first key (Fence), so the key is the last one before.
        let (inner, leaf) = match place.leaf.checked_sub(1) {
            Some(leaf) => (self.root.item(place.inner)?, leaf),
            None => {
                let inner = self.root.item(place.inner.checked_sub(1)?)?;
                (inner, inner.count() - 1)
            }
        };
        let leaf = inner.item(leaf)?;
        Some((leaf, leaf.count()))
    }

    /// The leaf that holds `prefix` if any does, and its place; `None` if the map is empty.
    #[inline]
    pub(super) fn leaf_of(&self, prefix: Prefix<A>) -> Option<(Place, &Leaf<A, T, L>)> {
        let inner_at = self.root.rank(prefix).checked_sub(1)?;
        let inner = self.root.item(inner_at)?;
        let leaf_at = inner.rank(prefix).checked_sub(1)?;
        let place = Place { inner: inner_at, leaf: leaf_at, route: 0 };
        Some((place, inner.item(leaf_at)?))
    }
}
