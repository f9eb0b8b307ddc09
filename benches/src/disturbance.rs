//! Whether something else had the cores while a sample was taken.
//!
//! The system counts for each thread how long it wanted to run and had no core: the second number of
//! its `schedstat`. A [`Watch`] takes the difference over a stretch of time. A sample is disturbed if
//! its threads together lost more than [`ALLOWED`] of the time that they were watched, warm-ups not
//! included. It is a share, so that long samples are not disturbed more easily than short ones, and
//! it is time rather than a count, as a neighbour that runs for some microseconds changes little.
//! Time that a thread sleeps or waits for another is not lost.
//!
//! Nothing is judged where the system does not tell, and, by whoever takes samples, where there are
//! more threads than cores: those wait for each other. What a hypervisor gives to other machines is
//! not seen.

use core::ops::AddAssign;
use std::{fs, time::Instant};

/// The share of the time that a sample's threads may lose.
pub const ALLOWED: f64 = 0.02;

const THREAD: &str = "/proc/thread-self/schedstat";

/// The nanoseconds that a thread has waited for a core, of its `schedstat`.
fn waited(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().nth(1)?.parse().ok()
}

/// What the calling thread has waited so far.
fn of_thread() -> Option<u64> {
    waited(&fs::read_to_string(THREAD).ok()?)
}

/// What all threads of the process have waited that have not ended.
fn of_process() -> Option<u64> {
    let threads = fs::read_dir("/proc/self/task").ok()?;
    let files = threads.filter_map(|thread| Some(thread.ok()?.path().join("schedstat")));
    files.map(|file| waited(&fs::read_to_string(file).ok()?)).sum()
}

/// A stretch of time that has begun.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    begun: Instant,
    waited: Option<u64>,
    /// Threads of the process, or nothing if only the calling thread is watched.
    threads: Option<usize>,
}

impl Watch {
    /// Watches the calling thread, which also has to end it.
    pub fn thread() -> Self {
        let waited = of_thread();
        Self { begun: Instant::now(), waited, threads: None }
    }

    /// Watches the process, in which so many threads work.
    pub fn process(threads: usize) -> Self {
        let waited = of_process();
        Self { begun: Instant::now(), waited, threads: Some(threads) }
    }

    /// Ends it: what was lost.
    pub fn end(self) -> Lost {
        let seconds = self.begun.elapsed().as_secs_f64();
        let waited = if self.threads.is_some() { of_process() } else { of_thread() };
        match (self.waited, waited) {
            // Threads that have ended in between take what they waited with them.
            (Some(before), Some(after)) => Lost {
                waited: after.saturating_sub(before) as f64 / 1e9,
                watched: seconds * self.threads.unwrap_or(1) as f64,
            },
            _ => Lost::default(),
        }
    }
}

/// How much of their time threads lost, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lost {
    waited: f64,
    watched: f64,
}

impl Lost {
    /// Whether it was so much that the sample is disturbed.
    pub fn disturbs(self) -> bool {
        self.waited > ALLOWED * self.watched
    }

    /// The share of the time.
    pub fn share(self) -> f64 {
        if self.watched > 0.0 { self.waited / self.watched } else { 0.0 }
    }
}

impl AddAssign for Lost {
    fn add_assign(&mut self, other: Self) {
        self.waited += other.waited;
        self.watched += other.watched;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_judged_as_a_share_of_all_threads() {
        let mut lost = Lost { waited: 0.003, watched: 0.1 };
        assert!(lost.disturbs() && (lost.share() - 0.03).abs() < 1e-12);
        lost += Lost { waited: 0.0, watched: 0.1 };
        assert!(!lost.disturbs(), "1.5 % of both");
        assert!(!Lost::default().disturbs() && Lost::default().share() == 0.0);
        assert_eq!(waited("217608 5300 2\n"), Some(5300));
        assert_eq!([waited(""), waited("1"), waited("1 x 2")], [None; 3]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn threads_that_share_a_core_lose_time() {
        use crate::pinning::Cores;
        use std::{hint::black_box, sync::Barrier, thread, time::Duration};

        if of_thread().is_none() {
            return;
        }
        let (cores, barrier) = (Cores::available(), Barrier::new(2));
        let spin = || {
            cores.pin(0, 1);
            barrier.wait();
            let watch = Watch::thread();
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(60) {
                black_box(&begun);
            }
            watch.end()
        };
        let [mut lost, other] = thread::scope(|scope| {
            let both = [scope.spawn(spin), scope.spawn(spin)];
            both.map(|thread| thread.join().unwrap())
        });
        lost += other;
        assert!(lost.disturbs(), "{lost:?}");
        assert!(of_process().is_some());
    }
}
