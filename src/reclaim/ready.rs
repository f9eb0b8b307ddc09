//! What the comparison backends share: items wait in a batch, and come back through a list that
//! the backend's callback fills on whatever thread it runs.

use crate::sync::{Arc, Mutex, lock};

/// Items that were retired to a foreign collector.
#[derive(Debug)]
pub struct Handed<T> {
    /// Retired since the last hand-over.
    open: Vec<T>,
    /// Given back by the collector.
    ready: Arc<Mutex<Vec<T>>>,
    /// Retired and not given back to the table.
    pending: usize,
}

/// Items on their way through a collector.
#[derive(Debug)]
pub(super) struct Parcel<T> {
    items: Vec<T>,
    ready: Arc<Mutex<Vec<T>>>,
}

impl<T> Parcel<T> {
    /// The collector's callback: nobody can reach the items any more.
    pub(super) fn arrive(self) {
        lock(&self.ready).extend(self.items);
    }
}

impl<T> Handed<T> {
    pub(super) fn new() -> Self {
        Self { open: Vec::new(), ready: Arc::new(Mutex::new(Vec::new())), pending: 0 }
    }

    pub(super) fn retire(&mut self, item: T) {
        self.open.push(item);
        self.pending += 1;
    }

    /// What was retired since the last call, to be handed to the collector.
    pub(super) fn seal(&mut self) -> Option<Parcel<T>> {
        if self.open.is_empty() {
            return None;
        }
        let items = core::mem::take(&mut self.open);
        Some(Parcel { items, ready: Arc::clone(&self.ready) })
    }

    /// Gives back at most `most` items that the collector is done with.
    pub(super) fn give_back(&mut self, most: usize, free: impl FnMut(T)) -> usize {
        let mut ready = lock(&self.ready);
        let rest = ready.len().saturating_sub(most);
        let given = ready.split_off(rest);
        drop(ready);
        let count = given.len();
        self.pending -= count;
        given.into_iter().for_each(free);
        count
    }

    pub(super) fn pending(&self) -> usize {
        self.pending
    }
}
