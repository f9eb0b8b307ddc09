//! Recorded histories, checked as a whole: is there one order of all lookups and updates?

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use rand::RngExt;
use rtalloc::{
    Batch, NextHop, Prefix, Table,
    testing::{
        drop_count::DropCounter,
        history::Step,
        linearizability::{Clock, Found, Timed, check},
        oracle::Oracle,
        synthetic,
    },
};

use crate::{
    run::{Discipline, Run},
    setting::{
        Family, Value, any_of, any_probe, assert_whole, configurations, number, open, rng, route,
    },
};

/// Lookups that a reader records at most.
const RECORDED: usize = if cfg!(miri) { 200 } else { 150_000 };

/// A list of updates to make in turn.
type Story<A> = Vec<Vec<Step<A>>>;

/// Makes one update, or a batch of several steps.
fn make<A: Family>(table: &Table<Value>, counter: &DropCounter, update: &[Step<A>]) {
    let rib = A::rib(table);
    match *update {
        [Step::Set(prefix, hop)] => {
            rib.insert(prefix, route(counter, hop.interface)).unwrap();
        }
        [Step::Remove(prefix)] => drop(rib.remove(prefix).unwrap()),
        _ => {
            let mut batch = Batch::new();
            for step in update {
                match *step {
                    Step::Set(prefix, hop) => batch.insert(prefix, route(counter, hop.interface)),
                    Step::Remove(prefix) => batch.remove(prefix),
                };
            }
            rib.apply(batch).unwrap();
        }
    }
}

/// Plays `story` over `routes` once, or less if the time is over, while two readers look up
/// addresses that the updates around that moment change. Then checks the whole history.
fn play<A: Family>(routes: &[Prefix<A>], story: &Story<A>, discipline: Discipline) {
    let counter = DropCounter::new();
    let table = open();
    A::rib(&table)
        .load(
            routes
                .iter()
                .map(|&prefix| (prefix, route(&counter, synthetic::next_hop(prefix).interface))),
        )
        .unwrap();
    let clock = Clock::new();
    let run = Run::new(2);
    let at = AtomicUsize::new(0);
    let full = AtomicBool::new(false);
    let (updates, lookups) = thread::scope(|scope| {
        let (table, run, clock, at, full) = (&table, &run, &clock, &at, &full);
        let readers: Vec<_> = (1..=2)
            .map(|thread| {
                scope.spawn(move || read(table, story, discipline, run, clock, at, full, thread))
            })
            .collect();
        let mut updates = Vec::new();
        for (update, _) in story.iter().zip(run.rounds()) {
            // Relaxed: a hint, which is to order nothing.
            at.store(updates.len(), Ordering::Relaxed);
            updates.push(Timed::run(clock, || {
                make(table, &counter, update);
                update
            }));
            if full.load(Ordering::Relaxed) {
                break;
            }
        }
        let lookups = readers.into_iter().flat_map(|reader| reader.join().unwrap());
        (updates, lookups.collect::<Vec<_>>())
    });
    let mut oracle: Oracle<A, NextHop> =
        routes.iter().map(|&prefix| (prefix, synthetic::next_hop(prefix))).collect();
    let violations = check(&mut oracle, &updates, &lookups).unwrap();
    assert!(
        violations.is_empty(),
        "{} of {}: {:#?}",
        violations.len(),
        lookups.len(),
        violations.first()
    );
    assert_eq!(A::rib(&table).len(), oracle.len());
    // The check says little about a history in which nothing ran beside anything.
    let beside = lookups
        .iter()
        .filter(|lookup| {
            let first = updates.partition_point(|update| update.returned < lookup.called);
            updates.get(first).is_some_and(|update| update.called < lookup.returned)
        })
        .count();
    println!(
        "{} updates, {} lookups, {beside} of them beside an update",
        updates.len(),
        lookups.len()
    );
    assert!(cfg!(miri) || beside > 0);
    table.reclaim();
    assert_eq!(counter.live(), table.len() as u64);
    drop(table);
    assert_eq!((counter.live(), counter.double_drops()), (0, 0));
}

