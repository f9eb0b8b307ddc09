//! Writes: one search without touching anything, then the change along the path that it found.
//!
//! The change goes through `Arc::make_mut`, which hands out a node that nobody shares in place and
//! puts a copy in the place of one that a snapshot shares. A write that changes nothing, such as
//! the removal of an absent prefix, therefore copies nothing.

use alloc::sync::Arc;
use core::mem;

use super::{
    RouteMap, balance,
    find::{Place, Spot},
    node::{Inner, Keyed, Leaf, Root, least},
};
use crate::{address::Address, prefix::Prefix};

impl<A: Address, T: Clone, const L: usize, const I: usize> RouteMap<A, T, L, I> {
    /// Sets the value of `prefix` and returns the one that it had.
    pub(crate) fn insert(&mut self, prefix: Prefix<A>, value: T) -> Option<T> {
        let spot = self.locate(prefix);
        if spot.is_there {
            return self.replace_at(spot, value);
        }
        self.insert_at(spot, prefix, value);
        None
    }

    /// Adds a prefix that is not there, of which `spot` was just located.
    pub(crate) fn insert_at(&mut self, spot: Spot, prefix: Prefix<A>, value: T) {
        let Some(place) = spot.place else { return self.plant(prefix, value) };
        if self.leaf_at(place).is_some_and(|leaf| leaf.is_full()) {
            // Both neighbours have room afterwards; at most one inner node goes first.
            if self.make_room(place).is_some() {
                self.insert_at(self.locate(prefix), prefix, value);
            }
            return;
        }
        let inner = Arc::make_mut(&mut self.root).unshare(place.inner);
        if let Some(leaf) = inner.and_then(|inner| inner.unshare(place.leaf)) {
            leaf.insert(place.route, prefix, value);
            self.len += 1;
        }
    }

    /// Sets the value of a prefix that is there, of which `spot` was just located, and returns the
    /// one that it had.
    #[inline]
    pub(crate) fn replace_at(&mut self, spot: Spot, value: T) -> Option<T> {
        let place = spot.place.filter(|_| spot.is_there)?;
        Some(mem::replace(self.value_at(place)?, value))
    }

    /// Removes `prefix` and returns the value that it had.
    pub(crate) fn remove(&mut self, prefix: Prefix<A>) -> Option<T> {
        self.remove_at(self.locate(prefix))
    }

    /// Removes a prefix that is there, of which `spot` was just located, and returns the value that
    /// it had.
    pub(crate) fn remove_at(&mut self, spot: Spot) -> Option<T> {
        let place = spot.place.filter(|_| spot.is_there)?;
        let root = Arc::make_mut(&mut self.root);
        let inner = root.unshare(place.inner)?;
        let leaf = inner.unshare(place.leaf)?;
        let value = leaf.remove(place.route)?;
        self.len -= 1;
        if self.len == 0 {
            *root = Root::new();
        } else if leaf.count() < least(L) {
            balance::refill(inner, place.leaf);
            if inner.count() < least(I) {
                balance::refill(root, place.inner);
            }
        }
        Some(value)
    }

    /// Puts the first route into the empty map.
    fn plant(&mut self, prefix: Prefix<A>, value: T) {
        let mut leaf = Leaf::new();
        leaf.insert(0, prefix, value);
        let mut inner = Inner::new();
        inner.insert(0, Prefix::default(), Arc::new(leaf));
        let mut root = Root::new();
        root.insert(0, Prefix::default(), Arc::new(inner));
        self.root = Arc::new(root);
        self.len = 1;
    }

    /// Makes room in the full leaf at `place`, or first in its inner node if that is full too.
    #[cold]
    fn make_room(&mut self, place: Place) -> Option<()> {
        let root = Arc::make_mut(&mut self.root);
        if root.item(place.inner)?.is_full() {
            balance::relieve(root, place.inner)
        } else {
            balance::relieve(root.unshare(place.inner)?, place.leaf)
        }
    }

    /// The leaf at a place.
    #[inline]
    fn leaf_at(&self, place: Place) -> Option<&Leaf<A, T, L>> {
        self.root.item(place.inner)?.item(place.leaf).map(|leaf| &**leaf)
    }

    /// The value at a place, in nodes that no snapshot shares.
    #[inline]
    fn value_at(&mut self, place: Place) -> Option<&mut T> {
        let inner = Arc::make_mut(&mut self.root).unshare(place.inner)?;
        inner.unshare(place.leaf)?.item_mut(place.route)
    }
}

/// A node whose children are shared through `Arc`.
trait Unshare<A, C> {
    /// The child at `index`, copied first if a snapshot shares it.
    fn unshare(&mut self, index: usize) -> Option<&mut C>;
}

impl<A: Address, C: Clone, P: Keyed<A, Arc<C>>> Unshare<A, C> for P {
    #[inline]
    fn unshare(&mut self, index: usize) -> Option<&mut C> {
        self.item_mut(index).map(Arc::make_mut)
    }
}
