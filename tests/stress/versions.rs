//! The number of the last update, read back through the table.
//!
//! Update `k` writes the number `k` into the routes that it changes. Its place in the sequence of
//! updates can then be told from an answer: each answer is possible in a known range of states.
//! States have an order, so a reader that has proved state `k` must never again get an answer that
//! was over before `k`, at any address. That is linearizability, checked as the answers come in,
//! for as long as one likes. Some readers are checked alone, without a word in common that could
//! order them by accident; others share what they have seen, with each other and with the writer,
//! so that they may not contradict one another.

use core::ops::RangeInclusive;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use rand::RngExt;
use rtalloc::{Batch, Entry, Prefix, Table, testing::drop_count::DropCounter};

use crate::{
    run::{Discipline, Run},
    setting::{Family, Value, any_of, assert_whole, configurations, number, open, rng, route},
};

/// What readers and the writer know in common.
#[derive(Default)]
struct Shared {
    /// The last update that was begun.
    begun: AtomicU32,
    /// The last state that is known to have been reached.
    seen: AtomicU32,
}

impl Shared {
    /// Makes update `number`.
    fn update(&self, number: u32, update: impl FnOnce()) {
        self.begun.store(number, Ordering::SeqCst);
        update();
        self.seen.fetch_max(number, Ordering::SeqCst);
    }
}

/// A reader's knowledge: the last state that it knows to have been reached.
struct Known<'a> {
    seen: u32,
    shared: Option<&'a Shared>,
}

impl Known<'_> {
    /// Looks something up, which tells in which states the answer is possible.
    fn look(&mut self, lookup: impl FnOnce() -> RangeInclusive<u32>) {
        if let Some(shared) = self.shared {
            self.seen = self.seen.max(shared.seen.load(Ordering::SeqCst));
        }
        let possible = lookup();
        assert!(*possible.end() >= self.seen, "{possible:?} after {} was seen", self.seen);
        self.seen = self.seen.max(*possible.start());
        if let Some(shared) = self.shared {
            let begun = shared.begun.load(Ordering::SeqCst);
            assert!(*possible.start() <= begun, "{possible:?} while {begun} was the last begun");
            shared.seen.fetch_max(self.seen, Ordering::SeqCst);
        }
    }
}

/// Readers look up random ones of `addresses` while the writer makes updates 1, 2 and so on.
/// `possible` tells in which states an address, known by its place, can have the answer.
fn check<A: Family>(
    table: &Table<Value>,
    discipline: Discipline,
    addresses: &[A],
    possible: impl Fn(usize, &Entry<Value>) -> RangeInclusive<u32> + Sync,
    mut update: impl FnMut(u32),
) {
    let shared = Shared::default();
    let run = Run::new(300);
    let bursts = if cfg!(miri) { 4 } else { 32 };
    thread::scope(|scope| {
        for thread in 1..=3 {
            let (shared, run, possible) = (&shared, &run, &possible);
            scope.spawn(move || {
                let mut rng = rng(thread);
                let mut known = Known { seen: 0, shared: (thread > 1).then_some(shared) };
                let mut reader = table.reader();
                discipline.read(run, &mut reader, |guard| {
                    for _ in 0..bursts {
                        let place = rng.random_range(0..addresses.len());
                        known.look(|| {
                            let entry = A::lookup(guard, addresses[place]).expect("a route");
                            assert_whole(&entry);
                            possible(place, &entry)
                        });
                    }
                });
            });
        }
        let mut next = 1..;
        for _ in run.rounds() {
            for number in next.by_ref().take(4) {
                shared.update(number, || update(number));
            }
        }
    });
}

/// Eight prefixes beside each other, of many lengths, in three parts of the tree.
fn disjoint<A: Family>() -> Vec<Prefix<A>> {
    (0..8usize)
        .map(|index| {
            let base = A::default().with_bits(0, 3, 1 + index % 3).with_bits(12, 4, 1 + index);
            Prefix::containing(base, [16, 17, 18, 19, 24, 25, 30, 32][index])
        })
        .collect()
}

/// The half of `prefix` that ends with its last address, or `prefix` itself if it has one address.
fn upper_half<A: Family>(prefix: Prefix<A>) -> Prefix<A> {
    Prefix::containing(prefix.last_address(), prefix.len() + 1)
}