/// One reader of [`play`].
#[expect(clippy::too_many_arguments, reason = "what the threads of one play share")]
fn read<A: Family>(
    table: &Table<Value>,
    story: &Story<A>,
    discipline: Discipline,
    run: &Run,
    clock: &Clock,
    at: &AtomicUsize,
    full: &AtomicBool,
    thread: u64,
) -> Vec<Timed<Found<A>>> {
    let mut rng = rng(thread);
    let mut lookups = Vec::new();
    let mut reader = table.reader();
    discipline.read(run, &mut reader, |guard| {
        for _ in 0..8 {
            if lookups.len() == RECORDED {
                full.store(true, Ordering::Relaxed);
                return;
            }
            // An address that the present update changes, or one shortly before or after it.
            let near = (at.load(Ordering::Relaxed) + rng.random_range(0..4)).saturating_sub(1);
            let update = &story[near % story.len()];
            let prefix = any_of(&mut rng, update).prefix();
            let address = any_probe(&mut rng, prefix);
            lookups.push(Timed::run(clock, || {
                let found = A::lookup(guard, address);
                let answer = found.map(|entry| {
                    assert_whole(&entry);
                    (A::prefix_of(&entry), NextHop::interface(number(&entry)))
                });
                Found { address, answer }
            }));
        }
    });
    lookups
}

/// Updates of `prefixes` at random, every third one a batch, with numbers that never repeat.
fn story<A: Family>(prefixes: &[Prefix<A>], count: usize) -> Story<A> {
    let mut rng = rng(7);
    let mut next = 1000;
    let mut step = || {
        let prefix = prefixes[rng.random_range(0..prefixes.len())];
        next += 1;
        match rng.random_range(0..3) {
            0 => Step::Remove(prefix),
            _ => Step::Set(prefix, NextHop::interface(next)),
        }
    };
    (0..count)
        .map(|index| {
            let steps = if index % 3 == 0 { 2 + index % 7 } else { 1 };
            (0..steps).map(|_| step()).collect()
        })
        .collect()
}

/// A small table that is all nesting: every update changes what its neighbours changed.
fn of_a_small_table<A: Family>(discipline: Discipline) {
    let prefixes = A::prefixes();
    let count = if cfg!(miri) { 12 } else { 100_000 };
    play(&prefixes[..prefixes.len() / 2], &story(&prefixes, count), discipline);
}

configurations!(of_a_small_table);

/// Routes of the large table.
const ROUTES: usize = 100_000;

/// A day of a router with a large table, with batches in it and a default route that comes and
/// goes over all the rest.
fn day<A: Family>(updates: impl Iterator<Item = Step<A>>) -> Story<A> {
    let mut story: Story<A> = Vec::new();
    let mut updates = updates.peekable();
    while updates.peek().is_some() {
        let index = story.len();
        match index % 64 {
            63 if index % 128 == 63 => {
                story.push(vec![Step::Set(Prefix::default(), NextHop::interface(1_000_000))]);
            }
            63 => story.push(vec![Step::Remove(Prefix::default())]),
            20 | 40 => story.push(updates.by_ref().take(32).collect()),
            _ => story.push(updates.by_ref().take(1).collect()),
        }
    }
    story
}

#[cfg_attr(miri, ignore = "the table is too large for an interpreter")]
#[test]
fn of_a_large_table_v4() {
    let routes = synthetic::internet_v4(synthetic::SEED, ROUTES);
    let story = day(synthetic::updates_v4(&routes, 1, ROUTES));
    play(&routes, &story, Discipline::Points);
}

#[cfg_attr(miri, ignore = "the table is too large for an interpreter")]
#[test]
fn of_a_large_table_v6() {
    let routes = synthetic::internet_v6(synthetic::SEED, ROUTES);
    let story = day(synthetic::updates_v6(&routes, 1, ROUTES));
    play(&routes, &story, Discipline::Sections);
}
