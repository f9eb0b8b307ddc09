//! One reader against one writer: a table, a few updates, and the addresses looked up.
//!
//! The answers of every version of the table come from a linear scan; the reader's answers must be
//! those of versions in order.
//!
//! Each scenario is explored twice, with the writer and with the reader on the thread that loom
//! runs first: what loom misses where a thread loads a word before it stores it
//! (`tests/litmus.rs`) depends on who comes first.

use loom::thread;
use rtalloc::{Batch, Guard, Reader, internals};

use crate::{
    Model, Payload, Seen,
    routes::{Routes, answer, answers, interface, interfaces, prefix, route},
};

/// What happens to a table.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Announces a route: the prefix's bits and length, and its number.
    Add(u32, u8, u32),
    /// Withdraws a route.
    Remove(u32, u8),
    /// Several of these at one instant.
    Batch(&'static [Step]),
    /// Frees what can be freed; no answer changes.
    Reclaim,
}

/// Routes as a plain list: (bits, length, number).
type List = Vec<(u32, u8, u32)>;

impl Step {
    fn apply(&self, routes: &mut Routes) {
        match *self {
            Self::Add(bits, len, number) => drop(routes.insert(bits, len, number)),
            Self::Remove(bits, len) => drop(routes.remove(bits, len)),
            Self::Reclaim => drop(routes.reclaim()),
            Self::Batch(steps) => {
                let mut batch = Batch::new();
                for step in steps {
                    match *step {
                        Self::Add(bits, len, number) => {
                            let payload = routes.ledger().payload(number);
                            batch.insert(prefix(bits, len), route(payload));
                        }
                        Self::Remove(bits, len) => drop(batch.remove(prefix(bits, len))),
                        Self::Batch(_) | Self::Reclaim => panic!("not a change"),
                    }
                }
                routes.table().v4().apply(batch).expect("room");
            }
        }
    }

    fn list(&self, list: &mut List) {
        let withdraw = |list: &mut List, bits, len| {
            list.retain(|&(other, other_len, _)| (other, other_len) != (bits, len));
        };
        match *self {
            Self::Add(bits, len, number) => {
                withdraw(list, bits, len);
                list.push((bits, len, number));
            }
            Self::Remove(bits, len) => withdraw(list, bits, len),
            Self::Batch(steps) => steps.iter().for_each(|step| step.list(list)),
            Self::Reclaim => {}
        }
    }
}

/// The answer for the address that begins with the four bits `lookup`, and is 0 after them.
fn longest_match(list: &List, lookup: u32) -> u32 {
    let covers = |bits, len| prefix(bits, len).contains(lookup << 28);
    let matching = list.iter().filter(|&&(bits, len, _)| covers(bits, len));
    matching.max_by_key(|&&(_, len, _)| len).map_or(0, |&(_, _, number)| number)
}

