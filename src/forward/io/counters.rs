//! What a port counts.

use core::fmt;

/// What has gone through a port since it was opened, and what has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PortCounters {
    /// Frames handed to the caller.
    pub received: u64,
    /// Their bytes.
    pub received_bytes: u64,
    /// Frames taken from the caller and given to the device, the file or memory.
    pub sent: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// Frames that were neither, by reason.
    pub dropped: Dropped,
}

/// Frames that a port dropped, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// Received, and longer than a [`Frame`](super::Frame) has room for, or than the interface's MTU
    /// allows: segments that who received them has joined, or that were to be cut on their way.
    pub oversized: u64,
    /// Received, and not whole: cut short by who captured it, or shorter than its link layer's header.
    pub truncated: u64,
    /// Received, and without a checksum that its sender left to hardware which is not there, other than
    /// one of those that are filled in.
    pub unfinished: u64,
    /// Not received, since the kernel's ring or queue for this port was full.
    pub overrun: u64,
    /// To be sent, and longer than the port's [`mtu`](super::PacketIo::mtu) allows.
    pub too_long: u64,
    /// To be sent, and refused by the kernel: the interface is down, or the bytes are not what it sends.
    pub refused: u64,
}

impl Dropped {
    /// All of them.
    pub fn total(&self) -> u64 {
        let Self { oversized, truncated, unfinished, overrun, too_long, refused } = *self;
        oversized + truncated + unfinished + overrun + too_long + refused
    }
}

impl PortCounters {
    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let (one, two) = (&self.dropped, &other.dropped);
        Self {
            received: self.received + other.received,
            received_bytes: self.received_bytes + other.received_bytes,
            sent: self.sent + other.sent,
            sent_bytes: self.sent_bytes + other.sent_bytes,
            dropped: Dropped {
                oversized: one.oversized + two.oversized,
                truncated: one.truncated + two.truncated,
                unfinished: one.unfinished + two.unfinished,
                overrun: one.overrun + two.overrun,
                too_long: one.too_long + two.too_long,
                refused: one.refused + two.refused,
            },
        }
    }

    pub(super) fn receive(&mut self, bytes: usize) {
        self.received += 1;
        self.received_bytes += bytes as u64;
    }

    pub(super) fn send(&mut self, bytes: usize) {
        self.sent += 1;
        self.sent_bytes += bytes as u64;
    }
}

impl fmt::Display for PortCounters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "received {} ({} bytes), sent {} ({} bytes), dropped {}",
            self.received,
            self.received_bytes,
            self.sent,
            self.sent_bytes,
            self.dropped.total()
        )?;
        let Dropped { oversized, truncated, unfinished, overrun, too_long, refused } = self.dropped;
        let reasons = [
            ("oversized", oversized),
            ("truncated", truncated),
            ("without a checksum", unfinished),
            ("overrun", overrun),
            ("too long", too_long),
            ("refused", refused),
        ];
        let mut before = ": ";
        for (reason, count) in reasons.into_iter().filter(|(_, count)| *count > 0) {
            write!(f, "{before}{count} {reason}")?;
            before = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_only_the_reasons_that_occurred() {
        let mut counters = PortCounters::default();
        counters.receive(60);
        counters.send(40);
        assert_eq!(counters.to_string(), "received 1 (60 bytes), sent 1 (40 bytes), dropped 0");
        counters.dropped.unfinished = 1;
        counters.dropped.overrun = 2;
        counters.dropped.refused = 3;
        let text = counters.to_string();
        assert!(text.ends_with("dropped 6: 1 without a checksum, 2 overrun, 3 refused"), "{text}");
        let twice = counters.plus(&counters).to_string();
        let expected = "received 2 (120 bytes), sent 2 (80 bytes), dropped 12: 2 without a checksum, 4 overrun, 6 refused";
        assert_eq!(twice, expected);
    }
}
