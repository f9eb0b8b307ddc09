//! The table on crossbeam-epoch, whose own atomics loom checks as well.
//!
//! crossbeam frees what was retired in one epoch when the epoch has advanced twice since, and one
//! call of [`reclaim`](rtalloc::Rib::reclaim) advances it once. So three calls are needed before
//! anything is freed, each of which walks crossbeam's list of participants; that is what makes these
//! models larger than those of the crate's own domain, and why they are few.
//!
//! A [`LocalHandle`](rtalloc::Reclaim::Reader) cannot be sent between threads. loom runs all of
//! its threads on one, so the models may register readers before they spawn, which keeps the
//! registration out of the search.
//!
//! Edge: X1 of `reclaim::epoch`. Two threads, one update, exploration up to three preemptions. crossbeam's accesses by `SeqCst`
//! are acquire and release to loom; its fences are fences.

#![cfg(all(rtalloc_loom, crossbeam_loom))]

use loom::thread;
use rtalloc::{Epoch, Reader};
use rtalloc_loom_tests::{Model, Payload, Routes, Seen, answer};

/// Calls of `reclaim` after which what was retired before is free, if nobody is pinned.
const ROUNDS: usize = 3;

/// A table with the route 0/1, whose number is 1, and its writer known to crossbeam.
fn one_route() -> Routes<Epoch> {
    let mut routes = Routes::on(2);
    routes.insert(0, 1, 1);
    routes.reclaim();
    routes
}

/// Reclaims until what was retired would be free without readers; returns how many payloads that
/// dropped.
fn reclaim(routes: &Routes<Epoch>) -> usize {
    (0..ROUNDS).map(|_| routes.reclaim()).sum()
}

/// Runs `look` as a reader while the route changes from 1 to 2 and the old entry is reclaimed.
/// `registered` tells whether the reader is there before, or comes meanwhile.
fn race<T: 'static>(
    name: &'static str,
    facts: &'static [&'static str],
    registered: bool,
    look: fn(&mut Reader<Payload, Epoch>) -> T,
    check: fn(T, &Seen),
) {
    Model::bounded(name, 3).reaching(facts).run(move |seen| {
        let mut routes = one_route();
        let reader = registered.then(|| routes.reader());
        let table = routes.table().clone();
        let thread = thread::spawn(move || {
            let mut reader = reader.unwrap_or_else(|| table.reader());
            (look(&mut reader), reader, table)
        });
        routes.insert(0, 1, 2);
        let freed = reclaim(&routes);
        seen.mark(if freed == 1 { "freed at once" } else { "held back" });
        let (found, reader, table) = thread.join().unwrap();
        check(found, seen);
        drop((reader, table));
        assert_eq!(freed + reclaim(&routes), 1, "nobody is pinned any more");
        routes.close();
    });
}

fn one_answer(found: u32, seen: &Seen) {
    seen.mark(["no route", "old", "new"][found as usize]);
}

/// A lookup under a pin.
#[test]
fn crossbeam_guard_vs_reclaim() {
    let facts = &["freed at once", "held back", "old", "new"];
    let look = |reader: &mut Reader<_, _>| answer(&reader.enter(), 0);
    race("crossbeam_guard_vs_reclaim", facts, true, look, one_answer);
}

/// The same by a reader that registers meanwhile.
#[test]
fn crossbeam_registration_vs_reclaim() {
    let facts = &["freed at once", "held back", "old", "new"];
    let look = |reader: &mut Reader<_, _>| answer(&reader.enter(), 0);
    race("crossbeam_registration_vs_reclaim", facts, false, look, one_answer);
}

/// A reference in a hazard slot is used after its pin.
#[test]
fn crossbeam_slot_outlives_guard() {
    let facts = &["freed at once", "held back", "old", "new"];
    let look = |reader: &mut Reader<Payload, _>| {
        let held = reader.enter().lookup_v4(0).expect("a route").hold();
        held.data().number()
    };
    race("crossbeam_slot_outlives_guard", facts, true, look, one_answer);
}

/// Two lookups with a repin between them.
#[test]
fn crossbeam_repin_vs_reclaim() {
    let facts = &["freed at once", "held back", "old, then new"];
    let look = |reader: &mut Reader<_, _>| {
        let mut guard = reader.enter();
        let first = answer(&guard, 0);
        guard.quiescent();
        (first, answer(&guard, 0))
    };
    race("crossbeam_repin_vs_reclaim", facts, true, look, |(first, second), seen| {
        assert!(first <= second, "time went back");
        seen.mark_if((first, second) == (1, 2), "old, then new");
    });
}

/// A record's block is recycled for another record while a reader may be in it.
#[test]
fn crossbeam_block_is_recycled() {
    let facts = &["before", "between", "after", "over all of it"];
    Model::bounded("crossbeam_block_is_recycled", 3).reaching(facts).run(|seen| {
        let mut routes: Routes<Epoch> = Routes::on(2);
        routes.insert(0b0001, 4, 1);
        reclaim(&routes);
        let mut reader = routes.reader();
        let thread = thread::spawn(move || {
            let guard = reader.enter();
            let answers = [answer(&guard, 0b0001), answer(&guard, 0b1011)];
            drop(guard);
            (answers, reader)
        });
        drop(routes.remove(0b0001, 4));
        reclaim(&routes);
        routes.insert(0b1011, 4, 3);
        let (answers, reader) = thread.join().unwrap();
        seen.mark(match answers {
            [1, 0] => "before",
            [0, 0] => "between",
            [0, 3] => "after",
            [1, 3] => "over all of it",
            _ => panic!("no versions in order give {answers:?}"),
        });
        drop(reader);
        reclaim(&routes);
        routes.close();
    });
}
