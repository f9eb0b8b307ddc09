//! Holds a thread to a rate.

use std::time::{Duration, Instant};

/// Counts what is due since it was begun. Time lost is made up for: what counts is when something is
/// due, not when what came before it was done.
#[derive(Clone, Copy, Debug)]
pub struct Throttle {
    begun: Instant,
    /// A second.
    rate: f64,
    done: u64,
}

impl Throttle {
    /// So many a second, from now on.
    pub fn new(rate: f64) -> Self {
        Self { begun: Instant::now(), rate, done: 0 }
    }

    /// How many are to be done now, and counts them as done.
    pub fn take(&mut self) -> u64 {
        let due = due(self.rate, self.begun.elapsed());
        let now = due.saturating_sub(self.done);
        self.done += now;
        now
    }
}

/// How many are due after that time.
fn due(rate: f64, elapsed: Duration) -> u64 {
    (elapsed.as_secs_f64() * rate) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_grows_with_time() {
        let due = |micros| due(100_000.0, Duration::from_micros(micros));
        assert_eq!([0, 9, 11, 1005, 1_000_000].map(due), [0, 0, 1, 100, 100_000]);
    }

    #[test]
    fn nothing_is_due_twice_and_time_lost_is_made_up_for() {
        let mut throttle = Throttle::new(1e6);
        let mut taken = 0;
        while throttle.begun.elapsed() < Duration::from_millis(5) {
            taken += throttle.take();
            std::thread::sleep(Duration::from_micros(300));
        }
        taken += throttle.take();
        let most = throttle.begun.elapsed().as_micros() as u64;
        assert!((5000..=most).contains(&taken), "{taken} of {most}");
        assert_eq!(Throttle::new(0.0).take(), 0);
    }
}
