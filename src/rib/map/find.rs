//! Searches: the place of a key, and the longest route that covers an address.
//!
//! # The longest cover
//! All covers of an address with at most c bits lie at or below the query q, its first c bits, in
//! prefix order. Going down from there, take the first key k of at most c bits: the keys passed over
//! are longer, hence no covers. If k covers the address, it is the answer: a longer cover would lie
//! between the two. If not, every cover X that is left lies below k, and since k lies between X and
//! the address, X covers k as well. So X is no longer than what k and the address have in common,
//! which is less than c, and the search goes on below k with that many bits. Where a leaf ends, its
//! first key bounds c in the same way, and the search goes on with one for the query of c bits. Most
//! keys are long and c falls fast, so a leaf is done with after a few looks at its lengths, 16 at a
//! time, and routes nest a few levels deep and lie close together, so there are few leaves.

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
/// is not in the cache that is what a search costs. The second count is over a window of constant
/// size, which the compiler turns into a few vector instructions; at the end of the list it begins
/// before its block, where all addresses count.
#[inline]
fn rank_address<A: Address>(addresses: &[A], address: A) -> usize {
    if addresses.len() > HALVING {
        return addresses.partition_point(|&at| at <= address);
    }
    let below = |at: &&A| **at <= address;
    let Some(last) = addresses.len().checked_sub(BLOCK) else {
        return addresses.iter().filter(below).count();
    };
    let blocks = addresses.iter().step_by(BLOCK).filter(below).count();
    let start = (blocks.saturating_sub(1) * BLOCK).min(last);
    let window = addresses[start..].first_chunk::<BLOCK>();
    let inside = window.map_or(0, |window| window.iter().map(|&at| u32::from(at <= address)).sum());
    start + inside as usize
}

/// The last of `lens` that is at most `limit`.
#[inline]
fn last_up_to(lens: &[u8], limit: u8) -> Option<usize> {
    let mut rest = lens;
    while let Some((before, window)) = rest.split_last_chunk::<BLOCK>() {
        // Without a way out, so that it is done in a few vector instructions.
        if window.iter().fold(false, |found, &len| found | (len <= limit)) {
            break;
        }
        rest = before;
    }
    rest.iter().rposition(|&len| len <= limit)
}

/// Indices from the root down: of the inner node, of the leaf in it, of the route in that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) inner: usize,
    pub(super) leaf: usize,
    pub(super) route: usize,
}

/// Where a prefix is in a map, or would be. Good until the map's next write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    /// None in an empty map.
    pub(super) place: Option<Place>,
    pub(super) is_there: bool,
}

impl Spot {
    /// A spot that says nothing, for [`RouteMap::locate_near`].
    pub(crate) const NOWHERE: Self = Self { place: None, is_there: false };

    /// Whether the prefix is there.
    pub(crate) fn is_there(self) -> bool {
        self.is_there
    }
}

impl<A: Address, T, const L: usize, const I: usize> RouteMap<A, T, L, I> {
    /// The value of exactly this prefix.
    #[inline]
    pub(crate) fn get(&self, prefix: Prefix<A>) -> Option<&T> {
        self.value(self.locate(prefix))
    }

    /// Where a prefix is, or would be.
    #[inline]
    pub(crate) fn locate(&self, prefix: Prefix<A>) -> Spot {
        let Some((place, leaf)) = self.leaf_of(prefix) else { return Spot::NOWHERE };
        Self::locate_in(leaf, place, prefix)
    }

    /// As [`locate`](Self::locate), for a prefix that is probably near `near`, any spot that this
    /// map has named at any time.
    #[inline]
    pub(crate) fn locate_near(&self, near: Spot, prefix: Prefix<A>) -> Spot {
        let leaf = near.place.and_then(|place| {
            let inner = self.root.item(place.inner)?;
            let is_inside = place.leaf + 1 < inner.count()
                && inner.key(place.leaf) <= prefix
                && prefix < inner.key(place.leaf + 1);
            is_inside.then_some((place, &**inner.item(place.leaf)?))
        });
        match leaf {
            Some((place, leaf)) => Self::locate_in(leaf, place, prefix),
            None => self.locate(prefix),
        }
    }

    fn locate_in(leaf: &Leaf<A, T, L>, place: Place, prefix: Prefix<A>) -> Spot {
        let rank = leaf.rank(prefix);
        let is_there = rank > 0 && leaf.key(rank - 1) == prefix;
        let place = Place { route: rank - usize::from(is_there), ..place };
        Spot { place: Some(place), is_there }
    }

    /// The value at a spot, if its prefix is there.
    #[inline]
    pub(crate) fn value(&self, spot: Spot) -> Option<&T> {
        let place = spot.place.filter(|_| spot.is_there)?;
        self.root.item(place.inner)?.item(place.leaf)?.item(place.route)
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

    /// As [`cover`](Self::cover), for a prefix whose spot is known.
    #[inline]
    pub(crate) fn cover_at(&self, spot: Spot, prefix: Prefix<A>) -> Option<(Prefix<A>, &T)> {
        let limit = prefix.len().checked_sub(1)?;
        let place = spot.place?;
        let leaf = self.root.item(place.inner)?.item(place.leaf)?;
        // The keys before the spot are those below the prefix, and its covers are among them.
        self.longest_from(leaf, place.route, prefix.address(), limit)
    }

    /// The longest route that contains `address` and is no longer than `limit`.
    fn longest(&self, address: A, limit: u8) -> Option<(Prefix<A>, &T)> {
        let (leaf, rank) = self.floor(Prefix::containing(address, limit))?;
        self.longest_from(leaf, rank, address, limit)
    }

    /// As [`longest`](Self::longest), where it is among the first `rank` keys of `leaf` or before.
    fn longest_from<'a>(
        &'a self,
        mut leaf: &'a Leaf<A, T, L>,
        mut rank: usize,
        address: A,
        mut limit: u8,
    ) -> Option<(Prefix<A>, &'a T)> {
        loop {
            let (addresses, lens) = leaf.keys();
            let first = addresses[..rank].first();
            while let Some(index) = last_up_to(&lens[..rank], limit) {
                let common = addresses[index].common_bits(address);
                if common >= lens[index] {
                    return Some((leaf.key(index), leaf.item(index)?));
                }
                limit = limit.min(common);
                rank = index;
            }
            if let Some(first) = first {
                limit = limit.min(first.common_bits(address));
            }
            let before = self.floor(Prefix::containing(address, limit))?;
            if core::ptr::eq(before.0, leaf) {
                // The query is the leaf's first key, which was asked already.
                return None;
            }
            (leaf, rank) = before;
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
