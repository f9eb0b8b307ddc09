//! Lookups against updates on the real tree: every answer is that of the table before an update or
//! after it, and two lookups never go back in time.
//!
//! A scenario is a small table, a few updates and the addresses that one reader looks up. The
//! answers of every version of the table come from a linear scan; the reader's answers must be
//! those of versions in order. Half an update seen by two lookups of different addresses, a node
//! whose slots are not all there, or a node that was recycled too early, breaks that.
//!
//! Each scenario is explored twice, with the writer and with the reader on the thread that loom
//! runs first: the writer loads words that it then stores, and what loom misses because of that
//! (see `litmus.rs`) depends on who comes first.
//!
//! Edges: P1, P2, G1, G2, G3. Two threads; up to three updates and two lookups; under loom four bits
//! of an address reach a directory (1 bit), a chunk (1 bit) and a record (2 bits).

#![cfg(rtalloc_loom)]

use loom::thread;
use rtalloc::{Batch, Guard, Reader, internals};
use rtalloc_loom_tests::{Model, Payload, Routes, Seen, answer, prefix, route};

/// What happens to a table.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Announces a route: the prefix's bits and length, and its number.
    Add(u32, u8, u32),
    /// Withdraws a route.
    Remove(u32, u8),
    /// Several of these at one instant.
    Batch(&'static [Step]),
    /// Frees what can be freed; no answer changes.
    Reclaim,
}

use Step::{Add, Reclaim, Remove};

/// Routes as a plain list: (bits, length, number).
type List = Vec<(u32, u8, u32)>;

