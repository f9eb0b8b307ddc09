//! A reader is frozen after each of its steps, and updates and another reader's operations run to
//! their end meanwhile.
//!
//! Each of the frozen reader's answers must be one that was right at some instant between the
//! operation's first step and its last; what it has met must not be freed before it lets go; and
//! it must not take a step more than on its own.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use proptest::prelude::*;
use rtalloc::{
    Reader,
    instrument::{Hooked, set_hook},
    testing::probes::probes,
};

use crate::{
    operations::{
        Family, answer, clone, enter, hold, hold_counted, leave, lookup, lookup_burst, offline,
        quiescent, release,
    },
    world::{self, Answer, Tag, Update, World},
};

/// What goes on while the reader is frozen.
struct Others<A: Family> {
    world: World<A>,
    /// Run round and round, one a freeze.
    updates: Vec<Update<A>>,
    next: usize,
    reader: Reader<Tag>,
    /// What the frozen reader asks for.
    asked: A,
    /// The answers that were right since the operation began, the current one last.
    right: Vec<Answer<A>>,
    /// Entries that the frozen reader may still use.
    in_use: Vec<u64>,
    freezes: u64,
}

impl<A: Family> Others<A> {
    fn go_on(&mut self) {
        self.freezes += 1;
        let update = &self.updates[self.next % self.updates.len()];
        self.next += 1;
        self.world.run(update);
        self.world.table.reclaim();
        self.right.push(World::ask(&self.world.model, self.asked));
        self.check_in_use();
        // Another reader is served as if nobody were frozen, and sees the last update.
        let mut guard = enter(&mut self.reader);
        let found = lookup(&guard, self.asked);
        assert_eq!(Some(&answer(found)), self.right.last());
        let held = found.map(hold);
        quiescent(&mut guard);
        leave(guard);
        held.into_iter().for_each(release);
    }

    fn check_in_use(&self) {
        self.in_use.iter().for_each(|&id| self.world.graves.expect_alive(id));
    }
}

/// How often a frozen lookup answered what.
#[derive(Debug, Default)]
struct Seen {
    lookups: Cell<u64>,
    /// More than one answer was right meanwhile.
    contested: Cell<u64>,
    /// An answer that was right when the operation began, and was not when it ended.
    old: Cell<u64>,
    /// An answer that was not right when the operation began, and was when it ended.
    new: Cell<u64>,
    /// An answer that was right at neither end.
    between: Cell<u64>,
}

fn add(count: &Cell<u64>, one: bool) {
    count.set(count.get() + u64::from(one));
}

/// A reader's session in which each step of each operation is followed by what others do.
struct Frozen<A: Family> {
    others: Rc<RefCell<Others<A>>>,
    hooked: Hooked,
}

impl<A: Family> Frozen<A> {
    fn new(world: World<A>, updates: Vec<Update<A>>) -> Self {
        let others = Others {
            reader: world.table.reader(),
            world,
            updates,
            next: 0,
            asked: A::default(),
            right: Vec::new(),
            in_use: Vec::new(),
            freezes: 0,
        };
        let others = Rc::new(RefCell::new(others));
        let shared = Rc::clone(&others);
        let hooked = set_hook(move || shared.borrow_mut().go_on());
        Self { others, hooked }
    }

    /// The next lookup is for `address`.
    fn ask(&self, address: A) {
        let mut others = self.others.borrow_mut();
        others.asked = address;
        others.right = vec![World::ask(&others.world.model, address)];
    }

    /// The lookup has answered.
    fn judge(&self, answer: Answer<A>, seen: &Seen) {
        let mut others = self.others.borrow_mut();
        let right = &others.right;
        assert!(right.contains(&answer), "{answer:?} for {:?}, not {right:?}", others.asked);
        let (first, last) = (right.first() == Some(&answer), right.last() == Some(&answer));
        add(&seen.lookups, true);
        add(&seen.contested, right.iter().any(|other| Some(other) != right.first()));
        add(&seen.old, first && !last);
        add(&seen.new, last && !first);
        add(&seen.between, !first && !last);
        others.in_use.extend(answer.map(|(_, id)| id));
        others.check_in_use();
    }

