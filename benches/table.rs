//! Single operations of one table, under criterion: lookups, references, updates, and what a
//! section or a quiescent point costs on each backend.

use std::{hint::black_box, sync::Arc};

use criterion::{
    BenchmarkId, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use rtalloc::{Epoch, Hyaline, NextHop, Options, Own, Reclaim, Route, Table};
use rtalloc_benches::{Routes, Stream, checked_table, internet_v4, internet_v6};

/// Addresses looked up in one iteration.
const ADDRESSES: usize = 1 << 16;

/// Addresses looked up between two quiescent points.
const BURST: usize = 32;

fn lookups(criterion: &mut Criterion, table: &Table, v4: &Routes<u32>, v6: &Routes<u128>) {
    let mut group = criterion.benchmark_group("lookup");
    group.throughput(Throughput::Elements(ADDRESSES as u64));
    let mut reader = table.reader();
    for stream in [Stream::Uniform, Stream::Routed] {
        let addresses = stream.addresses(v4, ADDRESSES);
        group.bench_function(BenchmarkId::new("v4", format!("{stream:?}")), |bencher| {
            let mut guard = reader.enter();
            bencher.iter(|| {
                for burst in addresses.chunks(BURST) {
                    for &address in burst {
                        black_box(guard.lookup_v4(address));
                    }
                    guard.quiescent();
                }
            });
        });
    }
    let addresses = Stream::Routed.addresses(v6, ADDRESSES);
    group.bench_function(BenchmarkId::new("v6", "Routed"), |bencher| {
        let mut guard = reader.enter();
        bencher.iter(|| {
            for burst in addresses.chunks(BURST) {
                for &address in burst {
                    black_box(guard.lookup_v6(address));
                }
                guard.quiescent();
            }
        });
    });
}

/// Taking and releasing one entry by each tier, beside what a user would write.
fn references(criterion: &mut Criterion, table: &Table, v4: &Routes<u32>) {
    let mut group = criterion.benchmark_group("reference");
    let mut reader = table.reader();
    let guard = reader.enter();
    let address = v4[v4.len() / 2].0.address();
    let found = guard.lookup_v4(address).expect("an address of a route");
    group.bench_function("borrowed", |bencher| {
        bencher.iter(|| black_box(black_box(&found).next_hop()));
    });
    group.bench_function("slot", |bencher| bencher.iter(|| black_box(found).hold()));
    group.bench_function("counted", |bencher| bencher.iter(|| black_box(found).hold_counted()));
    let arc = Arc::new(Route::via(NextHop::interface(1)));
    group.bench_function("Arc", |bencher| bencher.iter(|| Arc::clone(black_box(&arc))));
}

fn updates(criterion: &mut Criterion, table: &Table, v4: &Routes<u32>) {
    let mut group = criterion.benchmark_group("update");
    let mut routes = v4.iter().step_by(997).cycle();
    let mut hop = 0;
    group.bench_function("announce unchanged", |bencher| {
        bencher.iter(|| {
            let &(prefix, next_hop) = routes.next().expect("a cycle");
            table.v4().insert(prefix, Route::via(next_hop))
        });
    });
    group.bench_function("announce changed", |bencher| {
        bencher.iter(|| {
            let &(prefix, _) = routes.next().expect("a cycle");
            hop += 1;
            table.v4().insert(prefix, Route::via(NextHop::interface(hop)))
        });
    });
    group.bench_function("withdraw and announce", |bencher| {
        bencher.iter(|| {
            let &(prefix, next_hop) = routes.next().expect("a cycle");
            let removed = table.v4().remove(prefix);
            let added = table.v4().insert(prefix, Route::via(next_hop));
            (removed.is_ok(), added)
        });
    });
}

/// Entering and leaving a section, and a quiescent point, with nobody writing.
fn sections<R: Reclaim>(group: &mut criterion::BenchmarkGroup<'_, WallTime>) {
    let table = checked_table::<R>(Options::new(), &internet_v4(1000), &internet_v6(1000), 1);
    let mut reader = table.reader();
    group.bench_function(BenchmarkId::new("enter and leave", R::NAME), |bencher| {
        bencher.iter(|| {
            black_box(reader.enter());
        });
    });
    let mut guard = reader.enter();
    group.bench_function(BenchmarkId::new("quiescent point", R::NAME), |bencher| {
        bencher.iter(|| black_box(&mut guard).quiescent());
    });
}

fn table(criterion: &mut Criterion) {
    let (v4, v6) = (internet_v4(1_000_000), internet_v6(250_000));
    let table = checked_table::<Own>(Options::new(), &v4, &v6, 10);
    lookups(criterion, &table, &v4, &v6);
    references(criterion, &table, &v4);
    updates(criterion, &table, &v4);
    let mut group = criterion.benchmark_group("section");
    sections::<Own>(&mut group);
    sections::<Epoch>(&mut group);
    sections::<Hyaline>(&mut group);
}

criterion_group!(benches, table);
criterion_main!(benches);
