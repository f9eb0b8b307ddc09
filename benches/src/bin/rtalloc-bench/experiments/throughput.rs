//! Lookups a second.

use std::time::Duration;

use rtalloc_benches::{
    adapter::Failure,
    family::Family,
    plan::{FamilyName, Throughput},
    rows::Row,
};

use super::{Experiment, grid::Grid};
use crate::{
    ground::numbers,
    session::Session,
    setting::{Cost, MORE_PATIENCE, PATIENCE, Setting},
};

fn grid(of: &Throughput, setting: &Setting) -> Grid {
    Grid {
        routes: of.routes,
        streams: of.streams.clone(),
        readers: of.readers.counts(setting.cores.count()),
        updates: of.updates.clone(),
        bursts: numbers(&of.bursts).collect(),
        rounds: of.rounds,
        lasting: Duration::from_millis(of.window_ms.get()),
        tries: of.tries,
        together: of.together,
        timed: false,
    }
}

impl Experiment for Throughput {
    fn families(&self) -> &[FamilyName] {
        &self.families
    }

    fn patience(&self) -> f64 {
        if self.slow { MORE_PATIENCE } else { PATIENCE }
    }

    fn cost<A: Family>(&self, setting: &Setting) -> Cost {
        grid(self, setting).cost::<A>(setting)
    }

    fn run<A: Family>(&self, session: &mut Session) -> Result<(), Failure> {
        grid(self, &session.setting).run::<A>(session, |session, row, seen| {
            let rate = |metric, unit, value| Row { metric, unit, value, ..row.clone() };
            session.rows.push(rate("lookups_per_second", "1/s", seen.lookups_per_second));
            session.rows.push(rate("updates_per_second", "1/s", seen.updates_per_second));
        })
    }
}
