//! Closes the books: was every entry that was made dropped, once, and none on a reader?

use std::collections::HashMap;

use rtalloc::{Address, EntryRef, NextHop, Prefix, Rib};
use serde_json::{Value, json};

use super::{
    ledger::{self, Token},
    measured::Table,
};

/// References taken by exact match, about so many a family, beside those that readers hold.
const REFERENCES: usize = 500;
/// Calls of `reclaim` after which nothing may be waiting any more: each can end a grace period.
const RECLAIMS: usize = 8;

/// What became of all entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accounting {
    /// Entries (the data in them, to be exact) made in all.
    pub(crate) made: u64,
    /// Entries dropped in all.
    pub(crate) dropped: u64,
    /// Of these, dropped on a reader thread.
    pub(crate) on_readers: u64,
    /// Items that still waited for a grace period when all readers had left.
    pub(crate) waiting: usize,
    /// Different entries that references held when the table was dropped.
    pub(crate) held: u64,
    /// Of these, still saying then what they said before.
    pub(crate) readable: u64,
    /// Entries that existed after the table was dropped.
    pub(crate) after_table: u64,
    /// Entries that existed after the references were released as well.
    pub(crate) after_release: u64,
}

impl Accounting {
    /// Whether everything adds up.
    pub(crate) fn balances(&self) -> bool {
        self.made == self.dropped
            && self.on_readers == 0
            && self.waiting == 0
            && self.after_table == self.held
            && self.readable == self.held
            && self.after_release == 0
    }

    pub(crate) fn to_json(self) -> Value {
        json!({
            "made": self.made,
            "dropped": self.dropped,
            "dropped_on_readers": self.on_readers,
            "waiting_without_readers": self.waiting,
            "held_over_the_table": self.held,
            "still_readable": self.readable,
            "left_after_the_table": self.after_table,
            "left_after_release": self.after_release,
            "balances": self.balances(),
        })
    }
}

/// Drops the table while `held` and some references more are still there, releases these, and
/// counts at each step. All readers must be gone.
pub(crate) fn close_books(table: Table, held: Vec<EntryRef<Token>>) -> Accounting {
    let waiting = (0..RECLAIMS).map(|_| table.reclaim()).find(|&left| left == 0);
    let waiting = waiting.unwrap_or_else(|| table.reclaim());
    let mut references = held;
    references.extend(some_of(table.v4()));
    references.extend(some_of(table.v6()));
    let before: HashMap<*const (), _> =
        references.iter().map(|held| (address_of(held), says(held))).collect();

    drop(table);
    let after_table = ledger::live();
    let unchanged: HashMap<*const (), _> = references
        .iter()
        .map(|held| (address_of(held), says(held)))
        .filter(|(address, said)| before.get(address) == Some(said))
        .collect();

    drop(references);
    Accounting {
        made: ledger::made(),
        dropped: ledger::dropped(),
        on_readers: ledger::dropped_on_readers(),
        waiting,
        held: before.len() as u64,
        readable: unchanged.len() as u64,
        after_table,
        after_release: ledger::live(),
    }
}

/// References to routes spread evenly over the table.
fn some_of<A: Address>(rib: &Rib<A, Token>) -> Vec<EntryRef<Token>> {
    let every = (rib.len() / REFERENCES).max(1);
    let prefixes: Vec<Prefix<A>> =
        rib.snapshot().iter().step_by(every).map(|(prefix, _)| prefix).collect();
    prefixes.into_iter().filter_map(|prefix| rib.get(prefix)).collect()
}

fn address_of(held: &EntryRef<Token>) -> *const () {
    core::ptr::from_ref(&**held).cast()
}

fn says(held: &EntryRef<Token>) -> (std::net::IpAddr, u8, NextHop) {
    (held.destination(), held.prefix_len(), held.next_hop())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_number_upsets_the_balance() {
        let good = Accounting {
            made: 9,
            dropped: 9,
            on_readers: 0,
            waiting: 0,
            held: 2,
            readable: 2,
            after_table: 2,
            after_release: 0,
        };
        assert!(good.balances());
        for bad in [
            Accounting { dropped: 8, ..good },
            Accounting { on_readers: 1, ..good },
            Accounting { waiting: 1, ..good },
            Accounting { readable: 1, ..good },
            Accounting { after_table: 3, ..good },
            Accounting { after_release: 1, ..good },
        ] {
            assert!(!bad.balances(), "{bad:?}");
        }
        assert_eq!(good.to_json()["balances"], true);
    }
}
