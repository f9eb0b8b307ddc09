//! Bulk building from sorted routes.

use core::fmt;
use std::sync::Arc;

use super::{
    RouteMap,
    list::List,
    node::{Keyed, least, slack},
    run::Run,
};
use crate::{address::Address, prefix::Prefix};

/// A route of a bulk load is not above the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutOfOrder<A: Address> {
    /// The prefix before.
    pub(crate) previous: Prefix<A>,
    /// The prefix that is out of order or the same again.
    pub(crate) prefix: Prefix<A>,
}

impl<A: Address> fmt::Display for OutOfOrder<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { previous, prefix } = self;
        write!(f, "{prefix} follows {previous}: not in prefix order")
    }
}

impl<A: Address> core::error::Error for OutOfOrder<A> {}

impl<A: Address, T, const L: usize, const I: usize> RouteMap<A, T, L, I> {
    /// Builds a map of routes in strictly increasing prefix order, in linear time, with an eighth
    /// of every node free for later routes.
    ///
    /// # Errors
    /// [`OutOfOrder`] at the first prefix that is not above the one before it.
    pub(crate) fn from_sorted(
        routes: impl IntoIterator<Item = (Prefix<A>, T)>,
    ) -> Result<Self, OutOfOrder<A>> {
        let mut map = Self::new();
        let mut leaves: Pack<A, T, L> = Pack::new();
        let mut last = None;
        for (prefix, value) in routes {
            if let Some(previous) = last.filter(|&previous| previous >= prefix) {
                return Err(OutOfOrder { previous, prefix });
            }
            last = Some(prefix);
            leaves.push(prefix, value);
            map.len += 1;
        }
        let mut inners: Pack<A, Arc<Run<A, T, L>>, I> = Pack::new();
        for (fence, leaf) in leaves.finish() {
            inners.push(fence, Arc::new(leaf));
        }
        let mut root = List::new();
        for (fence, inner) in inners.finish() {
            root.insert(root.count(), fence, Arc::new(inner));
        }
        map.root = Arc::new(root);
        Ok(map)
    }
}

/// Nodes of one level, filled one after the other.
struct Pack<A, C, const N: usize> {
    done: Vec<Run<A, C, N>>,
    last: Run<A, C, N>,
}

impl<A: Address, C, const N: usize> Pack<A, C, N> {
    fn new() -> Self {
        Self { done: Vec::new(), last: Run::new() }
    }

    /// Appends an item whose key is above all others.
    fn push(&mut self, key: Prefix<A>, item: C) {
        if self.last.count() == N - slack(N) {
            self.done.push(core::mem::replace(&mut self.last, Run::new()));
        }
        self.last.insert(self.last.count(), key, item);
    }

    /// The nodes with their fences, the last two evened out if the last is under the least fill.
    fn finish(mut self) -> impl Iterator<Item = (Prefix<A>, Run<A, C, N>)> {
        if let Some(before) = self.done.last_mut()
            && self.last.count() < least(N)
        {
            let total = before.count() + self.last.count();
            let count = before.count() - total / 2;
            self.last.take_back(before, count);
        }
        let last = Some(self.last).filter(|last| last.count() > 0);
        let nodes = self.done.into_iter().chain(last).enumerate();
        nodes.map(|(index, node)| {
            let first = if index == 0 { Prefix::default() } else { node.key(0) };
            (first, node)
        })
    }
}
