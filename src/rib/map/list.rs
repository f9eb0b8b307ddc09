//! An unbounded node: the root.

use alloc::vec::Vec;

use super::node::Keyed;
use crate::{address::Address, prefix::Prefix};

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
        Self { addresses: Vec::new(), lens: Vec::new(), items: Vec::new() }
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
