//! Tables that follow each other: hazard slots go from the readers of one to those of the next,
//! while references of the first are still held, sent and dropped.
//!
//! loom's models never hand slots on between tables. Four threads, three tables in turn.

#![cfg(rtalloc_shuttle)]

use std::sync::Arc;

use rtalloc::{EntryRef, Options, Prefix, Table, testing::drop_count::DropCounter};
use rtalloc_shuttle_tests::{Payload, Seen, explore, number};
use shuttle::{
    rand::{Rng, thread_rng},
    sync::{Mutex, mpsc},
    thread,
};

/// Tables in one execution.
const TABLES: u32 = 3;

/// The table that is there now, and its number.
type Present = Arc<Mutex<Option<(u32, Table<Payload>)>>>;

/// Looks up and holds in whatever table there is, until there is none.
fn hold(present: &Present, send: &mpsc::Sender<(u32, EntryRef<Payload>)>, seen: &Seen) {
    for _ in 0..2 * TABLES {
        // The lock is over before the table is used, so that it may end here.
        let table = present.lock().unwrap().clone();
        let Some((of, table)) = table else { return };
        let mut reader = table.reader();
        let guard = reader.enter();
        let held = guard.lookup_v4(thread_rng().r#gen()).map(|found| found.hold());
        drop(guard);
        drop(reader);
        drop(table);
        if let Some(held) = held {
            seen.mark_if(!held.is_counted(), "in a slot");
            assert_eq!(number(&held) / 100, of, "an entry of another table");
            send.send((of, held)).expect("the receiver waits for the end of this thread");
        }
    }
}

/// Drops references after a while; each must be what it was when it was taken.
fn release(receive: &mpsc::Receiver<(u32, EntryRef<Payload>)>, present: &Present, seen: &Seen) {
    let mut kept = Vec::new();
    while let Ok((of, held)) = receive.recv() {
        kept.push((of, held));
        if thread_rng().gen_range(0..2) == 0 {
            let (of, held) = kept.swap_remove(thread_rng().gen_range(0..kept.len()));
            assert_eq!(number(&held) / 100, of, "an entry of another table");
            let now = present.lock().unwrap().as_ref().map(|(now, _)| *now);
            seen.mark_if(now != Some(of), "released after its table");
        }
    }
}

/// Opens a table with two routes and makes it the present one.
fn open(of: u32, present: &Present, counter: &DropCounter) -> Table<Payload> {
    let table = Options::new().max_routes(8).max_node_bytes(1 << 14).open().unwrap();
    for half in [0, 1] {
        let prefix = Prefix::containing(half << 31, 1);
        table.v4().insert(prefix, Payload::route(counter, of * 100 + half)).unwrap();
    }
    *present.lock().unwrap() = Some((of, table.clone()));
    table
}

/// Replaces a route, and frees what can be freed.
fn change(of: u32, table: &Table<Payload>, counter: &DropCounter) {
    drop(table.v4().remove(Prefix::containing(0, 1)).unwrap());
    table.reclaim();
    table.v4().insert(Prefix::containing(0, 1), Payload::route(counter, of * 100 + 2)).unwrap();
}

#[test]
fn tables_follow_each_other() {
    explore("tables_follow_each_other", &["in a slot", "released after its table"], |seen| {
        let counter = DropCounter::new();
        let present = Present::default();
        let mut table = open(1, &present, &counter);
        let (send, receive) = mpsc::channel();
        let readers = [send.clone(), send].map(|send| {
            let (present, seen) = (Arc::clone(&present), seen.clone());
            thread::spawn(move || hold(&present, &send, &seen))
        });
        let releaser = {
            let (present, seen) = (Arc::clone(&present), seen.clone());
            thread::spawn(move || release(&receive, &present, &seen))
        };
        for of in 1..=TABLES {
            change(of, &table, &counter);
            if of < TABLES {
                table = open(of + 1, &present, &counter);
            }
        }
        drop(table);
        *present.lock().unwrap() = None;
        for thread in readers {
            thread.join().unwrap();
        }
        releaser.join().unwrap();
        assert_eq!((counter.live(), counter.double_drops()), (0, 0));
    });
}