    /// The frozen reader lets go of what it met, except for `kept`.
    fn let_go(&self, kept: &[u64]) {
        self.others.borrow_mut().in_use = kept.to_vec();
    }

    fn session(&self, reader: &mut Reader<Tag>, seen: &Seen) {
        let asked: Vec<A> = {
            let others = self.others.borrow();
            others.updates.iter().flat_map(Update::prefixes).flat_map(probes).collect()
        };
        let mut held = Vec::new();
        for addresses in asked.chunks(6) {
            let mut guard = enter(reader);
            for &address in addresses {
                self.ask(address);
                let found = lookup(&guard, address);
                self.judge(answer(found), seen);
                if let Some(found) = found {
                    let one = if held.len() % 4 == 3 { hold_counted(found) } else { hold(found) };
                    held.push(one);
                    assert_eq!(held[held.len() - 1].data().id(), found.data().id());
                }
            }
            self.burst(&guard, addresses);
            self.next_hops(&guard, addresses);
            self.keep(&held);
            match held.len() % 2 {
                0 => quiescent(&mut guard),
                _ => offline(&mut guard),
            }
            if let Some(one) = held.first() {
                let one = clone(one);
                held.push(one);
            }
            leave(guard);
            self.keep(&held);
            while held.len() > 10 {
                let one = held.remove(0);
                self.keep(&held);
                release(one);
            }
        }
        self.let_go(&[]);
        held.into_iter().for_each(release);
    }

    /// A burst over `addresses`, whose answers are those of one of them: what is right is followed
    /// for one address at a time.
    fn burst(&self, guard: &rtalloc::Guard<'_, Tag>, addresses: &[A]) {
        for (place, &address) in addresses.iter().enumerate() {
            self.ask(address);
            let found = lookup_burst(guard, addresses);
            let others = self.others.borrow();
            let (found, number) = found[place];
            assert!(
                others.right.contains(&answer(found)),
                "{:?} at {address:?}",
                answer::<A>(found)
            );
            assert!(number != 0 || others.right.contains(&None), "no number at {address:?}");
        }
    }

    /// The forwarding view, if there is one: each route's next hop is its own number.
    fn next_hops(&self, guard: &rtalloc::Guard<'_, Tag>, addresses: &[A]) {
        let Some(view) = guard.forwarding() else { return };
        for &address in addresses {
            self.ask(address);
            for interface in A::next_hops(&view, address) {
                let others = self.others.borrow();
                let numbers = |right: &Answer<A>| right.map_or(0, |(_, id)| id);
                let right = others.right.iter().map(numbers).any(|id| id == u64::from(interface));
                assert!(right, "{interface} at {address:?}, not of {:?}", others.right);
            }
        }
    }

    /// Ends the freezing. Registering a reader and ending it, which take locks, come before and
    /// after.
    fn thaw(self) -> Rc<RefCell<Others<A>>> {
        drop(self.hooked);
        self.others
    }

    fn keep(&self, held: &[rtalloc::EntryRef<Tag>]) {
        let ids: Vec<u64> = held.iter().map(|held| held.data().id()).collect();
        self.let_go(&ids);
    }
}

/// A random table and random updates, run round and round while a reader is at work.
fn random_updates<A: Family>(
    cases: u32,
    table_of: impl Fn(&[rtalloc::Prefix<A>]) -> World<A>,
    shortest: u8,
) {
    let (seen, freezes) = (Seen::default(), Cell::new(0));
    let table = prop::collection::vec(world::prefix_from::<A>(shortest), 0..24);
    let updates = prop::collection::vec(world::update_from::<A>(shortest), 1..12);
    world::for_cases(cases, (table, updates), |(prefixes, updates)| {
        let world = table_of(&prefixes);
        let mut reader = world.table.reader();
        let frozen = Frozen::new(world, updates);
        frozen.session(&mut reader, &seen);
        let others = frozen.thaw();
        let others = others.borrow();
        freezes.set(freezes.get() + others.freezes);
        others.world.expect_all_freed_but_the_model();
    });
    println!("{freezes:?} freezes, {seen:?}");
    assert!(freezes.get() > 10_000, "{freezes:?} freezes");
    let least = u64::from(cases);
    assert!(seen.old.get() > 2 * least && seen.new.get() > least / 3, "{seen:?}");
    assert!(seen.between.get() > least / 3, "{seen:?}");
}