/// Each update gives every route the same new number, while more specific routes come and go.
/// Any answer at any address then belongs to one state alone: no half of a batch is ever seen.
fn batches_and_loads<A: Family>(discipline: Discipline) {
    let counter = DropCounter::new();
    let table = open();
    let rib = A::rib(&table);
    let mut whole = disjoint::<A>();
    whole.push(Prefix::default());
    let parts: Vec<_> = disjoint::<A>().into_iter().map(upper_half).collect();
    let addresses: Vec<A> =
        whole.iter().flat_map(|prefix| [prefix.address(), prefix.last_address()]).collect();
    let mut rng = rng(0);
    rib.load(whole.iter().map(|&prefix| (prefix, route(&counter, 0)))).unwrap();
    check(
        &table,
        discipline,
        &addresses,
        |_, entry| number(entry)..=number(entry),
        |update| {
            let present: Vec<_> = parts
                .iter()
                .filter(|part| !whole.contains(part))
                .map(|&part| (part, rng.random()))
                .collect();
            if update % 16 == 0 {
                let parts = present.iter().filter(|part| part.1).map(|part| &part.0);
                rib.load(
                    whole.iter().chain(parts).map(|&prefix| (prefix, route(&counter, update))),
                )
                .unwrap();
                return;
            }
            let mut batch = Batch::new();
            for &prefix in &whole {
                batch.insert(prefix, route(&counter, update));
            }
            for (part, present) in present {
                match present {
                    true => batch.insert(part, route(&counter, update)),
                    false => batch.remove(part),
                };
            }
            rib.apply(batch).unwrap();
        },
    );
    drop(table);
    assert_eq!((counter.live(), counter.double_drops()), (0, 0));
}

configurations!(batches_and_loads);

/// Each update replaces the contents of the next route: one store into its cell. Different readers
/// must agree on the order of stores into different cells.
fn contents_in_place<A: Family>(discipline: Discipline) {
    let counter = DropCounter::new();
    let table = open();
    let rib = A::rib(&table);
    let prefixes = disjoint::<A>();
    let addresses: Vec<A> = prefixes.iter().map(|prefix| prefix.address()).collect();
    let count = prefixes.len() as u32;
    rib.load(prefixes.iter().map(|&prefix| (prefix, route(&counter, 0)))).unwrap();
    // Route `place` gets the numbers that leave `place` by `count`, and keeps one for `count`
    // states; the first one of all for as many as come before its turn.
    let possible = |place: usize, entry: &Entry<Value>| match number(entry) {
        0 => {
            let place = place as u32;
            0..=if place == 0 { count - 1 } else { place - 1 }
        }
        number => number..=number + count - 1,
    };
    check(&table, discipline, &addresses, possible, |update| {
        let prefix = prefixes[update as usize % prefixes.len()];
        rib.insert(prefix, route(&counter, update)).unwrap();
    });
    drop(table);
    assert_eq!((counter.live(), counter.double_drops()), (0, 0));
}

configurations!(contents_in_place);

/// A route's contents change while a more specific one hides it, comes and goes. Over and over, to
/// a route and its upper half: the half comes; the route changes; the half goes; the route changes.
fn contents_under_a_more_specific<A: Family>(discipline: Discipline) {
    let counter = DropCounter::new();
    let table = open();
    let rib = A::rib(&table);
    let mut rng = rng(0);
    let prefix = *any_of(&mut rng, &disjoint::<A>()[..6]);
    let half = upper_half(prefix);
    rib.insert(prefix, route(&counter, 0)).unwrap();
    let addresses = [prefix.address(), prefix.last_address()];
    let possible = |place: usize, entry: &Entry<Value>| {
        let number = number(entry);
        match (place, number % 4) {
            // Before the first change of the contents, which is update 2.
            (0, 0) if number == 0 => 0..=1,
            (1, 0) if number == 0 => 0..=0,
            // The lower half: contents change with every even update.
            (0, _) => number..=number + 1,
            // The upper half: the more specific route, from when it comes until it goes.
            (_, 1) => number..=number + 1,
            // Contents that changed under it, seen when it has gone and until the next change.
            (_, 2) => number + 1..=number + 1,
            // Contents that changed in the open, until it comes again.
            (_, 0) => number..=number,
            (_, _) => panic!("no route has number {number}"),
        }
    };
    check(&table, discipline, &addresses, possible, |update| match update % 4 {
        1 => assert!(rib.insert(half, route(&counter, update)).is_ok()),
        3 => assert!(rib.remove(half).unwrap().is_some()),
        _ => assert!(rib.insert(prefix, route(&counter, update)).is_ok()),
    });
    drop(table);
    assert_eq!((counter.live(), counter.double_drops()), (0, 0));
}

configurations!(contents_under_a_more_specific);
