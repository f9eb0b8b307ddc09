//! Nodes: sorted keys and their items as a structure of arrays.
//!
//! [`Run`] is a leaf or an inner node: a bounded list whose keys lie in the node itself, so that a
//! search knows where they are before it has read anything. [`Root`] is the same without a bound.
//! What one has and the other does not is small, so the walks and the balancing see both through
//! [`Keyed`]. Indices come from searches in the same node and are in range by construction.

use std::sync::Arc;

use super::find::rank;
use crate::{address::Address, prefix::Prefix};

/// Routes.
pub(super) type Leaf<A, T, const L: usize> = Run<A, T, L>;
/// Leaves by fence.
pub(super) type Inner<A, T, const L: usize, const I: usize> = Run<A, Arc<Leaf<A, T, L>>, I>;
/// Inner nodes by fence.
pub(super) type Root<A, T, const L: usize, const I: usize> = List<A, Arc<Inner<A, T, L, I>>>;

/// The least fill of a node that has a neighbour: 3/8.
pub(super) const fn least(capacity: usize) -> usize {
    capacity * 3 / 8
}

/// The room that balancing leaves free: 1/8, and two in the tiny nodes of tests, so that two nodes
/// that evened out have room for one item each.
pub(super) const fn slack(capacity: usize) -> usize {
    let eighth = capacity / 8;
    if eighth < 2 { 2 } else { eighth }
}

/// Sorted keys, each with an item.
pub(super) trait Keyed<A: Address, C> {
    /// The addresses and the lengths of the keys.
    fn keys(&self) -> (&[A], &[u8]);

    /// The items in the order of their keys.
    fn items(&self) -> &[C];

    /// The items in the order of their keys.
    fn items_mut(&mut self) -> &mut [C];

    /// Replaces the key of the item at `index`, which must not change its rank.
    fn set_key(&mut self, index: usize, key: Prefix<A>);

    /// Puts an item before the one at `index`. A bounded node must have room.
    fn insert(&mut self, index: usize, key: Prefix<A>, item: C);

    /// Takes out the item at `index`.
    fn remove(&mut self, index: usize) -> C;

    /// The memory of the node and its lists in bytes.
    fn bytes(&self) -> usize;

    /// The number of items.
    #[inline]
    fn count(&self) -> usize {
        self.items().len()
    }

    /// The key at `index`.
    #[inline]
    fn key(&self, index: usize) -> Prefix<A> {
        let (addresses, lens) = self.keys();
        Prefix::containing(addresses[index], lens[index])
    }

    /// How many keys are at or below `key`.
    #[inline]
    fn rank(&self, key: Prefix<A>) -> usize {
        let (addresses, lens) = self.keys();
        rank(addresses, lens, key)
    }
}

/// A list of at most `N` items.
#[derive(Clone)]
pub(super) struct Run<A, C, const N: usize> {
    /// As many as there are addresses; its length is the node's, and what lies behind it in the
    /// two arrays has no meaning.
    items: Vec<C>,
    lens: [u8; N],
    addresses: [A; N],
}

impl<A: Address, C, const N: usize> Run<A, C, N> {
    /// An empty list with room for `N` items.
    pub(super) fn new() -> Self {
        Self {
            items: Vec::with_capacity(N),
            lens: [0; N],
            addresses: [A::default(); N],
        }
    }

    /// Whether there is room for no further item.
    pub(super) fn is_full(&self) -> bool {
        self.items.len() == N
    }

    /// Moves the first `count` items of `right` to the end of this list.
    pub(super) fn take_front(&mut self, right: &mut Self, count: usize) {
        let (old, rest) = (self.items.len(), right.items.len() - count);
        self.reserve();
        self.items.extend(right.items.drain(..count));
        self.addresses[old..old + count].copy_from_slice(&right.addresses[..count]);
        self.lens[old..old + count].copy_from_slice(&right.lens[..count]);
        right.addresses.copy_within(count..count + rest, 0);
        right.lens.copy_within(count..count + rest, 0);
    }

    /// Moves the last `count` items of `left` to the start of this list.
    pub(super) fn take_back(&mut self, left: &mut Self, count: usize) {
        let (old, rest) = (self.items.len(), left.items.len() - count);
        self.reserve();
        self.items.splice(..0, left.items.drain(rest..));
        self.addresses.copy_within(..old, count);
        self.lens.copy_within(..old, count);
        self.addresses[..count].copy_from_slice(&left.addresses[rest..rest + count]);
        self.lens[..count].copy_from_slice(&left.lens[rest..rest + count]);
    }

    /// Takes out the items from `index` on.
    pub(super) fn split_off(&mut self, index: usize) -> Self {
        let mut right = Self::new();
        let count = self.items.len() - index;
        right.take_back(self, count);
        right
    }

    /// Lets the items grow to `N` and no further; a copy of a node starts with just its own.
    fn reserve(&mut self) {
        self.items.reserve_exact(N - self.items.len());
    }
}

impl<A: Address, C, const N: usize> Keyed<A, C> for Run<A, C, N> {
    #[inline]
    fn keys(&self) -> (&[A], &[u8]) {
        let count = self.items.len();
        (&self.addresses[..count], &self.lens[..count])
    }

    #[inline]
    fn items(&self) -> &[C] {
        &self.items
    }

    #[inline]
    fn items_mut(&mut self) -> &mut [C] {
        &mut self.items
    }

    fn set_key(&mut self, index: usize, key: Prefix<A>) {
        self.addresses[index] = key.address();
        self.lens[index] = key.len();
    }

    fn insert(&mut self, index: usize, key: Prefix<A>, item: C) {
        let count = self.items.len();
        self.reserve();
        self.addresses.copy_within(index..count, index + 1);
        self.lens.copy_within(index..count, index + 1);
        self.set_key(index, key);
        self.items.insert(index, item);
    }

    fn remove(&mut self, index: usize) -> C {
        let count = self.items.len();
        self.addresses.copy_within(index + 1..count, index);
        self.lens.copy_within(index + 1..count, index);
        self.items.remove(index)
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.items.capacity() * size_of::<C>()
    }
}

/// A list of any length.
#[derive(Clone)]
pub(super) struct List<A, C> {
    addresses: Vec<A>,
    lens: Vec<u8>,
    items: Vec<C>,
}

impl<A, C> List<A, C> {
    /// An empty list, which has no memory of its own.
    pub(super) const fn new() -> Self {
        Self {
            addresses: Vec::new(),
            lens: Vec::new(),
            items: Vec::new(),
        }
    }
}

impl<A: Address, C> Keyed<A, C> for List<A, C> {
    #[inline]
    fn keys(&self) -> (&[A], &[u8]) {
        (&self.addresses, &self.lens)
    }

    #[inline]
    fn items(&self) -> &[C] {
        &self.items
    }

    #[inline]
    fn items_mut(&mut self) -> &mut [C] {
        &mut self.items
    }

    fn set_key(&mut self, index: usize, key: Prefix<A>) {
        self.addresses[index] = key.address();
        self.lens[index] = key.len();
    }

    fn insert(&mut self, index: usize, key: Prefix<A>, item: C) {
        self.addresses.insert(index, key.address());
        self.lens.insert(index, key.len());
        self.items.insert(index, item);
    }

    fn remove(&mut self, index: usize) -> C {
        self.addresses.remove(index);
        self.lens.remove(index);
        self.items.remove(index)
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.addresses.capacity() * size_of::<A>()
            + self.lens.capacity()
            + self.items.capacity() * size_of::<C>()
    }
}