#[test]
fn during_random_updates_of_ipv4() {
    random_updates::<u32>(48, World::with, 0);
}

#[test]
fn during_random_updates_of_ipv6() {
    random_updates::<u128>(48, World::with, 0);
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

/// Freezes a lookup of address 0 after each of its steps, in a table of `routes`, and makes `updates`
/// on the spot.
fn frozen_lookup(routes: &[rtalloc::Prefix<u32>], updates: &[Update<u32>]) {
    // A lookup takes as many steps as there are words on its way; freeze it after each, once.
    for frozen_at in 0..rtalloc::instrument::lookup::<u32>() {
        let mut world = World::with(routes);
        world.table.reclaim();
        let mut reader = world.table.reader();
        let guard = enter(&mut reader);
        let graves = std::sync::Arc::clone(&world.graves);
        let right = Rc::new(RefCell::new(vec![World::ask(&world.model, 0)]));
        let (shared, updates) = (Rc::clone(&right), updates.to_vec());
        let mut step = 0;
        let hooked = set_hook(move || {
            if step == frozen_at {
                for update in &updates {
                    world.run(update);
                    shared.borrow_mut().push(World::ask(&world.model, 0));
                }
                world.table.reclaim();
            }
            step += 1;
        });
        let found = lookup(&guard, 0u32);
        drop(hooked);
        let found_answer = answer(found);
        assert!(right.borrow().contains(&found_answer), "{found_answer:?}, not {right:?}");
        if let Some((_, id)) = found_answer {
            graves.expect_alive(id);
        }
    }
}

/// The place where the order of the loads matters: a lookup has loaded a leaf, and before it loads
/// the leaf's cell another route takes the address over and the first one's contents change.
#[test]
fn between_the_leaf_and_its_cell() {
    let narrow = rtalloc::Prefix::containing(0u32, 24);
    for len in [0, 1, 9, 16] {
        let wide = rtalloc::Prefix::containing(0, len);
        let updates = [Update::Insert(narrow), Update::Insert(wide), Update::Insert(wide)];
        frozen_lookup(&[wide], &updates);
    }
}

/// A lookup has loaded the default route, which then changes; and before it loads the leaf, the
/// longer route that answered goes.
#[test]
fn between_the_default_route_and_the_leaf() {
    let default = rtalloc::Prefix::default();
    for len in [1, 9, 16, 24, 32] {
        let (narrow, beside) = (rtalloc::Prefix::containing(0u32, len), 1 << (32 - len));
        // Beside another route of its length, where it is a word of a chunk or a record.
        let beside = rtalloc::Prefix::containing(beside, len);
        let goes = [Update::Remove(default), Update::Remove(narrow)];
        frozen_lookup(&[default, narrow, beside], &goes);
        frozen_lookup(&[default, narrow, beside], &[goes[0].clone(), Update::Retain(len)]);
        let batch = Update::Batch(vec![(narrow, false)]);
        frozen_lookup(&[default, narrow, beside], &[goes[0].clone(), batch.clone()]);
        let comes = [Update::Insert(default), Update::Remove(narrow)];
        frozen_lookup(&[narrow, beside], &comes);
        frozen_lookup(&[narrow, beside], &[comes[0].clone(), batch]);
        let flaps = [comes[0].clone(), Update::Remove(narrow), Update::Insert(narrow)];
        frozen_lookup(&[narrow, beside], &[&flaps[..], &goes[..]].concat());
    }
}

/// The checks above can fail: without a guard, what was found is freed under the reader.
#[test]
#[should_panic(expected = "was dropped while it was in use")]
fn an_entry_freed_too_early_is_noticed() {
    let wide = rtalloc::Prefix::default();
    let mut world = World::<u32>::with(&[wide]);
    let mut reader = world.table.reader();
    let guard = enter(&mut reader);
    let id = lookup(&guard, 0u32).map(|found| found.data().id()).unwrap();
    leave(guard);
    world.run(&Update::Remove(wide));
    world.table.reclaim();
    world.graves.expect_alive(id);
}
