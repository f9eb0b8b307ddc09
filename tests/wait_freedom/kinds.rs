//! Every kind of update that the tree distinguishes, each frozen after each of its steps, and each
//! shown to be the kind that its name says by what it left behind.
//!
//! IPv4, whose nodes are for the bits 0..9 (directory), 9..18 (chunk), then records of 6 bits.

use rtalloc::{Prefix, Stats};

use crate::{
    frozen_writer::Visits,
    operations::{enter, hold, lookup, release},
    world::{Update, World},
};

/// Bytes of a directory or a chunk.
const DIRECT: isize = 2048;

/// What an update did, as a table's numbers show it.
#[derive(Debug, PartialEq, Eq)]
struct Effect {
    /// More nodes at each depth, or fewer.
    nodes: Vec<isize>,
    /// More entries, entry numbers, nodes and notes that wait for their grace period.
    waiting: isize,
    /// Their bytes, in directories or chunks.
    direct: isize,
}

fn effect(before: &Stats, after: &Stats) -> Effect {
    let nodes = |stats: &Stats, depth: usize| {
        stats.depths.get(depth).map_or(0, |depth| depth.nodes as isize)
    };
    let bytes = after.waiting.bytes as isize - before.waiting.bytes as isize;
    Effect {
        nodes: (0..6).map(|depth| nodes(after, depth) - nodes(before, depth)).collect(),
        waiting: after.waiting.items as isize - before.waiting.items as isize,
        direct: bytes / DIRECT,
    }
}

fn p(address: [u8; 4], len: u8) -> Prefix<u32> {
    Prefix::new(u32::from_be_bytes(address), len).unwrap()
}

/// Freezes `update` of a table that the updates `before` have made.
fn kind(before: &[Update<u32>], update: Update<u32>) -> Effect {
    let mut world = World::new();
    for update in before {
        world.run(update);
    }
    world.table.reclaim();
    observed(&mut world, update)
}

fn observed(world: &mut World<u32>, update: Update<u32>) -> Effect {
    let visits = Visits::new(world);
    let before = world.table.v4().stats();
    let [earlier, later] = visits.freeze(world, &update);
    assert!(earlier > 0, "no visit before the effect of {update:?}");
    assert!(later > 0, "no visit after the effect of {update:?}");
    visits.release();
    effect(&before, &world.table.v4().stats())
}

fn insert(address: [u8; 4], len: u8) -> Update<u32> {
    Update::Insert(p(address, len))
}

fn remove(address: [u8; 4], len: u8) -> Update<u32> {
    Update::Remove(p(address, len))
}

/// A cover, and two /24 in one record below it.
fn two_in_a_record() -> Vec<Update<u32>> {
    vec![insert([10, 0, 0, 0], 8), insert([10, 0, 1, 0], 24), insert([10, 0, 2, 0], 24)]
}

#[test]
fn in_place() {
    let withdrawn = kind(&two_in_a_record(), remove([10, 0, 1, 0], 24));
    assert_eq!(withdrawn, Effect { nodes: vec![0; 6], waiting: 2, direct: 0 }, "entry, number");
    let mut again = two_in_a_record();
    again.push(remove([10, 0, 1, 0], 24));
    let announced = kind(&again, insert([10, 0, 1, 0], 24));
    assert_eq!(announced, Effect { nodes: vec![0; 6], waiting: 1, direct: 0 }, "a note");
}

#[test]
fn record_copy() {
    let effect = kind(&two_in_a_record(), insert([10, 0, 8, 0], 24));
    assert_eq!(effect, Effect { nodes: vec![0; 6], waiting: 2, direct: 0 }, "record, note");
}

#[test]
fn growth() {
    let effect = kind(&two_in_a_record(), insert([10, 0, 1, 3], 32));
    let nodes = vec![0, 0, 0, 1, 1, 0];
    assert_eq!(effect, Effect { nodes, waiting: 1, direct: 0 }, "a note");
    let effect = kind(&[], insert([10, 0, 1, 3], 32));
    let nodes = vec![0, 1, 1, 1, 1, 0];
    assert_eq!(effect, Effect { nodes, waiting: 0, direct: 0 });
}

