//! Nodes: sorted keys, each with an item.
//!
//! The root is a [`List`], the nodes under it are [`Run`]s. What one has and the other does not is
//! small, so the searches, the walks and the balancing see both through [`Keyed`].
//!
//! Indices into keys come from searches in the same node and are in range by construction.

use alloc::sync::Arc;

use super::{find::rank, list::List, run::Run};
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
