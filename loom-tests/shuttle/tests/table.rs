//! A whole table: writers of both families, readers of every discipline, references that wander
//! between threads, snapshots, reclamation, and the end of the table on whichever thread is last.
//!
//! Up to nine threads. Each execution's history is checked for linearizability in both families,
//! each snapshot is compared with the states of its time, and every route's data must be dropped
//! once, as soon as nobody can reach it.

#![cfg(rtalloc_shuttle)]

use std::sync::Arc;

use rtalloc::{
    CapacityError, EntryRef, Guard, NextHop, Options, Prefix, Table,
    testing::{
        drop_count::DropCounter,
        history::Step,
        linearizability::{Clock, Found, Timed, check},
        oracle::Oracle,
    },
};
use rtalloc_shuttle_tests::{
    Family, Payload, Seen, any_address, any_prefix, explore, make, number, step,
};
use shuttle::{
    rand::{Rng, thread_rng},
    sync::{Mutex, mpsc},
    thread,
};

type Reference = EntryRef<Payload>;

/// An update of several steps, and when it was made.
type Update<A> = Timed<Vec<Step<A>>>;

/// All routes in order, and when they were taken.
type Taken<A> = Timed<Vec<(Prefix<A>, NextHop)>>;

/// What one family's threads recorded.
struct History<A: Family> {
    /// The updates, each made with the lock held, and the next route's number.
    updates: Mutex<(Vec<Update<A>>, u32)>,
    lookups: Mutex<Vec<Timed<Found<A>>>>,
    snapshots: Mutex<Vec<Taken<A>>>,
}

impl<A: Family> Default for History<A> {
    fn default() -> Self {
        Self {
            updates: Mutex::new((Vec::new(), 0)),
            lookups: Mutex::new(Vec::new()),
            snapshots: Mutex::new(Vec::new()),
        }
    }
}

