//! How fast the writer goes.

use core::{error::Error, fmt, num::NonZeroU64, str::FromStr};
use std::{
    thread,
    time::{Duration, Instant},
};

/// The longest sleep at a stretch, so that a slow writer notices that it is to stop.
const LONGEST_SLEEP: Duration = Duration::from_millis(5);
/// Waits shorter than this are spun out: a sleep would overshoot by about as much.
const SHORTEST_SLEEP: Duration = Duration::from_micros(100);

/// How many updates a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Rate {
    /// As many as the writer can apply.
    #[default]
    Max,
    /// So many, or as many as it can if that is less.
    PerSecond(NonZeroU64),
}

/// A text that is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateError;

impl fmt::Display for RateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rate is `max` or a number of updates a second such as 50000/s")
    }
}

impl Error for RateError {}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let number = text.strip_suffix("/s").unwrap_or(text);
        number.parse().map(Self::PerSecond).map_err(|_| RateError)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Max => f.write_str("max"),
            Self::PerSecond(rate) => write!(f, "{rate}/s"),
        }
    }
}

/// Holds a writer to a rate. Time lost is made up for: what counts is when an update is due, not
/// when the one before it was made.
pub(super) struct Pacer {
    rate: Rate,
    begun: Instant,
}

impl Pacer {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, begun: Instant::now() }
    }

    /// Waits until update number `done` is due, or until `over` says of a time that it is too late.
    pub(super) fn wait(&self, done: u64, over: impl Fn(Instant) -> bool) {
        let Rate::PerSecond(rate) = self.rate else { return };
        let due = due(rate, done);
        loop {
            let now = Instant::now();
            let left = due.saturating_sub(now.duration_since(self.begun));
            if left.is_zero() || over(now) {
                return;
            }
            if left < SHORTEST_SLEEP {
                core::hint::spin_loop();
            } else {
                thread::sleep(left.min(LONGEST_SLEEP));
            }
        }
    }
}

/// When update number `done` is due, from the start on.
fn due(rate: NonZeroU64, done: u64) -> Duration {
    let nanos = u128::from(done) * 1_000_000_000 / u128::from(rate.get());
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_printed() {
        let rate = |number| Rate::PerSecond(NonZeroU64::new(number).unwrap());
        assert_eq!("max".parse(), Ok(Rate::Max));
        assert_eq!("50000/s".parse(), Ok(rate(50_000)));
        assert_eq!("7".parse(), Ok(rate(7)));
        for text in ["0", "-1", "1.5", "fast", "", "/s", "10/h"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError), "{text}");
        }
        assert_eq!((Rate::Max.to_string(), rate(9).to_string()), ("max".into(), "9/s".into()));
    }

    #[test]
    fn updates_are_due_evenly() {
        let rate = NonZeroU64::new(4).unwrap();
        assert_eq!(due(rate, 0), Duration::ZERO);
        assert_eq!(due(rate, 6), Duration::from_millis(1500));
        assert_eq!(due(NonZeroU64::MIN, u64::MAX), Duration::from_nanos(u64::MAX));
    }

    #[test]
    fn waiting_takes_its_time_and_can_be_ended() {
        let pacer = Pacer::new("1000/s".parse().unwrap());
        pacer.wait(20, |_| false);
        assert!(pacer.begun.elapsed() >= Duration::from_millis(20));
        let asked = Instant::now();
        pacer.wait(u64::MAX, |_| true);
        Pacer::new(Rate::Max).wait(u64::MAX, |_| false);
        assert!(asked.elapsed() < Duration::from_secs(1));
    }
}
