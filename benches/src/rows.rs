//! Rows of results: one form for all experiments, so that plots need to know only one.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use crate::environment::line;

/// One value that was measured, or why there is none: the metrics `failed`, `left_out`, `refused` and
/// `wrong_answers`, of which the first two say why in their case. Texts are empty, and numbers absent, where an experiment has no such
/// parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Which experiment.
    pub experiment: &'static str,
    /// Whose table, by its [`name`](crate::adapter::Implementation::name).
    pub implementation: String,
    /// `v4` or `v6`.
    pub family: &'static str,
    /// Routes in the table.
    pub routes: usize,
    /// Which addresses were looked up.
    pub stream: &'static str,
    /// Threads that look up.
    pub readers: Option<usize>,
    /// Whether there were more threads than cores, so that the value says nothing of scaling.
    pub oversubscribed: bool,
    /// Addresses a burst.
    pub burst: Option<usize>,
    /// Updates a second that the writer was asked for; infinite for as many as it can.
    pub updates: Option<f64>,
    /// What was special, where the experiment has cases.
    pub case: String,
    /// The experiment's running variable: a time in seconds, a percentile, a number of threads.
    pub x: Option<f64>,
    /// The round, from 0. Values of one round were measured beside each other.
    pub round: usize,
    /// What was measured.
    pub metric: &'static str,
    /// In what.
    pub unit: &'static str,
    /// The value.
    pub value: f64,
    /// Whether something else had the threads' cores for long in the meantime, as
    /// [`disturbance`](crate::disturbance) says; never if there were more threads than cores.
    pub disturbed: bool,
}

/// The columns, in order.
pub const COLUMNS: [&str; 16] = [
    "experiment",
    "implementation",
    "family",
    "routes",
    "stream",
    "readers",
    "oversubscribed",
    "burst",
    "updates",
    "case",
    "x",
    "round",
    "metric",
    "unit",
    "value",
    "disturbed",
];

impl Row {
    fn fields(&self) -> [String; COLUMNS.len()] {
        let number =
            |value: Option<usize>| value.map_or_else(String::new, |value| value.to_string());
        let real = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        [
            self.experiment.to_owned(),
            self.implementation.clone(),
            self.family.to_owned(),
            self.routes.to_string(),
            self.stream.to_owned(),
            number(self.readers),
            self.oversubscribed.to_string(),
            number(self.burst),
            real(self.updates),
            self.case.clone(),
            real(self.x),
            self.round.to_string(),
            self.metric.to_owned(),
            self.unit.to_owned(),
            self.value.to_string(),
            self.disturbed.to_string(),
        ]
    }
}

/// Writes rows as CSV, over what the file had.
///
/// # Errors
/// If the file cannot be written.
pub fn write_csv(path: &Path, rows: &[Row]) -> io::Result<()> {
    let mut to = BufWriter::new(File::create(path)?);
    writeln!(to, "{}", COLUMNS.join(","))?;
    for row in rows {
        writeln!(to, "{}", line(row.fields().into_iter()))?;
    }
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_parameters_are_empty_and_infinity_is_a_word() {
        let row = Row {
            experiment: "throughput",
            implementation: "a, b".to_owned(),
            updates: Some(f64::INFINITY),
            value: 1.5,
            ..Row::default()
        };
        let written = line(row.fields().into_iter());
        assert_eq!(written, "throughput,\"a, b\",,0,,,false,,inf,,,0,,,1.5,false");
    }
}
