//! What updates cost: one by one, each published, and in sorted batches.
//!
//! Rates are by the time that the writing thread had a processor. The slowest in a thousand is by the
//! clock, of a run of its own in which each update is timed: it contains two readings of the clock,
//! and whatever interrupted.

use std::time::Instant;

use hdrhistogram::Histogram;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rtalloc::{
    NextHop, Table,
    testing::{history::Step, probes::probes},
};
use rtalloc_benches::{
    Day, Routes, SEED,
    changes::{apply, apply_batch},
    disturbance::Watch,
    family::Family,
    spread::{quantile, ratios},
};

use crate::{
    Failure,
    figure::{Figure, Target},
    report::{Plan, Report, progress},
    tables::{View, busy_seconds, oracle, verify},
};

/// Changes of one sorted batch.
const BATCH: usize = 10_000;

/// Routes that take part where every update changes the tree, and in batches.
const ROUTES: usize = 200_000;

/// Routes withdrawn before they are announced again.
const AWAY: usize = 16;

/// Updates, and how they are made.
pub(crate) struct Scenario<A: Family> {
    pub(crate) name: &'static str,
    parts: Vec<Vec<Step<A>>>,
    /// In batches of [`BATCH`], or one by one.
    batches: bool,
    /// Million a second.
    least: f64,
}

impl<A: Family> Scenario<A> {
    pub(crate) fn all(day: &Day, plan: &Plan) -> Vec<Self> {
        let (routes, updates) = (A::routes(day), A::updates(day));
        let some = ROUTES.min(plan.updates);
        let one_by_one =
            |name, steps, least| Self { name, parts: vec![steps], batches: false, least };
        let batches = |name, parts| Self { name, parts, batches: true, least: 5.0 };
        let stride = (routes.len() / some).max(1);
        let sorted: Routes<A> = routes.iter().copied().step_by(stride).collect();
        let change = |&(prefix, hop): &(_, NextHop)| {
            Step::Set(prefix, NextHop::interface(hop.interface % 250 + 1))
        };
        // From the middle, each prefix the next one of the table: what a peer's table is.
        let middle = routes.len().saturating_sub(some) / 2;
        let neighbours = &routes[middle..routes.len().min(middle + some)];
        let remove = |&(prefix, _): &(_, NextHop)| Step::Remove(prefix);
        let set = |&(prefix, hop): &(_, NextHop)| Step::Set(prefix, hop);
        let mut shuffled: Routes<A> = routes.clone();
        shuffled.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
        shuffled.truncate(some);
        let pairs = shuffled.chunks(AWAY);
        let pairs = pairs.flat_map(|some| some.iter().map(remove).chain(some.iter().map(set)));
        let replayed = updates[..updates.len().min(plan.updates)].to_vec();
        vec![
            one_by_one("replay of the day", replayed, 1.0),
            one_by_one("each changes the tree", pairs.collect(), 0.6),
            batches("batches of changes", vec![sorted.iter().map(change).collect()]),
            batches(
                "batches, away and back",
                vec![sorted.iter().map(remove).collect(), sorted.iter().map(set).collect()],
            ),
            batches("batches of neighbours", vec![neighbours.iter().map(change).collect()]),
            batches(
                "batches of neighbours, away and back",
                vec![neighbours.iter().map(remove).collect(), neighbours.iter().map(set).collect()],
            ),
        ]
    }

    /// The updates, where they are made one by one.
    pub(crate) fn one_by_one(&self) -> Option<&[Step<A>]> {
        self.parts.first().filter(|_| !self.batches).map(Vec::as_slice)
    }

    fn name(&self, view: View) -> String {
        format!("updates/{}/{}/{}", A::NAME, self.name, view.name())
    }

    fn slowest_name(&self, view: View) -> String {
        format!("updates/{}/{}, p99.9/{}", A::NAME, self.name, view.name())
    }

