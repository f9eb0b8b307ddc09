//! A routing table where there is no operating system: `rtalloc` without `std`.
//!
//! The program fills a table of each family with routes drawn by a fixed rule and changes them one
//! by one and in batches. It holds what single lookups, bursts and the forwarding view answer against
//! a list that is searched from end to end, and asks for more than there is room for. What it finds
//! wrong is a panic, and ends it with an error.

#![no_std]
#![no_main]

extern crate alloc;

mod platform;

use alloc::vec::Vec;

use rtalloc::{
    Address, Batch, CapacityError, NextHop, Options, Outcome, Prefix, Reader, Rib, Route, Table,
    Width,
};

/// Routes of each family.
const ROUTES: usize = 2000;
/// Addresses that are looked up between two changes.
const ADDRESSES: usize = 256;

/// Numbers that follow from each other by a fixed rule (SplitMix64).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// What a family needs to be checked.
trait Family: Address + Copy {
    fn drawn(draw: &mut Draw) -> Self;
    fn rib(table: &Table) -> &Rib<Self, ()>;
    fn lookup(reader: &mut Reader<()>, addresses: &[Self]) -> Vec<[Option<NextHop>; 3]>;
}

macro_rules! family {
    ($address:ty, $drawn:expr, $rib:ident, $single:ident, $burst:ident, $view:ident, $hop:ident) => {
        impl Family for $address {
            fn drawn(draw: &mut Draw) -> Self {
                ($drawn)(draw.next())
            }

            fn rib(table: &Table) -> &Rib<Self, ()> {
                table.$rib()
            }

            fn lookup(reader: &mut Reader<()>, addresses: &[Self]) -> Vec<[Option<NextHop>; 3]> {
                let guard = reader.enter();
                let mut found = Vec::new();
                found.resize_with(addresses.len(), || None);
                guard.$burst(addresses, &mut found);
                let view = guard.forwarding().expect("the table was opened with it");
                let mut numbers = [0; ADDRESSES];
                view.$view(addresses, &mut numbers);
                let answers = addresses.iter().zip(&found).zip(numbers);
                answers
                    .map(|((&address, burst), number)| {
                        [
                            guard.$single(address).map(|entry| entry.next_hop()),
                            burst.as_ref().map(|entry| entry.next_hop()),
                            view.$hop(number),
                        ]
                    })
                    .collect()
            }
        }
    };
}

// Few enough different first bits that prefixes cover each other, of which there are as many again.
family!(
    u32,
    |drawn: u64| (drawn as u32 & 0x03FF_FFFF) | 0x0A00_0000,
    v4,
    lookup_v4,
    lookup_burst_v4,
    numbers_v4,
    next_hop_v4
);
family!(
    u128,
    |drawn: u64| (0x2001_0DB8 << 96) | (u128::from(drawn & 0x00FF_FFFF_0FFF_FFFF) << 32),
    v6,
    lookup_v6,
    lookup_burst_v6,
    numbers_v6,
    next_hop_v6
);

/// The routes as they should be: a list.
struct List<A: Family>(Vec<(Prefix<A>, NextHop)>);

impl<A: Family> List<A> {
    fn set(&mut self, prefix: Prefix<A>, next_hop: NextHop) {
        self.remove(prefix);
        self.0.push((prefix, next_hop));
    }

    fn remove(&mut self, prefix: Prefix<A>) {
        self.0.retain(|&(other, _)| other != prefix);
    }

    fn lookup(&self, address: A) -> Option<NextHop> {
        let matches = self.0.iter().filter(|(prefix, _)| prefix.contains(address));
        matches.max_by_key(|(prefix, _)| prefix.len()).map(|&(_, next_hop)| next_hop)
    }

    /// Looks up addresses in the table and in the list.
    fn compare(&self, reader: &mut Reader<()>, draw: &mut Draw) {
        let mut addresses: Vec<A> = (0..ADDRESSES / 2).map(|_| A::drawn(draw)).collect();
        // Others are the first of a route.
        for _ in addresses.len()..ADDRESSES {
            let route = self.0.get(draw.below(self.0.len().max(1)));
            addresses.push(route.map_or_else(|| A::drawn(draw), |(prefix, _)| prefix.address()));
        }
        for (&address, found) in addresses.iter().zip(A::lookup(reader, &addresses)) {
            assert_eq!(found, [self.lookup(address); 3], "one, in a burst, by the view");
        }
    }
}

fn drawn_route<A: Family>(draw: &mut Draw) -> (Prefix<A>, NextHop) {
    let len = 6 + draw.below(usize::from(A::WIDTH) - 5) as u8;
    (Prefix::containing(A::drawn(draw), len), NextHop::interface(1 + draw.below(100) as u32))
}

