//! One figure: what was measured, and what it was to be.

use rtalloc_benches::spread::quantile;

/// What a figure is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    fn is_reached(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

/// How a figure stands to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The median reaches the target.
    Reached,
    /// The median does not.
    Missed,
    /// There is no target, or nothing was measured.
    None,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) name: String,
    /// What the values are against; empty where they stand for themselves.
    pub(crate) against: String,
    pub(crate) unit: &'static str,
    pub(crate) target: Option<Target>,
    /// By round.
    pub(crate) values: Vec<f64>,
    pub(crate) remark: String,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, values: Vec<f64>) -> Self {
        let (name, against, remark) = (name.into(), String::new(), String::new());
        Self { name, against, unit, target: None, values, remark }
    }

    pub(crate) fn against(self, against: impl Into<String>) -> Self {
        Self { against: against.into(), ..self }
    }

    pub(crate) fn target(self, target: impl Into<Option<Target>>) -> Self {
        Self { target: target.into(), ..self }
    }

    pub(crate) fn remark(self, remark: impl Into<String>) -> Self {
        Self { remark: remark.into(), ..self }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        match self.target {
            Some(_) if self.values.is_empty() => Verdict::None,
            Some(target) if target.is_reached(quantile(&self.values, 0.5)) => Verdict::Reached,
            Some(_) => Verdict::Missed,
            None => Verdict::None,
        }
    }

    /// Whether the quartiles stand on both sides of the target.
    fn is_close(&self) -> bool {
        self.target.is_some_and(|target| {
            let [low, high] = [0.25, 0.75].map(|share| quantile(&self.values, share));
            target.is_reached(low) != target.is_reached(high)
        })
    }

    /// The row's line.
    pub(crate) fn line(&self) -> String {
        let [low, median, high] = [0.25, 0.5, 0.75].map(|at| number(quantile(&self.values, at)));
        let value = if self.values.is_empty() {
            "-".to_owned()
        } else {
            format!("{median} [{low} {high}] {}", self.unit)
        };
        let target = match self.target {
            Some(Target::AtLeast(least)) => format!(">= {}", plain(least)),
            Some(Target::AtMost(most)) => format!("<= {}", plain(most)),
            None => String::new(),
        };
        let reached = match (self.verdict(), self.is_close()) {
            (Verdict::Reached, false) => "yes",
            (Verdict::Reached, true) => "yes, close",
            (Verdict::Missed, false) => "NO",
            (Verdict::Missed, true) => "NO, close",
            (Verdict::None, _) => "",
        };
        let Self { name, against, remark, .. } = self;
        let line =
            format!("{name:<50} {against:<26} {value:<32} {target:>8}  {reached:<10}  {remark}");
        line.trim_end().to_owned()
    }
}

/// The columns' names, as [`Figure::line`] has them.
pub(crate) fn heading() -> String {
    let (name, against, value) = ("figure", "against", "median [quartiles]");
    let (target, reached, remark) = ("target", "reached", "remark");
    format!("{name:<50} {against:<26} {value:<32} {target:>8}  {reached:<10}  {remark}")
}

/// With about three digits.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        1000.0.. => 0,
        100.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

/// As short as it can be said.
fn plain(value: f64) -> String {
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(target: Target, values: &[f64]) -> Figure {
        Figure::new("a", "times", values.to_vec()).target(target)
    }

    #[test]
    fn the_median_decides() {
        let values = [1.0, 2.0, 3.0];
        assert_eq!(figure(Target::AtLeast(2.0), &values).verdict(), Verdict::Reached);
        assert_eq!(figure(Target::AtLeast(2.1), &values).verdict(), Verdict::Missed);
        assert_eq!(figure(Target::AtMost(2.0), &values).verdict(), Verdict::Reached);
        assert_eq!(figure(Target::AtMost(1.9), &values).verdict(), Verdict::Missed);
        assert_eq!(figure(Target::AtMost(1.9), &[]).verdict(), Verdict::None);
        assert_eq!(Figure::new("a", "times", values.to_vec()).verdict(), Verdict::None);
    }

    #[test]
    fn a_target_between_the_quartiles_is_close() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert!(figure(Target::AtLeast(2.5), &values).line().contains("yes, close"));
        assert!(figure(Target::AtLeast(3.5), &values).line().contains("NO, close"));
        let far = figure(Target::AtMost(9.0), &values).line();
        assert!(far.contains("3.00 [2.00 4.00] times") && far.contains("<= 9  yes"), "{far}");
        assert!(!far.contains("close"), "{far}");
    }

    #[test]
    fn what_was_not_measured_is_neither_reached_nor_missed() {
        let line = figure(Target::AtLeast(1.0), &[]).remark("why").line();
        assert!(line.contains(" - ") && line.ends_with("why"), "{line}");
        assert!(!line.contains("yes") && !line.contains("NO"), "{line}");
    }

    #[test]
    fn numbers_have_about_three_digits() {
        let found = [0.123_45, 1.234, 12.345, 123.45, 1234.5].map(number);
        assert_eq!(found, ["0.123", "1.23", "12.35", "123.5", "1234"]);
    }
}
