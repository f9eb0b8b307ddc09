//! The frames of the pool: for packets that a worker makes, between two sendings.
//!
//! There are few, and one packet of the worker's own needs few. Before each such packet, when no frame
//! of the pool is in hand that is not in a queue, the [room](super::aside::Aside::room) for it is looked
//! at, and if there is not enough, what is in the queues is sent, which frees the pool. So however many
//! fragments, questions, answers and errors there are to be sent, none is dropped for want of a frame.

use super::core::Core;

/// How many there are.
pub(super) const POOL: usize = 64;

/// What one packet takes at most: itself, an error about it, and a question for the neighbour that
/// the error goes to.
const FOR_ONE: usize = 3;

impl Core {
    /// A free frame for a packet, with as much as `write` writes into it. `None` if there is none, or
    /// it writes nothing.
    pub(super) fn make(
        &mut self,
        passing: bool,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Option<u16> {
        self.make_from(0, passing, |_, out| write(out))
    }

    /// As [`make`](Self::make), with a packet that stands in the frame `source`.
    pub(super) fn make_from(
        &mut self,
        source: u16,
        passing: bool,
        write: impl FnOnce(&[u8], &mut [u8]) -> Option<usize>,
    ) -> Option<u16> {
        let place = self.burst + self.pool_used;
        let source = usize::from(source);
        if source >= place || place >= self.frames.len() {
            return None;
        }
        let (before, free) = self.frames.split_at_mut(place);
        let frame = free.first_mut()?;
        let length = write(before[source].bytes(), frame.room())?;
        frame.set_length(length);
        self.passing[place] = passing;
        self.pool_used += 1;
        u16::try_from(place).ok()
    }

    /// Whether the pool has frames for one packet more.
    pub(super) fn has_room(&self) -> bool {
        self.pool_used + FOR_ONE <= POOL
    }

    /// All frames of the pool are free again: what was in them has been sent.
    pub(super) fn free_pool(&mut self) {
        self.pool_used = 0;
    }
}
