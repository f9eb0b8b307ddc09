//! Signs of life on standard error: a bar where that is a terminal, and otherwise a line now and then.

use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::setting::Cost;

/// Time between two lines.
const LINES: Duration = Duration::from_secs(5);

/// How far an experiment is.
#[derive(Debug)]
pub(crate) struct Progress {
    name: &'static str,
    bar: Option<ProgressBar>,
    begun: Instant,
    said: Instant,
    expected: Cost,
    done: usize,
}

impl Progress {
    /// Begins an experiment.
    pub(crate) fn begin(name: &'static str, expected: Cost) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(Some(expected.samples as u64), target);
            let template = "{prefix} [{wide_bar}] {pos}/{len}, {eta} left: {msg}";
            let style = ProgressStyle::with_template(template);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(name);
            bar
        });
        let now = Instant::now();
        let progress = Self { name, bar, begun: now, said: now, expected, done: 0 };
        progress.say(&format!("{} samples, about {:.0} s", expected.samples, expected.seconds));
        progress
    }

    /// Between experiments.
    pub(crate) fn idle() -> Self {
        let (now, expected) = (Instant::now(), Cost::default());
        Self { name: "", bar: None, begun: now, said: now, expected, done: 0 }
    }

    /// Notes what is being done.
    pub(crate) fn doing(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
        }
    }

    /// Notes that a sample is done.
    pub(crate) fn step(&mut self) {
        self.done += 1;
        if let Some(bar) = &self.bar {
            bar.inc(1);
        } else if self.said.elapsed() >= LINES {
            self.said = Instant::now();
            let left = left(self.expected, self.done, self.begun.elapsed().as_secs_f64());
            self.say(&format!("{}/{}, {left:.0} s left", self.done, self.expected.samples));
        }
    }

    /// Says something that is not to be overlooked.
    pub(crate) fn say(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{}: {what}", self.name)),
            None => eprintln!("{}: {what}", self.name),
        }
    }

    /// Ends it.
    pub(crate) fn end(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        eprintln!("{}: done in {:.0} s", self.name, self.begun.elapsed().as_secs_f64());
    }
}

/// About how many seconds are left after so many: what was expected at first, and what the samples
/// that are done tell, the more the more of them there are.
fn left(expected: Cost, done: usize, elapsed: f64) -> f64 {
    let share = (done as f64 / expected.samples.max(1) as f64).clamp(0.0, 1.0);
    let told = if done == 0 { 0.0 } else { elapsed / share * (1.0 - share) };
    let before = (expected.seconds - elapsed).max(0.0);
    told * share + before * (1.0 - share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_what_was_seen() {
        let expected = Cost { samples: 100, seconds: 50.0 };
        assert_eq!(left(expected, 0, 10.0), 40.0);
        assert_eq!(left(expected, 100, 80.0), 0.0);
        let half = left(expected, 50, 40.0);
        assert!((20.0..=40.0).contains(&half), "{half}: 10 s were expected, 40 s are likely");
        assert_eq!(left(Cost::default(), 0, 1.0), 0.0);
    }
}