    fn len(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    fn run(&self, table: &Table) {
        for part in &self.parts {
            if self.batches {
                part.chunks(BATCH).for_each(|steps| apply_batch(A::rib(table), steps));
            } else {
                part.iter().for_each(|step| apply(A::rib(table), step));
            }
        }
    }

    /// Checks what the table answers afterwards.
    fn check(&self, routes: &Routes<A>, view: View) -> Result<(), Failure> {
        let table = view.loaded(routes)?;
        self.run(&table);
        let mut oracle = oracle(routes);
        let steps = || self.parts.iter().flatten();
        steps().for_each(|step| step.apply(&mut oracle));
        verify(&table, &oracle, steps().step_by(101).flat_map(|step| probes(step.prefix())))
    }

    /// Million updates a second.
    fn rate(&self, routes: &Routes<A>, view: View) -> Result<f64, Failure> {
        let table = view.loaded(routes)?;
        Ok(self.len() as f64 / busy_seconds(|| self.run(&table)) / 1e6)
    }

    /// Nanoseconds of each update.
    fn times(&self, routes: &Routes<A>, view: View) -> Result<Histogram<u64>, Failure> {
        let table = view.loaded(routes)?;
        let mut times = Histogram::new(3)?;
        for step in self.parts.iter().flatten() {
            let begun = Instant::now();
            apply(A::rib(&table), step);
            times += u64::try_from(begun.elapsed().as_nanos())?;
        }
        Ok(times)
    }
}

/// All of both families.
pub(crate) fn run(report: &mut Report, day: &Day) -> Result<(), Failure> {
    family::<u32>(report, day)?;
    family::<u128>(report, day)
}

fn family<A: Family>(report: &mut Report, day: &Day) -> Result<(), Failure> {
    let routes = A::routes(day);
    for scenario in Scenario::<A>::all(day, &report.plan) {
        let names = View::ALL.map(|view| scenario.name(view));
        if names.iter().any(|name| report.wants(name)) {
            progress(&format!("updates, {} {}", A::NAME, scenario.name));
            add_rates(report, &scenario, routes)?;
        }
        let names = View::ALL.map(|view| scenario.slowest_name(view));
        if !scenario.batches && names.iter().any(|name| report.wants(name)) {
            progress(&format!("slowest updates, {} {}", A::NAME, scenario.name));
            add_slowest(report, &scenario, routes)?;
        }
    }
    Ok(())
}

fn add_rates<A: Family>(
    report: &mut Report,
    scenario: &Scenario<A>,
    routes: &Routes<A>,
) -> Result<(), Failure> {
    for view in View::ALL {
        scenario.check(routes, view)?;
    }
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..report.plan.heavy {
        for (rates, view) in rates.iter_mut().zip(View::ALL) {
            rates.push(scenario.rate(routes, view)?);
        }
    }
    let share = quantile(&ratios(&rates[1], &rates[0]), 0.5);
    for (rates, view) in rates.into_iter().zip(View::ALL) {
        let remark = match view {
            View::Entries => format!("{} updates", scenario.len()),
            View::Both => format!("{share:.2} times the rate with entries alone"),
        };
        let figure = Figure::new(scenario.name(view), "M/s", rates).remark(remark);
        report.add(figure.target(Target::AtLeast(scenario.least)));
    }
    Ok(())
}

fn add_slowest<A: Family>(
    report: &mut Report,
    scenario: &Scenario<A>,
    routes: &Routes<A>,
) -> Result<(), Failure> {
    let mut slowest = [Vec::new(), Vec::new()];
    let mut all = [Histogram::<u64>::new(3)?, Histogram::new(3)?];
    let watch = Watch::thread();
    for _ in 0..report.plan.heavy {
        for ((slowest, all), view) in slowest.iter_mut().zip(&mut all).zip(View::ALL) {
            let times = scenario.times(routes, view)?;
            slowest.push(times.value_at_quantile(0.999) as f64 / 1e3);
            all.add(&times)?;
        }
    }
    let lost = watch.end().share() * 100.0;
    for ((slowest, all), view) in slowest.into_iter().zip(all).zip(View::ALL) {
        let at = |share: f64| all.value_at_quantile(share) as f64 / 1e3;
        let remark = format!(
            "all rounds: p50 {:.2}, p99 {:.2}, p99.99 {:.1}, max {:.0} us; waited {lost:.1} % of the time",
            at(0.5),
            at(0.99),
            at(0.9999),
            all.max() as f64 / 1e3
        );
        let figure = Figure::new(scenario.slowest_name(view), "us", slowest).remark(remark);
        report.add(figure.target(Target::AtMost(5.0)));
    }
    Ok(())
}
