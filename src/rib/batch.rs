//! Changes that are to take effect together.

use alloc::vec::Vec;

use crate::{address::Address, prefix::Prefix, route::Route};

/// A list of changes for [`Rib::apply`](super::Rib::apply): in order, the later ones on top of the
/// earlier ones, but taking effect at one instant.
#[derive(Clone, Debug)]
pub struct Batch<A: Address, V> {
    changes: Vec<(Prefix<A>, Option<Route<V>>)>,
}

impl<A: Address, V> Default for Batch<A, V> {
    fn default() -> Self {
        Self { changes: Vec::new() }
    }
}

impl<A: Address, V> Batch<A, V> {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Announces a route, as [`Rib::insert`](super::Rib::insert) does.
    pub fn insert(&mut self, prefix: Prefix<A>, route: Route<V>) -> &mut Self {
        self.changes.push((prefix, Some(route)));
        self
    }

    /// Withdraws a route if there is one, as [`Rib::remove`](super::Rib::remove) does.
    pub fn remove(&mut self, prefix: Prefix<A>) -> &mut Self {
        self.changes.push((prefix, None));
        self
    }

    /// Number of changes.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether there are no changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(super) fn into_changes(self) -> Vec<(Prefix<A>, Option<Route<V>>)> {
        self.changes
    }
}
