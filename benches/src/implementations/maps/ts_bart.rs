//! Tailscale's crate `ts_bart`, after the Go package `bart`: nodes of eight bits, with paths and
//! whole octets compressed.

use ipnet::IpNet;
use rtalloc::{Address, Prefix};
use ts_bart::{RoutingTable, SimpleTable};

use super::Map;

/// The crate's table for programs that know one family only.
#[derive(Clone)]
pub(crate) struct TsBart<V = u32>(SimpleTable<V>);

fn net<A: Address>(prefix: Prefix<A>) -> IpNet {
    IpNet::new_assert(prefix.address().to_ip(), prefix.len())
}

impl<V> Default for TsBart<V> {
    fn default() -> Self {
        Self(SimpleTable::EMPTY)
    }
}

impl<A: Address, V: Send + Sync + 'static> Map<A, V> for TsBart<V> {
    fn insert(&mut self, prefix: Prefix<A>, value: V) -> Option<V> {
        self.0.insert(net(prefix), value)
    }

    fn remove(&mut self, prefix: Prefix<A>) -> Option<V> {
        self.0.remove(net(prefix))
    }

    #[inline(always)]
    fn lookup(&self, address: A) -> Option<&V> {
        self.0.lookup(address.to_ip())
    }
}
