//! What a guard and a quiescent point cost: against a loop that does nothing. What they cost a burst
//! is among the lookups, as `lookup/…/a quiescent point a burst`.

use std::hint::black_box;

use rtalloc_benches::Day;

use crate::{
    Failure,
    figure::{Figure, Target},
    report::{Report, progress},
    tables::{View, busy_seconds},
};

/// Operations of one measurement.
const OPERATIONS: u32 = 1 << 18;

/// Nanoseconds of one of them.
fn nanoseconds(mut operation: impl FnMut()) -> f64 {
    let seconds = busy_seconds(|| {
        for number in 0..OPERATIONS {
            black_box(number);
            operation();
        }
    });
    seconds * 1e9 / f64::from(OPERATIONS)
}

/// Both, beside a full table of which nothing is looked up.
pub(crate) fn run(report: &mut Report, day: &Day) -> Result<(), Failure> {
    let names = ["protocol/a guard entered and left", "protocol/a quiescent point"];
    if !names.iter().any(|name| report.wants(name)) {
        return Ok(());
    }
    progress("the protocol");
    let table = View::Both.loaded(&day.v4)?;
    let (mut leaving, mut staying) = (table.reader(), table.reader());
    let mut guard = staying.enter();
    let mut costs = [Vec::new(), Vec::new()];
    for round in 0..=report.plan.rounds {
        let nothing = nanoseconds(|| {});
        let entered = nanoseconds(|| drop(leaving.enter()));
        let passed = nanoseconds(|| guard.quiescent());
        // Round 0 warms up.
        if round > 0 {
            for (costs, cost) in costs.iter_mut().zip([entered, passed]) {
                costs.push(cost - nothing);
            }
        }
    }
    for (name, costs) in names.into_iter().zip(costs) {
        let figure = Figure::new(name, "ns", costs).against("an empty loop");
        report.add(figure.target(Target::AtMost(3.0)));
    }
    Ok(())
}
