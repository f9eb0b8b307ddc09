//! Seconds to build a table: by its size, and for rtalloc by the threads that build it.
//!
//! | case | who | threads |
//! |---|---|---|
//! | `size` | everyone | one, as most can use no more |
//! | `size, all cores` | rtalloc | as many as there are cores |
//! | `threads` | rtalloc | as many as `x` says |

use rayon::{ThreadPool, ThreadPoolBuilder};
use rtalloc_benches::{
    adapter::{Failure, Implementation},
    environment::available,
    family::Family,
    plan::{Build, FamilyName, Size},
    rows::Row,
};

use super::Experiment;
use crate::{
    ground::{Ground, numbers},
    session::Session,
    setting::{Cost, OURS, Setting},
};

/// Bytes a route that must be free to begin: of routes, updates and oracle, and of a table and
/// what is needed to build it.
const BYTES: usize = 800;

/// Opens a table on the threads of a pool, and says how long it took. Its answers are checked
/// afterwards.
fn measure<A: Family>(
    session: &mut Session,
    implementation: &Implementation<A>,
    ground: &Ground<A>,
    pool: &ThreadPool,
    row: Row,
) {
    let name = implementation.name;
    let opened = session.open_in(pool, implementation, &ground.routes);
    let Some((adapter, value, lost)) = opened else { return };
    let disturbed = lost.disturbs() && !row.oversubscribed;
    if !session.check(name, &*adapter, ground, &ground.oracle, &[], "when opened") {
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
        let threads = self.threads.counts(setting.cores.count()).len();
        let mut cost = setting.make(self.threads_routes.get());
        for size in numbers(&self.sizes) {
            cost += setting.make(size);
            let samples = setting.opened::<A>(size).len() + 1;
            for _ in 0..self.rounds {
                cost += setting.open::<A>(size) + Cost::samples(samples, 0.0);
            }
        }
        let one = 0.3e-6 * self.threads_routes.get() as f64;
        cost + Cost::samples(threads * self.rounds, one)
    }

    fn run<A: Family>(&self, session: &mut Session) -> Result<(), Failure> {
        let implementations = session.setting.implementations::<A>();
        let ours = implementations.iter().find(|of| of.name == OURS);
        let cores = session.setting.cores.count();
        let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build();
        let (one, all) = (pool(1)?, pool(cores)?);
        for size in numbers(&self.sizes) {
            let (needed, free) = (size * BYTES, available());
            if free > 0 && needed > free {
                let gib = |bytes: usize| bytes as f64 / (1u64 << 30) as f64;
                let (needed, free) = (gib(needed), gib(free));
                let why =
                    format!("about {needed:.1} GiB of memory are needed, {free:.1} were free");
                for of in &implementations {
                    session.leave_out::<A>(of.name, size, &why);
                }
                continue;
            }
            let ground = session.ground::<A>(Size::Routes(size))?;
            for round in 0..self.rounds {
                let row = |case: &str| Row { case: case.to_owned(), round, ..Row::default() };
                for index in session.order(implementations.len()) {
                    measure(session, &implementations[index], &ground, &one, row("size"));
                }
                if let Some(ours) = ours {
                    measure(session, ours, &ground, &all, row("size, all cores"));
                }
            }
        }
        let Some(ours) = ours else { return Ok(()) };
        let ground = session.ground::<A>(Size::Routes(self.threads_routes.get()))?;
        for round in 0..self.rounds {
            for threads in self.threads.counts(cores) {
                let pool = pool(threads)?;
                let row = Row {
                    case: "threads".to_owned(),
                    x: Some(threads as f64),
                    oversubscribed: threads > cores,
                    round,
                    ..Row::default()
                };
                measure(session, ours, &ground, &pool, row);
            }
        }
        Ok(())
    }
}
