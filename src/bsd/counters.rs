//! What a routing counts: `rtstat`, and the entries that wait to be freed.

use crate::sync::{AtomicU64, Ordering};

/// Counts of what happened: BSD's `rtstat`, and `rttrash`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// `rts_unreach`: lookups that found no route.
    pub unreachable: u64,
    /// `rts_dynamic`: routes made by redirects.
    pub dynamic: u64,
    /// `rts_newgateway`: routes changed by redirects.
    pub new_gateway: u64,
    /// `rts_badredirect`: redirects that were refused.
    pub bad_redirect: u64,
    /// `rttrash`: routes deleted and not freed, because references or readers keep them.
    pub trash: u64,
}

/// The counters behind [`Statistics`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    serials: AtomicU64,
    trash: AtomicU64,
    unreachable: AtomicU64,
    dynamic: AtomicU64,
    new_gateway: AtomicU64,
    bad_redirect: AtomicU64,
}

impl Counters {
    pub(super) fn next_serial(&self) -> u64 {
        // Relaxed: a source of distinct numbers.
        self.serials.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn add_trash(&self) {
        // Relaxed: a count for people to read.
        self.trash.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn remove_trash(&self) {
        // Relaxed: a count for people to read.
        self.trash.fetch_sub(1, Ordering::Relaxed);
    }

    /// A gateway to which there is no route. Readers count their own lookups.
    pub(super) fn count_unreachable(&self) {
        // Relaxed: a count for people to read.
        self.unreachable.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_dynamic(&self) {
        // Relaxed: a count for people to read.
        self.dynamic.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_new_gateway(&self) {
        // Relaxed: a count for people to read.
        self.new_gateway.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_bad_redirect(&self) {
        // Relaxed: a count for people to read.
        self.bad_redirect.fetch_add(1, Ordering::Relaxed);
    }

    /// The counts, with `readers` lookups of readers that found nothing.
    pub(super) fn statistics(&self, readers: u64) -> Statistics {
        // Relaxed: counts for people to read.
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Statistics {
            unreachable: readers + read(&self.unreachable),
            dynamic: read(&self.dynamic),
            new_gateway: read(&self.new_gateway),
            bad_redirect: read(&self.bad_redirect),
            trash: read(&self.trash),
        }
    }
}
