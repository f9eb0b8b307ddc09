//! A writer is frozen after each of its steps, and a reader runs complete operations on the spot.
//!
//! Since the reader runs between two steps of the writer, all its lookups of one visit are of one
//! state of memory: they must answer all as before the update or all as after it, and once after
//! it, always. References that it takes in one visit are released in another, so that reclaiming
//! is interrupted by releases between any two of its steps.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use proptest::prelude::*;
use rtalloc::{EntryRef, Reader, instrument::set_hook};

use crate::{
    operations::{
        Family, answer, clone, enter, hold, hold_counted, leave, lookup, quiescent, release,
    },
    world::{self, Answer, Tag, Update, World},
};

/// References that the reader keeps from one visit to a later one; more than it has slots.
const KEPT: usize = 11;

/// What the reader knows when it looks at a table in the middle of an update.
struct Visitor<A: Family> {
    reader: Reader<Tag>,
    probes: Vec<A>,
    before: Vec<Answer<A>>,
    after: Vec<Answer<A>>,
    /// Whether a visit has seen the update.
    seen: bool,
    /// Visits before and after the update took effect.
    visits: [u64; 2],
    kept: VecDeque<(EntryRef<Tag>, u64)>,
}

impl<A: Family> Visitor<A> {
    fn new(world: &World<A>) -> Self {
        let reader = world.table.reader();
        Self {
            reader,
            probes: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            seen: false,
            visits: [0; 2],
            kept: VecDeque::new(),
        }
    }

    fn visit(&mut self) {
        let mut guard = enter(&mut self.reader);
        let mut answers = Vec::with_capacity(self.probes.len());
        for (index, &address) in self.probes.iter().enumerate() {
            let found = lookup(&guard, address);
            answers.push(answer::<A>(found));
            if let Some(view) = guard.forwarding() {
                let interface = found.map_or(0, |found| found.next_hop().interface);
                let says = "both views say the same at every instant";
                assert_eq!(A::next_hops(&view, address), [interface; 2], "{says}");
            }
            let Some(found) = found else { continue };
            assert!(found.is_up(), "a frozen writer leaves no answer that is down");
            // One reference a visit, of changing places and kinds.
            let visits = self.visits[0] + self.visits[1];
            if visits % self.probes.len() as u64 == index as u64 {
                let held = match visits % 8 {
                    0 => hold_counted(found),
                    _ => hold(found),
                };
                if visits.is_multiple_of(5) {
                    self.kept.push_back((clone(&held), found.data().id()));
                }
                self.kept.push_back((held, found.data().id()));
            }
        }
        if answers.first() == self.before.first() {
            quiescent(&mut guard);
        }
        leave(guard);
        self.judge(&answers);
        while self.kept.len() > KEPT {
            self.release_one();
        }
    }

    fn judge(&mut self, answers: &[Answer<A>]) {
        if answers == self.after && (self.seen || self.after != self.before) {
            self.seen = true;
            self.visits[1] += 1;
        } else {
            assert!(!self.seen, "the update was seen, and then was not");
            assert_eq!(answers, self.before, "for {:?}", self.probes);
            self.visits[0] += 1;
        }
    }

    fn release_one(&mut self) {
        if let Some((held, id)) = self.kept.pop_front() {
            assert_eq!(held.data().id(), id, "a reference's entry does not change");
            release(held);
        }
    }
}

/// A visitor that the hook and the test share.
#[derive(Clone)]
pub(crate) struct Visits<A: Family>(Rc<RefCell<Visitor<A>>>);

impl<A: Family> Visits<A> {
    pub(crate) fn new(world: &World<A>) -> Self {
        Self(Rc::new(RefCell::new(Visitor::new(world))))
    }

    /// Runs `update` with a visit after each of its steps. Returns how many visits came before and
    /// after it took effect.
    pub(crate) fn freeze(&self, world: &mut World<A>, update: &Update<A>) -> [u64; 2] {
        let (after, act) = world.prepare(update);
        let probes = world.probes(update, 32);
        let answers = |model| probes.iter().map(|&at| World::ask(model, at)).collect();
        {
            let mut visitor = self.0.borrow_mut();
            (visitor.before, visitor.after) = (answers(&world.model), answers(&after));
            (visitor.seen, visitor.visits) = (false, [0; 2]);
            visitor.probes = probes;
        }
        let shared = Rc::clone(&self.0);
        let hooked = set_hook(move || shared.borrow_mut().visit());
        act();
        drop(hooked);
        world.model = after;
        let mut visitor = self.0.borrow_mut();
        let visits = visitor.visits;
        // The update is over, so it must be seen.
        visitor.seen = visitor.after != visitor.before;
        visitor.visit();
        visits
    }

