//! What readers do: lookups, sections, references.

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group};
use rtalloc_benches::family::Family;

use crate::tables::{Asked, OPERATIONS, asked, check_sum};

/// The interfaces of addresses by their entries, one by one.
fn entries<A: Family>(asked: &mut Asked<A>) -> u64 {
    let guard = asked.reader.enter();
    let interface = |&address| {
        A::lookup(&guard, black_box(address)).map_or(0, |found| found.next_hop().interface)
    };
    asked.addresses.iter().map(|address| u64::from(interface(address))).sum()
}

#[library_benchmark]
#[bench::v4(args = (entries::<u32>), setup = asked, teardown = check_sum)]
#[bench::v6(args = (entries::<u128>), setup = asked, teardown = check_sum)]
fn lookup_entries<A: Family>(mut asked: Asked<A>) -> (Asked<A>, u64) {
    let sum = entries(&mut asked);
    (asked, sum)
}

/// The same by the numbers of next hops.
fn next_hops<A: Family>(asked: &mut Asked<A>) -> u64 {
    let guard = asked.reader.enter();
    let Some(view) = guard.forwarding() else { return 0 };
    let interface = |&address| {
        let number = A::number(&view, black_box(address));
        A::next_hop(&view, number).map_or(0, |hop| u64::from(hop.interface))
    };
    asked.addresses.iter().map(interface).sum()
}

#[library_benchmark]
#[bench::v4(args = (next_hops::<u32>), setup = asked, teardown = check_sum)]
#[bench::v6(args = (next_hops::<u128>), setup = asked, teardown = check_sum)]
fn lookup_next_hops<A: Family>(mut asked: Asked<A>) -> (Asked<A>, u64) {
    let sum = next_hops(&mut asked);
    (asked, sum)
}

/// The interfaces of a burst of addresses by their entries.
fn entries_together<A: Family>(asked: &mut Asked<A>) -> u64 {
    let guard = asked.reader.enter();
    let mut found = [None; OPERATIONS];
    A::entries(&guard, black_box(&asked.addresses), &mut found);
    let interface = |found: &Option<rtalloc::Match<'_, ()>>| {
        found.map_or(0, |found| u64::from(found.next_hop().interface))
    };
    found.iter().map(interface).sum()
}

#[library_benchmark]
#[bench::v4(args = (entries_together::<u32>), setup = asked, teardown = check_sum)]
#[bench::v6(args = (entries_together::<u128>), setup = asked, teardown = check_sum)]
fn burst_of_entries<A: Family>(mut asked: Asked<A>) -> (Asked<A>, u64) {
    let sum = entries_together(&mut asked);
    (asked, sum)
}

/// The same by the numbers of next hops.
fn next_hops_together<A: Family>(asked: &mut Asked<A>) -> u64 {
    let guard = asked.reader.enter();
    let Some(view) = guard.forwarding() else { return 0 };
    let mut numbers = [0; OPERATIONS];
    A::numbers(&view, black_box(&asked.addresses), &mut numbers);
    let interface = |&number| A::next_hop(&view, number).map_or(0, |hop| u64::from(hop.interface));
    numbers.iter().map(interface).sum()
}

#[library_benchmark]
#[bench::v4(args = (next_hops_together::<u32>), setup = asked, teardown = check_sum)]
#[bench::v6(args = (next_hops_together::<u128>), setup = asked, teardown = check_sum)]
fn burst_of_next_hops<A: Family>(mut asked: Asked<A>) -> (Asked<A>, u64) {
    let sum = next_hops_together(&mut asked);
    (asked, sum)
}

/// Enters and leaves a section for each address, and looks it up there.
fn sections<A: Family>(asked: &mut Asked<A>) -> u64 {
    let mut sum = 0;
    for &address in &asked.addresses {
        let guard = asked.reader.enter();
        sum += A::lookup(&guard, black_box(address))
            .map_or(0, |found| u64::from(found.next_hop().interface));
    }
    sum
}

#[library_benchmark]
#[bench::v4(args = (sections::<u32>), setup = asked, teardown = check_sum)]
#[bench::v6(args = (sections::<u128>), setup = asked, teardown = check_sum)]
fn enter_lookup_leave<A: Family>(mut asked: Asked<A>) -> (Asked<A>, u64) {
    let sum = sections(&mut asked);
    (asked, sum)
}

/// Takes the route of each address as a reference, reads it, and gives it back.
fn references<A: Family>(asked: &mut Asked<A>) -> u64 {
    let guard = asked.reader.enter();
    let interface = |address: &A| {
        let held = guard.rtalloc(black_box(*address).to_ip());
        held.map_or(0, |held| u64::from(held.next_hop().interface))
    };
    asked.addresses.iter().map(interface).sum()
}

#[library_benchmark]
#[bench::v4(args = (references::<u32>), setup = asked, teardown = check_sum)]
#[bench::v6(args = (references::<u128>), setup = asked, teardown = check_sum)]
fn rtalloc_rtfree<A: Family>(mut asked: Asked<A>) -> (Asked<A>, u64) {
    let sum = references(&mut asked);
    (asked, sum)
}

library_benchmark_group!(
    name = reading,
    benchmarks = [
        lookup_entries,
        lookup_next_hops,
        burst_of_entries,
        burst_of_next_hops,
        enter_lookup_leave,
        rtalloc_rtfree
    ]
);
