//! Every operation stays within its bound, and every bound is reached.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use proptest::prelude::*;
use rtalloc::{
    Prefix,
    instrument::{self, set_hook},
};

use crate::{
    operations::{
        self, BURSTS, Family, NEXT_HOP, NEXT_HOPS, answer, clone, enter, hold, hold_counted, leave,
        lookup, lookup_burst, most, offline, quiescent, release,
    },
    world::{self, Update, World},
};

/// A random table and, under one guard, a lookup at every place where an answer can change; every
/// operation on what it finds.
fn random_tables<A: Family>() {
    let lookups = Cell::new(0);
    world::for_cases(64, prop::collection::vec(world::prefix::<A>(), 0..80), |prefixes| {
        let world = World::with(&prefixes);
        let mut reader = world.table.reader();
        let mut guard = enter(&mut reader);
        let mut held = Vec::new();
        for address in world.probes(&Update::Load(prefixes), usize::MAX) {
            let found = lookup(&guard, address);
            assert_eq!(answer::<A>(found), World::ask(&world.model, address));
            lookups.set(lookups.get() + 1);
            if let Some(found) = found {
                held.push(hold(found));
                held.push(hold_counted(found));
                let cloned = clone(&held[held.len() / 2]);
                held.push(cloned);
            }
            if held.len() > 40 {
                held.drain(..30).for_each(release);
                quiescent(&mut guard);
            }
        }
        leave(guard);
        held.into_iter().for_each(release);
        world.expect_all_freed_but_the_model();
    });
    assert_eq!(most(A::LOOKUP), instrument::lookup::<A>(), "the bound is reached");
    assert_eq!(most("hold"), instrument::HOLD, "the bound is reached");
    assert!(lookups.get() > 5_000, "{lookups:?} lookups");
}

#[test]
fn of_random_ipv4_tables() {
    random_tables::<u32>();
}

#[test]
fn of_random_ipv6_tables() {
    random_tables::<u128>();
}

/// The steps of each operation where it takes the most, one by one.
#[test]
fn is_reached_by_every_operation() {
    let default = Prefix::default();
    let mut world = World::<u32>::with(&[default]);
    let mut reader = world.table.reader();
    let mut guard = enter(&mut reader);
    // A grace period begins, so the next quiescent point announces it.
    world.run(&Update::Insert(default));
    world.table.reclaim();
    quiescent(&mut guard);
    offline(&mut guard);
    let found = lookup(&guard, 0u32).unwrap();
    let slots: Vec<_> = (0..instrument::SLOTS).map(|_| hold(found)).collect();
    assert!(slots.iter().all(|held| !held.is_counted()));
    let beyond = hold(found);
    assert!(beyond.is_counted(), "the ninth reference counts");
    let counted = hold_counted(found);
    let cloned = clone(&counted);
    leave(guard);
    // Removed, and its slots paid for: the last reference to go still has to look at its slot.
    world.run(&Update::Remove(default));
    world.table.reclaim();
    [beyond, counted, cloned].into_iter().chain(slots).for_each(release);
    world.expect_all_freed_but_the_model();
    for (operation, bound) in BOUNDS {
        if !operation.starts_with("lookup") {
            assert_eq!(operations::most(operation), bound, "{operation}");
        }
    }
}

