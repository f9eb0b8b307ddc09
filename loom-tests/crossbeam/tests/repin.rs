//! crossbeam-epoch by itself: why the table's backend has a fence after each repin.
//!
//! A place is unlinked and its end deferred while a reader repins and then looks it up. The pin's own
//! contract is that a place met after it does not end before the next repin. As long as `repin`
//! has no fence, loom shows an execution in which it does; should a later version of crossbeam have
//! one, the first test fails, and the backend's own fence can go.
//!
//! Edge: X1 of `reclaim::epoch`. Two threads, one update, up to three preemptions.

#![cfg(all(rtalloc_loom, crossbeam_loom))]

use crossbeam_epoch::Collector;
use loom::{
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicUsize,
            Ordering::{Acquire, Relaxed, Release, SeqCst},
            fence,
        },
    },
    thread,
};
use rtalloc_loom_tests::Model;

const FACTS: &[&str] = &["old place met", "new place met", "ended under the pin"];

/// Explores a reader that repins, calls `after`, and looks up.
fn explore(name: &'static str, facts: &'static [&'static str], after: fn()) {
    Model::bounded(name, 3).reaching(facts).run(move |seen| {
        let collector = Collector::new();
        let (reader, writer) = (collector.register(), collector.register());
        // A participant's first pin tries to advance the epoch: the writer's now, the reader's later.
        drop(writer.pin());
        let current = Arc::new(AtomicUsize::new(0));
        let ended = Arc::new(AtomicBool::new(false));
        let (shared, watched) = (Arc::clone(&current), Arc::clone(&ended));
        let thread = thread::spawn(move || {
            let mut guard = reader.pin();
            guard.repin();
            after();
            let place = shared.load(Acquire);
            let gone = place == 0 && watched.load(Relaxed);
            drop(guard);
            (place, gone)
        });
        current.store(1, Release);
        let guard = writer.pin();
        guard.defer(move || ended.store(true, Relaxed));
        guard.flush();
        drop(guard);
        for _ in 0..2 {
            writer.pin().flush();
        }
        let (place, gone) = thread.join().unwrap();
        seen.mark(["old place met", "new place met"][place]);
        if gone {
            seen.mark("ended under the pin");
        }
    });
}

#[test]
fn repin_alone_lets_go_too_early() {
    explore("repin_alone_lets_go_too_early", FACTS, || ());
}

/// [`Seen::mark`](rtalloc_loom_tests::Seen::mark) panics at a fact that is not named.
#[test]
fn repin_and_fence_hold() {
    explore("repin_and_fence_hold", &FACTS[..2], || fence(SeqCst));
}
