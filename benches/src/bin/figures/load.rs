//! Bulk loads of a whole table, from a list in order, with all cores and by the clock.

use std::time::Instant;

use rtalloc::testing::probes::probes;
use rtalloc_benches::{Day, Routes, changes::load, family::Family};

use crate::{
    Failure,
    figure::{Figure, Target},
    report::{Report, progress},
    tables::{View, oracle, verify},
};

/// All of both families.
pub(crate) fn run(report: &mut Report, day: &Day) -> Result<(), Failure> {
    family(report, &day.v4, Some(150.0))?;
    family(report, &day.v6, None)
}

/// Milliseconds of one load.
pub(crate) fn time<A: Family>(routes: &Routes<A>, view: View) -> Result<f64, Failure> {
    let table = view.options().open()?;
    let begun = Instant::now();
    load(A::rib(&table), routes);
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

fn family<A: Family>(
    report: &mut Report,
    routes: &Routes<A>,
    most: Option<f64>,
) -> Result<(), Failure> {
    let names = View::ALL.map(|view| format!("load/{}/{}", A::NAME, view.name()));
    if !names.iter().any(|name| report.wants(name)) {
        return Ok(());
    }
    progress(&format!("loads, {}", A::NAME));
    for view in View::ALL {
        let table = view.loaded(routes)?;
        let some = routes.iter().step_by(101);
        verify(&table, &oracle(routes), some.flat_map(|route| probes(route.0)))?;
    }
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..report.plan.rounds {
        for (times, view) in times.iter_mut().zip(View::ALL) {
            times.push(time(routes, view)?);
        }
    }
    for (name, times) in names.into_iter().zip(times) {
        let figure = Figure::new(name, "ms", times).target(most.map(Target::AtMost));
        report.add(figure.remark(format!("{} routes", routes.len())));
    }
    Ok(())
}
