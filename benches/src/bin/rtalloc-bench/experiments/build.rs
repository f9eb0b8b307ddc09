//! Seconds to build a table: by its size, and for rtalloc by the threads that build it.

use std::time::Instant;

use rayon::{ThreadPool, ThreadPoolBuilder};
use rtalloc_benches::{
    adapter::{Failure, Implementation},
    environment::{available, waits},
    family::Family,
    plan::{Build, FamilyName, Size},
    rows::Row,
};

use super::Experiment;
use crate::{
    ground::Ground,
    session::Session,
    setting::{Cost, OURS, Setting},
};

/// Bytes a route that must be free to begin: of routes, updates and oracle, and of a table and
/// what is needed to build it.
const BYTES: usize = 800;

/// Opens a table, on the threads of a pool if one is given, and says how long it took. Its answers are
/// checked afterwards.
fn measure<A: Family>(
    session: &mut Session,
    implementation: &Implementation<A>,
    ground: &Ground<A>,
    pool: Option<&ThreadPool>,
    row: Row,
) {
    let name = implementation.name;
    let waited = waits();
    let begun = Instant::now();
    let opened = session.open_in(pool, implementation, &ground.routes);
    let value = begun.elapsed().as_secs_f64();
    let disturbed = waits() > waited;
    let Some(adapter) = opened else { return };
    if !session.check(name, &*adapter, ground, &ground.oracle, "when opened") {
        return;
    }
    session.sampled(disturbed);
    let Row { implementation, family, routes, experiment, .. } =
        session.row::<A>(name, ground.routes.len());
    let x = row.x.or(Some(routes as f64));
    let (metric, unit) = ("seconds", "s");
    session.rows.push(Row {
        implementation,
        family,
        routes,
        experiment,
        x,
        metric,
        unit,
        value,
        disturbed,
        ..row
    });
}

impl Experiment for Build {
    fn families(&self) -> &[FamilyName] {
        &self.families
    }

    fn cost<A: Family>(&self, setting: &Setting) -> Cost {
        let all = setting.implementations::<A>().len();
        let threads = self.threads.counts(setting.cores.count()).len();
        let mut cost = setting.make(self.threads_routes);
        for &size in &self.sizes {
            cost += setting.make(size);
            for _ in 0..self.rounds {
                cost += setting.open::<A>(size) + Cost::samples(all, 0.0);
            }
        }
        let one = 0.3e-6 * self.threads_routes as f64;
        cost + Cost::samples(threads * self.rounds, one)
    }

    fn run<A: Family>(&self, session: &mut Session) -> Result<(), Failure> {
        let implementations = session.setting.implementations::<A>();
        for &size in &self.sizes {
            let (needed, free) = (size * BYTES, available());
            if free > 0 && needed > free {
                let gib = |bytes: usize| bytes as f64 / (1u64 << 30) as f64;
                let (needed, free) = (gib(needed), gib(free));
                session.progress.say(&format!(
                    "{size} routes are left out: about {needed:.1} GiB are needed, {free:.1} free"
                ));
                continue;
            }
            let ground = session.ground::<A>(Size::Routes(size))?;
            for round in 0..self.rounds {
                for index in session.order(implementations.len()) {
                    let row = Row { case: "size".to_owned(), round, ..Row::default() };
                    measure(session, &implementations[index], &ground, None, row);
                }
            }
        }
        let Some(ours) = implementations.iter().find(|of| of.name == OURS) else { return Ok(()) };
        let ground = session.ground::<A>(Size::Routes(self.threads_routes))?;
        let cores = session.setting.cores.count();
        for round in 0..self.rounds {
            for threads in self.threads.counts(cores) {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
                let row = Row {
                    case: "threads".to_owned(),
                    x: Some(threads as f64),
                    oversubscribed: threads > cores,
                    round,
                    ..Row::default()
                };
                measure(session, ours, &ground, Some(&pool), row);
            }
        }
        Ok(())
    }
}
