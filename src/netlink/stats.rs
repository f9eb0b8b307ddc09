//! What a mirror has seen, done and lost.

use core::fmt;

use super::error::DecodeError;

/// Counts of a mirror since it began. All of them are of messages unless it says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MirrorStats {
    /// Routes announced and withdrawn by notifications.
    pub updates: u64,
    /// Routes told by dumps.
    pub dumped: u64,
    /// Announcements and withdrawals of next-hop objects and links.
    pub other: u64,
    /// Routes that a table has no way to say: with a type of service, for some sources alone, of a
    /// kind that is not known, copies made by lookups.
    pub unsupported: u64,
    /// Routes of tables past the number that are kept.
    pub surplus_tables: u64,
    /// Withdrawals of what was not there.
    pub unmatched: u64,
    /// Messages that are malformed. They are passed over.
    pub malformed: u64,
    /// The first of them.
    pub first_malformed: Option<DecodeError>,
    /// How often messages were lost because the receive buffer was full, or one was larger than
    /// what it was read into.
    pub overruns: u64,
    /// Dumps that the kernel says were interrupted, or that may lack something because routes
    /// changed meanwhile, or that failed, in any of their parts.
    pub inexact_dumps: u64,
    /// Whole dumps of the kernel, the first one included; sessions, with a routing daemon.
    pub resyncs: u64,
    /// Routes found stale by a dump or after a reconnect and withdrawn. Links that went down account
    /// for some of them; others were lost.
    pub swept: u64,
    /// Batches that were published.
    pub batches: u64,
    /// Routes that batches added, replaced or removed.
    pub changes: u64,
    /// Batches that a table had no room for. What of them did not fit is tried again.
    pub refused: u64,
    /// Connections that ended.
    pub disconnects: u64,
    /// Connections given up because what came was not framed as FPM has it.
    pub bad_frames: u64,
}

impl MirrorStats {
    pub(super) fn note_malformed(&mut self, error: DecodeError) {
        self.malformed += 1;
        self.first_malformed.get_or_insert(error);
    }
}

impl fmt::Display for MirrorStats {
    /// One line: what happened always, and of the faults those that occurred.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} updates, {} dumped, {} batches, {} changes, {} resyncs",
            self.updates, self.dumped, self.batches, self.changes, self.resyncs
        )?;
        let faults = [
            (self.swept, "swept"),
            (self.overruns, "overruns"),
            (self.inexact_dumps, "inexact dumps"),
            (self.malformed, "malformed"),
            (self.bad_frames, "bad frames"),
            (self.disconnects, "disconnects"),
            (self.unsupported, "unsupported"),
            (self.surplus_tables, "of surplus tables"),
            (self.unmatched, "unmatched"),
            (self.refused, "batches refused"),
        ];
        faults
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .try_for_each(|(count, what)| write!(f, ", {count} {what}"))
    }
}
