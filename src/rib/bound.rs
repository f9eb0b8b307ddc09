//! Bounding the memory that readers hold back.
//!
//! A reader that stays in one section keeps everything that was retired since it entered. Before an
//! update begins, the writer looks at how much waits; past the limit it reclaims, waits as long as
//! the table's patience allows, and then refuses the update and names the reader. Withdrawals are
//! never refused, or a stuck reader could keep a dead route in use; they cannot retire more than
//! the table holds. So what waits is at most the limit, what one update or batch replaces, and what
//! is withdrawn, whatever a reader does. Readers are never held up.

use super::{Rib, Writer};
use crate::{address::Address, entry::Garbage, error::CapacityError, reclaim::Reclaim};

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> Rib<A, V, R> {
    /// Frees what can be freed for an update that makes `entries` entries, if room is short.
    pub(super) fn make_way(
        &self,
        writer: &mut Writer<A, V, R>,
        entries: usize,
        garbage: &mut Garbage<V>,
    ) {
        if writer.fib.is_tight(entries) && writer.fib.waiting().items > 0 {
            self.reclaim_all(writer, garbage);
        }
    }

    /// As [`make_way`](Self::make_way), and makes sure that no more waits to be freed than may.
    pub(super) fn make_room(
        &self,
        writer: &mut Writer<A, V, R>,
        entries: usize,
        garbage: &mut Garbage<V>,
    ) -> Result<(), CapacityError> {
        let within = |bytes| bytes <= self.limits.waiting_bytes;
        if within(writer.fib.waiting().bytes) {
            self.make_way(writer, entries, garbage);
            return Ok(());
        }
        let deadline = self.limits.patience.begin();
        loop {
            self.reclaim_all(writer, garbage);
            let bytes = writer.fib.waiting().bytes;
            if within(bytes) {
                return Ok(());
            }
            if !deadline.wait() {
                self.note_waiting(writer);
                let reader = self.realm.domain.stalled().first().map(|reader| reader.id);
                return Err(CapacityError::Waiting { bytes, reader });
            }
        }
    }
}
