//! What a number of a next hop means to somebody who has no business to ask.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use rtalloc::{NextHop, Options, Prefix, Route, Table, Width};

/// Sets it when dropped: the reader ends if the writer panics.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A number that was remembered past its guard, or guessed, means a next hop that there is or was, or
/// none.
#[test]
fn numbers_that_are_remembered_are_safe() {
    let table: Table = Options::new().forwarding(Width::One).open().unwrap();
    let prefix = Prefix::containing(0x0A00_0000u32, 8);
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let mut reader = table.reader();
        let ended = &ended;
        scope.spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                let guard = reader.enter();
                let view = guard.forwarding().unwrap();
                for number in [0, 1, 1, 1, 2, 63, 64, 65, u32::MAX] {
                    let next_hop = view.next_hop_v4(number);
                    assert!(next_hop.is_none_or(|hop| hop == NextHop::interface(7)));
                }
            }
        });
        let _ended = Ended(ended);
        for _ in 0..if cfg!(miri) { 30 } else { 20_000 } {
            table.v4().insert(prefix, Route::via(NextHop::interface(7))).unwrap();
            table.v4().remove(prefix).unwrap();
            table.v4().reclaim();
            table.v4().reclaim();
        }
    });
}
