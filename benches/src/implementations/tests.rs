//! What all implementations have to do, and where they may differ.

use std::{
    collections::HashSet,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use rtalloc::{NextHop, testing::history::Step};

use super::*;
use crate::{
    Routes,
    adapter::{Adapter, Writer, oracle, verify},
    candidate::MOST,
};

/// Opens each implementation in turn. DPDK's tables share a heap whose numbers other tests look
/// at, so those are kept out meanwhile.
fn each<A: Family>(routes: &Routes<A>, mut test: impl FnMut(&'static str, &dyn Adapter<A>)) {
    #[cfg(feature = "dpdk")]
    let _alone = crate::dpdk::alone();
    for implementation in all::<A>() {
        let name = implementation.name;
        let table = (implementation.open)(routes).expect(name);
        test(name, &*table);
    }
}

fn is_right<A: Family>(table: &dyn Adapter<A>, routes: &Routes<A>, steps: &[Step<A>], what: &str) {
    let mut oracle = oracle(routes);
    steps.iter().for_each(|step| step.apply(&mut oracle));
    let verdict = verify(&mut *table.reader(), &oracle, routes, 1);
    assert!(verdict.asked > 0);
    assert_eq!((verdict.wrong, verdict.first), (0, None), "{what}");
}

/// Every implementation answers as the oracle does: when it is opened, after updates one by one,
/// and after updates together.
fn agree<A: Family>(routes: usize, updates: usize) {
    let routes = A::internet(routes);
    let steps = A::synthetic_updates(&routes, updates);
    let (single, together) = steps.split_at(steps.len() / 2);
    each(&routes, |name, table| {
        is_right(table, &routes, &[], name);
        let Some(mut writer) = table.writer() else { return };
        single.iter().for_each(|step| writer.apply(step));
        is_right(table, &routes, single, &format!("{name} after single updates"));
        writer.apply_all(together);
        is_right(table, &routes, &steps, &format!("{name} after a batch"));
        assert_eq!(writer.refused(), 0, "{name}");
    });
}

#[test]
fn all_agree_with_the_oracle() {
    agree::<u32>(2000, 400);
    agree::<u128>(1000, 400);
}

/// Says that it is over when it is dropped.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        // Release: whoever sees it has also what was done before, so that its last round comes after.
        self.0.store(true, Ordering::Release);
    }
}

/// What a reader finds while the table changes was at some time a next hop, or it is none.
fn known_next_hops<A: Family>(routes: usize, updates: usize) {
    let routes = A::internet(routes);
    let steps = A::synthetic_updates(&routes, updates);
    let set = steps.iter().filter_map(|step| match step {
        Step::Set(_, hop) => Some(hop.interface),
        Step::Remove(_) => None,
    });
    let known: HashSet<u32> = routes.iter().map(|route| route.1.interface).chain(set).collect();
    let changed = steps.iter().map(|step| step.prefix().last_address());
    let addresses: Vec<A> = changed.collect();
    each(&routes, |name, table| {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut reader = table.reader();
                let (mut answers, mut rounds, mut last) = ([0; MOST], 0, false);
                // At least one round after the last update.
                while !last {
                    // Acquire: of the release when the writer ended, whose updates this round then sees.
                    last = over.load(Ordering::Acquire);
                    for addresses in addresses.chunks(64) {
                        reader.burst(addresses, &mut answers[..addresses.len()]);
                        for &answer in &answers[..addresses.len()] {
                            let found = if answer == 0 { 0 } else { reader.interface(answer) };
                            assert!(found == 0 || known.contains(&found), "{name}: {found}");
                        }
                    }
                    rounds += 1;
                }
                rounds
            });
            // The reader ends also if something here panics.
            let ending = Ending(&over);
            if let Some(mut writer) = table.writer() {
                let (single, together) = steps.split_at(steps.len() / 2);
                single.iter().for_each(|step| writer.apply(step));
                together.chunks(16).for_each(|steps| writer.apply_all(steps));
                assert_eq!(writer.refused(), 0, "{name}");
                is_right(table, &routes, &steps, &format!("{name} beside a reader"));
            }
            drop(ending);
            assert!(reader.join().expect(name) > 0);
        });
    });
}

#[test]
fn readers_beside_a_writer_find_known_next_hops() {
    known_next_hops::<u32>(1000, 300);
    known_next_hops::<u128>(500, 300);
}

