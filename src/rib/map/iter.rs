//! Iterators, all of them without memory of their own.

use alloc::sync::Arc;
use core::iter::FusedIterator;

use super::{
    INNER, LEAF, RouteMap,
    node::{Inner, Keyed, Leaf, Root},
};
use crate::{address::Address, prefix::Prefix};

/// Routes in prefix order: what a prefix covers is a contiguous range of keys.
pub(crate) struct Iter<'a, A, T, const L: usize = LEAF, const I: usize = INNER> {
    /// The root and the index of the inner node after the present one.
    root: &'a Root<A, T, L, I>,
    next_inner: usize,
    /// The present inner node and the index of the leaf after the present one.
    inner: Option<&'a Inner<A, T, L, I>>,
    next_leaf: usize,
    /// The present leaf and the index of the next route in it; no leaf at the end.
    leaf: Option<&'a Leaf<A, T, L>>,
    next_route: usize,
    /// The iterator ends at the first route that lies outside.
    within: Prefix<A>,
}

impl<'a, A: Address, T, const L: usize, const I: usize> Iter<'a, A, T, L, I> {
    /// The routes in `within`, from `start` on, which lies in `within`.
    pub(super) fn new(root: &'a Root<A, T, L, I>, start: Prefix<A>, within: Prefix<A>) -> Self {
        let next_inner = root.rank(start);
        let inner = child(root, next_inner);
        let next_leaf = inner.map_or(0, |inner| inner.rank(start));
        let leaf = inner.and_then(|inner| child(inner, next_leaf));
        let next_route = leaf.map_or(0, |leaf| {
            let rank = leaf.rank(start);
            let is_there = rank > 0 && leaf.key(rank - 1) == start;
            rank - usize::from(is_there)
        });
        Self { root, next_inner, inner, next_leaf, leaf, next_route, within }
    }

    /// Goes to the next leaf, or to none at the end.
    fn advance(&mut self) {
        if self.inner.is_none_or(|inner| self.next_leaf == inner.count()) {
            self.next_inner += 1;
            self.inner = child(self.root, self.next_inner);
            self.next_leaf = 0;
        }
        self.next_leaf += 1;
        self.leaf = self.inner.and_then(|inner| child(inner, self.next_leaf));
        self.next_route = 0;
    }
}

/// The child of `node` whose fence is the last of the first `rank`.
fn child<A: Address, C>(node: &impl Keyed<A, Arc<C>>, rank: usize) -> Option<&C> {
    node.item(rank.checked_sub(1)?).map(|child| &**child)
}

impl<'a, A: Address, T, const L: usize, const I: usize> Iterator for Iter<'a, A, T, L, I> {
    type Item = (Prefix<A>, &'a T);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let leaf = self.leaf?;
            if let Some(value) = leaf.item(self.next_route) {
                let key = leaf.key(self.next_route);
                self.next_route += 1;
                if self.within.contains(key.address()) {
                    return Some((key, value));
                }
                self.leaf = None;
                return None;
            }
            self.advance();
        }
    }
}

impl<A: Address, T, const L: usize, const I: usize> FusedIterator for Iter<'_, A, T, L, I> {}

/// The routes that cover a prefix, shortest first.
///
/// They are found longest first, so the lengths are kept as a bit set and the routes searched once
/// more on the way.
pub(crate) struct Covering<'a, A, T, const L: usize = LEAF, const I: usize = INNER> {
    map: &'a RouteMap<A, T, L, I>,
    prefix: Prefix<A>,
    /// The lengths of the covers still to come that are shorter than `prefix`, hence under 128.
    shorter: u128,
    /// The route of `prefix` itself, if it is still to come.
    exact: Option<&'a T>,
}

impl<'a, A: Address, T, const L: usize, const I: usize> Covering<'a, A, T, L, I> {
    pub(super) fn new(map: &'a RouteMap<A, T, L, I>, prefix: Prefix<A>) -> Self {
        let mut shorter = 0;
        let mut at = prefix;
        while let Some((cover, _)) = map.cover(at) {
            shorter |= 1 << cover.len();
            at = cover;
        }
        Self { map, prefix, shorter, exact: map.get(prefix) }
    }
}

impl<'a, A: Address, T, const L: usize, const I: usize> Iterator for Covering<'a, A, T, L, I> {
    type Item = (Prefix<A>, &'a T);

    fn next(&mut self) -> Option<Self::Item> {
        if self.shorter == 0 {
            return Some((self.prefix, self.exact.take()?));
        }
        let len = self.shorter.trailing_zeros() as u8;
        self.shorter &= self.shorter - 1;
        let cover = Prefix::containing(self.prefix.address(), len);
        Some((cover, self.map.get(cover)?))
    }
}

impl<A: Address, T, const L: usize, const I: usize> FusedIterator for Covering<'_, A, T, L, I> {}
