//! References that leave their reader: to other threads, past its end, past its slots.

use std::{
    sync::mpsc::{self, Receiver, SyncSender, TrySendError},
    thread,
};

use rand::RngExt;
use rtalloc::{EntryRef, Prefix, Table, testing::drop_count::DropCounter};

use crate::{
    run::{Discipline, Run},
    setting::{
        Family, Value, any_of, assert_whole, configurations, distinct, number, open, rng, route,
    },
};

/// References that one burst takes: more than a reader has slots, so that some are counted.
const TAKEN: usize = 12;

/// A reference on its way, and the number that it was taken for.
type Sent = (EntryRef<Value>, u32);

fn check((reference, was): &Sent) {
    assert_whole(reference);
    assert_eq!(number(reference), *was, "an entry never changes");
}

/// Takes references and sends them away, some with a clone; keeps what nobody takes in time.
fn take<A: Family>(
    table: &Table<Value>,
    discipline: Discipline,
    run: &Run,
    to: &[SyncSender<Sent>],
    thread: u64,
) -> (usize, usize) {
    let (mut slots, mut counted) = (0, 0);
    let mut rng = rng(thread);
    let prefixes = A::prefixes();
    let mut reader = table.reader();
    discipline.read(run, &mut reader, |guard| {
        for _ in 0..TAKEN {
            let prefix: Prefix<A> = *any_of(&mut rng, &prefixes);
            let Some(found) = A::lookup(guard, prefix.address()) else { continue };
            let (held, was) = (found.hold(), number(&found));
            if held.is_counted() {
                counted += 1
            } else {
                slots += 1
            }
            let mut sent = vec![(held, was)];
            if rng.random_range(0..3) == 0 {
                sent.push((sent[0].0.clone(), was));
            }
            for reference in sent {
                // A full channel gives the reference back, and it is dropped here.
                match any_of(&mut rng, to).try_send(reference) {
                    Ok(()) => {}
                    Err(TrySendError::Full(back) | TrySendError::Disconnected(back)) => {
                        check(&back)
                    }
                }
            }
        }
    });
    (slots, counted)
}

/// Releases what comes in, late: it keeps some references back and releases them out of order.
fn release(from: Receiver<Sent>, thread: u64) -> Vec<EntryRef<Value>> {
    let mut rng = rng(thread);
    let mut kept: Vec<Sent> = Vec::new();
    for sent in from {
        check(&sent);
        kept.push(sent);
        if kept.len() > 32 {
            let released = kept.swap_remove(rng.random_range(0..kept.len()));
            check(&released);
        }
    }
    kept.iter().for_each(check);
    kept.into_iter().map(|(reference, _)| reference).collect()
}

/// Replaces and removes routes one by one until the run is over.
fn churn<A: Family>(table: &Table<Value>, counter: &DropCounter, run: &Run) {
    let mut rng = rng(0);
    let prefixes = A::prefixes();
    for round in run.rounds() {
        for _ in 0..4 {
            let prefix = *any_of(&mut rng, &prefixes);
            if rng.random_range(0..3) == 0 {
                A::rib(table).remove(prefix).unwrap();
            } else {
                A::rib(table).insert(prefix, route(counter, round + 1)).unwrap();
            }
        }
    }
}

/// Fails unless what lives is what the table has and what is held; then ends both.
fn balance(table: Table<Value>, counter: &DropCounter, kept: Vec<EntryRef<Value>>) {
    assert_eq!(table.reclaim(), 0);
    let removed: Vec<_> = kept.iter().filter(|held| !held.is_up()).collect();
    assert_eq!(counter.live(), table.len() as u64 + distinct(&removed));
    drop(kept);
    table.reclaim();
    assert_eq!(counter.live(), table.len() as u64);
    drop(table);
    assert_eq!((counter.live(), counter.double_drops()), (0, 0));
}

fn sent_to_other_threads<A: Family>(discipline: Discipline) {
    let counter = DropCounter::new();
    let table = open();
    A::rib(&table).insert(Prefix::default(), route(&counter, 0)).unwrap();
    let run = Run::new(200);
    let (kept, taken) = thread::scope(|scope| {
        let (table, run) = (&table, &run);
        let (to, from): (Vec<_>, Vec<_>) = (0..2).map(|_| mpsc::sync_channel(64)).unzip();
        let takers: Vec<_> = (1..=2)
            .map(|thread| {
                let to = to.clone();
                scope.spawn(move || take::<A>(table, discipline, run, &to, thread))
            })
            .collect();
        drop(to);
        let releasers: Vec<_> = (3..)
            .zip(from)
            .map(|(thread, from)| scope.spawn(move || release(from, thread)))
            .collect();
        churn::<A>(table, &counter, run);
        let taken: Vec<_> = takers.into_iter().map(|taker| taker.join().unwrap()).collect();
        let kept = releasers.into_iter().flat_map(|releaser| releaser.join().unwrap());
        (kept.collect::<Vec<_>>(), taken)
    });
    if !cfg!(miri) {
        let some = taken.iter().all(|&(slots, counted)| slots > 0 && counted > 0);
        assert!(some, "references in slots and counted ones: {taken:?}");
    }
    balance(table, &counter, kept);
}

configurations!(sent_to_other_threads);

/// A reader is registered, takes references and ends, over and over, on two threads. Its bank goes
/// to the next one with slots that a third thread has yet to release.
fn readers_come_and_go<A: Family>(discipline: Discipline) {
    let counter = DropCounter::new();
    let table = open();
    A::rib(&table).insert(Prefix::default(), route(&counter, 0)).unwrap();
    let run = Run::new(200);
    let kept = thread::scope(|scope| {
        let (table, run) = (&table, &run);
        let (to, from) = mpsc::sync_channel::<Sent>(256);
        for thread in 1..=2 {
            let to = to.clone();
            scope.spawn(move || {
                let mut rng = rng(thread);
                let prefixes = A::prefixes();
                for () in run.bursts() {
                    let mut reader = table.reader();
                    let mut guard = reader.enter();
                    let mut held = Vec::new();
                    for _ in 0..rng.random_range(1..TAKEN) {
                        let prefix: Prefix<A> = *any_of(&mut rng, &prefixes);
                        let Some(found) = A::lookup(&guard, prefix.address()) else { continue };
                        held.push((found.hold(), number(&found)));
                        if matches!(discipline, Discipline::Points) {
                            guard.quiescent();
                        }
                    }
                    drop(guard);
                    drop(reader);
                    held.iter().for_each(check);
                    for reference in held {
                        // What does not fit into the channel is released here, without a reader.
                        drop(to.try_send(reference));
                    }
                }
            });
        }
        drop(to);
        let releaser = scope.spawn(move || release(from, 3));
        churn::<A>(table, &counter, run);
        releaser.join().unwrap()
    });
    balance(table, &counter, kept);
}

configurations!(readers_come_and_go);
