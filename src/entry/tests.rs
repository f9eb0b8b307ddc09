//! Entries and their memory, without a table.

use core::{net::Ipv6Addr, panic::AssertUnwindSafe};
use std::panic::catch_unwind;

use super::*;
use crate::testing::drop_count::{Counted as Data, DropCounter};

fn prefix(number: u32) -> Prefix<u32> {
    Prefix::containing(number << 8, 24)
}

fn route(counter: &DropCounter, number: u32) -> Route<Data> {
    Route::with_data(NextHop::interface(number), counter.value(number.into()))
}

/// Both claims with which an entry was made.
fn claims<V>(entry: NonNull<Entry<V>>) -> [Counted<V>; 2] {
    // SAFETY: the entry was just made, and both claims are taken over here.
    [0, 1].map(|_| unsafe { Counted::from_claim(entry) })
}

#[test]
fn an_entry_says_what_its_route_said() {
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 3, 4, 5, 6);
    let hops = [
        NextHop::gateway([192, 0, 2, 7]),
        NextHop::gateway(v6),
        NextHop { gateway: Some(v6.into()), interface: 9 },
        NextHop::interface(3),
    ];
    let metrics = [Metrics::default(), Metrics { mtu: 1, weight: 2, expire: u64::MAX }];
    let mut disposal = Disposal::default();
    for next_hop in hops {
        for metrics in metrics {
            let route = Route { metrics, ..Route::with_data(next_hop, 7u32) };
            let v4 = claims(disposal.make(prefix(5), route.clone(), 1));
            let long = Prefix::containing(u128::from(v6), 57);
            let v6 = claims(disposal.make(long, route.clone(), 2));
            assert_eq!((v4[0].destination(), v4[0].prefix_len()), ([0, 0, 5, 0].into(), 24));
            assert_eq!(v6[0].destination(), long.address().to_ip());
            for [entry, _] in [v4, v6] {
                assert_eq!(
                    entry.route(),
                    Route { data: &7, ..Route::with_data(next_hop, &7) }.with(metrics)
                );
                assert!(entry.says(&route) && entry.is_up());
                assert!(!entry.says(&Route { data: 8, ..route.clone() }));
            }
        }
    }
}

impl<V> Route<V> {
    fn with(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }
}

/// Places are used again, and what a flood of entries took is given back.
#[test]
fn places_come_back() {
    let counter = DropCounter::new();
    let mut disposal = Disposal::default();
    let count = if cfg!(miri) { 20 } else { 20_000 };
    let mut entries: Vec<_> = (0..count)
        .map(|number| claims(disposal.make(prefix(number), route(&counter, number), number)))
        .collect();
    let bytes = disposal.bytes();
    assert_eq!(disposal.live(), count as usize);
    for round in 0..3 {
        // Every other one, so that each segment has free places.
        let mut number = 0;
        entries.retain(|_| {
            number += 1;
            number % 2 == 0
        });
        let mut garbage = Garbage::new();
        disposal.drain(&mut garbage);
        drop(garbage);
        disposal.take_back_dropped();
        assert_eq!(disposal.live(), entries.len());
        let missing = count - entries.len() as u32;
        entries.extend(
            (0..missing).map(|number| {
                claims(disposal.make(prefix(number), route(&counter, number), round))
            }),
        );
        assert!(disposal.bytes() <= bytes + bytes / 8, "no new segments");
        for [entry, other] in &entries {
            let number = entry.next_hop().interface;
            assert_eq!(
                (entry.destination(), other.as_ptr()),
                (prefix(number).address().to_ip(), entry.as_ptr())
            );
        }
    }
    drop(entries);
    let mut garbage = Garbage::new();
    disposal.drain(&mut garbage);
    drop(garbage);
    disposal.take_back_dropped();
    assert_eq!(disposal.live(), 0);
    assert!(disposal.bytes() < bytes / 2, "{} of {bytes} bytes", disposal.bytes());
    assert_eq!((counter.made(), counter.double_drops()), (counter.dropped(), 0));
}

#[test]
fn entries_outlive_their_table() {
    let counter = DropCounter::new();
    let mut disposal = Disposal::default();
    let mut held: Vec<EntryRef<Data>> = Vec::new();
    for number in 0..40 {
        let [entry, unit] = claims(disposal.make(prefix(number), route(&counter, number), number));
        drop(unit);
        if number % 3 == 0 {
            held.push(entry.into_ref());
        }
    }
    drop(disposal);
    assert_eq!(counter.dropped(), 40 - held.len() as u64);
    for entry in held.drain(..) {
        assert_eq!(entry.data().value(), u64::from(entry.next_hop().interface));
    }
    assert_eq!((counter.dropped(), counter.double_drops()), (40, 0));
}

#[test]
fn entries_that_were_made_elsewhere_are_adopted() {
    let counter = DropCounter::new();
    let mut disposal = Disposal::default();
    let count = if cfg!(miri) { 9 } else { 9_000 };
    let filling = disposal.source().filling(count);
    for index in (0..count).rev() {
        let number = index as u32;
        // SAFETY: each index once.
        unsafe { filling.fill(index, prefix(number), route(&counter, number), number) };
    }
    let entries: Vec<_> = (0..count).map(|index| claims(filling.at(index))).collect();
    // SAFETY: all were filled.
    unsafe { disposal.adopt(filling) };
    assert_eq!(disposal.live(), count);
    for (number, [entry, _]) in (0..).zip(&entries) {
        assert_eq!((entry.id(), entry.next_hop().interface), (number, number));
    }
    drop((entries, disposal));
    assert_eq!((counter.dropped(), counter.double_drops()), (count as u64, 0));
}

/// Data whose end may panic.
struct Fragile(bool, #[expect(dead_code, reason = "counts its drop")] Data);

impl Drop for Fragile {
    fn drop(&mut self) {
        assert!(!self.0, "on demand");
    }
}

#[test]
fn a_panicking_destructor_loses_nothing() {
    let counter = DropCounter::new();
    let mut disposal = Disposal::default();
    for number in 0..10 {
        let data = Fragile(number == 4, counter.value(0));
        let route = Route::with_data(NextHop::interface(number), data);
        drop(claims(disposal.make(prefix(number), route, number)));
    }
    let mut garbage = Garbage::new();
    disposal.drain(&mut garbage);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(garbage))).is_err());
    disposal.take_back_dropped();
    assert_eq!((disposal.live(), counter.dropped(), counter.double_drops()), (0, 10, 0));

    let data = Fragile(true, counter.value(0));
    let held = claims(disposal.make(prefix(1), Route::with_data(NextHop::interface(1), data), 1));
    drop(disposal);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(held))).is_err());
    assert_eq!((counter.dropped(), counter.double_drops()), (11, 0));
}