/// Bursts of every length, over random tables: the answers of single lookups, within the bound.
fn random_bursts<A: Family>() {
    let lookups = Cell::new(0);
    world::for_cases(32, prop::collection::vec(world::prefix::<A>(), 0..60), |prefixes| {
        let world = World::with(&prefixes);
        let mut reader = world.table.reader();
        let guard = enter(&mut reader);
        let addresses = world.probes(&Update::Load(prefixes), usize::MAX);
        let mut rest = &addresses[..];
        for len in (0..50).cycle() {
            let (burst, after) = rest.split_at(len.min(rest.len()));
            for (&address, (found, number)) in burst.iter().zip(lookup_burst(&guard, burst)) {
                assert_eq!(number, found.map_or(0, |found| found.number()));
                assert_eq!(answer::<A>(found), World::ask(&world.model, address));
                lookups.set(lookups.get() + 1);
            }
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        leave(guard);
    });
    assert!(lookups.get() > 2_000, "{lookups:?} lookups");
}

#[test]
fn of_random_ipv4_bursts() {
    random_bursts::<u32>();
}

#[test]
fn of_random_ipv6_bursts() {
    random_bursts::<u128>();
}

/// A burst takes the most if each of its addresses ends at the deepest node.
#[test]
fn is_reached_by_bursts() {
    let world = World::<u128>::with(&[Prefix::containing(1, 128)]);
    let mut reader = world.table.reader();
    let guard = enter(&mut reader);
    for (count, found) in [(1, 1), (40, 40), (100, 100)] {
        let burst = lookup_burst(&guard, &vec![1u128; count]);
        assert_eq!(burst.iter().filter(|answer| answer.0.is_some()).count(), found);
    }
    assert_eq!(most(BURSTS[0]), instrument::burst::<u128>(100), "the bound is reached");
    assert_eq!(most(BURSTS[1]), instrument::numbers::<u128>(100), "the bound is reached");
}

/// A lookup in the forwarding view takes the most if it goes through as many direct nodes as there can
/// be and a record or lines below them, to a leaf that says the default route, which has changed since
/// the lookup began; and if by the time that it asks the tree, a route has come at the end of the longest
/// way there.
fn reach_next_hops<A: Family>() {
    let world = World::<A>::dense(&[]);
    let mut reader = world.table.reader();
    let guard = enter(&mut reader);
    let view = guard.forwarding().unwrap();
    let base = world::dense::<A>()[0].address();
    // In the gap between the last routes of the first lines or the first record.
    let (at, place, len) = if A::WIDTH > 32 { (54, 13, 60) } else { (30, 3, 32) };
    let asked = base.with_bits(at, len - at, place);
    let world = Rc::new(RefCell::new(world));
    let (shared, end) = (Rc::clone(&world), Prefix::containing(asked, A::WIDTH));
    let (mut step, last) = (0, instrument::next_hop::<A>() - instrument::lookup::<A>());
    let hooked = set_hook(move || {
        step += 1;
        // After the leaf, and after the default word's second load.
        if step == last - 1 {
            shared.borrow_mut().run(&Update::Insert(Prefix::default()));
        } else if step == last {
            shared.borrow_mut().run(&Update::Insert(end));
        }
    });
    let number = A::next_hop(&view, asked);
    drop(hooked);
    assert_eq!(number, A::next_hop(&view, asked));
    assert_ne!(number, 0, "the route that has come");
    assert_eq!(most(NEXT_HOP), instrument::next_hop::<A>(), "the bound is reached");
    // Now the leaf there is escaped, or becomes so anew.
    let group = instrument::view_group::<A>();
    for count in [1, group, 2 * group + 1] {
        let mut numbers = vec![0; count as usize];
        A::next_hop_burst(&view, &vec![asked; count as usize], &mut numbers);
        assert!(numbers.iter().all(|&it| it == number), "{numbers:?}");
        if A::WIDTH > 32 {
            assert_eq!(most(NEXT_HOPS), instrument::next_hops::<A>(count), "the bound is reached");
        }
    }
}

#[test]
fn is_reached_by_next_hops_of_ipv4() {
    reach_next_hops::<u32>();
}

#[test]
fn is_reached_by_next_hops_of_ipv6() {
    reach_next_hops::<u128>();
}

/// In IPv4, where routes end at the longest way, a burst takes the most if all its walks end at a leaf
/// that says the default route, which changes in the middle of each group.
#[test]
fn is_reached_by_bursts_of_next_hops_of_ipv4() {
    let world = World::<u32>::dense(&[]);
    let mut reader = world.table.reader();
    let guard = enter(&mut reader);
    let view = guard.forwarding().unwrap();
    let asked = world::dense::<u32>()[0].address() | 3;
    let group = instrument::view_group::<u32>();
    let world = Rc::new(RefCell::new(world));
    for count in [1, group, 2 * group + 1] {
        let mut numbers = vec![0; count as usize];
        let (mut step, shared) = (0, Rc::clone(&world));
        let hooked = set_hook(move || {
            step += 1;
            // After the first step of each group.
            if step % instrument::next_hops::<u32>(group) == 1 {
                shared.borrow_mut().run(&Update::Insert(Prefix::default()));
            }
        });
        u32::next_hop_burst(&view, &vec![asked; count as usize], &mut numbers);
        drop(hooked);
        assert!(numbers.iter().all(|&it| it != 0), "{numbers:?}");
        assert_eq!(most(NEXT_HOPS), instrument::next_hops::<u32>(count), "the bound is reached");
    }
}

/// Other readers, other routes and a long history change nothing.
#[test]
fn does_not_depend_on_the_population() {
    let deep = Prefix::containing(0x0A00_0001u32, 32);
    let mut world = World::with(&[Prefix::default(), deep]);
    let taken = |world: &World<u32>| {
        let mut reader = world.table.reader();
        let before = instrument::steps();
        let guard = enter(&mut reader);
        release(hold(lookup(&guard, deep.address()).unwrap()));
        leave(guard);
        instrument::steps() - before
    };
    let alone = taken(&world);
    let crowd: Vec<_> = (0..100).map(|_| world.table.reader()).collect();
    for index in 0..600u32 {
        world.run(&Update::Insert(Prefix::containing(index << 22, 20)));
        world.run(&Update::Insert(deep));
    }
    assert_eq!(taken(&world), alone);
    drop(crowd);
}

/// Every operation and its bound, as the documentation lists them.
const BOUNDS: [(&str, u64); 10] = [
    (u32::LOOKUP, instrument::lookup::<u32>()),
    (u128::LOOKUP, instrument::lookup::<u128>()),
    ("enter", instrument::ENTER),
    ("leave", instrument::LEAVE),
    ("quiescent", instrument::QUIESCENT),
    ("offline", instrument::OFFLINE),
    ("hold", instrument::HOLD),
    ("hold_counted", instrument::HOLD_COUNTED),
    ("clone", instrument::CLONE),
    ("release", instrument::RELEASE),
];

#[test]
fn is_what_the_documentation_says() {
    let docs = include_str!("../../src/docs/wait_freedom.rs");
    let documented = |operation: &str| {
        let row = docs.lines().find(|line| line.starts_with(&format!("//! | {operation} |")));
        let row = row.unwrap_or_else(|| panic!("no row for {operation}"));
        row.split('|').nth(2).unwrap_or_default().trim()
    };
    for (operation, bound) in BOUNDS {
        assert_eq!(documented(operation), bound.to_string(), "{operation}");
    }
    let [v4, v6] = [instrument::lookup::<u32>(), instrument::lookup::<u128>()];
    let one = [instrument::next_hop::<u32>() - v4, instrument::next_hop::<u128>() - v6];
    let number = format!("lookup + {}, IPv6 lookup + {}", one[0], one[1]);
    assert_eq!(documented(NEXT_HOP), number);
    let each = [instrument::next_hops::<u32>(1) - v4, instrument::next_hops::<u128>(1) - v6];
    let family = |each, group| format!("n (lookup + {}) + 2 (n / {group} rounded up)", each - 2);
    let of_v4 = family(each[0], instrument::view_group::<u32>());
    let of_v6 = family(each[1], instrument::view_group::<u128>());
    assert_eq!(documented(NEXT_HOPS), format!("{of_v4}, IPv6 {of_v6}"));
}