    /// Releases every reference that was kept.
    pub(crate) fn release(&self) {
        let mut visitor = self.0.borrow_mut();
        while !visitor.kept.is_empty() {
            visitor.release_one();
        }
    }
}

/// Random updates of random tables.
fn random_updates<A: Family>(
    cases: u32,
    table_of: impl Fn(&[rtalloc::Prefix<A>]) -> World<A>,
    shortest: u8,
) {
    let (before, after, updates) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let table = prop::collection::vec(world::prefix_from::<A>(shortest), 0..24);
    let history = prop::collection::vec(world::update_from::<A>(shortest), 1..24);
    world::for_cases(cases, (table, history), |(prefixes, history)| {
        let mut world = table_of(&prefixes);
        let visits = Visits::new(&world);
        for update in &history {
            // Another reader stays in its section across the update, with what it found there.
            let mut other = world.table.reader();
            let guard = enter(&mut other);
            let probes = world.probes(update, 8);
            let found: Vec<_> = probes.iter().filter_map(|&at| lookup(&guard, at)).collect();
            let [earlier, later] = visits.freeze(&mut world, update);
            for found in found {
                world.graves.expect_alive(found.data().id());
            }
            before.set(before.get() + earlier);
            after.set(after.get() + later);
            updates.set(updates.get() + 1);
        }
        visits.release();
        world.expect_all_freed_but_the_model();
    });
    println!("{updates:?} updates, visits {before:?} before and {after:?} after their effect");
    assert!(updates.get() > 7 * cases, "{updates:?} updates");
    let cases = u64::from(cases);
    assert!(before.get() > 2_500 * cases, "{before:?} visits before an update's effect");
    assert!(after.get() > 50 * cases, "{after:?} visits after an update's effect");
}

#[test]
fn during_random_updates_of_ipv4() {
    random_updates::<u32>(40, World::with, 0);
}

#[test]
fn during_random_updates_of_ipv6() {
    random_updates::<u128>(40, World::with, 0);
}

/// The shortest prefixes in a forwarding view of IPv4 but for the default route: 64 words of the root.
/// A shorter one differs in how many of the same stores there are, between all of which the table is
/// visited.
const SHORT_V4: u8 = 12;

/// The same for IPv6.
const SHORT_V6: u8 = 18;

#[test]
fn during_random_updates_of_a_forwarding_view_of_ipv4() {
    random_updates::<u32>(16, World::forwarding, SHORT_V4);
}

#[test]
fn during_random_updates_of_a_forwarding_view_of_ipv6() {
    random_updates::<u128>(16, World::forwarding, SHORT_V6);
}

#[test]
fn during_random_updates_of_a_dense_forwarding_view_of_ipv4() {
    random_updates::<u32>(8, World::dense, SHORT_V4);
}

#[test]
fn during_random_updates_of_a_dense_forwarding_view_of_ipv6() {
    random_updates::<u128>(8, World::dense, SHORT_V6);
}

/// The checks above can fail: a visit that expects what the update does not do is an error.
#[test]
#[should_panic(expected = "assertion `left == right` failed")]
fn a_wrong_answer_is_noticed() {
    let default = rtalloc::Prefix::default();
    let mut world = World::<u32>::with(&[default]);
    let visits = Visits::new(&world);
    let (_, insert) = world.prepare(&Update::Insert(default));
    // The model says that nothing happens, the table gets new contents.
    let probes = vec![0];
    {
        let mut visitor = visits.0.borrow_mut();
        visitor.before = vec![World::ask(&world.model, 0)];
        (visitor.after, visitor.probes) = (visitor.before.clone(), probes);
    }
    let shared = Rc::clone(&visits.0);
    let _hooked = set_hook(move || shared.borrow_mut().visit());
    insert();
}
