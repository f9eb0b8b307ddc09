//! The reclamation domain: what was unlinked is freed only when no section can reach it.
//!
//! A root word names the current one of a few places. The writer stores another one's index there,
//! retires the old place and reclaims; reclaiming ends the place, a tracked write. A reader loads
//! the root in a section and reads the place, a tracked read. So loom reports every read that the
//! free is not ordered after.
//!
//! Edges: G1, G2, G3 of `reclaim::own`. At most two readers and two writers, two updates each.

#![cfg(rtalloc_loom)]

use std::sync::{
    Arc as StdArc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use loom::{
    sync::{
        Arc,
        atomic::{
            AtomicUsize,
            Ordering::{Acquire, Release},
        },
    },
    thread,
};
use rtalloc::{Own, ReaderId, Reclaim};
use rtalloc_loom_tests::{Model, Place};

type Limbo = <Own as Reclaim>::Limbo<usize>;
type Reader = <Own as Reclaim>::Reader;

fn register(domain: &Arc<Own>) -> Reader {
    Own::register(domain, ReaderId::default())
}

/// A root word and the places that it names in turn.
struct Root {
    current: AtomicUsize,
    places: [Place; 3],
}

impl Root {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            current: AtomicUsize::new(0),
            places: [Place::new(), Place::new(), Place::new()],
        })
    }

    /// A reader's step, in a section: reads the current place and returns its index.
    fn read(&self) -> usize {
        let index = self.current.load(Acquire);
        self.places[index].read();
        index
    }

    /// The writer's update: publishes the place `next` and retires the one before.
    fn advance(&self, domain: &Own, limbo: &mut Limbo, next: usize) {
        self.current.store(next, Release);
        domain.retire(limbo, next - 1);
    }

    /// Frees what can be freed and returns how much that was.
    fn reclaim(&self, domain: &Own, limbo: &mut Limbo) -> usize {
        domain.reclaim(limbo, usize::MAX, |index| self.places[index].end())
    }
}

fn section(root: &Root, reader: &mut Reader) -> usize {
    let _guard = Own::enter(reader);
    root.read()
}

/// One section against one update and its reclamation.
#[test]
fn guard_vs_reclaim() {
    let facts = &["freed at once", "held back", "old read", "new read"];
    Model::unbounded("guard_vs_reclaim").reaching(facts).run(|seen| {
        let (domain, root) = (Arc::new(Own::default()), Root::new());
        let mut limbo = domain.limbo();
        let mut reader = Own::register(&domain, Default::default());
        let shared = Arc::clone(&root);
        let thread = thread::spawn(move || {
            let index = section(&shared, &mut reader);
            (index, reader)
        });
        root.advance(&domain, &mut limbo, 1);
        let freed = root.reclaim(&domain, &mut limbo);
        seen.mark(if freed == 1 { "freed at once" } else { "held back" });
        let (index, _reader) = thread.join().unwrap();
        seen.mark(if index == 0 { "old read" } else { "new read" });
        assert_eq!(freed + root.reclaim(&domain, &mut limbo), 1, "freed in the end");
    });
}

/// Two sections of one reader: the second one's announcement must not hide the first one's reads.
#[test]
fn two_sections() {
    let facts = &["freed at once", "held back", "old, then new"];
    Model::unbounded("two_sections").reaching(facts).run(|seen| {
        let (domain, root) = (Arc::new(Own::default()), Root::new());
        let mut limbo = domain.limbo();
        let mut reader = Own::register(&domain, Default::default());
        let shared = Arc::clone(&root);
        let thread = thread::spawn(move || {
            let first = section(&shared, &mut reader);
            let second = section(&shared, &mut reader);
            (first, second, reader)
        });
        root.advance(&domain, &mut limbo, 1);
        let freed = root.reclaim(&domain, &mut limbo);
        seen.mark(if freed == 1 { "freed at once" } else { "held back" });
        let (first, second, _reader) = thread.join().unwrap();
        assert!(first <= second, "time went back");
        seen.mark_if((first, second) == (0, 1), "old, then new");
    });
}

/// A reader that never leaves its section but passes quiescent points, against two updates. What it
/// has let go at such a point is freed while its guard still lives.
#[test]
fn quiescent_reader() {
    let facts = &["held back", "first freed", "both freed", "freed under the guard"];
    Model::unbounded("quiescent_reader").reaching(facts).run(|seen| {
        let (domain, root) = (Arc::new(Own::default()), Root::new());
        let mut limbo = domain.limbo();
        let mut reader = register(&domain);
        let shared = Arc::clone(&root);
        // Outside the model: whether the reader has met the first place and has its guard still.
        let guarded = StdArc::new(AtomicBool::new(false));
        let guards = StdArc::clone(&guarded);
        let thread = thread::spawn(move || {
            let mut guard = Own::enter(&mut reader);
            let mut last = shared.read();
            guards.store(last == 0, Relaxed);
            for _ in 0..2 {
                Own::quiescent(&mut guard);
                let index = shared.read();
                assert!(last <= index, "time went back");
                last = index;
            }
            guards.store(false, Relaxed);
            drop(guard);
            reader
        });
        root.advance(&domain, &mut limbo, 1);
        let first = root.reclaim(&domain, &mut limbo);
        root.advance(&domain, &mut limbo, 2);
        let both = first + root.reclaim(&domain, &mut limbo);
        seen.mark_if(both > 0 && guarded.load(Relaxed), "freed under the guard");
        seen.mark(["held back", "first freed", "both freed"][both]);
        let _reader = thread.join().unwrap();
    });
}

