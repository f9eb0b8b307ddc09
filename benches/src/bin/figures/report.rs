//! What is to be measured, and what was.

use std::{fs::File, io::Write, path::Path, time::Duration};

use rtalloc_benches::environment::line;

use crate::figure::{Figure, Verdict, heading};

/// How much is measured.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Rounds of what takes milliseconds.
    pub(crate) rounds: usize,
    /// Rounds of what takes seconds.
    pub(crate) heavy: usize,
    /// Addresses in a stream.
    pub(crate) addresses: usize,
    /// Updates of one run, at most.
    pub(crate) updates: usize,
    /// How long threads run beside each other at a time.
    pub(crate) window: Duration,
    /// Parts of names; with any, only figures whose names contain one.
    pub(crate) only: Vec<String>,
}

impl Plan {
    /// The usual amount, or as little as shows that everything works.
    pub(crate) fn new(rounds: Option<usize>, quick: bool, only: Vec<String>) -> Self {
        let rounds = rounds.unwrap_or(if quick { 3 } else { 21 }).max(1);
        let heavy = rounds.div_ceil(4).max(rounds.min(3));
        if quick {
            let window = Duration::from_millis(50);
            let heavy = heavy.min(2);
            return Self { rounds, heavy, addresses: 1 << 17, updates: 100_000, window, only };
        }
        let window = Duration::from_millis(200);
        Self { rounds, heavy, addresses: 1 << 20, updates: usize::MAX, window, only }
    }

    /// Whether a figure of that name is asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }
}

/// The figures, each printed as soon as it is there.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) plan: Plan,
    figures: Vec<Figure>,
}

impl Report {
    pub(crate) fn new(plan: Plan) -> Self {
        println!("{}", heading());
        Self { plan, figures: Vec::new() }
    }

    /// Whether a figure of that name is asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.plan.wants(name)
    }

    /// Takes a figure, if it is asked for.
    pub(crate) fn add(&mut self, figure: Figure) {
        if self.wants(&figure.name) {
            println!("{}", figure.line());
            self.figures.push(figure);
        }
    }

    /// Prints how many targets were reached.
    pub(crate) fn print_summary(&self) {
        let count = |verdict| self.figures.iter().filter(|of| of.verdict() == verdict).count();
        let missing = self.figures.iter().filter(|figure| figure.values.is_empty()).count();
        println!(
            "\n{} targets reached, {} missed; {missing} figures not measured",
            count(Verdict::Reached),
            count(Verdict::Missed)
        );
    }

    /// Writes every single value, and around each what is known about the run.
    pub(crate) fn write_csv(&self, path: &Path, around: &[(&str, String)]) -> std::io::Result<()> {
        let mut file = std::io::BufWriter::new(File::create(path)?);
        let own = ["figure", "against", "unit", "round", "value", "target", "remark"];
        let names = own.into_iter().chain(around.iter().map(|(name, _)| *name));
        writeln!(file, "{}", line(names.map(String::from)))?;
        for figure in &self.figures {
            for (round, value) in figure.values.iter().enumerate() {
                let target = figure.target.map_or_else(String::new, |target| format!("{target:?}"));
                let own = [
                    figure.name.clone(),
                    figure.against.clone(),
                    figure.unit.to_owned(),
                    round.to_string(),
                    value.to_string(),
                    target,
                    figure.remark.clone(),
                ];
                let around = around.iter().map(|(_, value)| value.clone());
                writeln!(file, "{}", line(own.into_iter().chain(around)))?;
            }
        }
        file.flush()
    }
}

/// Says on the standard error output what is being done.
pub(crate) fn progress(what: &str) {
    eprintln!("figures: {what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_names_select() {
        let plan = Plan::new(None, false, vec!["v4/load".into(), "memory".into()]);
        assert!(plan.wants("v4/load/all cores") && plan.wants("memory/v6"));
        assert!(!plan.wants("v6/load"));
        assert!(Plan::new(None, false, Vec::new()).wants("anything"));
    }

    #[test]
    fn heavy_rounds_are_fewer_but_not_none() {
        let heavy = |rounds, quick| Plan::new(Some(rounds), quick, Vec::new()).heavy;
        assert_eq!([0, 1, 3, 12, 21, 100].map(|rounds| heavy(rounds, false)), [1, 1, 3, 3, 6, 25]);
        assert_eq!(heavy(21, true), 2);
    }
}
