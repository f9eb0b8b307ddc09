//! The clones of one route, and which of them makes way for another.

use std::collections::BTreeMap;

use super::entry::RtEntry;
use std::sync::Arc;

/// How many clones that were used since are passed over before one goes nevertheless.
const MOST_PASSED: usize = 16;

/// The clones of one cloning route, by their turn to make way: in the order in which they were
/// made or last passed over.
#[derive(Debug, Default)]
pub(super) struct Brood {
    clones: BTreeMap<u64, Member>,
    next_turn: u64,
}

#[derive(Debug)]
struct Member {
    entry: Arc<RtEntry>,
    /// The use count when it was made or last passed over.
    seen: u64,
}

impl Brood {
    pub(super) fn len(&self) -> usize {
        self.clones.len()
    }

    pub(super) fn add(&mut self, entry: Arc<RtEntry>) {
        entry.set_turn(self.next_turn);
        let seen = entry.uses();
        self.clones.insert(self.next_turn, Member { entry, seen });
        self.next_turn += 1;
    }

    pub(super) fn remove(&mut self, entry: &RtEntry) {
        self.clones.remove(&entry.turn());
    }

    /// The clones in prefix order.
    pub(super) fn in_order(&self) -> Vec<Arc<RtEntry>> {
        let mut clones: Vec<_> =
            self.clones.values().map(|clone| Arc::clone(&clone.entry)).collect();
        clones.sort_by_key(|clone| clone.destination());
        clones
    }

    /// The clone to make way: the first that was not used since it was last passed over.
    pub(super) fn choose(&mut self) -> Option<Arc<RtEntry>> {
        for _ in 0..MOST_PASSED {
            let first = self.clones.first_entry()?;
            if first.get().entry.uses() == first.get().seen {
                break;
            }
            let entry = first.remove().entry;
            self.add(entry);
        }
        self.clones.first_key_value().map(|(_, clone)| Arc::clone(&clone.entry))
    }
}
