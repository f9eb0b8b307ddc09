//! What a holder can rely on without a lookup: the flag UP and the table's generation.
//!
//! Whoever sees UP gone, or a new generation, sees the update that did it in every later lookup.
//!
//! Edges: F1, V1. Two threads, one update.

#![cfg(rtalloc_loom)]

use loom::thread;
use rtalloc::Batch;
use rtalloc_loom_tests::{Model, Routes, Seen, answer, prefix};

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
            // The guard comes first: its fence would acquire what the flag's load must.
            let guard = reader.enter();
            let up = held.is_up();
            let again = answer(&guard, 0);
            drop(guard);
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

/// Runs a reader that loads the generation, looks the address 0000 up twice and loads the
/// generation again, while `update` runs. Calls `check` with what it got.
fn revalidate(
    name: &'static str,
    facts: &'static [&'static str],
    update: fn(&mut Routes),
    check: fn(&Seen, [u64; 2], [u32; 2]),
) {
    Model::unbounded(name).reaching(facts).run(move |seen| {
        let mut routes = Routes::new(2);
        routes.insert(0, 1, 1);
        let mut reader = routes.reader();
        let table = routes.table().clone();
        let thread = thread::spawn(move || {
            // The guard comes first: its fence would acquire what the generation's load must.
            let guard = reader.enter();
            let before = table.v4().generation();
            let answers = [answer(&guard, 0), answer(&guard, 0)];
            let after = table.v4().generation();
            drop(guard);
            ([before, after], answers, reader, table)
        });
        update(&mut routes);
        let (generations, answers, reader, table) = thread.join().unwrap();
        check(seen, generations, answers);
        drop((reader, table));
        routes.close();
    });
}

/// An answer that is kept with an even generation is right for as long as the generation is the
/// same: nothing newer can have been looked up before.
#[test]
fn same_generation_same_answer() {
    let facts = &["same generation", "another generation", "newer in between"];
    let update = |routes: &mut Routes| {
        routes.insert(0, 1, 2);
    };
    revalidate("same_generation_same_answer", facts, update, |seen, generations, answers| {
        let [before, after] = generations;
        let same = before == after && before % 2 == 0;
        seen.mark(if same { "same generation" } else { "another generation" });
        seen.mark_if(answers == [1, 2], "newer in between");
        assert!(!same || answers[0] == answers[1], "kept past a newer answer");
    });
}

/// Whoever loads the generation that an update left sees the update, also where a batch that
/// changed nothing has stored that generation again.
#[test]
fn generation_after_unchanged_batch() {
    let facts = &["the update's generation", "an earlier generation"];
    let update = |routes: &mut Routes| {
        routes.insert(0, 1, 2);
        let mut batch = Batch::new();
        batch.remove(prefix(1, 1));
        let applied = routes.table().v4().apply(batch).expect("room");
        assert_eq!(applied.unchanged, 1);
    };
    revalidate("generation_after_unchanged_batch", facts, update, |seen, generations, answers| {
        // The route that was there first is one update, and what `update` announces another.
        let updated = generations[0] == 4;
        seen.mark(if updated { "the update's generation" } else { "an earlier generation" });
        assert!(!updated || answers == [2, 2], "a new generation, but the old answer");
    });
}