/// Those whose writer waits for a reader in its section.
const BLOCKING: [&str; 9] = [
    "rwlock prefix-trie",
    "parking_lot prefix-trie",
    "rwlock treebitmap",
    "parking_lot treebitmap",
    "left-right prefix-trie",
    "left-right treebitmap",
    "poptrie",
    "bsd baseline",
    "arc clones",
];

/// A stalled reader keeps the writers of [`BLOCKING`] from making two changes, and no others.
fn stalls<A: Family>() {
    let routes = A::internet(100);
    let steps = A::synthetic_updates(&routes, 2);
    let make = |writer: &mut dyn Writer<A>| steps.iter().for_each(|step| writer.apply(step));
    each(&routes, |name, table| {
        let (done, is_done) = mpsc::channel();
        let mut reader = table.reader();
        let blocking = BLOCKING.contains(&name);
        let mut stalled = 0;
        thread::scope(|scope| {
            reader.stall(&mut || {
                stalled += 1;
                let done = done.clone();
                scope.spawn(move || {
                    if let Some(mut writer) = table.writer() {
                        make(&mut *writer);
                    }
                    done.send(()).expect("somebody waits");
                });
                // Who waits here in vain is found out; who blocks does so for ever.
                let patience = if blocking { 30 } else { 30_000 };
                let made = is_done.recv_timeout(Duration::from_millis(patience));
                assert_eq!(made.is_err(), blocking, "{name}");
            });
            if blocking {
                is_done.recv_timeout(Duration::from_secs(30)).expect(name);
            }
        });
        assert_eq!(stalled, 1, "{name}");
        drop(reader);
        let steps = if table.writer().is_some() { &*steps } else { &[] };
        is_right(table, &routes, steps, name);
    });
}

#[test]
fn a_stalled_reader_keeps_some_writers_waiting() {
    stalls::<u32>();
    stalls::<u128>();
}

/// Those that have something to keep of a route: the others' answers are copies.
fn keeps(name: &str) -> bool {
    name.starts_with("rtalloc") || ["bsd baseline", "arc clones"].contains(&name)
}

/// What is taken of a route stays while the route goes, and ends on another thread.
fn takes<A: Family>() {
    let routes = A::internet(100);
    let (prefix, _) = routes[50];
    let mut oracle = oracle(&routes);
    let nowhere = (0..=u8::MAX).map(|byte| A::default().with_bits(0, 8, byte.into()));
    let nowhere = nowhere.into_iter().find(|&address| oracle.lookup(address).is_none());
    let nowhere = nowhere.expect("a free address");
    oracle.remove(prefix);
    each(&routes, |name, table| {
        let mut reader = table.reader();
        assert!(reader.take(nowhere).is_none(), "{name}");
        let held = reader.take(prefix.last_address());
        assert_eq!(held.is_some(), keeps(name), "{name}");
        if let Some(held) = held {
            let mut writer = table.writer().expect(name);
            writer.apply(&Step::Remove(prefix));
            thread::spawn(|| drop(held)).join().expect(name);
            is_right(table, &routes, &[Step::Remove(prefix)], name);
        }
    });
}

#[test]
fn what_is_taken_outlives_the_route() {
    takes::<u32>();
    takes::<u128>();
}

#[test]
fn a_stalled_reader_keeps_a_whole_snapshot() {
    let routes = u32::internet(1000);
    each(&routes, |name, table| {
        if !name.starts_with("arc-swap") {
            return;
        }
        assert_eq!(table.waiting(), Some(0));
        let parts = table.parts();
        table.reader().stall(&mut || {
            let mut writer = table.writer().expect("a writer");
            writer.apply(&Step::Remove(routes[0].0));
            writer.apply(&Step::Remove(routes[1].0));
            assert_eq!(table.waiting(), Some(parts[0].1));
        });
        assert_eq!(table.waiting(), Some(0));
    });
}

#[test]
fn a_wrong_answer_is_found() {
    let routes = u32::internet(100);
    let adapter = (all::<u32>()[0].open)(&routes).expect("address space");
    let mut oracle = oracle(&routes);
    Step::Set(routes[0].0, NextHop::interface(999)).apply(&mut oracle);
    let verdict = verify(&mut *adapter.reader(), &oracle, &routes, 1);
    assert!(verdict.wrong > 0 && verdict.first.is_some_and(|first| first.contains("999")));
}
