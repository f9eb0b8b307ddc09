//! Nodes: sorted keys and their items as a structure of arrays.
//!
//! [`Run`] is a leaf or an inner node: a bounded list that lies in one piece of memory, so that a
//! search knows where everything is before it has read anything, and a value is mostly on the same
//! page as its key. That is why the items are an array of options and not a `Vec`: it takes a
//! quarter off `get` and `replace` in a large map, and for a value with a niche, such as a
//! reference, an option is no larger. [`List`] is the same without a bound, for the root. What one
//! has and the other does not is small, so the walks and the balancing see both through [`Keyed`].
//!
//! Indices into keys come from searches in the same node and are in range by construction.

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

    /// The item at `index`, if there are that many.
    fn item(&self, index: usize) -> Option<&C>;

    /// The item at `index`, if there are that many.
    fn item_mut(&mut self, index: usize) -> Option<&mut C>;

    /// The item at `index` and the one after it, if there are that many.
    fn pair_mut(&mut self, index: usize) -> Option<(&mut C, &mut C)>;

    /// Replaces the key of the item at `index`, which must not change its rank.
    fn set_key(&mut self, index: usize, key: Prefix<A>);

    /// Puts an item before the one at `index`. A bounded node must have room.
    fn insert(&mut self, index: usize, key: Prefix<A>, item: C);

    /// Takes out the item at `index`, if there are that many.
    fn remove(&mut self, index: usize) -> Option<C>;

    /// The memory of the node and its lists in bytes.
    fn bytes(&self) -> usize;

    /// The number of items.
    #[inline]
    fn count(&self) -> usize {
        self.keys().0.len()
    }

    /// The items in the order of their keys.
    fn items<'a>(&'a self) -> impl Iterator<Item = &'a C>
    where
        C: 'a,
    {
        (0..self.count()).filter_map(|index| self.item(index))
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
    /// How many elements of each array are in use, from the start on. In `items` these are `Some`
    /// and the others `None`; keys behind them have no meaning.
    count: usize,
    lens: [u8; N],
    addresses: [A; N],
    items: [Option<C>; N],
}

impl<A: Address, C, const N: usize> Run<A, C, N> {
    /// An empty list.
    pub(super) fn new() -> Self {
        Self {
            count: 0,
            lens: [0; N],
            addresses: [A::default(); N],
            items: [const { None }; N],
        }
    }

    /// Whether there is room for no further item.
    pub(super) fn is_full(&self) -> bool {
        self.count == N
    }

    /// Moves the first `count` items of `right` to the end of this list.
    pub(super) fn take_front(&mut self, right: &mut Self, count: usize) {
        let (old, new) = (self.count, self.count + count);
        self.addresses[old..new].copy_from_slice(&right.addresses[..count]);
        self.lens[old..new].copy_from_slice(&right.lens[..count]);
        self.items[old..new].swap_with_slice(&mut right.items[..count]);
        right.addresses.copy_within(count..right.count, 0);
        right.lens.copy_within(count..right.count, 0);
        right.items[..right.count].rotate_left(count);
        self.count = new;
        right.count -= count;
    }

    /// Moves the last `count` items of `left` to the start of this list.
    pub(super) fn take_back(&mut self, left: &mut Self, count: usize) {
        let (rest, old) = (left.count - count, left.count);
        self.addresses.copy_within(..self.count, count);
        self.lens.copy_within(..self.count, count);
        self.items[..self.count + count].rotate_right(count);
        self.addresses[..count].copy_from_slice(&left.addresses[rest..old]);
        self.lens[..count].copy_from_slice(&left.lens[rest..old]);
        self.items[..count].swap_with_slice(&mut left.items[rest..old]);
        self.count += count;
        left.count = rest;
    }

    /// Takes out the items from `index` on.
    pub(super) fn split_off(&mut self, index: usize) -> Self {
        let mut right = Self::new();
        right.take_back(self, self.count - index);
        right
    }
}

impl<A: Address, C, const N: usize> Keyed<A, C> for Run<A, C, N> {
    #[inline]
    fn keys(&self) -> (&[A], &[u8]) {
        (&self.addresses[..self.count], &self.lens[..self.count])
    }

    #[inline]
    fn item(&self, index: usize) -> Option<&C> {
        self.items.get(index)?.as_ref()
    }

    #[inline]
    fn item_mut(&mut self, index: usize) -> Option<&mut C> {
        self.items.get_mut(index)?.as_mut()
    }

    fn pair_mut(&mut self, index: usize) -> Option<(&mut C, &mut C)> {
        let [one, other, ..] = self.items.get_mut(index..)? else {
            return None;
        };
        Some((one.as_mut()?, other.as_mut()?))
    }

    fn set_key(&mut self, index: usize, key: Prefix<A>) {
        self.addresses[index] = key.address();
        self.lens[index] = key.len();
    }

    fn insert(&mut self, index: usize, key: Prefix<A>, item: C) {
        self.addresses.copy_within(index..self.count, index + 1);
        self.lens.copy_within(index..self.count, index + 1);
        self.items[index..=self.count].rotate_right(1);
        self.set_key(index, key);
        self.items[index] = Some(item);
        self.count += 1;
    }

    fn remove(&mut self, index: usize) -> Option<C> {
        let item = self.items.get_mut(index)?.take()?;
        self.addresses.copy_within(index + 1..self.count, index);
        self.lens.copy_within(index + 1..self.count, index);
        self.items[index..self.count].rotate_left(1);
        self.count -= 1;
        Some(item)
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
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
    fn item(&self, index: usize) -> Option<&C> {
        self.items.get(index)
    }

    #[inline]
    fn item_mut(&mut self, index: usize) -> Option<&mut C> {
        self.items.get_mut(index)
    }

    fn pair_mut(&mut self, index: usize) -> Option<(&mut C, &mut C)> {
        let [one, other, ..] = self.items.get_mut(index..)? else {
            return None;
        };
        Some((one, other))
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

    fn remove(&mut self, index: usize) -> Option<C> {
        if index >= self.items.len() {
            return None;
        }
        self.addresses.remove(index);
        self.lens.remove(index);
        Some(self.items.remove(index))
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.addresses.capacity() * size_of::<A>()
            + self.lens.capacity()
            + self.items.capacity() * size_of::<C>()
    }
}
