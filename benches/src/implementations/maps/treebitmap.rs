//! The tree bitmap that the crate `ip_network_table` wraps, with nodes of four bits.

use ip_network_table_deps_treebitmap::IpLookupTable;
use rtalloc::Prefix;

use super::{Map, Native};

/// The crate's table. It cannot be copied but route by route.
pub(crate) struct Treebitmap<A: Native, V = u32>(IpLookupTable<A::Ip, V>);

impl<A: Native, V> Default for Treebitmap<A, V> {
    fn default() -> Self {
        Self(IpLookupTable::new())
    }
}

impl<A: Native, V: Clone> Clone for Treebitmap<A, V> {
    fn clone(&self) -> Self {
        let mut copy = IpLookupTable::with_capacity(self.0.len());
        for (address, len, value) in self.0.iter() {
            copy.insert(address, len, value.clone());
        }
        Self(copy)
    }
}

impl<A: Native, V: Send + Sync + 'static> Map<A, V> for Treebitmap<A, V> {
    fn insert(&mut self, prefix: Prefix<A>, value: V) -> Option<V> {
        self.0.insert(prefix.address().ip(), prefix.len().into(), value)
    }

    fn remove(&mut self, prefix: Prefix<A>) -> Option<V> {
        self.0.remove(prefix.address().ip(), prefix.len().into())
    }

    #[inline(always)]
    fn lookup(&self, address: A) -> Option<&V> {
        self.0.longest_match(address.ip()).map(|found| found.2)
    }

    fn bytes(&self) -> Option<usize> {
        let (nodes, values) = self.0.mem_usage();
        Some(nodes + values)
    }
}
