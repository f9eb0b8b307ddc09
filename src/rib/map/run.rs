//! A bounded node in one piece of memory: a leaf or an inner node.
//!
//! A search knows where everything is before it has read anything, and a value is mostly on the
//! same page as its key. That is why the items are an array of options and not a `Vec`: it takes a
//! quarter off `get` and `replace` in a large map, and for a value with a niche, such as a
//! reference, an option is no larger.

use super::node::Keyed;
use crate::{address::Address, prefix::Prefix};

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
        Self { count: 0, lens: [0; N], addresses: [A::default(); N], items: [const { None }; N] }
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
