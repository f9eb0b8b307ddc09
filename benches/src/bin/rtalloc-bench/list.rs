//! The sub-command `list`.

use std::io::{self, Write};

use rtalloc_benches::{adapter::Failure, plan::Plan};
use serde_json::{Value, json};

use crate::{
    arguments::List,
    experiments::{Experiment, Visitor, cost, each},
    setting::{Cost, Setting},
};

/// Collects what there is, and what it costs.
struct Costs {
    setting: Setting,
    found: Vec<(&'static str, String, Cost)>,
}

impl Visitor for Costs {
    fn visit<E: Experiment>(
        &mut self,
        name: &'static str,
        question: &str,
        parts: &[E],
    ) -> Result<(), Failure> {
        self.found.push((name, question.to_owned(), cost(parts, &self.setting)));
        Ok(())
    }
}

/// Prints each experiment, its question, its samples and the estimated seconds.
///
/// # Errors
/// If the plan cannot be read, or the output not written.
pub(crate) fn list(arguments: &List) -> Result<(), Failure> {
    let plan = Plan::read(&arguments.what.plan)?;
    let setting = Setting::containing(&arguments.what.only, arguments.what.family)?;
    let mut costs = Costs { setting, found: Vec::new() };
    each(&plan, arguments.what.mode, &mut costs)?;
    let mut out = io::stdout().lock();
    if arguments.json {
        let one = |(name, question, cost): &(&str, String, Cost)| {
            let (samples, seconds) = (cost.samples, cost.seconds);
            json!({ "name": name, "question": question, "samples": samples, "seconds": seconds })
        };
        writeln!(out, "{:#}", costs.found.iter().map(one).collect::<Value>())?;
        return Ok(());
    }
    writeln!(out, "{:<11} {:>8} {:>8}  question", "experiment", "samples", "seconds")?;
    let mut all = Cost::default();
    for (name, question, cost) in &costs.found {
        writeln!(out, "{name:<11} {:>8} {:>8.0}  {question}", cost.samples, cost.seconds)?;
        all += *cost;
    }
    writeln!(out, "{:<11} {:>8} {:>8.0}", "all", all.samples, all.seconds)?;
    Ok(())
}
