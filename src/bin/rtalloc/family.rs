//! What code for both families has to know about each.

use rtalloc::{Address, Guard, Match, NextHop, Prefix, Rib, Table};

use crate::tables::Routes;

/// IPv4 (`u32`) or IPv6 (`u128`).
pub(crate) trait Family: Address {
    /// The name that people use.
    const NAME: &'static str;
    /// The name that iproute2 uses.
    const IPROUTE2: &'static str;

    /// This family's part of a table.
    fn rib(table: &Table) -> &Rib<Self, ()>;

    /// This family's part of the routes that were read.
    fn routes(routes: &Routes) -> &[(Prefix<Self>, NextHop)];

    /// Looks an address up.
    fn lookup<'g>(guard: &'g Guard<'_, ()>, address: Self) -> Option<Match<'g, ()>>;
}

impl Family for u32 {
    const NAME: &'static str = "IPv4";
    const IPROUTE2: &'static str = "inet";

    fn rib(table: &Table) -> &Rib<Self, ()> {
        table.v4()
    }

    fn routes(routes: &Routes) -> &[(Prefix<Self>, NextHop)] {
        &routes.v4
    }

    fn lookup<'g>(guard: &'g Guard<'_, ()>, address: Self) -> Option<Match<'g, ()>> {
        guard.lookup_v4(address)
    }
}

impl Family for u128 {
    const NAME: &'static str = "IPv6";
    const IPROUTE2: &'static str = "inet6";

    fn rib(table: &Table) -> &Rib<Self, ()> {
        table.v6()
    }

    fn routes(routes: &Routes) -> &[(Prefix<Self>, NextHop)] {
        &routes.v6
    }

    fn lookup<'g>(guard: &'g Guard<'_, ()>, address: Self) -> Option<Match<'g, ()>> {
        guard.lookup_v6(address)
    }
}
