//! Bulk building from sorted routes.

use alloc::{sync::Arc, vec::Vec};
use core::ops::Range;

use super::{
    RouteMap,
    list::List,
    node::{Keyed, Leaf, least, slack},
    run::Run,
};
use crate::{address::Address, prefix::Prefix};

impl<A: Address, T, const L: usize, const I: usize> RouteMap<A, T, L, I> {
    /// Builds a map of `prefixes`, which increase strictly, and their values by index, in linear
    /// time, with an eighth of every node free for later routes.
    pub(crate) fn from_sorted(prefixes: &[Prefix<A>], value: impl Fn(usize) -> T) -> Self {
        let leaves = cuts(prefixes.len(), L).into_iter();
        Self::assemble(prefixes.len(), leaves.map(|cut| leaf(prefixes, cut, &value)).collect())
    }

    /// As [`from_sorted`](Self::from_sorted), on all cores.
    #[cfg(feature = "rayon")]
    pub(crate) fn from_sorted_in_parallel(
        prefixes: &[Prefix<A>],
        value: impl Fn(usize) -> T + Sync,
    ) -> Self
    where
        T: Send + Sync,
    {
        use rayon::prelude::*;
        let leaves = cuts(prefixes.len(), L).into_par_iter();
        Self::assemble(prefixes.len(), leaves.map(|cut| leaf(prefixes, cut, &value)).collect())
    }

    /// Puts the inner nodes and the root over leaves.
    fn assemble(len: usize, leaves: Vec<Arc<Leaf<A, T, L>>>) -> Self {
        let cuts = cuts(leaves.len(), I);
        let (mut root, mut leaves) = (List::new(), leaves.into_iter());
        for cut in cuts {
            let mut inner: Run<A, Arc<Leaf<A, T, L>>, I> = Run::new();
            let is_first = cut.start == 0;
            for leaf in leaves.by_ref().take(cut.len()) {
                // The first fence of all is the least key there is (Fence).
                let least = is_first && inner.count() == 0;
                let fence = if least { Prefix::default() } else { leaf.key(0) };
                inner.insert(inner.count(), fence, leaf);
            }
            root.insert(root.count(), inner.key(0), Arc::new(inner));
        }
        Self { root: Arc::new(root), len }
    }
}

/// The leaf of the routes in `cut`.
fn leaf<A: Address, T, const L: usize>(
    prefixes: &[Prefix<A>],
    cut: Range<usize>,
    value: &impl Fn(usize) -> T,
) -> Arc<Leaf<A, T, L>> {
    let mut leaf = Run::new();
    for index in cut {
        leaf.insert(leaf.count(), prefixes[index], value(index));
    }
    Arc::new(leaf)
}

/// Cuts `total` items into nodes of capacity `capacity`: all filled to seven eighths but the last,
/// which is evened out with the one before where it would be under the least fill.
fn cuts(total: usize, capacity: usize) -> Vec<Range<usize>> {
    let fill = capacity - slack(capacity);
    let mut cuts: Vec<Range<usize>> =
        (0..total).step_by(fill).map(|start| start..total.min(start + fill)).collect();
    if let [.., before, last] = &mut cuts[..]
        && last.len() < least(capacity)
    {
        let middle = before.start.midpoint(last.end);
        before.end = middle;
        last.start = middle;
    }
    cuts
}
