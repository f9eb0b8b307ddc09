//! References that outlive the guard under which they were taken, against removal and settling.
//!
//! Everything runs on a real table. The writer removes a route and reclaims, which settles the
//! entry once its grace period is over: slots that still keep it are paid for, and the table's
//! unit is dropped. Under loom a reader has one hazard slot, so that a second reference counts.
//! The routes' data is tracked, so that loom reports a use that the free is not ordered after.
//!
//! Edges: G1, G2, H1, H2, H3, R1, and the invariants Unit, Late and Stable zero of `entry`. At most
//! three threads, two routes.

#![cfg(rtalloc_loom)]

use loom::thread;
use rtalloc::{EntryRef, Reader, internals};
use rtalloc_loom_tests::{Model, Payload, Routes, Seen};

/// Looks up the address that begins with `bits` and keeps the entry.
fn hold(reader: &mut Reader<Payload>, bits: u32) -> Option<EntryRef<Payload>> {
    let guard = reader.enter();
    let found = guard.lookup_v4(bits << 28);
    found.map(|found| {
        assert_eq!(found.data().number(), bits);
        found.hold()
    })
}

/// Removes the route 0/1 and reclaims; notes whether that freed it.
fn remove_and_reclaim(routes: &mut Routes, seen: &Seen) {
    drop(routes.remove(0, 1));
    let freed = routes.reclaim();
    seen.mark(if freed == 1 { "freed at once" } else { "kept" });
}

fn use_and_drop(held: Option<EntryRef<Payload>>) {
    if let Some(held) = held {
        held.data().number();
    }
}

/// A table with the route 0/1, whose number is 0, and room for another.
fn one_route() -> Routes {
    assert_eq!(internals::SLOTS, 1, "a second reference must be a counted one");
    let mut routes = Routes::new(2);
    routes.insert(0, 1, 0);
    routes
}

/// A reference in a slot is used and dropped after its guard, while the entry is settled.
#[test]
fn slot_outlives_guard() {
    let facts = &["freed at once", "kept", "held", "too late"];
    Model::unbounded("slot_outlives_guard").reaching(facts).run(|seen| {
        let mut routes = one_route();
        let mut reader = routes.reader();
        let thread = thread::spawn(move || {
            let held = hold(&mut reader, 0);
            let found = held.is_some();
            use_and_drop(held);
            (found, reader)
        });
        remove_and_reclaim(&mut routes, seen);
        let (found, reader) = thread.join().unwrap();
        seen.mark(if found { "held" } else { "too late" });
        drop(reader);
        routes.reclaim();
        assert_eq!(routes.ledger().dropped(), 1, "nothing waits for a poll to find it");
        routes.close();
    });
}

/// As above with a second, counted reference from the same guard.
#[test]
fn counted_outlives_guard() {
    let facts = &["freed at once", "kept", "held"];
    Model::unbounded("counted_outlives_guard").reaching(facts).run(|seen| {
        let mut routes = one_route();
        let mut reader = routes.reader();
        let thread = thread::spawn(move || {
            let held = {
                let guard = reader.enter();
                guard.lookup_v4(0).map(|found| found.hold_counted())
            };
            let found = held.as_ref().is_some_and(EntryRef::is_counted);
            use_and_drop(held);
            (found, reader)
        });
        remove_and_reclaim(&mut routes, seen);
        let (found, reader) = thread.join().unwrap();
        seen.mark_if(found, "held");
        drop(reader);
        routes.close();
    });
}

/// A clone is made of a slot's reference, and outlives it, while the slot is paid for.
#[test]
fn clone_vs_settle() {
    let facts = &["freed at once", "kept", "cloned"];
    Model::bounded("clone_vs_settle", 5).reaching(facts).run(|seen| {
        let mut routes = one_route();
        let mut reader = routes.reader();
        let thread = thread::spawn(move || {
            let held = hold(&mut reader, 0);
            let clone = held.clone();
            drop(held);
            let cloned = clone.is_some();
            use_and_drop(clone);
            (cloned, reader)
        });
        remove_and_reclaim(&mut routes, seen);
        let (cloned, reader) = thread.join().unwrap();
        seen.mark_if(cloned, "cloned");
        drop(reader);
        routes.close();
    });
}

