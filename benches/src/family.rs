//! The two families of addresses, so that each measurement is written once.

use rtalloc::{
    Address, Forwarding, Guard, Match, NextHop, Reclaim, Rib, Table,
    testing::{history::Step, synthetic},
};

use crate::{Day, Routes, SEED, Stream, implementations::Others, internet_v4, internet_v6};

/// Addresses of one family, and what a table offers for them.
pub trait Family: Address + Others {
    /// The family's name in figures.
    const NAME: &'static str;
    /// The streams that it is asked with. Hardly any of all IPv6 addresses has a route.
    const STREAMS: &'static [Stream];

    /// The routes of this family in a table.
    fn rib<R: Reclaim>(table: &Table<(), R>) -> &Rib<Self, (), R>;
    /// A day's table.
    fn routes(day: &Day) -> &Routes<Self>;
    /// A day's updates.
    fn updates(day: &Day) -> &[Step<Self>];
    /// So many addresses of a stream.
    fn addresses(stream: Stream, routes: &Routes<Self>, count: usize) -> Vec<Self>;

    /// A synthetic table of any size.
    fn internet(count: usize) -> Routes<Self>;
    /// So many updates of a synthetic day of a table.
    fn synthetic_updates(routes: &Routes<Self>, count: usize) -> Vec<Step<Self>>;

    /// The entry of an address.
    fn lookup<'g, R: Reclaim>(guard: &'g Guard<'_, (), R>, address: Self) -> Option<Match<'g, ()>>;
    /// The entries of a burst.
    fn entries<'g, R: Reclaim>(
        guard: &'g Guard<'_, (), R>,
        addresses: &[Self],
        found: &mut [Option<Match<'g, ()>>],
    );
    /// The numbers of a burst's entries.
    fn ids<R: Reclaim>(guard: &Guard<'_, (), R>, addresses: &[Self], ids: &mut [u32]);
    /// The number of an address's next hop.
    fn number<R: Reclaim>(view: &Forwarding<'_, (), R>, address: Self) -> u32;
    /// The numbers of a burst's next hops.
    fn numbers<R: Reclaim>(view: &Forwarding<'_, (), R>, addresses: &[Self], numbers: &mut [u32]);
    /// What a next hop's number stands for.
    fn next_hop<R: Reclaim>(view: &Forwarding<'_, (), R>, number: u32) -> Option<NextHop>;
}

impl Family for u32 {
    const NAME: &'static str = "v4";
    const STREAMS: &'static [Stream] = &[Stream::Uniform, Stream::Routed, Stream::Zipf];

    fn rib<R: Reclaim>(table: &Table<(), R>) -> &Rib<Self, (), R> {
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
    fn lookup<'g, R: Reclaim>(guard: &'g Guard<'_, (), R>, address: Self) -> Option<Match<'g, ()>> {
        guard.lookup_v4(address)
    }

    #[inline(always)]
    fn entries<'g, R: Reclaim>(
        guard: &'g Guard<'_, (), R>,
        addresses: &[Self],
        found: &mut [Option<Match<'g, ()>>],
    ) {
        guard.lookup_burst_v4(addresses, found);
    }

    #[inline(always)]
    fn ids<R: Reclaim>(guard: &Guard<'_, (), R>, addresses: &[Self], ids: &mut [u32]) {
        guard.numbers_burst_v4(addresses, ids);
    }

    #[inline(always)]
    fn number<R: Reclaim>(view: &Forwarding<'_, (), R>, address: Self) -> u32 {
        view.number_v4(address)
    }

    #[inline(always)]
    fn numbers<R: Reclaim>(view: &Forwarding<'_, (), R>, addresses: &[Self], numbers: &mut [u32]) {
        view.numbers_v4(addresses, numbers);
    }

    fn next_hop<R: Reclaim>(view: &Forwarding<'_, (), R>, number: u32) -> Option<NextHop> {
        view.next_hop_v4(number)
    }
}

impl Family for u128 {
    const NAME: &'static str = "v6";
    const STREAMS: &'static [Stream] = &[Stream::Routed, Stream::Zipf];

    fn rib<R: Reclaim>(table: &Table<(), R>) -> &Rib<Self, (), R> {
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
    fn lookup<'g, R: Reclaim>(guard: &'g Guard<'_, (), R>, address: Self) -> Option<Match<'g, ()>> {
        guard.lookup_v6(address)
    }

    #[inline(always)]
    fn entries<'g, R: Reclaim>(
        guard: &'g Guard<'_, (), R>,
        addresses: &[Self],
        found: &mut [Option<Match<'g, ()>>],
    ) {
        guard.lookup_burst_v6(addresses, found);
    }

    #[inline(always)]
    fn ids<R: Reclaim>(guard: &Guard<'_, (), R>, addresses: &[Self], ids: &mut [u32]) {
        guard.numbers_burst_v6(addresses, ids);
    }

    #[inline(always)]
    fn number<R: Reclaim>(view: &Forwarding<'_, (), R>, address: Self) -> u32 {
        view.number_v6(address)
    }

    #[inline(always)]
    fn numbers<R: Reclaim>(view: &Forwarding<'_, (), R>, addresses: &[Self], numbers: &mut [u32]) {
        view.numbers_v6(addresses, numbers);
    }

    fn next_hop<R: Reclaim>(view: &Forwarding<'_, (), R>, number: u32) -> Option<NextHop> {
        view.next_hop_v6(number)
    }
}