impl<A: Family> History<A> {
    /// Makes `steps` one update of the table. A refused one must have changed nothing, which the
    /// history tells.
    fn update(&self, world: &World, table: &Table<Payload>, steps: usize) {
        let mut log = self.updates.lock().unwrap();
        let (updates, next) = &mut *log;
        let steps: Vec<_> = (0..steps).map(|_| step(next)).collect();
        let update = Timed::run(&world.clock, || make(table, &world.counter, &steps));
        let Timed { called, returned, .. } = update;
        match update.what {
            Ok(()) => updates.push(Timed { what: steps, called, returned }),
            Err(CapacityError::Waiting { reader, .. }) => {
                world.seen.mark_if(reader.is_some(), "refused for a reader");
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Looks a random address up, and takes a reference now and then.
    fn look(&self, world: &World, guard: &Guard<'_, Payload>) -> Option<Reference> {
        let address = any_address();
        let mut held = None;
        let lookup = Timed::run(&world.clock, || {
            let found = A::lookup(guard, address);
            let answer = found.map(|found| {
                let prefix = Prefix::containing(address, found.prefix_len());
                assert_eq!(found.destination(), prefix.address().to_ip(), "of another address");
                if thread_rng().gen_range(0..2) == 0 {
                    held = Some(found.hold());
                }
                (prefix, NextHop::interface(number(&found)))
            });
            Found { address, answer }
        });
        self.lookups.lock().unwrap().push(lookup);
        held
    }

    fn snapshot(&self, world: &World, table: &Table<Payload>) {
        let snapshot = Timed::run(&world.clock, || A::rib(table).snapshot());
        let Timed { called, returned, .. } = snapshot;
        let routes = |(prefix, entry)| (prefix, NextHop::interface(number(entry)));
        let what = snapshot.what.iter().map(routes).collect();
        self.snapshots.lock().unwrap().push(Timed { what, called, returned });
    }

    fn check(&self) {
        let updates = &self.updates.lock().unwrap().0;
        let violations = check(&mut Oracle::new(), updates, &self.lookups.lock().unwrap());
        assert_eq!(violations, Ok(Vec::new()), "after {updates:#?}");
        for snapshot in &*self.snapshots.lock().unwrap() {
            let least = updates.partition_point(|update| update.returned < snapshot.called);
            let most = updates.partition_point(|update| update.called <= snapshot.returned);
            let mut table = Oracle::new();
            let mut states = updates.iter().map(|update| &update.what);
            let mut fits = false;
            for state in 0..=most {
                let routes: Vec<_> =
                    table.sorted().into_iter().map(|(prefix, &hop)| (prefix, hop)).collect();
                fits |= state >= least && routes == snapshot.what;
                states.next().into_iter().flatten().for_each(|step| step.apply(&mut table));
            }
            assert!(fits, "{snapshot:#?} is no state of its time; {updates:#?}");
        }
    }
}

/// What all threads share beside the table.
struct World {
    clock: Clock,
    counter: DropCounter,
    v4: History<u32>,
    v6: History<u128>,
    seen: Seen,
}

impl World {
    fn note(&self, held: &Reference) {
        number(held);
        self.seen.mark_if(held.is_counted(), "counted");
        self.seen.mark_if(!held.is_counted(), "in a slot");
        self.seen.mark_if(!held.is_up(), "held past its removal");
    }

    fn look(&self, guard: &Guard<'_, Payload>) -> Option<Reference> {
        if thread_rng().gen_range(0..3) == 0 {
            self.v6.look(self, guard)
        } else {
            self.v4.look(self, guard)
        }
    }

    /// One section a burst; references are used and dropped on the reader.
    fn sections(&self, table: &Table<Payload>) {
        let mut reader = table.reader();
        for _ in 0..2 {
            let guard = reader.enter();
            let held = [self.look(&guard), self.look(&guard)];
            drop(guard);
            held.iter().flatten().for_each(|held| self.note(held));
        }
    }

    /// One section with quiescent points; references go to another thread.
    fn points(&self, table: &Table<Payload>, send: &mpsc::Sender<Reference>) {
        let mut reader = table.reader();
        let mut guard = reader.enter();
        for _ in 0..3 {
            if let Some(held) = self.look(&guard) {
                self.note(&held);
                send.send(held).expect("the receiver waits for the end of this thread");
            }
            guard.quiescent();
        }
    }

    /// A section that is left around a blocking call, then a second reader of the same thread.
    fn offline(&self, table: &Table<Payload>) {
        let mut reader = table.reader();
        let mut guard = reader.enter();
        let held = self.look(&guard);
        guard.offline(|| held.iter().for_each(|held| self.note(held)));
        let again = self.look(&guard);
        drop(guard);
        drop(reader);
        drop(held);
        let mut successor = table.reader();
        let last = self.look(&successor.enter());
        again.iter().chain(&last).for_each(|held| self.note(held));
    }

    /// Clones what it is sent and drops both in either order; keeps the last.
    fn cloner(&self, receive: &mpsc::Receiver<Reference>) -> Option<Reference> {
        let mut kept: Option<Reference> = None;
        while let Ok(held) = receive.recv() {
            let clone = held.clone();
            assert!(clone.is_counted() && clone == held);
            let (first, second) =
                if thread_rng().gen_range(0..2) == 0 { (held, clone) } else { (clone, held) };
            drop(first);
            self.note(&second);
            kept = Some(second);
        }
        kept
    }

    /// Takes snapshots, routes by name and what can be freed.
    fn housekeeping(&self, table: &Table<Payload>) {
        for _ in 0..2 {
            self.v4.snapshot(self, table);
            if let Some(held) = table.v4().get(any_prefix()) {
                self.note(&held);
            }
            let before = self.counter.dropped();
            table.reclaim();
            self.seen.mark_if(self.counter.dropped() > before, "freed while readers run");
            self.v6.snapshot(self, table);
        }
    }
}

/// Starts a thread with a handle of the table, which it drops at its end.
fn spawn<T: Send + 'static>(
    world: &Arc<World>,
    table: &Table<Payload>,
    run: impl FnOnce(&World, &Table<Payload>) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let (world, table) = (Arc::clone(world), table.clone());
    thread::spawn(move || {
        let result = run(&world, &table);
        let live = world.counter.live();
        drop(table);
        world.seen.mark_if(world.counter.live() < live, "ended by a worker");
        result
    })
}

fn run(options: Options, seen: &Seen) {
    let world = Arc::new(World {
        clock: Clock::new(),
        counter: DropCounter::new(),
        v4: History::default(),
        v6: History::default(),
        seen: seen.clone(),
    });
    let table = options.max_routes(64).max_node_bytes(1 << 16).open().unwrap();
    for _ in 0..3 {
        world.v4.update(&world, &table, 1);
        world.v6.update(&world, &table, 1);
    }
    let (send, receive) = mpsc::channel();
    let threads = [
        spawn(&world, &table, |world, table| {
            (0..3).for_each(|count| world.v4.update(world, table, 1 + count % 2));
        }),
        spawn(&world, &table, |world, table| {
            (0..2).for_each(|_| world.v4.update(world, table, 1));
        }),
        spawn(&world, &table, |world, table| {
            (0..2).for_each(|count| world.v6.update(world, table, 1 + 2 * count));
        }),
        spawn(&world, &table, |world, table| world.sections(table)),
        spawn(&world, &table, move |world, table| world.points(table, &send)),
        spawn(&world, &table, |world, table| world.offline(table)),
        spawn(&world, &table, |world, table| world.housekeeping(table)),
    ];
    let cloner = {
        let world = Arc::clone(&world);
        thread::spawn(move || world.cloner(&receive))
    };
    drop(table);
    for thread in threads {
        thread.join().unwrap();
    }
    let kept = cloner.join().unwrap();
    // The table is gone, with all that nobody holds.
    assert_eq!(world.counter.live(), u64::from(kept.is_some()), "left behind");
    kept.iter().for_each(|held| {
        assert!(!held.is_up());
        number(held);
    });
    seen.mark_if(kept.is_some(), "held past the table");
    drop(kept);
    assert_eq!((world.counter.live(), world.counter.double_drops()), (0, 0));
    world.v4.check();
    world.v6.check();
}

const FACTS: &[&str] = &[
    "refused for a reader",
    "counted",
    "in a slot",
    "held past its removal",
    "freed while readers run",
    "ended by a worker",
    "held past the table",
];

/// Everything at once.
#[test]
fn whole_table() {
    explore("whole_table", &FACTS[1..], |seen| run(Options::new(), seen));
}

/// The same where nothing may wait to be freed when an update begins, so that updates are refused
/// while a reader stays.
#[test]
fn whole_table_without_room_to_wait() {
    explore("whole_table_without_room_to_wait", FACTS, |seen| {
        run(Options::new().max_waiting_bytes(0), seen);
    });
}
