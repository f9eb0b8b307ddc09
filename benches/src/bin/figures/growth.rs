//! Ten times today's Internet, synthetic: loads, looks up, updates, and its memory, beside a table of
//! today's size.

use std::hint::black_box;

use rtalloc::{Table, testing::probes::probes};
use rtalloc_benches::{
    Day, Routes, Stream,
    changes::apply,
    family::Family,
    spread::{quantile, ratios},
};

use crate::{
    Failure,
    figure::Figure,
    load,
    report::{Report, progress},
    tables::{View, busy_seconds, oracle, verify},
};

/// Addresses of a burst.
const BURST: usize = 64;

/// Updates of one round.
const UPDATES: usize = 100_000;

/// Both families.
pub(crate) fn run(report: &mut Report, day: &Day) -> Result<(), Failure> {
    family::<u32>(report, day, 10_000_000)?;
    family::<u128>(report, day, 2_500_000)
}

/// Lookups a second, in bursts in the next-hop view.
fn lookups<A: Family>(table: &Table, addresses: &[A]) -> f64 {
    let mut reader = table.reader();
    let mut guard = reader.enter();
    let seconds = busy_seconds(|| {
        let mut numbers = [0; BURST];
        for burst in addresses.chunks(BURST) {
            if let Some(view) = guard.forwarding() {
                A::numbers(&view, burst, &mut numbers);
            }
            black_box(&mut numbers);
            guard.quiescent();
        }
    });
    addresses.len() as f64 / seconds
}

fn family<A: Family>(report: &mut Report, day: &Day, count: usize) -> Result<(), Failure> {
    let name = |part: &str| format!("growth/{}/{part}", A::NAME);
    let names = ["load", "lookups x64", "updates", "all, a route"].map(name);
    if !names.iter().any(|name| report.wants(name)) {
        return Ok(());
    }
    progress(&format!("growth: {count} routes, {}", A::NAME));
    let (today, larger) = (A::routes(day), A::internet(count));
    let what = format!("{} routes", larger.len());
    let [load_name, lookups_name, updates_name, memory_name] = names;
    if report.wants(&load_name) {
        let times: Result<Vec<_>, _> = (0..report.plan.heavy)
            .map(|_| Ok::<_, Failure>(load::time(&larger, View::Both)? / 1e3))
            .collect();
        report.add(Figure::new(load_name, "s", times?).remark(&*what));
    }
    let tables = [View::Both.loaded(today)?, View::Both.loaded(&larger)?];
    {
        let some = larger.iter().step_by(997).flat_map(|route| probes(route.0));
        verify(&tables[1], &oracle(&larger), some)?;
    }
    let stats = A::rib(&tables[1]).stats();
    let each = |bytes: usize| bytes as f64 / stats.routes.max(1) as f64;
    report.add(Figure::new(memory_name, "bytes", vec![each(stats.total_bytes())]).remark(format!(
        "{what}: {:.2} GiB; next-hop view {:.2}, both views {:.2} bytes a prefix",
        stats.total_bytes() as f64 / (1u64 << 30) as f64,
        each(stats.forward_bytes - stats.forward_free_bytes),
        each(stats.forward_bytes - stats.forward_free_bytes + stats.lookup_bytes()),
    )));
    if report.wants(&lookups_name) {
        let addresses = [today, &larger]
            .map(|routes| A::addresses(Stream::Routed, routes, report.plan.addresses));
        add(report, lookups_name, |index, _| lookups(&tables[index], &addresses[index]));
    }
    if report.wants(&updates_name) {
        let rounds = report.plan.rounds;
        let days = [today, &larger].map(|routes: &Routes<A>| {
            A::synthetic_updates(routes, rounds * UPDATES.min(report.plan.updates))
        });
        add(report, updates_name, |index, round| {
            let some = days[index].len() / rounds;
            let steps = &days[index][round * some..][..some];
            let rib = A::rib(&tables[index]);
            some as f64 / busy_seconds(|| steps.iter().for_each(|step| apply(rib, step)))
        });
    }
    Ok(())
}

/// Adds the ratio of a rate of the larger table, 1, to that of today's, 0.
fn add(report: &mut Report, name: String, rate: impl Fn(usize, usize) -> f64) {
    let mut rates = [Vec::new(), Vec::new()];
    for round in 0..report.plan.rounds {
        for turn in 0..2 {
            let index = (turn + round) % 2;
            rates[index].push(rate(index, round));
        }
    }
    let [before, after] = [0, 1].map(|index: usize| quantile(&rates[index], 0.5) / 1e6);
    let figure = Figure::new(name, "times", ratios(&rates[1], &rates[0]));
    report
        .add(figure.against("today's size").remark(format!("{after:.2} against {before:.2} M/s")));
}
