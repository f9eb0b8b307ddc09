//! The same table on each reclamation backend: same answers, every entry freed once.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use rtalloc::{
    Epoch, Hyaline, NextHop, Options, Own, Prefix, Reclaim, Route, Table,
    testing::drop_count::DropCounter,
};

/// Readers look up and hold routes while a writer changes them, on backend `R`.
fn churn<R: Reclaim>(disciplined: bool) {
    const ROUTES: u32 = 64;
    let counter = DropCounter::new();
    let table: Table<_, R> = Options::new().open_with().unwrap();
    let route = |hop: u32| Route::with_data(NextHop::interface(hop), counter.value(u64::from(hop)));
    let prefix = |index: u32| Prefix::containing(index << 24, 8 + (index % 24) as u8);
    // Every address keeps an answer: the default route is never withdrawn.
    table.v4().insert(Prefix::default(), route(0)).unwrap();
    let stop = AtomicBool::new(false);
    let lookups = AtomicU32::new(0);
    let kept = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut kept = Vec::new();
                    let mut reader = table.reader();
                    while !stop.load(Ordering::Relaxed) {
                        let mut guard = reader.enter();
                        for index in 0..ROUTES {
                            let found = guard.lookup_v4(index << 24).expect("the default route");
                            let hop = u64::from(found.next_hop().interface);
                            assert_eq!(found.data().value(), hop, "one entry, whole");
                            if index % 16 == 0 && kept.len() < 100 {
                                kept.push(found.hold());
                            }
                            if disciplined {
                                guard.quiescent();
                            }
                        }
                        lookups.fetch_add(1, Ordering::Relaxed);
                    }
                    kept
                })
            })
            .collect();
        let mut round = 1u32;
        while lookups.load(Ordering::Relaxed) < 200 {
            for index in 1..ROUTES {
                table.v4().insert(prefix(index), route(round)).unwrap();
            }
            for index in (1..ROUTES).step_by(3) {
                table.v4().remove(prefix(index)).unwrap();
            }
            round += 1;
        }
        stop.store(true, Ordering::Relaxed);
        readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect::<Vec<_>>()
    });
    drop(table);
    assert_eq!(counter.live(), kept.len() as u64 - duplicates(&kept));
    drop(kept);
    assert_eq!((counter.live(), counter.double_drops()), (0, 0), "on {}", R::NAME);
}

/// How many of the references are to an entry that an earlier one refers to.
fn duplicates<V>(kept: &[rtalloc::EntryRef<V>]) -> u64 {
    (0..kept.len()).filter(|&index| kept[..index].contains(&kept[index])).count() as u64
}

#[test]
fn own_with_sections() {
    churn::<Own>(false);
}

#[test]
fn own_with_quiescent_points() {
    churn::<Own>(true);
}

#[test]
fn crossbeam_with_pins() {
    churn::<Epoch>(false);
}

#[test]
fn crossbeam_with_repins() {
    churn::<Epoch>(true);
}

#[test]
fn seize_with_guards() {
    churn::<Hyaline>(false);
}

#[test]
fn seize_with_refreshes() {
    churn::<Hyaline>(true);
}
