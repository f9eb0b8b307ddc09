//! Counts the users' data of the table under measurement: made, dropped, and dropped on a reader.
//!
//! Every entry carries a [`Token`] of no size whose constructor and destructor count. The counts
//! belong to the process, as a token without size has no room for a pointer. Each costs one
//! read-modify-write on a line that the writer alone uses, some nanoseconds an update; readers
//! touch neither, unless a destructor runs on one, which is what must not happen.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
};

static MADE: AtomicU64 = AtomicU64::new(0);
static DROPPED: AtomicU64 = AtomicU64::new(0);
static ON_READERS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static IS_READER: Cell<bool> = const { Cell::new(false) };
}

/// The users' data of every route. One token says what any other says.
#[derive(Debug)]
pub(crate) struct Token(());

impl Token {
    /// Makes a token, and counts it.
    pub(crate) fn new() -> Self {
        // Relaxed: a count; whoever needs it exact joins the threads first.
        MADE.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl PartialEq for Token {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // Relaxed: a count, as in `new`.
        DROPPED.fetch_add(1, Ordering::Relaxed);
        // A thread that is about to end and has dropped its locals is no longer a reader.
        if IS_READER.try_with(Cell::get).unwrap_or(false) {
            // Relaxed: a count, as in `new`.
            ON_READERS.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// From here on the calling thread is a reader: no destructor may run on it.
pub(super) fn mark_reader() {
    IS_READER.with(|flag| flag.set(true));
}

/// Tokens made so far.
pub(super) fn made() -> u64 {
    // Relaxed: a count, as in `new`.
    MADE.load(Ordering::Relaxed)
}

/// Tokens dropped so far.
pub(super) fn dropped() -> u64 {
    // Relaxed: a count, as in `new`.
    DROPPED.load(Ordering::Relaxed)
}

/// Tokens dropped on reader threads so far.
pub(super) fn dropped_on_readers() -> u64 {
    // Relaxed: a count, as in `new`.
    ON_READERS.load(Ordering::Relaxed)
}

/// Tokens that exist.
pub(super) fn live() -> u64 {
    // `dropped` first: what is dropped was made before, so that a race leaves too large a number.
    let dropped = dropped();
    made().saturating_sub(dropped)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// No other test drops a token on a marked thread, or asks for exact counts.
    #[test]
    fn a_destructor_on_a_reader_is_seen() {
        let (made_before, dropped_before) = (made(), dropped());
        let (first, second) = (Token::new(), Token::new());
        assert_eq!(first, second);
        drop(first);
        assert_eq!(dropped_on_readers(), 0);
        let reader = thread::spawn(move || {
            mark_reader();
            drop(second);
        });
        reader.join().unwrap();
        assert_eq!(dropped_on_readers(), 1);
        assert!(made() >= made_before + 2 && dropped() >= dropped_before + 2);
    }
}
