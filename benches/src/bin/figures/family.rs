//! The two families of addresses, so that each measurement is written once.

use rtalloc::{
    Address, Forwarding, Guard, Match, NextHop, Rib, Table,
    testing::{history::Step, synthetic},
};
use rtalloc_benches::{Day, Routes, SEED, Stream, internet_v4, internet_v6};

/// Addresses of one family, and what a table offers for them.
pub(crate) trait Family: Address {
    const NAME: &'static str;
    /// The streams that it is asked with. Hardly any of all IPv6 addresses has a route.
    const STREAMS: &'static [Stream];

    fn rib(table: &Table) -> &Rib<Self, ()>;
    fn routes(day: &Day) -> &Routes<Self>;
    fn updates(day: &Day) -> &[Step<Self>];
    fn addresses(stream: Stream, routes: &Routes<Self>, count: usize) -> Vec<Self>;

    /// A synthetic table of any size.
    fn internet(count: usize) -> Routes<Self>;
    /// So many updates of a synthetic day of a table.
    fn synthetic_updates(routes: &Routes<Self>, count: usize) -> Vec<Step<Self>>;

    fn lookup<'g>(guard: &'g Guard<'_, ()>, address: Self) -> Option<Match<'g, ()>>;
    fn entries<'g>(
        guard: &'g Guard<'_, ()>,
        addresses: &[Self],
        found: &mut [Option<Match<'g, ()>>],
    );
    fn ids(guard: &Guard<'_, ()>, addresses: &[Self], ids: &mut [u32]);
    fn number(view: &Forwarding<'_, ()>, address: Self) -> u32;
    fn numbers(view: &Forwarding<'_, ()>, addresses: &[Self], numbers: &mut [u32]);
    fn next_hop(view: &Forwarding<'_, ()>, number: u32) -> Option<NextHop>;
}

impl Family for u32 {
    const NAME: &'static str = "v4";
    const STREAMS: &'static [Stream] = &[Stream::Uniform, Stream::Routed, Stream::Zipf];

    fn rib(table: &Table) -> &Rib<Self, ()> {
        table.v4()
    }

    fn routes(day: &Day) -> &Routes<Self> {
        &day.v4
    }

    fn updates(day: &Day) -> &[Step<Self>] {
        &day.updates_v4
    }

    fn addresses(stream: Stream, routes: &Routes<Self>, count: usize) -> Vec<Self> {
        stream.addresses(routes, count)
    }

    fn internet(count: usize) -> Routes<Self> {
        internet_v4(count)
    }

    fn synthetic_updates(routes: &Routes<Self>, count: usize) -> Vec<Step<Self>> {
        let prefixes: Vec<_> = routes.iter().map(|route| route.0).collect();
        synthetic::updates_v4(&prefixes, SEED, count).collect()
    }

    #[inline(always)]
    fn lookup<'g>(guard: &'g Guard<'_, ()>, address: Self) -> Option<Match<'g, ()>> {
        guard.lookup_v4(address)
    }

    #[inline(always)]
    fn entries<'g>(
        guard: &'g Guard<'_, ()>,
        addresses: &[Self],
        found: &mut [Option<Match<'g, ()>>],
    ) {
        guard.lookup_burst_v4(addresses, found);
    }

    #[inline(always)]
    fn ids(guard: &Guard<'_, ()>, addresses: &[Self], ids: &mut [u32]) {
        guard.numbers_burst_v4(addresses, ids);
    }

    #[inline(always)]
    fn number(view: &Forwarding<'_, ()>, address: Self) -> u32 {
        view.number_v4(address)
    }

    #[inline(always)]
    fn numbers(view: &Forwarding<'_, ()>, addresses: &[Self], numbers: &mut [u32]) {
        view.numbers_v4(addresses, numbers);
    }

    fn next_hop(view: &Forwarding<'_, ()>, number: u32) -> Option<NextHop> {
        view.next_hop_v4(number)
    }
}

impl Family for u128 {
    const NAME: &'static str = "v6";
    const STREAMS: &'static [Stream] = &[Stream::Routed, Stream::Zipf];

    fn rib(table: &Table) -> &Rib<Self, ()> {
        table.v6()
    }

    fn routes(day: &Day) -> &Routes<Self> {
        &day.v6
    }

    fn updates(day: &Day) -> &[Step<Self>] {
        &day.updates_v6
    }

    fn addresses(stream: Stream, routes: &Routes<Self>, count: usize) -> Vec<Self> {
        stream.addresses(routes, count)
    }

    fn internet(count: usize) -> Routes<Self> {
        internet_v6(count)
    }

    fn synthetic_updates(routes: &Routes<Self>, count: usize) -> Vec<Step<Self>> {
        let prefixes: Vec<_> = routes.iter().map(|route| route.0).collect();
        synthetic::updates_v6(&prefixes, SEED, count).collect()
    }

    #[inline(always)]
    fn lookup<'g>(guard: &'g Guard<'_, ()>, address: Self) -> Option<Match<'g, ()>> {
        guard.lookup_v6(address)
    }

    #[inline(always)]
    fn entries<'g>(
        guard: &'g Guard<'_, ()>,
        addresses: &[Self],
        found: &mut [Option<Match<'g, ()>>],
    ) {
        guard.lookup_burst_v6(addresses, found);
    }

    #[inline(always)]
    fn ids(guard: &Guard<'_, ()>, addresses: &[Self], ids: &mut [u32]) {
        guard.numbers_burst_v6(addresses, ids);
    }

    #[inline(always)]
    fn number(view: &Forwarding<'_, ()>, address: Self) -> u32 {
        view.number_v6(address)
    }

    #[inline(always)]
    fn numbers(view: &Forwarding<'_, ()>, addresses: &[Self], numbers: &mut [u32]) {
        view.numbers_v6(addresses, numbers);
    }

    fn next_hop(view: &Forwarding<'_, ()>, number: u32) -> Option<NextHop> {
        view.next_hop_v6(number)
    }
}
