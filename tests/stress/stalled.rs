//! A reader that stops inside its section, and what happens after it goes on.

use std::{sync::mpsc, thread};

use rtalloc::{CapacityError, Options, Waiting, testing::drop_count::DropCounter};

use crate::{
    run::{Discipline, Run},
    setting::{Family, assert_whole, configurations, number, open, route},
};

/// Updates that go on while a reader is stalled.
const UPDATES: u32 = if cfg!(miri) { 12 } else { 4000 };

fn a_stalled_reader_keeps_what_it_saw_and_no_longer<A: Family>(discipline: Discipline) {
    let counter = DropCounter::new();
    let table = open();
    let rib = A::rib(&table);
    let prefixes = A::prefixes();
    for &prefix in &prefixes {
        rib.insert(prefix, route(&counter, 0)).unwrap();
    }
    table.reclaim();
    let run = Run::new(100);
    thread::scope(|scope| {
        let (stalled, is_stalled) = mpsc::channel();
        let (go_on, goes_on) = mpsc::channel::<()>();
        let (went_on, has_gone_on) = mpsc::channel();
        let (finish, finished) = mpsc::channel::<()>();
        let (table, run, prefixes) = (&table, &run, &prefixes);
        scope.spawn(move || {
            let mut reader = table.reader();
            let mut guard = reader.enter();
            let seen: Vec<_> = prefixes
                .iter()
                .map(|prefix| A::lookup(&guard, prefix.address()).unwrap())
                .collect();
            stalled.send(()).unwrap();
            goes_on.recv().unwrap();
            for found in seen {
                assert_whole(&found);
                assert_eq!(number(&found), 0, "what was looked up before the updates");
            }
            match discipline {
                // The section goes on, past a point.
                Discipline::Points => guard.quiescent(),
                Discipline::Sections => {
                    drop(guard);
                    guard = reader.enter();
                }
            }
            let found = A::lookup(&guard, prefixes[0].address()).unwrap();
            assert_eq!(number(&found), UPDATES, "what is looked up after the updates");
            went_on.send(()).unwrap();
            finished.recv().unwrap();
        });
        is_stalled.recv().unwrap();
        // Another reader is not held up.
        let other = scope.spawn(move || {
            let mut reader = table.reader();
            discipline.read(run, &mut reader, |guard| {
                for prefix in prefixes {
                    assert_whole(&A::lookup(guard, prefix.address()).unwrap());
                }
            });
        });
        for update in 1..=UPDATES {
            let prefix = prefixes[update as usize % prefixes.len()];
            if prefix.len() > 0 && update % 3 == 0 {
                rib.remove(prefix).unwrap();
            }
            rib.insert(prefix, route(&counter, update)).unwrap();
        }
        for &prefix in prefixes {
            rib.insert(prefix, route(&counter, UPDATES)).unwrap();
        }
        run.rounds().for_each(|_| thread::yield_now());
        other.join().unwrap();
        // The stalled reader holds back everything that was replaced since.
        assert!(table.reclaim() >= UPDATES as usize);
        assert!(rib.waiting().bytes > 0);
        assert!(counter.live() >= prefixes.len() as u64 + u64::from(UPDATES));
        go_on.send(()).unwrap();
        has_gone_on.recv().unwrap();
        // It is in a section again, one that has seen nothing of that.
        assert_eq!(table.reclaim(), 0);
        assert_eq!(rib.waiting(), Waiting::default());
        assert_eq!(counter.live(), prefixes.len() as u64);
        finish.send(()).unwrap();
    });
    drop(table);
    assert_eq!((counter.live(), counter.double_drops()), (0, 0));
}

configurations!(a_stalled_reader_keeps_what_it_saw_and_no_longer);

/// What may wait in the second test.
const LIMIT: usize = if cfg!(miri) { 1 << 11 } else { 1 << 16 };

/// Updates stop at the limit, with an error that names the reader; lookups do not. Once the reader
/// has moved on, so do the updates.
fn a_stalled_reader_holds_back_no_more_than_the_limit<A: Family>(discipline: Discipline) {
    let counter = DropCounter::new();
    let table = Options::new().max_waiting_bytes(LIMIT).open().unwrap();
    let rib = A::rib(&table);
    let prefixes = A::prefixes();
    rib.load(prefixes.iter().map(|&prefix| (prefix, route(&counter, 0)))).unwrap();
    table.reclaim();
    let mut stalled = table.reader();
    let mut others = table.reader();
    let (name, mut guard) = (stalled.id(), stalled.enter());
    let seen = A::lookup(&guard, A::default()).unwrap();
    let mut next = 1;
    let mut update = || {
        let prefix = prefixes[next as usize % prefixes.len()];
        let done = rib.insert(prefix, route(&counter, next));
        if done.is_ok() {
            next += 1;
        }
        done.map(|_| (prefix, next - 1))
    };
    let refused = loop {
        match update() {
            Ok((prefix, written)) => {
                let guard = others.enter();
                assert_eq!(rib.get(prefix).as_deref().map(number), Some(written));
                assert_whole(&A::lookup(&guard, prefix.address()).unwrap());
            }
            Err(error) => break error,
        }
    };
    let CapacityError::Waiting { bytes, reader } = refused else { panic!("{refused}") };
    assert!((LIMIT..LIMIT + (1 << 12)).contains(&bytes), "{bytes} bytes wait");
    assert_eq!(reader, Some(name));
    assert_eq!(update().unwrap_err(), refused, "nothing has changed");
    assert_eq!(rib.waiting().bytes, bytes);
    assert_eq!(number(&seen), 0);
    match discipline {
        Discipline::Points => guard.quiescent(),
        Discipline::Sections => {
            drop(guard);
            guard = stalled.enter();
        }
    }
    update().unwrap();
    drop(guard);
    assert_eq!(table.reclaim(), 0);
    assert_eq!(counter.live(), prefixes.len() as u64);
    drop((stalled, others, table));
    assert_eq!((counter.live(), counter.double_drops()), (0, 0));
}

configurations!(a_stalled_reader_holds_back_no_more_than_the_limit);
