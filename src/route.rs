//! What a route says: next hop, flags, metrics and the user's own data.

use core::fmt;

use crate::nexthop::NextHop;

bitflags::bitflags! {
    /// Route flags. The bits have the values on which OpenBSD and FreeBSD agree.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct RouteFlags: u32 {
        /// The route is usable. Set by the table while the entry is in it, cleared when the entry
        /// is removed or replaced; what a caller passes in is ignored.
        const UP = 0x1;
        /// The destination is reached through a gateway.
        const GATEWAY = 0x2;
        /// The route is to a single host.
        const HOST = 0x4;
        /// Packets are refused with an error.
        const REJECT = 0x8;
        /// The route was made by a redirect.
        const DYNAMIC = 0x10;
        /// The route was modified by a redirect.
        const MODIFIED = 0x20;
        /// The route was entered by hand.
        const STATIC = 0x800;
        /// Packets are dropped silently.
        const BLACKHOLE = 0x1000;
    }
}

/// Per-route parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Metrics {
    /// Largest packet in bytes, 0 for the interface's own.
    pub mtu: u32,
    /// Weight among routes of equal cost; its meaning is the user's.
    pub weight: u32,
    /// When the route expires, in seconds of the user's clock, 0 for never.
    pub expire: u64,
}

/// What a route says about its destination. `V` is room for the user's own data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Route<V = ()> {
    /// Where packets go.
    pub next_hop: NextHop,
    /// Flags as given by whoever added the route; the live ones are the entry's.
    pub flags: RouteFlags,
    /// Parameters.
    pub metrics: Metrics,
    /// The user's data.
    pub data: V,
}

impl Route<()> {
    /// A route through `next_hop`, with [`RouteFlags::GATEWAY`] if that names a gateway.
    pub fn via(next_hop: NextHop) -> Self {
        Self::with_data(next_hop, ())
    }
}

impl<V> Route<V> {
    /// A route through `next_hop` with the user's data, with [`RouteFlags::GATEWAY`] if the next
    /// hop names a gateway.
    pub fn with_data(next_hop: NextHop, data: V) -> Self {
        let flags = match next_hop.gateway {
            Some(_) => RouteFlags::GATEWAY,
            None => RouteFlags::empty(),
        };
        Self { next_hop, flags, metrics: Metrics::default(), data }
    }
}

impl fmt::Display for RouteFlags {
    /// BSD's letters, as netstat prints them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LETTERS: [(RouteFlags, &str); 8] = [
            (RouteFlags::UP, "U"),
            (RouteFlags::GATEWAY, "G"),
            (RouteFlags::HOST, "H"),
            (RouteFlags::REJECT, "R"),
            (RouteFlags::DYNAMIC, "D"),
            (RouteFlags::MODIFIED, "M"),
            (RouteFlags::STATIC, "S"),
            (RouteFlags::BLACKHOLE, "B"),
        ];
        LETTERS
            .iter()
            .filter(|(flag, _)| self.contains(*flag))
            .try_for_each(|(_, l)| f.write_str(l))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_print_as_netstat_does() {
        let flags = RouteFlags::UP | RouteFlags::GATEWAY | RouteFlags::STATIC;
        assert_eq!(flags.to_string(), "UGS");
    }

    #[test]
    fn a_gateway_sets_its_flag() {
        let gateway = NextHop::gateway([192, 0, 2, 1]);
        assert_eq!(Route::via(gateway).flags, RouteFlags::GATEWAY);
        assert_eq!(Route::via(NextHop::interface(3)).flags, RouteFlags::empty());
    }
}
