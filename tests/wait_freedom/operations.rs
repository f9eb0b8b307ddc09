//! A reader's operations, each held to its bound.

use std::{cell::RefCell, collections::BTreeMap};

use rtalloc::{
    Address, Entry, EntryRef, Forwarding, Guard, Match, Prefix, Reader, Rib, Table,
    instrument::{self, as_reader, steps},
};

use crate::world::{Answer, Tag};

thread_local! {
    /// The most steps that each operation has taken on this thread.
    static MOST: RefCell<BTreeMap<&'static str, u64>> = const { RefCell::new(BTreeMap::new()) };
}

/// The most steps that `operation` has taken on this thread.
pub(crate) fn most(operation: &str) -> u64 {
    MOST.with_borrow(|most| most.get(operation).copied().unwrap_or(0))
}

/// Runs one operation of a reader: no lock, and no more steps than `bound`.
fn within<T>(name: &'static str, bound: u64, operation: impl FnOnce() -> T) -> T {
    let before = steps();
    let result = as_reader(operation);
    let taken = steps() - before;
    assert!(taken <= bound, "{name} took {taken} steps, over its bound of {bound}");
    MOST.with_borrow_mut(|most| {
        let most = most.entry(name).or_default();
        *most = taken.max(*most);
    });
    result
}

/// An address family, as the tests need it.
pub(crate) trait Family: Address {
    /// The name of its lookup among the operations.
    const LOOKUP: &'static str;
    /// Addresses around which the prefixes of a random table lie.
    const BASES: [Self; 3];