/// A reference is sent to a third thread and dropped there, while its reader takes the slot again
/// for another route, or finds it taken and counts.
#[test]
fn sent_and_slot_reused() {
    let facts = &["freed at once", "kept", "slot reused", "slot still taken"];
    Model::bounded("sent_and_slot_reused", 4).reaching(facts).run(|seen| {
        let mut routes = one_route();
        routes.insert(1, 1, 8);
        let mut reader = routes.reader();
        let thread = thread::spawn(move || {
            let held = hold(&mut reader, 0);
            let sent = held.is_some();
            let other = thread::spawn(move || use_and_drop(held));
            let second = hold(&mut reader, 8).expect("nobody removes it");
            let counted = second.is_counted();
            second.data().number();
            drop(second);
            other.join().unwrap();
            (sent, counted, reader)
        });
        remove_and_reclaim(&mut routes, seen);
        let (sent, counted, reader) = thread.join().unwrap();
        seen.mark_if(sent && !counted, "slot reused");
        seen.mark_if(sent && counted, "slot still taken");
        drop(reader);
        routes.close();
    });
}

/// The second route is removed too, so that the scan may find the slot's new claim, made after the
/// first one was released by another thread.
#[test]
fn reused_slot_vs_settle() {
    let facts = &["both freed at once", "some kept"];
    Model::bounded("reused_slot_vs_settle", 3).reaching(facts).run(|seen| {
        let mut routes = one_route();
        routes.insert(1, 1, 8);
        let mut reader = routes.reader();
        let held = hold(&mut reader, 0);
        let thread = thread::spawn(move || {
            use_and_drop(hold(&mut reader, 8));
            reader
        });
        let other = thread::spawn(move || use_and_drop(held));
        drop(routes.remove(0, 1));
        drop(routes.remove(1, 1));
        let freed = routes.reclaim();
        seen.mark(if freed == 2 { "both freed at once" } else { "some kept" });
        other.join().unwrap();
        drop(thread.join().unwrap());
        routes.close();
    });
}

/// A reader ends while a reference sits in its bank. Another thread's new reader adopts the bank,
/// if the reference was released before, and takes the slot for another route.
#[test]
fn bank_adopted() {
    let facts = &["both freed at once", "some kept"];
    Model::bounded("bank_adopted", 3).reaching(facts).run(|seen| {
        let mut routes = one_route();
        routes.insert(1, 1, 8);
        let mut reader = routes.reader();
        let held = hold(&mut reader, 0);
        drop(reader);
        let table = routes.table().clone();
        let thread = thread::spawn(move || {
            let mut successor = table.reader();
            use_and_drop(hold(&mut successor, 8));
            (successor, table)
        });
        let other = thread::spawn(move || use_and_drop(held));
        drop(routes.remove(0, 1));
        drop(routes.remove(1, 1));
        let freed = routes.reclaim();
        seen.mark(if freed == 2 { "both freed at once" } else { "some kept" });
        other.join().unwrap();
        drop(thread.join().unwrap());
        routes.close();
    });
}

/// One reader with a borrow under its guard, another with a reference beyond it, and the writer.
#[test]
fn guard_and_reference() {
    let facts = &["freed at once", "kept", "both met it"];
    Model::bounded("guard_and_reference", 3).reaching(facts).run(|seen| {
        let mut routes = one_route();
        let (mut first, mut second) = (routes.reader(), routes.reader());
        let borrowing = thread::spawn(move || {
            let guard = first.enter();
            let met = guard.lookup_v4(0).map(|found| found.data().number());
            drop(guard);
            (met.is_some(), first)
        });
        let holding = thread::spawn(move || {
            let held = hold(&mut second, 0);
            let met = held.is_some();
            use_and_drop(held);
            (met, second)
        });
        remove_and_reclaim(&mut routes, seen);
        let (borrowed, first) = borrowing.join().unwrap();
        let (held, second) = holding.join().unwrap();
        seen.mark_if(borrowed && held, "both met it");
        drop((first, second));
        routes.close();
    });
}

/// A reader holds across a quiescent point instead of the end of its section.
#[test]
fn slot_across_quiescent_point() {
    let facts = &["freed at once", "kept", "held"];
    Model::unbounded("slot_across_quiescent_point").reaching(facts).run(|seen| {
        let mut routes = one_route();
        let mut reader = routes.reader();
        let thread = thread::spawn(move || {
            let mut guard = reader.enter();
            let held = guard.lookup_v4(0).map(|found| found.hold());
            guard.quiescent();
            let found = held.is_some();
            use_and_drop(held);
            drop(guard);
            (found, reader)
        });
        remove_and_reclaim(&mut routes, seen);
        let (found, reader) = thread.join().unwrap();
        seen.mark_if(found, "held");
        drop(reader);
        routes.close();
    });
}
