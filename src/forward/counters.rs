//! What a worker counts.
//!
//! A worker counts in words of its own and shows them to others after each burst by storing them.
//! No other thread writes them, so a count costs a plain store.

use core::fmt;
use std::sync::Arc;

use super::cause::Cause;
use crate::sync::{AtomicU64, Ordering};

/// What was counted.
///
/// Every packet received is in the end one of those forwarded, consumed or dropped, but for those that
/// wait for a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Packets received.
    pub received: u64,
    /// Packets sent on. One that was cut into fragments is one.
    pub forwarded: u64,
    /// Bytes of these packets, link headers included.
    pub forwarded_bytes: u64,
    /// Packets for the forwarder itself that it did something with: ARP, neighbour messages, echoes.
    pub consumed: u64,
    /// Packets of its own that it sent: errors, answers, questions, fragments but the first.
    pub originated: u64,
    /// Packets of its own that it did not send, for want of tokens, buffers, room or a route.
    pub suppressed: u64,
    /// Bursts received that had something in them.
    pub bursts: u64,
    /// Times that a port failed.
    pub port_faults: u64,
    dropped: [u64; Cause::ALL.len()],
}

impl Default for Totals {
    fn default() -> Self {
        Self {
            received: 0,
            forwarded: 0,
            forwarded_bytes: 0,
            consumed: 0,
            originated: 0,
            suppressed: 0,
            bursts: 0,
            port_faults: 0,
            dropped: [0; Cause::ALL.len()],
        }
    }
}

/// Numbers beside those of the causes.
const OTHERS: usize = 8;

impl Totals {
    /// Packets dropped for this cause.
    pub fn dropped(&self, cause: Cause) -> u64 {
        self.dropped[cause as usize]
    }

    /// Packets dropped for any cause.
    pub fn dropped_in_all(&self) -> u64 {
        self.dropped.iter().sum()
    }

    /// The causes for which packets were dropped, and how many.
    pub fn drops(&self) -> impl Iterator<Item = (Cause, u64)> {
        Cause::ALL.into_iter().zip(self.dropped).filter(|(_, count)| *count > 0)
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let mut words = self.words();
        words.iter_mut().zip(other.words()).for_each(|(word, other)| *word += other);
        Self::from_words(words)
    }

    pub(super) fn drop_one(&mut self, cause: Cause) {
        self.dropped[cause as usize] += 1;
    }

    fn words(&self) -> [u64; OTHERS + Cause::ALL.len()] {
        let Self { received, forwarded, forwarded_bytes, consumed, .. } = *self;
        let Self { originated, suppressed, bursts, port_faults, .. } = *self;
        let mut words = [0; OTHERS + Cause::ALL.len()];
        words[..OTHERS].copy_from_slice(&[
            received,
            forwarded,
            forwarded_bytes,
            consumed,
            originated,
            suppressed,
            bursts,
            port_faults,
        ]);
        words[OTHERS..].copy_from_slice(&self.dropped);
        words
    }

    fn from_words(words: [u64; OTHERS + Cause::ALL.len()]) -> Self {
        let mut dropped = [0; Cause::ALL.len()];
        dropped.copy_from_slice(&words[OTHERS..]);
        let [received, forwarded, forwarded_bytes, consumed, rest @ ..] = words;
        let [originated, suppressed, bursts, port_faults, ..] = rest;
        Self {
            received,
            forwarded,
            forwarded_bytes,
            consumed,
            originated,
            suppressed,
            bursts,
            port_faults,
            dropped,
        }
    }
}

/// A worker's counters as other threads see them. Cloning gives another handle to the same ones.
#[derive(Clone, Debug)]
pub struct Counters(Arc<[AtomicU64; OTHERS + Cause::ALL.len()]>);

impl Counters {
    pub(super) fn new() -> Self {
        Self(Arc::new(core::array::from_fn(|_| AtomicU64::new(0))))
    }

    /// What was counted up to a burst of about now. The numbers may be of two bursts.
    pub fn totals(&self) -> Totals {
        let mut words = [0; OTHERS + Cause::ALL.len()];
        for (word, counter) in words.iter_mut().zip(self.0.iter()) {
            // Relaxed: counts for people to read.
            *word = counter.load(Ordering::Relaxed);
        }
        Totals::from_words(words)
    }

    /// Shows what the one thread that counts here has counted.
    pub(super) fn show(&self, totals: &Totals) {
        for (counter, word) in self.0.iter().zip(totals.words()) {
            // Relaxed: counts for people to read, and one thread writes them.
            counter.store(word, Ordering::Relaxed);
        }
    }
}

impl fmt::Display for Totals {
    /// A line for the packets and one for each cause of drops.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "received {}, forwarded {} ({} bytes), consumed {}, originated {}, suppressed {}, dropped {}",
            self.received,
            self.forwarded,
            self.forwarded_bytes,
            self.consumed,
            self.originated,
            self.suppressed,
            self.dropped_in_all()
        )?;
        self.drops().try_for_each(|(cause, count)| write!(f, "\n  {count} dropped: {cause}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_what_was_counted() {
        let mut totals = Totals { received: 3, forwarded: 2, ..Totals::default() };
        totals.drop_one(Cause::PortFull);
        let counters = Counters::new();
        counters.show(&totals);
        assert_eq!(counters.clone().totals(), totals);
        let twice = totals.plus(&totals);
        assert_eq!((twice.received, twice.dropped(Cause::PortFull)), (6, 2));
        assert_eq!(twice.drops().collect::<Vec<_>>(), [(Cause::PortFull, 2)]);
        assert_eq!(twice.dropped_in_all(), 2);
    }
}
