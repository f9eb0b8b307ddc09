//! Iterators, all of them without memory of their own.

use core::iter::FusedIterator;

use super::{
    INNER, LEAF, RouteMap,
    node::{Inner, Keyed, Leaf, Root},
};
use crate::{address::Address, prefix::Prefix};

/// Routes in prefix order: what a prefix covers is a contiguous range of keys.
pub(crate) struct Iter<'a, A, T, const L: usize = LEAF, const I: usize = INNER> {
    /// The inner nodes that are still to come.
    inners: core::slice::Iter<'a, std::sync::Arc<Inner<A, T, L, I>>>,
    /// The leaves of the present inner node that are still to come.
    leaves: core::slice::Iter<'a, std::sync::Arc<Leaf<A, T, L>>>,
    /// The present leaf and the index of the next route in it.
    leaf: Option<&'a Leaf<A, T, L>>,
    next: usize,
    /// The iterator ends at the first route that lies outside.
    within: Prefix<A>,
}

impl<'a, A: Address, T, const L: usize, const I: usize> Iter<'a, A, T, L, I> {
    /// The routes in `within`, from `start` on, which lies in `within`.
    pub(super) fn new(root: &'a Root<A, T, L, I>, start: Prefix<A>, within: Prefix<A>) -> Self {
        let mut inners = root.items()[root.rank(start).saturating_sub(1)..].iter();
        let mut leaves = match inners.next() {
            Some(inner) => inner.items()[inner.rank(start).saturating_sub(1)..].iter(),
            None => [].iter(),
        };
        let leaf = leaves.next().map(|leaf| &**leaf);
        let mut next = leaf.map_or(0, |leaf| leaf.rank(start));
        if leaf.is_some_and(|leaf| next > 0 && leaf.key(next - 1) == start) {
            next -= 1;
        }
        Self {
            inners,
            leaves,
            leaf,
            next,
            within,
        }
    }
}

impl<'a, A: Address, T, const L: usize, const I: usize> Iterator for Iter<'a, A, T, L, I> {
    type Item = (Prefix<A>, &'a T);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let leaf = self.leaf?;
            if let Some(value) = leaf.items().get(self.next) {
                let key = leaf.key(self.next);
                self.next += 1;
                if self.within.contains(key.address()) {
                    return Some((key, value));
                }
                self.leaf = None;
                return None;
            }
            if self.leaves.as_slice().is_empty() {
                let leaves = self.inners.next().map(|inner| inner.items().iter());
                self.leaves = leaves.unwrap_or_default();
            }
            self.leaf = self.leaves.next().map(|leaf| &**leaf);
            self.next = 0;
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
        Self {
            map,
            prefix,
            shorter,
            exact: map.get(prefix),
        }
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