impl Step {
    fn apply(&self, routes: &mut Routes) {
        match *self {
            Add(bits, len, number) => drop(routes.insert(bits, len, number)),
            Remove(bits, len) => drop(routes.remove(bits, len)),
            Reclaim => drop(routes.reclaim()),
            Self::Batch(steps) => {
                let mut batch = Batch::new();
                for step in steps {
                    match *step {
                        Add(bits, len, number) => {
                            let payload = routes.ledger().payload(number);
                            batch.insert(prefix(bits, len), route(payload));
                        }
                        Remove(bits, len) => drop(batch.remove(prefix(bits, len))),
                        Self::Batch(_) | Reclaim => panic!("not a change"),
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
            Add(bits, len, number) => {
                withdraw(list, bits, len);
                list.push((bits, len, number));
            }
            Remove(bits, len) => withdraw(list, bits, len),
            Self::Batch(steps) => steps.iter().for_each(|step| step.list(list)),
            Reclaim => {}
        }
    }
}

fn longest_match(list: &List, address: u32) -> u32 {
    let matching = list.iter().filter(|&&(bits, len, _)| address >> (4 - len) == bits);
    matching.max_by_key(|&&(_, len, _)| len).map_or(0, |&(_, _, number)| number)
}

/// A table, updates of it, and lookups.
#[derive(Clone, Copy, Debug)]
struct Scenario {
    setup: &'static [Step],
    updates: &'static [Step],
    /// The first four bits of each address.
    lookups: [u32; 2],
    /// Switches away from a thread that could go on; none is no bound.
    preemptions: Option<usize>,
}

impl Scenario {
    fn run(self, name: &'static str, name_reader_first: &'static str) {
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

    fn explore(
        self,
        name: &'static str,
        race: fn(Reader<Payload>, Self, Routes) -> ([u32; 2], Routes),
    ) {
        let model = match self.preemptions {
            None => Model::unbounded(name),
            Some(preemptions) => Model::bounded(name, preemptions),
        };
        model.reaching(&["before", "after"]).run(move |seen| {
            let mut routes = Routes::new(4);
            self.setup.iter().for_each(|step| step.apply(&mut routes));
            routes.reclaim();
            let (answers, routes) = race(routes.reader(), self, routes);
            self.check(answers, seen);
            routes.close();
        });
    }

    fn update(&self, routes: &mut Routes) {
        self.updates.iter().for_each(|step| step.apply(routes));
    }

    fn look(&self, reader: &mut Reader<Payload>) -> [u32; 2] {
        let guard: Guard<'_, Payload> = reader.enter();
        self.lookups.map(|bits| answer(&guard, bits))
    }

    /// Finds the earliest versions, in order, that give the answers.
    fn check(&self, answers: [u32; 2], seen: &Seen) {
        let mut list = List::new();
        self.setup.iter().for_each(|step| step.list(&mut list));
        let mut versions = vec![list.clone()];
        for step in self.updates {
            step.list(&mut list);
            versions.push(list.clone());
        }
        let expected = |list: &List| self.lookups.map(|bits| longest_match(list, bits));
        seen.mark_if(answers == expected(&versions[0]), "before");
        seen.mark_if(answers == expected(&list), "after");
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

/// The default route is there; a half of the space gets a route: a store into the directory.
#[test]
fn store_into_directory() {
    Scenario {
        setup: &[Add(0, 0, 1)],
        updates: &[Add(0, 1, 2)],
        lookups: [0b0000, 0b0100],
        preemptions: None,
    }
    .run("store_into_directory", "store_into_directory_reader_first");
}

/// Nodes of all kinds come into being: a chunk and a record behind one store.
#[test]
fn nodes_appear() {
    Scenario {
        setup: &[],
        updates: &[Add(0b0101, 4, 1)],
        lookups: [0b0101, 0b0101],
        preemptions: None,
    }
    .run("nodes_appear", "nodes_appear_reader_first");
}

/// A route goes that owned one run of a record: a store into the run.
#[test]
fn store_into_run() {
    Scenario {
        setup: &[Add(0b0000, 4, 1), Add(0b0010, 4, 2)],
        updates: &[Remove(0b0010, 4)],
        lookups: [0b0010, 0b0010],
        preemptions: None,
    }
    .run("store_into_run", "store_into_run_reader_first");
}

/// A record gets another run: it is copied, and the store goes into the chunk.
#[test]
fn record_is_copied() {
    Scenario {
        setup: &[Add(0b0000, 4, 1)],
        updates: &[Add(0b001, 3, 2)],
        lookups: [0b0010, 0b0011],
        preemptions: None,
    }
    .run("record_is_copied", "record_is_copied_reader_first");
}

/// A route goes that owned two runs of a record: it is copied too.
#[test]
fn two_runs_change() {
    Scenario {
        setup: &[Add(0b00, 2, 1), Add(0b0000, 4, 2), Add(0b0010, 4, 3)],
        updates: &[Remove(0b00, 2)],
        lookups: [0b0001, 0b0011],
        preemptions: None,
    }
    .run("two_runs_change", "two_runs_change_reader_first");
}

/// A route covers both slots of a chunk, one of them with a record: the chunk is copied.
#[test]
fn chunk_is_copied() {
    Scenario {
        setup: &[Add(0b0000, 4, 1)],
        updates: &[Add(0, 1, 2)],
        lookups: [0b0011, 0b0100],
        preemptions: None,
    }
    .run("chunk_is_copied", "chunk_is_copied_reader_first");
}

/// The default route comes over a table with holes: the directory is copied.
#[test]
fn default_route_comes() {
    Scenario {
        setup: &[Add(0b0000, 4, 1)],
        updates: &[Add(0, 0, 2)],
        lookups: [0b0011, 0b1000],
        preemptions: None,
    }
    .run("default_route_comes", "default_route_comes_reader_first");
}

/// The default route goes, seen from the other side.
#[test]
fn default_route_goes() {
    Scenario {
        setup: &[Add(0, 0, 2), Add(0b0000, 4, 1)],
        updates: &[Remove(0, 0)],
        lookups: [0b1000, 0b0011],
        preemptions: None,
    }
    .run("default_route_goes", "default_route_goes_reader_first");
}

/// A batch over both halves of the space: all of it or none.
#[test]
fn batch_over_directory() {
    Scenario {
        setup: &[Add(0, 1, 1), Add(1, 1, 2)],
        updates: &[Step::Batch(&[Remove(0, 1), Add(1, 1, 3)])],
        lookups: [0b0000, 0b1000],
        preemptions: None,
    }
    .run("batch_over_directory", "batch_over_directory_reader_first");
}

/// A batch over both halves of the space where only one has nodes below it.
#[test]
fn batch_over_nodes() {
    Scenario {
        setup: &[Add(0b0000, 4, 1), Add(1, 1, 2)],
        updates: &[Step::Batch(&[Add(0b0000, 4, 4), Add(0b0001, 4, 3), Remove(1, 1)])],
        lookups: [0b0001, 0b1000],
        preemptions: None,
    }
    .run("batch_over_nodes", "batch_over_nodes_reader_first");
}

/// A batch within one record: the store goes into the slot above it.
#[test]
fn batch_within_record() {
    Scenario {
        setup: &[Add(0b0000, 4, 1)],
        updates: &[Step::Batch(&[Remove(0b0000, 4), Add(0b0011, 4, 2)])],
        lookups: [0b0011, 0b0000],
        preemptions: None,
    }
    .run("batch_within_record", "batch_within_record_reader_first");
}

/// A route's contents change at two addresses at once: a store into its cell.
#[test]
fn contents_change() {
    Scenario {
        setup: &[Add(0, 1, 1)],
        updates: &[Add(0, 1, 2), Reclaim],
        lookups: [0b0000, 0b0100],
        preemptions: None,
    }
    .run("contents_change", "contents_change_reader_first");
}

/// A more specific route takes an address over, then the wide route's contents change: the address
/// never gets the wide route's new contents.
#[test]
fn more_specific_then_contents() {
    Scenario {
        setup: &[Add(0, 1, 1)],
        updates: &[Add(0b00, 2, 2), Add(0, 1, 3)],
        lookups: [0b0000, 0b0000],
        preemptions: None,
    }
    .run("more_specific_then_contents", "more_specific_then_contents_reader_first");
}

/// The same with reclamation between the two, which ends the wide route's note if it may.
#[test]
fn more_specific_reclaim_contents() {
    Scenario {
        setup: &[Add(0, 1, 1)],
        updates: &[Add(0b00, 2, 2), Reclaim, Add(0, 1, 3)],
        lookups: [0b0000, 0b0000],
        preemptions: None,
    }
    .run("more_specific_reclaim_contents", "more_specific_reclaim_contents_reader_first");
}

/// A record's block is recycled for another record while a reader may be in it.
#[test]
fn block_is_recycled() {
    Scenario {
        setup: &[Add(0b0001, 4, 1)],
        updates: &[Remove(0b0001, 4), Reclaim, Add(0b1011, 4, 3)],
        lookups: [0b0001, 0b1011],
        preemptions: None,
    }
    .run("block_is_recycled", "block_is_recycled_reader_first");
}

/// A route's number is recycled for another route while a reader may have met the old one.
#[test]
fn number_is_recycled() {
    Scenario {
        setup: &[Add(0, 1, 1)],
        updates: &[Remove(0, 1), Reclaim, Add(1, 1, 2)],
        lookups: [0b0000, 0b1000],
        preemptions: None,
    }
    .run("number_is_recycled", "number_is_recycled_reader_first");
}
