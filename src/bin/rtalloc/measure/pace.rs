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

/// How fast a recorded stream is played, of the time that it took when it was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    /// As fast as the writer can.
    Max,
    /// So many times as fast: 1 is real time.
    Times(f64),
}

/// A text that is no speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpeedError;

impl fmt::Display for SpeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a speed is `max` or a positive number, of which 1 is real time")
    }
}

impl Error for SpeedError {}

impl FromStr for Speed {
    type Err = SpeedError;

    fn from_str(text: &str) -> Result<Self, SpeedError> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let number = text.strip_suffix('x').unwrap_or(text).parse().map_err(|_| SpeedError)?;
        let sound = f64::is_normal(number) && number > 0.0;
        sound.then_some(Self::Times(number)).ok_or(SpeedError)
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Max => f.write_str("max"),
            Self::Times(factor) => write!(f, "{factor}x"),
        }
    }
}

/// When updates recorded at `times` are due at `factor` times their speed, from the start on. The
/// first one is due at once, and one that was recorded out of order with the one before it.
pub(crate) fn due_at(times: &[Duration], factor: f64) -> Vec<Duration> {
    let first = times.first().copied().unwrap_or_default();
    let mut latest = Duration::ZERO;
    let due = |time: &Duration| {
        let since = time.saturating_sub(first).as_secs_f64() / factor;
        latest = latest.max(Duration::try_from_secs_f64(since).unwrap_or(Duration::MAX));
        latest
    };
    times.iter().map(due).collect()
}

/// When each update is due.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace<'a> {
    /// Evenly.
    Rate(Rate),
    /// Each at its time from the start on.
    Recorded(&'a [Duration]),
}

/// Holds a writer to a pace. Time lost is made up for: what counts is when an update is due, not
/// when the one before it was made.
pub(super) struct Pacer<'a> {
    pace: Pace<'a>,
    begun: Instant,
}

impl<'a> Pacer<'a> {
    pub(super) fn new(pace: Pace<'a>) -> Self {
        Self { pace, begun: Instant::now() }
    }

    /// Waits until update number `done` is due, or until `over` says of a time that it is too late.
    pub(super) fn wait(&self, done: u64, over: impl Fn(Instant) -> bool) {
        let recorded = |times: &[Duration]| times.get(usize::try_from(done).ok()?).copied();
        let due = match self.pace {
            Pace::Rate(Rate::Max) => None,
            Pace::Rate(Rate::PerSecond(rate)) => Some(due(rate, done)),
            Pace::Recorded(times) => recorded(times),
        };
        let Some(due) = due else { return };
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
        let pacer = Pacer::new(Pace::Rate("1000/s".parse().unwrap()));
        pacer.wait(20, |_| false);
        assert!(pacer.begun.elapsed() >= Duration::from_millis(20));
        let asked = Instant::now();
        pacer.wait(u64::MAX, |_| true);
        Pacer::new(Pace::Rate(Rate::Max)).wait(u64::MAX, |_| false);
        assert!(asked.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn speeds_are_read_and_printed() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("1".parse(), Ok(Speed::Times(1.0)));
        assert_eq!("0.5x".parse(), Ok(Speed::Times(0.5)));
        for text in ["0", "-1", "inf", "nan", "x", "", "1/s", "x10"] {
            assert_eq!(text.parse::<Speed>(), Err(SpeedError), "{text}");
        }
        let printed = (Speed::Max.to_string(), Speed::Times(10.0).to_string());
        assert_eq!(printed, ("max".into(), "10x".into()));
    }

    #[test]
    fn recorded_updates_are_due_at_their_times() {
        let millis = Duration::from_millis;
        // Three seconds late in the middle of the recording, and then out of order.
        let times = [millis(7000), millis(7000), millis(10_000), millis(9000), millis(10_020)];
        let due = due_at(&times, 100.0);
        assert_eq!(
            due,
            [millis(0), millis(0), millis(30), millis(30), Duration::from_micros(30_200)]
        );
        assert_eq!(due_at(&times, f64::MIN_POSITIVE)[2], Duration::MAX);
        assert!(due_at(&[], 1.0).is_empty());

        let pacer = Pacer::new(Pace::Recorded(&due));
        pacer.wait(1, |_| false);
        pacer.wait(2, |_| false);
        assert!(pacer.begun.elapsed() >= millis(30));
        // Past the end nothing is waited for.
        pacer.wait(5, |_| false);
        pacer.wait(u64::MAX, |_| false);
    }
}
