//! The crate `prefix-trie`: a tree bitmap with nodes of five bits.

use prefix_trie::PrefixMap;
use rtalloc::Prefix;

use super::{Map, Native};

/// Prefixes are pairs of address and length, which need no check when they are made.
#[derive(Clone)]
pub(crate) struct PrefixTrie<A: Native, V = u32>(PrefixMap<A::Pair, V>);

impl<A: Native, V> Default for PrefixTrie<A, V> {
    fn default() -> Self {
        Self(PrefixMap::new())
    }
}

impl<A: Native, V: Send + Sync + 'static> Map<A, V> for PrefixTrie<A, V> {
    fn insert(&mut self, prefix: Prefix<A>, value: V) -> Option<V> {
        self.0.insert(A::pair(prefix), value)
    }

    fn remove(&mut self, prefix: Prefix<A>) -> Option<V> {
        self.0.remove(&A::pair(prefix))
    }

    #[inline(always)]
    fn lookup(&self, address: A) -> Option<&V> {
        self.0.get_lpm(&address.host()).map(|found| found.1)
    }

    fn bytes(&self) -> Option<usize> {
        Some(self.0.mem_size())
    }
}
