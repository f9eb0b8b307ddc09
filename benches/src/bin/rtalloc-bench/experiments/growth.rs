//! What a lookup costs, by the size of the table, and times what it costs rtalloc in the same round.
//! It is the thread's own time: what the processor does for others meanwhile does not count.

use cpu_time::ThreadTime;
use rtalloc_benches::{
    Stream,
    adapter::Failure,
    disturbance::Watch,
    family::Family,
    plan::{FamilyName, Growth, Size},
    rows::Row,
};

use super::Experiment;
use crate::{
    ground::numbers,
    session::Session,
    setting::{Cost, OURS, Setting},
};

/// About what a lookup costs, for the estimate.
const LOOKUP: f64 = 100e-9;

/// One size in all rounds.
fn measure<A: Family>(plan: &Growth, session: &mut Session, size: usize) -> Result<(), Failure> {
    let ground = session.ground::<A>(Size::Routes(size))?;
    let addresses = A::addresses(Stream::Routed, &ground.routes, plan.addresses);
    let burst = plan.burst.get();
    let groups = session.setting.groups::<A>(plan.together);
    for (group, implementations) in groups.iter().enumerate() {
        let open = session.open_all(implementations, &ground);
        for round in 0..plan.rounds {
            let mut rows = Vec::new();
            for index in session.order(open.len()) {
                let Some(open) = &open[index] else { continue };
                let name = open.implementation.name;
                session.progress.doing(name);
                let mut reader = open.adapter.reader();
                // Whoever comes next finds the caches as they were left by another.
                reader.run(&addresses[..addresses.len() / 8], burst);
                let watch = Watch::thread();
                let begun = ThreadTime::now();
                reader.run(&addresses, burst);
                let seconds = begun.elapsed().as_secs_f64();
                let disturbed = watch.end().disturbs();
                session.sampled(disturbed);
                rows.push(Row {
                    stream: Stream::Routed.name(),
                    readers: Some(1),
                    burst: Some(burst),
                    updates: Some(0.0),
                    x: Some(ground.routes.len() as f64),
                    round: group * plan.rounds + round,
                    metric: "nanoseconds",
                    unit: "ns",
                    value: seconds * 1e9 / addresses.len().max(1) as f64,
                    disturbed,
                    ..session.row::<A>(name, ground.routes.len())
                });
            }
            let ratios = ratios(&rows);
            session.rows.extend(rows);
            session.rows.extend(ratios);
        }
    }
    Ok(())
}

/// Each value of a round through rtalloc's; none if that was not measured.
fn ratios(rows: &[Row]) -> Vec<Row> {
    let ours = rows.iter().find(|row| row.implementation == OURS);
    let Some(ours) = ours else { return Vec::new() };
    let ratio = |row: &Row| Row {
        metric: "ratio_to_rtalloc",
        unit: "times",
        value: row.value / ours.value,
        disturbed: row.disturbed || ours.disturbed,
        ..row.clone()
    };
    rows.iter().map(ratio).collect()
}

impl Experiment for Growth {
    fn families(&self) -> &[FamilyName] {
        &self.families
    }

    fn cost<A: Family>(&self, setting: &Setting) -> Cost {
        let mut cost = Cost::default();
        for size in numbers(&self.sizes) {
            let tables = setting.grouped::<A>(self.together, size);
            let each = self.addresses as f64 * 1.125 * LOOKUP;
            cost += setting.make(size) + setting.open::<A>(size);
            cost += Cost::samples(tables * self.rounds, each);
        }
        cost
    }

    fn run<A: Family>(&self, session: &mut Session) -> Result<(), Failure> {
        numbers(&self.sizes).try_for_each(|size| measure::<A>(self, session, size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_rtalloc() {
        let row = |name: &str, value, disturbed| Row {
            implementation: name.to_owned(),
            value,
            disturbed,
            ..Row::default()
        };
        let rows = [row("other", 30.0, false), row(OURS, 10.0, true)];
        let found: Vec<_> = ratios(&rows).iter().map(|row| (row.value, row.disturbed)).collect();
        assert_eq!(found, [(3.0, true), (1.0, true)]);
        assert!(ratios(&rows[..1]).is_empty());
    }
}
