//! Tables that end while what they gave away is still in use.

use std::{
    sync::{Barrier, mpsc},
    thread,
};

use rand::RngExt;
use rtalloc::{EntryRef, Prefix, Snapshot, testing::drop_count::DropCounter};

use crate::{
    run::{Discipline, Run},
    setting::{
        Family, Value, any_of, assert_whole, configurations, distinct, number, open, rng, route,
    },
};

/// Fills a table, lets readers take references, and then drops the table, its readers, the
/// references and a snapshot, all at the same time on different threads. Whichever is last frees
/// what is left; the queue of released entries closes while others push into it.
fn dropped_while_others_release<A: Family>(discipline: Discipline) {
    let counter = DropCounter::new();
    let prefixes = A::prefixes();
    let run = Run::new(0);
    for round in run.rounds() {
        let table = open();
        let rib = A::rib(&table);
        for (number, &prefix) in (0..).zip(&prefixes) {
            rib.insert(prefix, route(&counter, number)).unwrap();
        }
        let mut rng = rng(round.into());
        let mut reader = table.reader();
        let mut guard = reader.enter();
        let mut held: [Vec<EntryRef<Value>>; 2] = Default::default();
        for count in 0..rng.random_range(0..40) {
            let found = A::lookup(&guard, any_of(&mut rng, &prefixes).address()).unwrap();
            held[count % 2].push(found.hold());
            held[(count + 1) % 2].push(held[count % 2][0].clone());
            if matches!(discipline, Discipline::Points) {
                guard.quiescent();
            }
        }
        drop(guard);
        // Some of the routes are gone before the table is, settled or not.
        for _ in 0..rng.random_range(0..12) {
            rib.remove(*any_of(&mut rng, &prefixes)).unwrap();
        }
        if rng.random_range(0..2) == 0 {
            table.reclaim();
        }
        let snapshot = rib.snapshot();
        let mut routes = rib.len();
        let start = Barrier::new(5);
        thread::scope(|scope| {
            for held in held {
                scope.spawn(|| {
                    start.wait();
                    for reference in held {
                        assert_whole(&reference);
                    }
                });
            }
            scope.spawn(|| {
                start.wait();
                walk(&snapshot, &mut routes);
                drop(snapshot);
            });
            scope.spawn(|| {
                start.wait();
                drop(reader);
            });
            start.wait();
            drop(table);
        });
        assert_eq!(routes, 0, "the snapshot has all its routes");
        assert_eq!((counter.live(), counter.double_drops()), (0, 0), "round {round}");
    }
}

fn walk<A: Family>(snapshot: &Snapshot<A, Value>, left: &mut usize) {
    for (prefix, entry) in snapshot {
        assert_whole(entry);
        assert_eq!(A::prefix_of(entry), prefix);
        *left -= 1;
    }
}

configurations!(dropped_while_others_release);

/// Two threads that open tables, read in them, pass the references on and drop the tables, so that
/// banks of slots go from table to table while references by their slots are still out.
fn tables_hand_on_their_slots<A: Family>(discipline: Discipline) {
    let counter = DropCounter::new();
    let run = Run::new(8);
    let kept = thread::scope(|scope| {
        let run = &run;
        let counter = &counter;
        let (to, from) = mpsc::sync_channel::<(EntryRef<Value>, u32)>(64);
        for thread in 1..=2 {
            let to = to.clone();
            scope.spawn(move || {
                let mut rng = rng(thread);
                let prefixes = A::prefixes();
                for () in run.bursts() {
                    let tables = [open(), open()];
                    for table in &tables {
                        for &prefix in &prefixes[..8] {
                            let route = route(counter, rng.random_range(0..1 << 30));
                            A::rib(table).insert(prefix, route).unwrap();
                        }
                    }
                    let mut readers = tables.each_ref().map(rtalloc::Table::reader);
                    for _ in 0..rng.random_range(1..24) {
                        let which = rng.random_range(0..2);
                        let prefix: Prefix<A> = *any_of(&mut rng, &prefixes[..8]);
                        let mut guard = readers[which].enter();
                        let found = A::lookup(&guard, prefix.address()).unwrap();
                        let sent = (found.hold(), number(&found));
                        if matches!(discipline, Discipline::Points) {
                            guard.quiescent();
                        }
                        // What does not fit into the channel is released here.
                        drop(to.try_send(sent));
                        if rng.random_range(0..4) == 0 {
                            A::rib(&tables[which]).remove(prefix).unwrap();
                            A::rib(&tables[which]).insert(prefix, route(counter, 1)).unwrap();
                        }
                    }
                    let [first, second] = tables;
                    let [first_reader, second_reader] = readers;
                    drop((first, second_reader, first_reader, second));
                }
            });
        }
        drop(to);
        let releaser = scope.spawn(move || {
            let mut kept: Vec<(EntryRef<Value>, u32)> = Vec::new();
            for (reference, was) in from {
                kept.push((reference, was));
                if kept.len() > 48 {
                    let (released, was) = kept.swap_remove(was as usize % 48);
                    assert_whole(&released);
                    assert_eq!(number(&released), was);
                }
            }
            kept
        });
        for _ in run.rounds() {
            thread::yield_now();
        }
        releaser.join().unwrap()
    });
    // Every table is gone: what lives is held.
    let held: Vec<_> = kept.iter().map(|(reference, _)| reference).collect();
    assert_eq!(counter.live(), distinct(&held));
    for (reference, was) in kept {
        assert_whole(&reference);
        assert_eq!(number(&reference), was);
        assert!(!reference.is_up(), "its table is gone");
    }
    assert_eq!((counter.live(), counter.double_drops()), (0, 0));
}

configurations!(tables_hand_on_their_slots);
