//! A snapshot is the table of one generation, whatever is written while it is walked.

use std::{sync::mpsc, thread};

use rand::RngExt;
use rtalloc::{
    Batch, Prefix, Snapshot, Table,
    testing::{drop_count::DropCounter, oracle::Oracle},
};

use crate::{
    run::Run,
    setting::{Family, Value, any_of, assert_whole, number, open, rng, route},
};

/// A change: the number of the prefix's new route, or none if it goes.
type Change<A> = Vec<(Prefix<A>, Option<u32>)>;

/// A snapshot as it was read: its generation and its routes.
struct Seen<A> {
    generation: u64,
    routes: Vec<(Prefix<A>, u32)>,
}

/// Walks a snapshot in full, checks it against itself, and notes what it holds.
fn walk<A: Family>(snapshot: &Snapshot<A, Value>, from: Prefix<A>) -> Seen<A> {
    let routes: Vec<_> = snapshot
        .iter()
        .map(|(prefix, entry)| {
            assert_whole(entry);
            assert_eq!(A::prefix_of(entry), prefix);
            (prefix, number(entry))
        })
        .collect();
    assert_eq!(routes.len(), snapshot.len());
    assert!(routes.is_sorted_by(|a, b| a.0 < b.0));
    // A second walk, from a place and later, finds the same.
    let rest: Vec<_> =
        snapshot.iter_from(from).map(|(prefix, entry)| (prefix, number(entry))).collect();
    assert_eq!(rest, routes[routes.partition_point(|route| route.0 < from)..]);
    let exact = snapshot.get(from).map(number);
    assert_eq!(exact, routes.iter().find(|route| route.0 == from).map(|route| route.1));
    Seen { generation: snapshot.generation() / 2, routes }
}

/// Makes one change, which is one generation.
fn change<A: Family>(table: &Table<Value>, counter: &DropCounter, change: &Change<A>) {
    let rib = A::rib(table);
    match change[..] {
        [(prefix, Some(number))] => {
            rib.insert(prefix, route(counter, number)).unwrap();
        }
        [(prefix, None)] => drop(rib.remove(prefix).unwrap()),
        _ => {
            let mut batch = Batch::new();
            for &(prefix, number) in change {
                match number {
                    Some(number) => batch.insert(prefix, route(counter, number)),
                    None => batch.remove(prefix),
                };
            }
            rib.apply(batch).unwrap();
        }
    }
}

fn are_of_one_generation<A: Family>() {
    let counter = DropCounter::new();
    let table = open();
    let run = Run::new(20);
    let (changes, seen) = thread::scope(|scope| {
        let (table, run) = (&table, &run);
        let (to, from) = mpsc::sync_channel::<Snapshot<A, Value>>(4);
        // One thread takes snapshots and walks them at once, another gets them to walk later.
        let taker = scope.spawn(move || {
            let mut rng = rng(1);
            let prefixes = A::prefixes();
            let mut seen = Vec::new();
            for () in run.bursts() {
                let snapshot = A::rib(table).snapshot();
                if seen.len() < 2000 {
                    seen.push(walk(&snapshot, *any_of(&mut rng, &prefixes)));
                }
                drop(to.try_send(snapshot));
            }
            seen
        });
        let walker = scope.spawn(move || {
            let mut rng = rng(2);
            let prefixes = A::prefixes();
            let mut seen = Vec::new();
            let mut late: Vec<Snapshot<A, Value>> = Vec::new();
            for snapshot in from {
                late.push(snapshot);
                if late.len() > 8 {
                    let snapshot = late.swap_remove(rng.random_range(0..late.len()));
                    if seen.len() < 2000 {
                        seen.push(walk(&snapshot, *any_of(&mut rng, &prefixes)));
                    }
                }
            }
            seen.extend(late.iter().map(|snapshot| walk(snapshot, Prefix::default())));
            seen
        });
        let mut rng = rng(0);
        let prefixes = A::prefixes();
        let mut model: Oracle<A, u32> = Oracle::new();
        let mut changes: Vec<Change<A>> = Vec::new();
        for round in run.rounds() {
            for _ in 0..4 {
                let mut change_to: Change<A> = Vec::new();
                let steps = if rng.random_range(0..4) == 0 { rng.random_range(2..10) } else { 1 };
                while change_to.len() < steps {
                    let prefix = *any_of(&mut rng, &prefixes);
                    // Numbers never repeat, so that each step changes something.
                    let number = changes.len() as u32 + 1;
                    if model.remove(prefix).is_some() && round % 3 == 0 {
                        change_to.push((prefix, None));
                    } else {
                        model.insert(prefix, number);
                        change_to.push((prefix, Some(number)));
                    }
                }
                change(table, &counter, &change_to);
                changes.push(change_to);
            }
        }
        let seen = taker.join().unwrap().into_iter().chain(walker.join().unwrap());
        (changes, seen.collect::<Vec<_>>())
    });
    assert_eq!(A::rib(&table).generation(), 2 * changes.len() as u64);
    assert!(!seen.is_empty());
    compare(seen, &changes);
    table.reclaim();
    assert_eq!(counter.live(), table.len() as u64, "no snapshot is left");
    drop(table);
    assert_eq!((counter.live(), counter.double_drops()), (0, 0));
}

/// Steps through the generations and holds each snapshot against its own.
fn compare<A: Family>(mut seen: Vec<Seen<A>>, changes: &[Change<A>]) {
    seen.sort_by_key(|seen| seen.generation);
    let mut model: Oracle<A, u32> = Oracle::new();
    let mut generation = 0;
    for seen in seen {
        for change in &changes[generation..seen.generation as usize] {
            for &(prefix, number) in change {
                match number {
                    Some(number) => model.insert(prefix, number),
                    None => model.remove(prefix),
                };
            }
        }
        generation = seen.generation as usize;
        let routes: Vec<_> = model.sorted().into_iter().map(|(p, &number)| (p, number)).collect();
        assert_eq!(seen.routes, routes, "generation {generation}");
    }
}

#[test]
fn are_of_one_generation_v4() {
    are_of_one_generation::<u32>();
}

#[test]
fn are_of_one_generation_v6() {
    are_of_one_generation::<u128>();
}
