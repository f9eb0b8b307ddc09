//! Small tables: addresses and prefixes of a few bits.
//!
//! Under loom the strides are tiny (`rtalloc::internals`), so that four bits reach a directory, a
//! chunk and a record, and six a record below that. Addresses are therefore written here as their first
//! four bits, and prefixes as theirs, of which there are up to six.

use rtalloc::{
    EntryRef, Guard, NextHop, Options, Outcome, Own, Prefix, Reader, Reclaim, Route, Table, Width,
};

use crate::{Ledger, Payload};

/// The prefix of length `len` that begins with the low `len` bits of `bits`.
pub fn prefix(bits: u32, len: u8) -> Prefix<u32> {
    let address = if len == 0 { 0 } else { bits << (32 - u32::from(len)) };
    Prefix::containing(address, len)
}

/// A route whose data is `payload`, through the interface of the same number.
pub fn route(payload: Payload) -> Route<Payload> {
    Route::with_data(NextHop::interface(payload.number()), payload)
}

/// The number that a lookup of the address that begins with the four bits `bits` returns, 0 for no
/// route.
pub fn answer<R: Reclaim>(guard: &Guard<'_, Payload, R>, bits: u32) -> u32 {
    guard.lookup_v4(bits << 28).map_or(0, |entry| entry.data().number())
}

/// The interface that the forwarding view says for the address that begins with the four bits `bits`,
/// 0 for no route.
///
/// # Panics
/// If the table has no forwarding view.
pub fn interface<R: Reclaim>(guard: &Guard<'_, Payload, R>, bits: u32) -> u32 {
    let view = guard.forwarding().expect("a forwarding view");
    view.next_hop_v4(view.number_v4(bits << 28)).map_or(0, |next_hop| next_hop.interface)
}

/// The numbers that a burst returns for the addresses that begin with these four bits each, 0 for no
/// route.
pub fn answers<R: Reclaim>(guard: &Guard<'_, Payload, R>, bits: [u32; 3]) -> [u32; 3] {
    let mut found = [None; 3];
    guard.lookup_burst_v4(&bits.map(|bits| bits << 28), &mut found);
    found.map(|entry| entry.map_or(0, |entry| entry.data().number()))
}

/// The interfaces that a burst in the forwarding view says for the addresses that begin with these four
/// bits each, 0 for no route.
///
/// # Panics
/// If the table has no forwarding view.
pub fn interfaces<R: Reclaim>(guard: &Guard<'_, Payload, R>, bits: [u32; 3]) -> [u32; 3] {
    let view = guard.forwarding().expect("a forwarding view");
    let mut numbers = [0; 3];
    view.numbers_v4(&bits.map(|bits| bits << 28), &mut numbers);
    numbers.map(|number| view.next_hop_v4(number).map_or(0, |next_hop| next_hop.interface))
}

/// A table of few routes, and the payloads that its routes carry.
#[derive(Debug)]
pub struct Routes<R: Reclaim = Own> {
    table: Table<Payload, R>,
    ledger: Ledger,
}

impl Routes {
    /// An empty table with room for `most` routes, those that wait for their end included.
    pub fn new(most: usize) -> Self {
        Self::on(most)
    }

    /// As [`new`](Routes::new), with a forwarding view.
    ///
    /// # Panics
    /// If there is no memory for it.
    pub fn forwarding(most: usize) -> Self {
        let options = Options::new().max_routes(most).forwarding(Width::Four);
        let table = options.open().expect("room for a small table");
        Self { table, ledger: Ledger::default() }
    }
}

impl<R: Reclaim> Routes<R> {
    /// As [`new`](Routes::new), on a reclamation backend of choice.
    pub fn on(most: usize) -> Self {
        let table = Options::new().max_routes(most).open_with().expect("room for a small table");
        Self { table, ledger: Ledger::default() }
    }

    /// The table.
    pub fn table(&self) -> &Table<Payload, R> {
        &self.table
    }

    /// The payloads.
    pub fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// A reader.
    pub fn reader(&self) -> Reader<Payload, R> {
        self.table.reader()
    }

    /// Announces a route for the prefix of `len` bits `bits`, whose data is `number`.
    pub fn insert(&mut self, bits: u32, len: u8, number: u32) -> Outcome {
        let route = route(self.ledger.payload(number));
        self.table.v4().insert(prefix(bits, len), route).expect("room")
    }

    /// Withdraws a route.
    pub fn remove(&mut self, bits: u32, len: u8) -> Option<EntryRef<Payload>> {
        self.table.v4().remove(prefix(bits, len)).expect("room")
    }

    /// Frees what can be freed, and returns how many payloads that dropped.
    pub fn reclaim(&self) -> usize {
        let before = self.ledger.dropped();
        self.table.v4().reclaim();
        self.ledger.dropped() - before
    }

    /// Drops the table. The ledger stays, for those who still hold references.
    pub fn into_ledger(self) -> Ledger {
        self.ledger
    }

    /// Drops the table and checks that every payload was dropped, and once.
    pub fn close(self) {
        self.into_ledger().close();
    }
}
