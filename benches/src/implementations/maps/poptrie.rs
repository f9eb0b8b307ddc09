//! The crate `poptrie`: the layout of the paper, with a tree of entries beside it for updates, each of
//! which moves what follows in its arrays.

use poptrie::Poptrie as Crate;
use rtalloc::Prefix;

use super::{Map, Native};

/// The crate's table.
#[derive(Clone)]
pub(crate) struct Poptrie<A: Native, V = u32>(Crate<A::Pair, V>);

impl<A: Native, V> Default for Poptrie<A, V> {
    fn default() -> Self {
        Self(Crate::new())
    }
}

impl<A: Native, V: Send + Sync + 'static> Map<A, V> for Poptrie<A, V> {
    fn insert(&mut self, prefix: Prefix<A>, value: V) -> Option<V> {
        self.0.insert(A::pair(prefix), value)
    }

    fn remove(&mut self, prefix: Prefix<A>) -> Option<V> {
        self.0.remove(A::pair(prefix))
    }

    #[inline(always)]
    fn lookup(&self, address: A) -> Option<&V> {
        self.0.lookup(address)
    }

    /// All at once, level by level: the crate takes minutes to insert a full table route by route.
    fn load(routes: impl Iterator<Item = (Prefix<A>, V)>) -> Self {
        Self(routes.map(|(prefix, value)| (A::pair(prefix), value)).collect())
    }
}
