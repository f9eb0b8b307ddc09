//! Maps of routes that know nothing of threads: crates for longest-prefix matches, each with the
//! best that it has for one lookup.

pub(crate) mod native;
mod poptrie;
mod prefix_trie;
mod treebitmap;
#[cfg(feature = "ts_bart")]
mod ts_bart;
mod value;

use rtalloc::{Address, Prefix, testing::history::Step};

#[cfg(feature = "ts_bart")]
pub(crate) use self::ts_bart::TsBart;
pub(crate) use self::{
    native::Native, poptrie::Poptrie, prefix_trie::PrefixTrie, treebitmap::Treebitmap, value::Value,
};
use crate::Routes;

/// Routes of one family, with what each of them leads to.
pub(crate) trait Map<A: Address, V: Send + Sync + 'static = u32>:
    Default + Send + Sync + 'static
{
    /// Adds a route or replaces it. What it led to before.
    fn insert(&mut self, prefix: Prefix<A>, value: V) -> Option<V>;

    /// Removes a route. What it led to.
    fn remove(&mut self, prefix: Prefix<A>) -> Option<V>;

    /// What the longest match of the address leads to.
    fn lookup(&self, address: A) -> Option<&V>;

    /// A map of the routes.
    fn load(routes: impl Iterator<Item = (Prefix<A>, V)>) -> Self {
        let mut map = Self::default();
        for (prefix, value) in routes {
            map.insert(prefix, value);
        }
        map
    }

    /// Bytes of the map, as the crate accounts for them itself.
    fn bytes(&self) -> Option<usize> {
        None
    }
}

/// A map of all the routes.
pub(crate) fn load<A: Address, V: Value, M: Map<A, V>>(routes: &Routes<A>) -> M {
    M::load(routes.iter().map(|&(prefix, hop)| (prefix, V::from(hop))))
}

/// Makes one change.
pub(crate) fn apply<A: Address, V: Value, M: Map<A, V>>(map: &mut M, step: &Step<A>) -> Option<V> {
    match *step {
        Step::Set(prefix, hop) => map.insert(prefix, V::from(hop)),
        Step::Remove(prefix) => map.remove(prefix),
    }
}