#[test]
fn collapse() {
    let chain = [insert([10, 0, 0, 0], 8), insert([10, 0, 1, 3], 32)];
    let effect = kind(&chain, remove([10, 0, 1, 3], 32));
    let nodes = vec![0, -1, -1, -1, -1, 0];
    assert_eq!(effect, Effect { nodes, waiting: 6, direct: 1 }, "entry, number, four nodes");
}

#[test]
fn chunk_copy() {
    let effect = kind(&two_in_a_record(), insert([10, 0, 0, 0], 10));
    assert_eq!(effect.nodes, [0; 6]);
    assert_eq!((effect.waiting, effect.direct), (3, 1), "a chunk, a record, a note");
}

#[test]
fn directory_copy() {
    let effect = kind(&two_in_a_record(), insert([0, 0, 0, 0], 1));
    assert_eq!(effect.nodes, [0; 6]);
    assert_eq!((effect.waiting, effect.direct), (1, 1), "the directory");
    let mut with = two_in_a_record();
    with.push(insert([0, 0, 0, 0], 1));
    let effect = kind(&with, remove([0, 0, 0, 0], 1));
    assert_eq!((effect.waiting, effect.direct), (3, 1), "the directory, entry, number");
    // With a hole in the cover's chunk, that is copied too.
    let holed = [insert([10, 0, 1, 0], 24)];
    let effect = kind(&holed, insert([0, 0, 0, 0], 1));
    assert_eq!((effect.waiting, effect.direct), (3, 2), "directory, chunk, record");
}

#[test]
fn default_route() {
    // With holes or without, it is the directory alone.
    let holed = vec![insert([10, 0, 1, 0], 24), insert([172, 16, 0, 0], 12)];
    for mut before in [two_in_a_record(), holed] {
        let effect = kind(&before, insert([0, 0, 0, 0], 0));
        assert_eq!(effect.nodes, [0; 6]);
        assert_eq!((effect.waiting, effect.direct), (1, 1), "the directory");
        before.push(insert([0, 0, 0, 0], 0));
        for update in [insert([0, 0, 0, 0], 0), remove([0, 0, 0, 0], 0)] {
            let effect = kind(&before, update);
            assert_eq!(effect.nodes, [0; 6]);
            assert_eq!((effect.waiting, effect.direct), (3, 1), "the directory, entry, number");
        }
        let other = (p([192, 0, 2, 0], 24), true);
        let effect = kind(&before, Update::Batch(vec![(p([0, 0, 0, 0], 0), false), other]));
        assert_eq!((effect.waiting, effect.direct), (3, 1), "the directory, entry, number");
    }
}

#[test]
fn beside_a_reader_from_before_the_default_route() {
    let mut world = World::new();
    for update in two_in_a_record() {
        world.run(&update);
    }
    world.table.reclaim();
    let mut reader = world.table.reader();
    let guard = enter(&mut reader);
    world.run(&insert([0, 0, 0, 0], 0));
    let effect = observed(&mut world, remove([10, 0, 1, 0], 24));
    assert_eq!((effect.waiting, effect.direct), (4, 1), "entry, number, record, chunk");
    let effect = observed(&mut world, insert([10, 0, 1, 0], 24));
    assert_eq!((effect.waiting, effect.direct), (2, 0), "a note, the merged copy of the record");
    let effect = observed(&mut world, remove([10, 0, 1, 0], 24));
    assert_eq!((effect.waiting, effect.direct), (2, 0), "entry, number: into the record");
    let effect = observed(&mut world, insert([10, 1, 1, 0], 24));
    assert_eq!((effect.waiting, effect.direct), (1, 0), "a note: into the copy of the chunk");
    let both = [(p([10, 2, 8, 0], 24), true), (p([10, 2, 9, 0], 24), true)];
    let effect = observed(&mut world, Update::Batch(both.into()));
    assert_eq!((effect.waiting, effect.direct), (1, 0), "a note: into the copy of the chunk");
    world.run(&remove([0, 0, 0, 0], 0));
    let effect = observed(&mut world, insert([10, 0, 1, 0], 24));
    assert_eq!((effect.waiting, effect.direct), (3, 1), "a note, record, chunk");
    drop(guard);
    world.table.reclaim();
    let effect = observed(&mut world, remove([10, 0, 1, 0], 24));
    assert_eq!((effect.waiting, effect.direct), (2, 0), "entry, number: into the record");
}

#[test]
fn new_contents_in_place() {
    let effect = kind(&two_in_a_record(), insert([10, 0, 1, 0], 24));
    assert_eq!(effect, Effect { nodes: vec![0; 6], waiting: 1, direct: 0 }, "an entry");
}