fn check<A: Family>(table: &Table) {
    let (rib, draw) = (A::rib(table), &mut Draw(u64::from(A::WIDTH)));
    let (mut list, mut reader) = (List::<A>(Vec::new()), table.reader());

    while list.0.len() < ROUTES {
        let (prefix, next_hop) = drawn_route(draw);
        list.set(prefix, next_hop);
        rib.insert(prefix, Route::via(next_hop)).expect("there is room");
        if list.0.len() % 100 == 0 {
            list.compare(&mut reader, draw);
        }
    }

    // The default route, and a reference that outlives it.
    let everything = Prefix::containing(A::drawn(draw), 0);
    let next_hop = NextHop::interface(1000);
    assert_eq!(rib.insert(everything, Route::via(next_hop)), Ok(Outcome::Added));
    list.set(everything, next_hop);
    list.compare(&mut reader, draw);
    let held = rib.get(everything).expect("just inserted");
    rib.remove(everything).expect("withdrawals are never refused");
    list.remove(everything);
    assert!(!held.is_up() && held.next_hop() == next_hop);

    // Batches that take half of the routes away and bring as many others.
    for _ in 0..4 {
        let mut batch = Batch::new();
        for _ in 0..ROUTES / 8 {
            let (gone, _) = list.0[draw.below(list.0.len())];
            list.remove(gone);
            batch.remove(gone);
            let (prefix, next_hop) = drawn_route(draw);
            list.set(prefix, next_hop);
            batch.insert(prefix, Route::via(next_hop));
        }
        rib.apply(batch).expect("there is room");
        list.compare(&mut reader, draw);
    }
    assert_eq!(rib.len(), list.0.len());
    let snapshot: Vec<_> =
        rib.snapshot().iter().map(|(prefix, entry)| (prefix, entry.next_hop())).collect();
    list.0.sort_unstable_by_key(|&(prefix, _)| prefix);
    assert_eq!(snapshot, list.0);

    // All at once, from the end.
    list.0.truncate(ROUTES / 2);
    let routes = list.0.iter().rev().map(|&(prefix, next_hop)| (prefix, Route::via(next_hop)));
    assert_eq!(rib.load(routes), Ok(ROUTES / 2));
    list.compare(&mut reader, draw);
    for (prefix, _) in core::mem::take(&mut list.0) {
        rib.remove(prefix).expect("withdrawals are never refused");
    }
    list.compare(&mut reader, draw);
    drop(held);
    // What is freed may let go of more.
    assert!(rib.is_empty() && (0..4).any(|_| rib.reclaim() == 0));
}

/// What there is no room for is an error, and changes nothing.
fn check_limits() {
    assert!(Options::new().max_node_bytes(1 << 33).open::<()>().is_err());

    let table: Table = Options::new().max_routes(4).max_node_bytes(1 << 14).open().expect("16 KiB");
    let host = |address: u32| Prefix::containing(address, 32);
    let insert = |address| table.v4().insert(host(address), Route::via(NextHop::interface(1)));
    assert!((0..4).all(|address| insert(address) == Ok(Outcome::Added)));
    assert_eq!(insert(4), Err(CapacityError::Entries));
    assert_eq!(table.len(), 4);

    let table: Table = Options::new().max_node_bytes(1 << 14).open().expect("16 KiB");
    let insert = |address| table.v4().insert(host(address), Route::via(NextHop::interface(1)));
    let mut addresses = (0..64).map(|chunk| chunk << 23);
    assert_eq!(addresses.find_map(|address| insert(address).err()), Some(CapacityError::Nodes));
    let (len, mut reader) = (table.len(), table.reader());
    assert!(len > 0 && reader.enter().lookup_v4(0).is_some());

    // A reader that stays in a section, and an update that is refused because of it.
    let table: Table = Options::new().max_waiting_bytes(0).open().expect("2 MiB");
    let set = |hop| table.v4().insert(host(0), Route::via(NextHop::interface(hop)));
    let mut reader = table.reader();
    let guard = reader.enter();
    let refused = (1..10).find_map(|hop| set(hop).err());
    assert!(matches!(refused, Some(CapacityError::Waiting { reader: Some(_), .. })));
    assert_eq!(table.stalled_readers().len(), 1);
    drop(guard);
    assert_eq!(set(10), Ok(Outcome::Replaced));
}

fn main() -> usize {
    let options = Options::new().max_routes(1 << 13).max_node_bytes(1 << 21);
    let table = options.forwarding(Width::One).open().expect("there is memory");
    let empty = platform::used_bytes();
    check::<u32>(&table);
    check::<u128>(&table);
    drop(table);
    check_limits();
    say!(
        "an empty table takes {empty} bytes; all that was asked for is {}",
        platform::used_bytes()
    );
    0
}
