//! Threads on cores of their own.
//!
//! While every thread can have a core, each is bound to its own, in the order in which the system
//! names them, so that none is moved while it is measured. Where there are more threads than cores
//! none is bound: which of them share a core would decide the result. Such samples are marked.

use std::thread;

use core_affinity::CoreId;

/// The cores that this process may use.
#[derive(Clone, Debug)]
pub struct Cores(Vec<CoreId>);

impl Cores {
    /// Those of this machine, as far as this process gets them.
    pub fn available() -> Self {
        let mut cores = core_affinity::get_core_ids().unwrap_or_default();
        // Fewer where a quota gives the time of fewer.
        cores.truncate(thread::available_parallelism().map_or(1, usize::from));
        Self(cores)
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.0.len().max(1)
    }

    /// Whether so many threads are too many for a core each.
    pub fn oversubscribed(&self, threads: usize) -> bool {
        threads > self.count()
    }

    /// Binds the calling thread, which is the `index`th of so many.
    pub fn pin(&self, index: usize, threads: usize) {
        if !self.oversubscribed(threads)
            && let Some(&core) = self.0.get(index)
        {
            // It stays where the system puts it, where that is refused.
            core_affinity::set_for_current(core);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_bound_while_there_are_cores() {
        let cores = Cores::available();
        let count = cores.count();
        assert!(!cores.oversubscribed(count) && cores.oversubscribed(count + 1));
        let found = |index, threads| {
            let pinned = || {
                cores.pin(index, threads);
                core_affinity::get_core_ids().unwrap_or_default()
            };
            thread::scope(|scope| scope.spawn(pinned).join().unwrap())
        };
        let before = core_affinity::get_core_ids().unwrap_or_default();
        assert_eq!(found(0, count).len(), 1, "bound to one");
        assert_eq!(found(0, count + 1), before, "not bound");
    }
}