    fn rib(table: &Table<Tag>) -> &Rib<Self, Tag>;
    fn find<'g>(guard: &'g Guard<'_, Tag>, address: Self) -> Option<Match<'g, Tag>>;
    fn find_burst<'g>(
        guard: &'g Guard<'_, Tag>,
        addresses: &[Self],
        found: &mut [Option<Match<'g, Tag>>],
    );
    fn numbers(guard: &Guard<'_, Tag>, addresses: &[Self], numbers: &mut [u32]);
    /// The number of the next hop.
    fn next_hop(view: &Forwarding<'_, Tag>, address: Self) -> u32;
    /// The numbers of many.
    fn next_hop_burst(view: &Forwarding<'_, Tag>, addresses: &[Self], numbers: &mut [u32]);
    /// The next hop's interface by way of its number, twice: of a lookup and of a burst.
    fn next_hops(view: &Forwarding<'_, Tag>, address: Self) -> [u32; 2];
    fn prefix_of(entry: &Entry<Tag>) -> Prefix<Self>;
}

impl Family for u32 {
    const LOOKUP: &'static str = "lookup, IPv4";
    const BASES: [Self; 3] = [0, 0x0A00_0180, u32::MAX];

    fn rib(table: &Table<Tag>) -> &Rib<Self, Tag> {
        table.v4()
    }

    fn find<'g>(guard: &'g Guard<'_, Tag>, address: Self) -> Option<Match<'g, Tag>> {
        guard.lookup_v4(address)
    }

    fn find_burst<'g>(
        guard: &'g Guard<'_, Tag>,
        addresses: &[Self],
        found: &mut [Option<Match<'g, Tag>>],
    ) {
        guard.lookup_burst_v4(addresses, found);
    }

    fn numbers(guard: &Guard<'_, Tag>, addresses: &[Self], numbers: &mut [u32]) {
        guard.numbers_burst_v4(addresses, numbers);
    }

    fn next_hop(view: &Forwarding<'_, Tag>, address: Self) -> u32 {
        within(NEXT_HOP, instrument::next_hop::<Self>(), || view.number_v4(address))
    }

    fn next_hop_burst(view: &Forwarding<'_, Tag>, addresses: &[Self], numbers: &mut [u32]) {
        let bound = instrument::next_hops::<Self>(addresses.len() as u64);
        within(NEXT_HOPS, bound, || view.numbers_v4(addresses, numbers));
    }

    fn next_hops(view: &Forwarding<'_, Tag>, address: Self) -> [u32; 2] {
        let number = Self::next_hop(view, address);
        let mut numbers = [0; 3];
        Self::next_hop_burst(view, &[address; 3], &mut numbers);
        [number, numbers[1]].map(|number| {
            let next_hop = within("next hop of a number", 1, || view.next_hop_v4(number));
            next_hop.map_or(0, |next_hop| next_hop.interface)
        })
    }

    fn prefix_of(entry: &Entry<Tag>) -> Prefix<Self> {
        match entry.destination() {
            std::net::IpAddr::V4(address) => Prefix::containing(address.into(), entry.prefix_len()),
            std::net::IpAddr::V6(address) => panic!("{address} in the IPv4 table"),
        }
    }
}

impl Family for u128 {
    const LOOKUP: &'static str = "lookup, IPv6";
    const BASES: [Self; 3] = [0, 0x2001_0DB8_0000_0001_0000_0000_0000_0180, u128::MAX];

    fn rib(table: &Table<Tag>) -> &Rib<Self, Tag> {
        table.v6()
    }

    fn find<'g>(guard: &'g Guard<'_, Tag>, address: Self) -> Option<Match<'g, Tag>> {
        guard.lookup_v6(address)
    }

    fn find_burst<'g>(
        guard: &'g Guard<'_, Tag>,
        addresses: &[Self],
        found: &mut [Option<Match<'g, Tag>>],
    ) {
        guard.lookup_burst_v6(addresses, found);
    }

    fn numbers(guard: &Guard<'_, Tag>, addresses: &[Self], numbers: &mut [u32]) {
        guard.numbers_burst_v6(addresses, numbers);
    }

    fn next_hop(view: &Forwarding<'_, Tag>, address: Self) -> u32 {
        within(NEXT_HOP, instrument::next_hop::<Self>(), || view.number_v6(address))
    }

    fn next_hop_burst(view: &Forwarding<'_, Tag>, addresses: &[Self], numbers: &mut [u32]) {
        let bound = instrument::next_hops::<Self>(addresses.len() as u64);
        within(NEXT_HOPS, bound, || view.numbers_v6(addresses, numbers));
    }

    fn next_hops(view: &Forwarding<'_, Tag>, address: Self) -> [u32; 2] {
        let number = Self::next_hop(view, address);
        let mut numbers = [0; 3];
        Self::next_hop_burst(view, &[address; 3], &mut numbers);
        [number, numbers[1]].map(|number| {
            let next_hop = within("next hop of a number", 1, || view.next_hop_v6(number));
            next_hop.map_or(0, |next_hop| next_hop.interface)
        })
    }

    fn prefix_of(entry: &Entry<Tag>) -> Prefix<Self> {
        match entry.destination() {
            std::net::IpAddr::V6(address) => Prefix::containing(address.into(), entry.prefix_len()),
            std::net::IpAddr::V4(address) => panic!("{address} in the IPv6 table"),
        }
    }
}

pub(crate) fn enter(reader: &mut Reader<Tag>) -> Guard<'_, Tag> {
    within("enter", instrument::ENTER, || reader.enter())
}

pub(crate) fn leave(guard: Guard<'_, Tag>) {
    within("leave", instrument::LEAVE, || drop(guard));
}

pub(crate) fn quiescent(guard: &mut Guard<'_, Tag>) {
    within("quiescent", instrument::QUIESCENT, || guard.quiescent());
}

pub(crate) fn offline(guard: &mut Guard<'_, Tag>) {
    within("offline", instrument::OFFLINE, || guard.offline(|| ()));
}

pub(crate) fn lookup<'g, A: Family>(
    guard: &'g Guard<'_, Tag>,
    address: A,
) -> Option<Match<'g, Tag>> {
    within(A::LOOKUP, instrument::lookup::<A>(), || A::find(guard, address))
}

/// The names of lookups in the forwarding view among the operations.
pub(crate) const NEXT_HOP: &str = "number of a next hop";
pub(crate) const NEXT_HOPS: &str = "numbers of next hops";

/// The names of the bursts among the operations.
pub(crate) const BURSTS: [&str; 2] = ["burst of entries", "burst of numbers"];

/// A burst of lookups: what each finds, with the numbers that another burst finds.
pub(crate) fn lookup_burst<'g, A: Family>(
    guard: &'g Guard<'_, Tag>,
    addresses: &[A],
) -> Vec<(Option<Match<'g, Tag>>, u32)> {
    let count = addresses.len() as u64;
    let (mut found, mut numbers) = (vec![None; addresses.len()], vec![0; addresses.len()]);
    within(BURSTS[0], instrument::burst::<A>(count), || {
        A::find_burst(guard, addresses, &mut found)
    });
    within(BURSTS[1], instrument::numbers::<A>(count), || {
        A::numbers(guard, addresses, &mut numbers);
    });
    found.into_iter().zip(numbers).collect()
}

pub(crate) fn hold(found: Match<'_, Tag>) -> EntryRef<Tag> {
    within("hold", instrument::HOLD, || found.hold())
}

pub(crate) fn hold_counted(found: Match<'_, Tag>) -> EntryRef<Tag> {
    within("hold_counted", instrument::HOLD_COUNTED, || found.hold_counted())
}

pub(crate) fn clone(held: &EntryRef<Tag>) -> EntryRef<Tag> {
    within("clone", instrument::CLONE, || held.clone())
}

pub(crate) fn release(held: EntryRef<Tag>) {
    within("release", instrument::RELEASE, || drop(held));
}

/// What a lookup found, in the model's terms.
pub(crate) fn answer<A: Family>(found: Option<Match<'_, Tag>>) -> Answer<A> {
    found.map(|found| (A::prefix_of(&found), found.data().id()))
}
