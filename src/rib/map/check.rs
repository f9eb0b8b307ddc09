//! The invariants of the map, checked node by node. Tests only.

use alloc::vec::Vec;

use super::{
    RouteMap,
    node::{Keyed, least},
};
use crate::{address::Address, prefix::Prefix};

impl<A: Address, T, const L: usize, const I: usize> RouteMap<A, T, L, I> {
    /// Panics at the first invariant of the module's essay that does not hold.
    pub(super) fn check(&self) {
        let mut routes = 0;
        let root = &*self.root;
        check_order(root);
        if root.count() > 0 {
            assert_eq!(root.key(0), Prefix::default(), "Fence: the root's first");
        }
        for (at, inner) in root.items().enumerate() {
            let fence = root.key(at);
            let end = (at + 1 < root.count()).then(|| root.key(at + 1));
            check_order(&**inner);
            assert_eq!(inner.key(0), fence, "Fence: an inner node's first");
            check_bounds(&**inner, fence, end);
            check_fill(inner.count(), root.count(), I);
            for (at, leaf) in inner.items().enumerate() {
                let next = (at + 1 < inner.count()).then(|| inner.key(at + 1));
                check_order(&**leaf);
                check_bounds(&**leaf, inner.key(at), next.or(end));
                check_fill(leaf.count(), inner.count(), L);
                routes += leaf.count();
            }
        }
        assert_eq!(self.len, routes, "Count");
        assert_eq!(self.len == 0, root.count() == 0, "Count: empty root");
    }
}

fn check_order<A: Address, C>(node: &impl Keyed<A, C>) {
    let keys: Vec<_> = (0..node.count()).map(|at| node.key(at)).collect();
    assert!(keys.is_sorted_by(|a, b| a < b), "Order: {keys:?}");
}

fn check_bounds<A: Address, C>(node: &impl Keyed<A, C>, fence: Prefix<A>, end: Option<Prefix<A>>) {
    let (first, last) = (node.key(0), node.key(node.count() - 1));
    assert!(fence <= first, "Fence: {first} is below {fence}");
    assert!(end.is_none_or(|end| last < end), "Fence: {last} reaches into the next node");
}

fn check_fill(count: usize, siblings: usize, capacity: usize) {
    let low = if siblings > 1 { least(capacity) } else { 1 };
    assert!(
        (low..=capacity).contains(&count),
        "Fill: {count} of {capacity} with {siblings} siblings"
    );
}
