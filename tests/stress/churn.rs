//! Every kind of update, at random, while readers look up and hold.

use std::thread;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rtalloc::{
    Batch, EntryRef, Prefix, Table,
    testing::{drop_count::DropCounter, oracle::Oracle, probes::probes},
};

use crate::{
    run::{Discipline, Run},
    setting::{
        Family, Value, any_of, any_probe, assert_whole, configurations, distinct, number, open,
        rng, route,
    },
};

/// References that a reader keeps at a time: more than it has slots.
const KEPT: usize = 24;

/// Looks up at random, checks each answer, and keeps some of them for a while.
fn read<A: Family>(
    table: &Table<Value>,
    discipline: Discipline,
    run: &Run,
    thread: u64,
) -> Vec<EntryRef<Value>> {
    let mut rng = rng(thread);
    let prefixes = A::prefixes();
    let mut kept: Vec<(EntryRef<Value>, u32)> = Vec::new();
    let mut reader = table.reader();
    let lookups = if cfg!(miri) { 4 } else { 32 };
    discipline.read(run, &mut reader, |guard| {
        for _ in 0..lookups {
            let prefix = *any_of(&mut rng, &prefixes);
            let address = any_probe(&mut rng, prefix);
            let Some(found) = A::lookup(guard, address) else { continue };
            assert_whole(&found);
            let prefix: Prefix<A> = A::prefix_of(&found);
            assert!(prefix.contains(address), "{prefix} answers {address:?}");
            if rng.random_range(0..4) == 0 {
                let held =
                    if rng.random_range(0..4) == 0 { found.hold_counted() } else { found.hold() };
                kept.push((held, number(&found)));
            }
            if kept.len() > KEPT {
                let (held, was) = kept.swap_remove(rng.random_range(0..KEPT));
                assert_whole(&held);
                assert_eq!(number(&held), was, "an entry never changes");
            }
        }
    });
    kept.into_iter()
        .map(|(held, was)| {
            assert_eq!(number(&held), was);
            held
        })
        .collect()
}

/// The writer's side: the table, what should be in it, and the number of the next route.
struct Writer<'a, A: Family> {
    table: &'a Table<Value>,
    counter: &'a DropCounter,
    model: Oracle<A, u32>,
    prefixes: Vec<Prefix<A>>,
    rng: ChaCha8Rng,
    next: u32,
}

impl<A: Family> Writer<'_, A> {
    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// One update of a random kind, in the table and in the model.
    fn update(&mut self) {
        let rib = A::rib(self.table);
        let prefix = *any_of(&mut self.rng, &self.prefixes);
        match self.rng.random_range(0..100) {
            0..40 => {
                let number = self.number();
                rib.insert(prefix, route(self.counter, number)).unwrap();
                self.model.insert(prefix, number);
            }
            40..45 => {
                let number = self.number();
                rib.replace(prefix, route(self.counter, number)).unwrap();
                self.model.insert(prefix, number);
            }
            45..75 => {
                let removed = rib.remove(prefix).unwrap();
                assert_eq!(removed.as_deref().map(number), self.model.remove(prefix));
                assert!(removed.is_none_or(|entry| !entry.is_up()));
            }
            75..88 => self.batch(),
            88..93 => {
                let held = rib.get(prefix);
                assert_eq!(held.as_deref().map(number), self.model.get(prefix).copied());
            }
            93..96 => {
                self.table.reclaim();
            }
            96..98 => {
                let odd = self.rng.random_range(0..4);
                let keep = |number: u32| number % 4 != odd;
                rib.retain(|_, entry| keep(number(entry))).unwrap();
                self.model = self
                    .model
                    .iter()
                    .filter(|route| keep(*route.1))
                    .map(|(p, n)| (p, *n))
                    .collect();
            }
            _ => self.load(),
        }
        assert_eq!(rib.len(), self.model.len());
    }

    fn batch(&mut self) {
        let mut batch = Batch::new();
        for _ in 0..self.rng.random_range(1..12) {
            let prefix = *any_of(&mut self.rng, &self.prefixes);
            if self.rng.random_range(0..3) == 0 {
                batch.remove(prefix);
                self.model.remove(prefix);
            } else {
                let number = self.number();
                batch.insert(prefix, route(self.counter, number));
                self.model.insert(prefix, number);
            }
        }
        A::rib(self.table).apply(batch).unwrap();
    }

    fn load(&mut self) {
        let number = self.number();
        let start = self.rng.random_range(0..self.prefixes.len());
        self.model = self.prefixes[start..].iter().map(|&prefix| (prefix, number)).collect();
        let routes = self.prefixes[start..].iter();
        A::rib(self.table)
            .load(routes.map(|&prefix| (prefix, route(self.counter, number))))
            .unwrap();
    }

    /// Fails unless the table answers as the model does.
    fn compare(&self) {
        let mut reader = self.table.reader();
        let guard = reader.enter();
        for address in self.prefixes.iter().flat_map(|&prefix| probes(prefix)) {
            let found =
                A::lookup(&guard, address).map(|entry| (A::prefix_of(&entry), number(&entry)));
            assert_eq!(found, self.model.lookup(address).map(|(prefix, number)| (prefix, *number)));
        }
    }
}

fn every_update<A: Family>(discipline: Discipline) {
    let counter = DropCounter::new();
    let table = open();
    let run = Run::new(200);
    let kept = thread::scope(|scope| {
        let (table, run) = (&table, &run);
        let readers: Vec<_> = (1..=2)
            .map(|thread| scope.spawn(move || read::<A>(table, discipline, run, thread)))
            .collect();
        let mut writer = Writer {
            table,
            counter: &counter,
            model: Oracle::<A, u32>::new(),
            prefixes: A::prefixes(),
            rng: rng(0),
            next: 0,
        };
        let updates = if cfg!(miri) { 4 } else { 16 };
        for _ in run.rounds() {
            for _ in 0..updates {
                writer.update();
            }
        }
        writer.compare();
        readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect::<Vec<_>>()
    });
    // All that is left is in the table or held.
    assert_eq!(table.reclaim(), 0);
    let removed: Vec<_> = kept.iter().filter(|held| !held.is_up()).collect();
    assert_eq!(counter.live(), table.len() as u64 + distinct(&removed));
    assert_eq!(A::rib(&table).stats().entries as u64, counter.live());
    drop(table);
    assert_eq!(counter.live(), distinct(&kept.iter().collect::<Vec<_>>()));
    kept.iter().for_each(|held| assert_whole(held));
    drop(kept);
    assert_eq!((counter.live(), counter.double_drops()), (0, 0));
}

configurations!(every_update);
