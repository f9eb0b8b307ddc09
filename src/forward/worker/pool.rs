//! The frames of the pool: for packets that a worker makes, between two sendings.
//!
//! A few are there from the beginning. A burst that takes more of them, as when many neighbours answer
//! at once for whom packets wait, makes them, up to a bound, and they stay.

use super::core::Core;
use crate::forward::io::Frame;

/// How many there are at first.
pub(super) const POOL: usize = 64;

/// How many there are at most.
const MOST: usize = 1024;

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
        if source >= place || self.free() == 0 {
            return None;
        }
        if place == self.frames.len() {
            self.frames.push(Frame::new());
            self.passing.push(false);
        }
        let (before, free) = self.frames.split_at_mut(place);
        let frame = free.first_mut()?;
        let length = write(before[source].bytes(), frame.room())?;
        frame.set_length(length);
        self.passing[place] = passing;
        self.pool_used += 1;
        u16::try_from(place).ok()
    }

    /// How many frames are free.
    pub(super) fn free(&self) -> usize {
        MOST - self.pool_used
    }

    /// All frames of the pool are free again: what was in them has been sent.
    pub(super) fn free_pool(&mut self) {
        self.pool_used = 0;
    }
}