#[test]
fn new_contents_through_the_tree() {
    let mut world = World::with(&[p([10, 0, 0, 0], 8)]);
    // A section that began before the /8 lost an address to the /24 holds its note back.
    let mut reader = world.table.reader();
    let guard = enter(&mut reader);
    world.run(&insert([10, 0, 1, 0], 24));
    let effect = observed(&mut world, insert([10, 0, 0, 0], 8));
    // Two slots of the directory change, so it is copied, and all below.
    assert_eq!((effect.waiting, effect.direct), (5, 2), "entry, number, three nodes");
    drop(guard);
}

#[test]
fn new_contents_in_place_after_a_grace_period() {
    // The /8 has a note, but no section that began before holds it back: it is reclaimed first.
    let mut world = World::with(&[p([10, 0, 0, 0], 8), p([10, 0, 1, 0], 24)]);
    let effect = observed(&mut world, insert([10, 0, 0, 0], 8));
    // What waited is gone, a note and the empty table's directory; an entry waits instead.
    assert_eq!(effect, Effect { nodes: vec![0; 6], waiting: -1, direct: 0 });
}

#[test]
fn batches() {
    let both = |first, second| Update::Batch(vec![(first, true), (second, true)]);
    let one_slot = both(p([10, 0, 8, 0], 24), p([10, 0, 12, 0], 24));
    let effect = kind(&two_in_a_record(), one_slot);
    assert_eq!(effect.direct, 0, "published in the chunk: {effect:?}");
    let one_chunk = both(p([10, 0, 8, 0], 24), p([10, 64, 8, 0], 24));
    let effect = kind(&two_in_a_record(), one_chunk);
    assert_eq!(effect.direct, 1, "published in the directory: {effect:?}");
    let whole = both(p([10, 0, 8, 0], 24), p([192, 0, 2, 0], 24));
    let effect = kind(&two_in_a_record(), whole);
    assert_eq!(effect.direct, 2, "published in the root word: {effect:?}");
    // New contents in a batch take a new number.
    let replaced = both(p([10, 0, 1, 0], 24), p([10, 0, 2, 0], 24));
    let effect = kind(&two_in_a_record(), replaced);
    assert_eq!(effect.waiting, 5, "two entries, two numbers, a record: {effect:?}");
}

#[test]
fn retain_and_load() {
    let effect = kind(&two_in_a_record(), Update::Retain(24));
    assert_eq!(effect.nodes[1..3], [-1, -1], "no /24 is left");
    let effect = kind(&two_in_a_record(), Update::Load(vec![p([192, 0, 2, 0], 24)]));
    assert_eq!(effect.nodes, [0; 6], "as many, and all of them new");
    assert_eq!((effect.waiting, effect.direct), (9, 2), "three entries, numbers and nodes");
}

/// Reclaiming, with references to what is freed released between any two of its steps.
#[test]
fn reclaim() {
    for released_at in 0.. {
        let mut world = World::with(&[p([10, 0, 0, 0], 8), p([10, 0, 1, 0], 24)]);
        let mut reader = world.table.reader();
        let mut guard = enter(&mut reader);
        let mut held: Vec<_> =
            [0x0A00_0001u32, 0x0A00_0101].map(|at| hold(lookup(&guard, at).unwrap())).into();
        guard.quiescent();
        drop(guard);
        world.run(&remove([10, 0, 0, 0], 8));
        world.run(&remove([10, 0, 1, 0], 24));
        let ids: Vec<u64> = held.iter().map(|held| held.data().id()).collect();
        let graves = std::sync::Arc::clone(&world.graves);
        let mut steps = 0;
        let done = std::rc::Rc::new(std::cell::Cell::new(false));
        let released = std::rc::Rc::clone(&done);
        let hooked = rtalloc::instrument::set_hook(move || {
            if steps < released_at {
                ids.iter().for_each(|&id| graves.expect_alive(id));
            } else if steps == released_at {
                held.drain(..).for_each(release);
                released.set(true);
            }
            steps += 1;
        });
        world.run(&Update::Reclaim);
        drop(hooked);
        world.expect_all_freed_but_the_model();
        if !done.get() {
            assert!(released_at > 20, "{released_at} steps");
            return;
        }
    }
}
