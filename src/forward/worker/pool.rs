//! The frames of the pool: for packets that a worker makes, between two sendings.

use super::core::Core;

/// How many there are.
pub(super) const POOL: usize = 64;

impl Core {
    /// A free frame for a packet, with as much as `write` writes into it. `None` if there is none, or
    /// it writes nothing.
    pub(super) fn make(
        &mut self,
        passing: bool,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Option<u16> {
        let place = self.burst + self.pool_used;
        let frame = self.frames.get_mut(place)?;
        let length = write(frame.room())?;
        frame.set_length(length);
        self.passing[place] = passing;
        self.pool_used += 1;
        u16::try_from(place).ok()
    }

    /// How many frames are free.
    pub(super) fn free(&self) -> usize {
        self.frames.len() - self.burst - self.pool_used
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
        if source >= place {
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

    /// All frames of the pool are free again: what was in them has been sent.
    pub(super) fn free_pool(&mut self) {
        self.pool_used = 0;
    }
}