/// Two lookups under a guard, of the addresses that begin with these bits.
type Look = fn(&Guard<'_, Payload>, [u32; 2]) -> [u32; 2];

/// A burst of lookups, as above.
type Burst = fn(&Guard<'_, Payload>, [u32; 3]) -> [u32; 3];

/// The answers to the lookups, and the table back.
type Outcome = ([u32; 2], Routes);

/// A table, updates of it, and lookups.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What the table is made by.
    pub setup: &'static [Step],
    /// What happens to it while the reader looks up.
    pub updates: &'static [Step],
    /// The first four bits of each address.
    pub lookups: [u32; 2],
}

impl Scenario {
    /// Explores the scenario without a bound, under one name with the writer on the thread that
    /// loom runs first and under the other with the reader there.
    ///
    /// # Panics
    /// If some answers are not those of versions in order.
    pub fn run(self, name: &'static str, name_reader_first: &'static str) {
        assert_eq!(internals::STRIDES, [1, 1, 2], "the scenarios count on these strides");
        self.explore(name, |mut reader, scenario, mut routes| {
            let thread = thread::spawn(move || (scenario.look(&mut reader), reader));
            scenario.update(&mut routes);
            let (answers, reader) = thread.join().unwrap();
            drop(reader);
            (answers, routes)
        });
        self.explore(name_reader_first, |mut reader, scenario, mut routes| {
            let thread = thread::spawn(move || {
                scenario.update(&mut routes);
                routes
            });
            let answers = scenario.look(&mut reader);
            let routes = thread.join().unwrap();
            drop(reader);
            (answers, routes)
        });
    }

    /// Explores the scenario on a table with a forwarding view, without a bound: under one name the
    /// reader asks for an entry first and then for a next hop, under the other it is the other way
    /// round.
    ///
    /// # Panics
    /// If the two answers are not those of versions in order.
    pub fn run_views(self, name: &'static str, name_next_hop_first: &'static str) {
        let looks: [Look; 2] = [
            |guard, [first, second]| [answer(guard, first), interface(guard, second)],
            |guard, [first, second]| [interface(guard, first), answer(guard, second)],
        ];
        for (name, look) in [name, name_next_hop_first].into_iter().zip(looks) {
            self.explore_on(name, Routes::forwarding, move |mut reader, scenario, mut routes| {
                let thread = thread::spawn(move || {
                    let answers = look(&reader.enter(), scenario.lookups);
                    (answers, reader)
                });
                scenario.update(&mut routes);
                let (answers, reader) = thread.join().unwrap();
                drop(reader);
                (answers, routes)
            });
        }
    }

    /// Explores the scenario with a burst of three lookups, which are two groups under loom: the first
    /// address, the second and the first again. Under one name the burst is of entries, under the other,
    /// on a table with a forwarding view, of numbers of next hops.
    ///
    /// # Panics
    /// If some answer is that of no version.
    pub fn run_burst(self, name: &'static str, name_next_hops: &'static str) {
        self.explore_burst(name, Routes::new, answers);
        self.explore_burst(name_next_hops, Routes::forwarding, interfaces);
    }

    fn explore_burst(self, name: &'static str, table: fn(usize) -> Routes, look: Burst) {
        Model::unbounded(name).reaching(&["before", "after"]).run(move |seen| {
            let mut routes = self.table(table);
            let asked = [self.lookups[0], self.lookups[1], self.lookups[0]];
            let mut reader = routes.reader();
            let thread = thread::spawn(move || {
                let found = look(&reader.enter(), asked);
                (found, reader)
            });
            self.update(&mut routes);
            let (found, reader) = thread.join().unwrap();
            drop(reader);
            let versions = self.versions();
            let of = |list: &List| asked.map(|bits| longest_match(list, bits));
            seen.mark_if(found == of(&versions[0]), "before");
            seen.mark_if(versions.last().is_some_and(|last| found == of(last)), "after");
            for (bits, found) in asked.into_iter().zip(found) {
                let right = versions.iter().any(|list| longest_match(list, bits) == found);
                assert!(right, "{found} for {bits:04b}, which no version gives");
            }
            routes.close();
        });
    }

    /// The table before the updates.
    fn table(&self, table: fn(usize) -> Routes) -> Routes {
        let mut routes = table(4);
        self.setup.iter().for_each(|step| step.apply(&mut routes));
        routes.reclaim();
        routes
    }

    fn explore(
        self,
        name: &'static str,
        race: impl Fn(Reader<Payload>, Self, Routes) -> Outcome + Send + Sync + 'static,
    ) {
        self.explore_on(name, Routes::new, race);
    }

    fn explore_on(
        self,
        name: &'static str,
        table: fn(usize) -> Routes,
        race: impl Fn(Reader<Payload>, Self, Routes) -> Outcome + Send + Sync + 'static,
    ) {
        Model::unbounded(name).reaching(&["before", "after"]).run(move |seen| {
            let routes = self.table(table);
            let (answers, routes) = race(routes.reader(), self, routes);
            self.check(answers, seen);
            routes.close();
        });
    }

    fn update(&self, routes: &mut Routes) {
        self.updates.iter().for_each(|step| step.apply(routes));
    }

    fn look(&self, reader: &mut Reader<Payload>) -> [u32; 2] {
        let guard = reader.enter();
        self.lookups.map(|bits| answer(&guard, bits))
    }

    /// The table before each update and after the last.
    fn versions(&self) -> Vec<List> {
        let mut list = List::new();
        self.setup.iter().for_each(|step| step.list(&mut list));
        let mut versions = vec![list.clone()];
        for step in self.updates {
            step.list(&mut list);
            versions.push(list.clone());
        }
        versions
    }

    /// Finds the earliest versions, in order, that give the answers.
    fn check(&self, answers: [u32; 2], seen: &Seen) {
        let versions = self.versions();
        let expected = |list: &List| self.lookups.map(|bits| longest_match(list, bits));
        seen.mark_if(answers == expected(&versions[0]), "before");
        seen.mark_if(versions.last().is_some_and(|last| answers == expected(last)), "after");
        let mut rest = versions.iter().peekable();
        for (bits, answer) in self.lookups.into_iter().zip(answers) {
            while rest.next_if(|list| longest_match(list, bits) != answer).is_some() {}
            assert!(
                rest.peek().is_some(),
                "looking up {:04b} and {:04b} gave {answers:?}, which no versions in order give",
                self.lookups[0],
                self.lookups[1],
            );
        }
    }
}
