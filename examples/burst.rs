//! Bursts of lookups, the innermost loop of a forwarder. `scripts/check-burst` reads the machine
//! code of the functions here, and of the bursts that they ask for.
//!
//! `cargo run --release --example burst`

use std::hint::black_box;

use rtalloc::{EntryRef, Forwarding, Guard, Match, NextHop, Options, Prefix, Route, Table, Width};

/// Looks a burst of IPv4 addresses up: the interface of each one's route, 0 for no route.
#[inline(never)]
pub fn burst_v4(guard: &Guard<'_, ()>, addresses: &[u32], interfaces: &mut [u32]) {
    for (&address, interface) in addresses.iter().zip(interfaces) {
        *interface = guard.lookup_v4(address).map_or(0, |found| found.next_hop().interface);
    }
}

/// Looks a burst of IPv6 addresses up: the interface of each one's route, 0 for no route.
#[inline(never)]
pub fn burst_v6(guard: &Guard<'_, ()>, addresses: &[u128], interfaces: &mut [u32]) {
    for (&address, interface) in addresses.iter().zip(interfaces) {
        *interface = guard.lookup_v6(address).map_or(0, |found| found.next_hop().interface);
    }
}

/// Looks a burst of IPv4 addresses up together.
#[inline(never)]
pub fn together_v4<'g>(
    guard: &'g Guard<'_, ()>,
    addresses: &[u32],
    found: &mut [Option<Match<'g, ()>>],
) {
    guard.lookup_burst_v4(addresses, found);
}

/// Looks a burst of IPv6 addresses up together.
#[inline(never)]
pub fn together_v6<'g>(
    guard: &'g Guard<'_, ()>,
    addresses: &[u128],
    found: &mut [Option<Match<'g, ()>>],
) {
    guard.lookup_burst_v6(addresses, found);
}

/// The number of the next hop for an IPv4 address.
#[inline(never)]
pub fn next_hop_v4(view: &Forwarding<'_, ()>, address: u32) -> u32 {
    view.number_v4(address)
}

/// The number of the next hop for an IPv6 address.
#[inline(never)]
pub fn next_hop_v6(view: &Forwarding<'_, ()>, address: u128) -> u32 {
    view.number_v6(address)
}

/// The numbers of the next hops for a burst of IPv4 addresses.
#[inline(never)]
pub fn next_hops_v4(view: &Forwarding<'_, ()>, addresses: &[u32], numbers: &mut [u32]) {
    view.numbers_v4(addresses, numbers);
}

/// The numbers of the next hops for a burst of IPv6 addresses.
#[inline(never)]
pub fn next_hops_v6(view: &Forwarding<'_, ()>, addresses: &[u128], numbers: &mut [u32]) {
    view.numbers_v6(addresses, numbers);
}

/// Ends a burst.
#[inline(never)]
pub fn end_of_burst(guard: &mut Guard<'_, ()>) {
    guard.quiescent();
}

/// Takes a reference to the route of `address`.
#[inline(never)]
pub fn hold_v4(guard: &Guard<'_, ()>, address: u32) -> Option<EntryRef<()>> {
    guard.lookup_v4(address).map(|found| found.hold())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table: Table = Options::new().forwarding(Width::One).open()?;
    let via = |interface| Route::via(NextHop::interface(interface));
    table.v4().insert(Prefix::default(), via(1))?;
    table.v4().insert(Prefix::containing(0x0A00_0000, 8), via(2))?;
    table.v6().insert(Prefix::containing(0x2001_0DB8 << 96, 32), via(3))?;

    let mut reader = table.reader();
    let mut guard = reader.enter();
    let mut interfaces = [0; 4];
    let (v4, v6) = interfaces.split_at_mut(2);
    // The functions are to be general ones, not made for these few addresses.
    burst_v4(&guard, black_box(&[0x0A01_0203, 0xC000_0201]), black_box(v4));
    burst_v6(&guard, black_box(&[(0x2001_0DB8 << 96) | 1, 1]), black_box(v6));
    let mut found = [None; 4];
    let (found_v4, found_v6) = found.split_at_mut(2);
    together_v4(&guard, black_box(&[0x0A01_0203, 0xC000_0201]), found_v4);
    together_v6(&guard, black_box(&[(0x2001_0DB8 << 96) | 1, 1]), found_v6);
    println!("found {}", found.iter().flatten().count());
    if let Some(view) = guard.forwarding() {
        let mut numbers = [0; 4];
        let (v4, v6) = numbers.split_at_mut(2);
        next_hops_v4(&view, black_box(&[0x0A01_0203, 0xC000_0201]), v4);
        next_hops_v6(&view, black_box(&[(0x2001_0DB8 << 96) | 1, 1]), v6);
        let v4 = next_hop_v4(&view, black_box(0x0A01_0203));
        let v6 = next_hop_v6(&view, black_box(0x2001_0DB8 << 96));
        println!("next hops {numbers:?}, {v4}, {v6}");
    }
    end_of_burst(&mut guard);
    println!("interfaces {interfaces:?}");
    println!("kept: {:?}", hold_v4(&guard, black_box(0x0A01_0203)));
    Ok(())
}
