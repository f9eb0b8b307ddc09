//! The queue of released entries, and tables that end before their references.
//!
//! The last release of an entry pushes it to the table's queue; the writer drains the queue; the
//! end of the table closes it, after which whoever releases frees. Each entry is freed once, by
//! whichever of them, and nothing is left behind.
//!
//! Edges: D1, D2, L1, R1. At most three threads, two entries.

#![cfg(rtalloc_loom)]

use loom::thread;
use rtalloc::EntryRef;
use rtalloc_loom_tests::{Model, Payload, Routes, prefix};

/// A table from which the routes 0/1 and 1/1 were removed, and the only claims on their entries.
fn released() -> (Routes, [EntryRef<Payload>; 2]) {
    let mut routes = Routes::new(2);
    routes.insert(0, 1, 0);
    routes.insert(1, 1, 8);
    let held = [0, 1].map(|bits| routes.table().v4().get(prefix(bits, 1)).expect("a route"));
    drop((routes.remove(0, 1), routes.remove(1, 1)));
    assert_eq!(routes.reclaim(), 0, "held");
    (routes, held)
}

fn use_and_drop(held: EntryRef<Payload>) {
    held.data().number();
}

/// Two threads release the last claims on two entries while the writer drains.
#[test]
fn push_vs_drain() {
    let facts = &["drained 0", "drained 1", "drained 2"];
    Model::bounded("push_vs_drain", 4).reaching(facts).run(|seen| {
        let (routes, held) = released();
        let threads = held.map(|held| thread::spawn(move || use_and_drop(held)));
        let drained = routes.reclaim();
        seen.mark(["drained 0", "drained 1", "drained 2"][drained]);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(drained + routes.reclaim(), 2, "all pushes are over");
        routes.close();
    });
}

/// Two threads release the last claims on two entries while the table ends.
#[test]
fn push_vs_close() {
    let facts = &["freed with the table", "freed after the table", "one each"];
    Model::bounded("push_vs_close", 4).reaching(facts).run(|seen| {
        let (routes, held) = released();
        let threads = held.map(|held| thread::spawn(move || use_and_drop(held)));
        let ledger = routes.into_ledger();
        seen.mark(match ledger.dropped() {
            0 => "freed after the table",
            1 => "one each",
            _ => "freed with the table",
        });
        for thread in threads {
            thread.join().unwrap();
        }
        ledger.close();
    });
}

/// The table ends after a drain that a half-done push cut short.
#[test]
fn cut_drain_vs_close() {
    let facts = &["drained 0", "drained 1", "drained 2"];
    Model::bounded("cut_drain_vs_close", 4).reaching(facts).run(|seen| {
        let (routes, held) = released();
        let threads = held.map(|held| thread::spawn(move || use_and_drop(held)));
        let drained = routes.reclaim();
        seen.mark(["drained 0", "drained 1", "drained 2"][drained]);
        let ledger = routes.into_ledger();
        for thread in threads {
            thread.join().unwrap();
        }
        ledger.close();
    });
}

/// Two counted claims on one entry are given up at the same time: one of them is the last.
#[test]
fn two_last_releases() {
    let facts = &["drained", "queued later"];
    Model::unbounded("two_last_releases").reaching(facts).run(|seen| {
        let mut routes = Routes::new(2);
        routes.insert(0, 1, 0);
        let held = routes.table().v4().get(prefix(0, 1)).expect("a route");
        drop(routes.remove(0, 1));
        assert_eq!(routes.reclaim(), 0, "held");
        let clone = held.clone();
        let threads = [held, clone].map(|held| thread::spawn(move || use_and_drop(held)));
        seen.mark(if routes.reclaim() == 1 { "drained" } else { "queued later" });
        for thread in threads {
            thread.join().unwrap();
        }
        routes.close();
    });
}

/// The table ends while another thread uses a reference to a route that is still in it.
#[test]
fn table_ends_before_references() {
    let facts = &["outlived the table", "freed with the table"];
    Model::unbounded("table_ends_before_references").reaching(facts).run(|seen| {
        let mut routes = Routes::new(2);
        routes.insert(0, 1, 0);
        let mut reader = routes.reader();
        let held = reader.enter().lookup_v4(0).expect("a route").hold();
        assert!(!held.is_counted());
        drop(reader);
        let thread = thread::spawn(move || {
            held.data().number();
            let clone = held.clone();
            drop(held);
            use_and_drop(clone);
        });
        let ledger = routes.into_ledger();
        let freed = ledger.dropped() == 1;
        seen.mark(if freed { "freed with the table" } else { "outlived the table" });
        thread.join().unwrap();
        ledger.close();
    });
}

/// Two owners of the table and a reader end on their threads; whoever is last ends the table.
#[test]
fn last_owner_ends_the_table() {
    let facts = &["ended here", "ended there"];
    Model::unbounded("last_owner_ends_the_table").reaching(facts).run(|seen| {
        let mut routes = Routes::new(2);
        routes.insert(0, 1, 0);
        let mut reader = routes.reader();
        let thread = thread::spawn(move || {
            let held = reader.enter().lookup_v4(0).map(|found| found.hold());
            drop(reader);
            if let Some(held) = held {
                use_and_drop(held);
            }
        });
        drop(routes.remove(0, 1));
        let ledger = routes.into_ledger();
        seen.mark(if ledger.dropped() == 1 { "ended here" } else { "ended there" });
        thread.join().unwrap();
        ledger.close();
    });
}
