//! What a holder can rely on without a lookup: the flag UP and the table's generation.
//!
//! Whoever sees UP gone, or a new generation, sees the update that did it in every later lookup.
//!
//! Edges: F1, V1. Two threads, one update.

#![cfg(rtalloc_loom)]

use loom::thread;
use rtalloc_loom_tests::{Model, Routes, answer};

/// A route is replaced: a reader that finds the old entry down gets the new one next.
#[test]
fn down_then_looked_up_again() {
    let facts = &["found down", "found up"];
    Model::unbounded("down_then_looked_up_again").reaching(facts).run(|seen| {
        let mut routes = Routes::new(2);
        routes.insert(0, 1, 1);
        let mut reader = routes.reader();
        let held = reader.enter().lookup_v4(0).expect("a route").hold();
        let thread = thread::spawn(move || {
            let up = held.is_up();
            let again = answer(&reader.enter(), 0);
            drop(held);
            (up, again, reader)
        });
        routes.insert(0, 1, 2);
        let (up, again, reader) = thread.join().unwrap();
        seen.mark(if up { "found up" } else { "found down" });
        assert!(up || again == 2, "down, but still the answer");
        drop(reader);
        routes.close();
    });
}

/// A cached answer is revalidated by the generation: the same generation as before the lookup that
/// gave it, or another lookup, which sees the change.
#[test]
fn generation_then_lookup() {
    let facts = &["new generation", "old generation"];
    Model::unbounded("generation_then_lookup").reaching(facts).run(|seen| {
        let mut routes = Routes::new(2);
        routes.insert(0, 1, 1);
        let before = routes.table().v4().generation();
        let mut reader = routes.reader();
        let table = routes.table().clone();
        let thread = thread::spawn(move || {
            let generation = table.v4().generation();
            let looked_up = answer(&reader.enter(), 0);
            (generation, looked_up, reader, table)
        });
        drop(routes.remove(0, 1));
        let (generation, looked_up, reader, table) = thread.join().unwrap();
        let changed = generation != before;
        seen.mark(if changed { "new generation" } else { "old generation" });
        assert!(!changed || looked_up == 0, "a new generation, but the old answer");
        drop((reader, table));
        routes.close();
    });
}