/// A reader that goes offline within its guard, as around a blocking call, and comes back.
#[test]
fn offline_reader() {
    let facts = &["freed at once", "held back", "old, then new"];
    Model::unbounded("offline_reader").reaching(facts).run(|seen| {
        let (domain, root) = (Arc::new(Own::default()), Root::new());
        let mut limbo = domain.limbo();
        let mut reader = register(&domain);
        let shared = Arc::clone(&root);
        let thread = thread::spawn(move || {
            let mut guard = Own::enter(&mut reader);
            let first = shared.read();
            Own::offline(&mut guard, || ());
            let second = shared.read();
            drop(guard);
            (first, second, reader)
        });
        root.advance(&domain, &mut limbo, 1);
        let freed = root.reclaim(&domain, &mut limbo);
        seen.mark(if freed == 1 { "freed at once" } else { "held back" });
        let (first, second, _reader) = thread.join().unwrap();
        assert!(first <= second, "time went back");
        seen.mark_if((first, second) == (0, 1), "old, then new");
    });
}

/// A reader that registers, reads and ends while the writer updates and reclaims.
#[test]
fn registration_vs_reclaim() {
    let facts = &["freed at once", "held back", "old read", "new read"];
    Model::unbounded("registration_vs_reclaim").reaching(facts).run(|seen| {
        let (domain, root) = (Arc::new(Own::default()), Root::new());
        let mut limbo = domain.limbo();
        let (shared, registry) = (Arc::clone(&root), Arc::clone(&domain));
        let thread = thread::spawn(move || {
            let mut reader = Own::register(&registry, Default::default());
            section(&shared, &mut reader)
        });
        root.advance(&domain, &mut limbo, 1);
        let freed = root.reclaim(&domain, &mut limbo);
        seen.mark(if freed == 1 { "freed at once" } else { "held back" });
        let index = thread.join().unwrap();
        seen.mark(if index == 0 { "old read" } else { "new read" });
    });
}

/// One reader ends and another begins on the same thread, in the middle of an update.
#[test]
fn reader_end_and_successor() {
    let facts = &["freed inside", "held back", "old, then new"];
    Model::unbounded("reader_end_and_successor").reaching(facts).run(|seen| {
        let (domain, root) = (Arc::new(Own::default()), Root::new());
        let mut limbo = domain.limbo();
        let mut reader = Own::register(&domain, Default::default());
        let (shared, registry) = (Arc::clone(&root), Arc::clone(&domain));
        let thread = thread::spawn(move || {
            let first = section(&shared, &mut reader);
            drop(reader);
            let mut successor = Own::register(&registry, Default::default());
            (first, section(&shared, &mut successor))
        });
        root.advance(&domain, &mut limbo, 1);
        let freed = root.reclaim(&domain, &mut limbo);
        seen.mark(if freed == 1 { "freed inside" } else { "held back" });
        let (first, second) = thread.join().unwrap();
        assert!(first <= second, "time went back");
        seen.mark_if((first, second) == (0, 1), "old, then new");
    });
}

/// Two writers with a limbo each, as the two families of a table have, and a reader of both. A
/// token that one writer takes stands for the other's unlinks too.
#[test]
fn two_writers() {
    let facts = &["both freed at once", "one held back", "both held back"];
    Model::bounded("two_writers", 3).reaching(facts).run(|seen| {
        let (domain, roots) = (Arc::new(Own::default()), [Root::new(), Root::new()]);
        let mut reader = Own::register(&domain, Default::default());
        let shared = roots.clone();
        let reading = thread::spawn(move || {
            let mut guard = Own::enter(&mut reader);
            shared[0].read();
            Own::quiescent(&mut guard);
            shared[0].read();
            shared[1].read();
            drop(guard);
            reader
        });
        let update = |domain: &Own, root: &Root| {
            let mut limbo = domain.limbo();
            root.advance(domain, &mut limbo, 1);
            root.reclaim(domain, &mut limbo)
        };
        let (second, shared) = (Arc::clone(&roots[1]), Arc::clone(&domain));
        let writing = thread::spawn(move || update(&shared, &second));
        let freed = update(&domain, &roots[0]) + writing.join().unwrap();
        let facts = ["both held back", "one held back", "both freed at once"];
        seen.mark(facts[freed]);
        let _reader = reading.join().unwrap();
    });
}

/// Two readers, one of whom stays in its section: the other one's progress frees nothing of his.
#[test]
fn two_readers() {
    let facts = &["freed at once", "held back"];
    Model::bounded("two_readers", 3).reaching(facts).run(|seen| {
        let (domain, root) = (Arc::new(Own::default()), Root::new());
        let mut limbo = domain.limbo();
        let threads = [2, 1].map(|reads| {
            let mut reader = Own::register(&domain, Default::default());
            let shared = Arc::clone(&root);
            thread::spawn(move || {
                let mut guard = Own::enter(&mut reader);
                let first = shared.read();
                if reads == 2 {
                    Own::quiescent(&mut guard);
                    assert!(first <= shared.read(), "time went back");
                }
                drop(guard);
                reader
            })
        });
        root.advance(&domain, &mut limbo, 1);
        let freed = root.reclaim(&domain, &mut limbo);
        seen.mark(if freed == 1 { "freed at once" } else { "held back" });
        let _readers = threads.map(|thread| thread.join().unwrap());
    });
}
