//! Updates a second, without readers, and how long what they remove waits (in `reclaim`).
//!
//! | case | what |
//! |---|---|
//! | `replay` | the day, one by one |
//! | `withdraw and announce` | random routes, withdrawn and announced as they were, one by one |
//! | `flap` | the routes of a peer, withdrawn as one batch and announced as one |
//! | `bring-up` | a table from nothing, in random order, one by one |
//! | `bring-up in batches` | the same in batches |
//!
//! A run ends after so many updates, or after a time; so an implementation that is slow is measured
//! on fewer, which for a bring-up are those of a smaller table. How many it made is a row beside. What
//! a table refused does not count, and is a row of its own.

use std::time::{Duration, Instant};

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rtalloc::testing::history::Step;
use rtalloc_benches::{
    SEED,
    adapter::{Adapter, Failure, Implementation, Writer},
    disturbance::Watch,
    family::Family,
    plan::{FamilyName, Updates},
    rows::Row,
};

use super::{Experiment, reclaim};
use crate::{
    ground::Ground,
    session::Session,
    setting::{Cost, PATIENCE, Setting, routes},
};

/// Cases, with that of `reclaim`.
const CASES: usize = 6;

/// Reclamation backends, of which each is brought up with all routes.
const BACKENDS: usize = 3;

/// Seconds to insert a route there.
const INSERT: f64 = 2e-6;

/// About how many seconds both batches of a flap of some routes take.
fn flap<A: Family>(of: &Implementation<A>, routes: usize, flapping: usize) -> f64 {
    2.0 * flapping as f64 * (of.takes.batched)(routes)
}

/// What one run made.
struct Made {
    updates: usize,
    /// Of them, those that the table refused.
    refused: usize,
    seconds: f64,
    disturbed: bool,
}

/// The updates of all cases.
struct Cases<'g, A: Family> {
    replay: &'g [Step<A>],
    random: Vec<Step<A>>,
    down: Vec<Step<A>>,
    up: Vec<Step<A>>,
    bring_up: Vec<Step<A>>,
}

impl<'g, A: Family> Cases<'g, A> {
    fn new(plan: &Updates, ground: &'g Ground<A>) -> Self {
        let set = |&(prefix, hop): &_| Step::Set(prefix, hop);
        let mut bring_up: Vec<_> = ground.routes.iter().map(set).collect();
        bring_up.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
        let mut random = Vec::new();
        for step in bring_up.iter().take(plan.most / 2) {
            random.extend([Step::Remove(step.prefix()), *step]);
        }
        let share = ground.routes.len() * usize::from(plan.flap_percent.min(100)) / 100;
        let up = bring_up[bring_up.len() - share..].to_vec();
        let down = up.iter().map(|step| Step::Remove(step.prefix())).collect();
        let replay = &ground.steps[..ground.steps.len().min(plan.most)];
        Self { replay, random, down, up, bring_up }
    }
}

/// Makes updates, so many at a time, until the time is over.
fn make<A: Family>(
    writer: &mut dyn Writer<A>,
    steps: &[Step<A>],
    batch: Option<usize>,
    most: Duration,
) -> Made {
    let (watch, refused) = (Watch::thread(), writer.refused());
    let begun = Instant::now();
    let mut updates = 0;
    match batch {
        None => {
            for step in steps {
                writer.apply(step);
                updates += 1;
                if begun.elapsed() >= most {
                    break;
                }
            }
        }
        Some(batch) => {
            for steps in steps.chunks(batch) {
                writer.apply_all(steps);
                updates += steps.len();
                if begun.elapsed() >= most {
                    break;
                }
            }
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let disturbed = watch.end().disturbs();
    Made { updates, refused: writer.refused() - refused, seconds, disturbed }
}

/// One implementation in one round.
struct Round<'r, A: Family> {
    plan: &'r Updates,
    ground: &'r Ground<A>,
    cases: &'r Cases<'r, A>,
    implementation: &'r Implementation<A>,
    round: usize,
}

impl<A: Family> Round<'_, A> {
    fn push(&self, session: &mut Session, case: &str, made: &Made) {
        session.sampled(made.disturbed);
        let row = Row {
            case: case.to_owned(),
            round: self.round,
            disturbed: made.disturbed,
            updates: Some(f64::INFINITY),
            ..session.row::<A>(self.implementation.name, self.ground.routes.len())
        };
        let count = (made.updates - made.refused) as f64;
        let rate = count / made.seconds;
        let rows = [("updates_per_second", "1/s", rate), ("updates_made", "updates", count)];
        let row = |(metric, unit, value)| Row { metric, unit, value, ..row.clone() };
        session.rows.extend(rows.map(row));
        if made.refused > 0 {
            let (name, routes) = (self.implementation.name, self.ground.routes.len());
            session.refuse::<A>(name, routes, case, made.refused as u64);
        }
    }

    /// The cases that change a full table.
    fn full(&self, session: &mut Session) {
        let Some(open) = session.open(self.implementation, self.ground) else { return };
        let Some(mut writer) = open.adapter.writer() else { return };
        let most = Duration::from_millis(self.plan.most_ms);
        let mut done: Vec<Step<A>> = Vec::new();
        for (case, steps) in
            [("replay", self.cases.replay), ("withdraw and announce", &self.cases.random)]
        {
            session.progress.doing(&format!("{}, {case}", self.implementation.name));
            let made = make(&mut *writer, steps, None, most);
            done.extend_from_slice(&steps[..made.updates]);
            self.push(session, case, &made);
        }
        if self.flaps(session) {
            self.flap(session, &mut *writer, &mut done);
        }
        let refused = writer.refused();
        drop(writer);
        if self.round == 0 && refused == 0 {
            let mut oracle = self.ground.oracle.clone();
            done.iter().for_each(|step| step.apply(&mut oracle));
            let (name, adapter) = (self.implementation.name, &*open.adapter);
            session.check(name, adapter, self.ground, &oracle, &done, "after updates");
        }
    }

    /// Whether a flap ends in good time, since a batch cannot be interrupted; if not that is reported.
    fn flaps(&self, session: &mut Session) -> bool {
        let seconds = flap(self.implementation, self.ground.routes.len(), self.cases.up.len());
        if seconds > PATIENCE {
            let why = format!("a flap takes it about {seconds:.0} s");
            session.leave_out::<A>(self.implementation.name, self.ground.routes.len(), &why);
        }
        seconds <= PATIENCE
    }

    /// Both of its batches.
    fn flap(&self, session: &mut Session, writer: &mut dyn Writer<A>, done: &mut Vec<Step<A>>) {
        session.progress.doing(&format!("{}, flap", self.implementation.name));
        let both = [&self.cases.down, &self.cases.up].map(|steps| {
            done.extend_from_slice(steps);
            make(writer, steps, Some(steps.len().max(1)), Duration::MAX)
        });
        let made = Made {
            updates: both.iter().map(|made| made.updates).sum(),
            refused: both.iter().map(|made| made.refused).sum(),
            seconds: both.iter().map(|made| made.seconds).sum(),
            disturbed: both.iter().any(|made| made.disturbed),
        };
        self.push(session, "flap", &made);
    }

    /// A table from nothing.
    fn bring_up(&self, session: &mut Session, case: &str, batch: Option<usize>) {
        let room = &self.ground.routes;
        let Some(adapter) = session.open_empty(self.implementation, room) else { return };
        let Some(mut writer) = adapter.writer() else { return };
        session.progress.doing(&format!("{}, {case}", self.implementation.name));
        let most = Duration::from_millis(self.plan.most_ms);
        let steps = &self.cases.bring_up[..self.cases.bring_up.len().min(self.plan.most)];
        let made = make(&mut *writer, steps, batch, most);
        drop(writer);
        self.push(session, case, &made);
        if self.round == 0 && made.refused == 0 {
            self.check_bring_up(session, &*adapter, &steps[..made.updates]);
        }
    }

    fn check_bring_up(&self, session: &mut Session, adapter: &dyn Adapter<A>, made: &[Step<A>]) {
        let mut oracle = rtalloc::testing::oracle::Oracle::new();
        made.iter().for_each(|step| step.apply(&mut oracle));
        let name = self.implementation.name;
        session.check(name, adapter, self.ground, &oracle, made, "after a bring-up");
    }
}

impl Experiment for Updates {
    fn families(&self) -> &[FamilyName] {
        &self.families
    }

    fn cost<A: Family>(&self, setting: &Setting) -> Cost {
        let routes = routes::<A>(self.routes);
        let mut cost = setting.make(routes) + setting.make(routes);
        let opened = setting.opened::<A>(routes);
        let samples = opened.len() * CASES;
        // Both batches, and whether the answers are right, once after each of three.
        let flapping = routes * usize::from(self.flap_percent.min(100)) / 100;
        let mut checked = setting.check_fed::<A>(routes);
        checked.seconds *= 3.0;
        cost += checked;
        let flaps = opened.iter().map(|of| flap(of, routes, flapping));
        let flaps = flaps.filter(|&seconds| seconds <= PATIENCE).sum();
        for _ in 0..self.rounds {
            cost += setting.open::<A>(routes);
            cost += Cost::seconds(flaps);
            cost += Cost::seconds(BACKENDS as f64 * INSERT * routes as f64);
            for _ in 0..CASES {
                cost += setting.overrun::<A>(routes);
            }
            cost += Cost::samples(samples, self.most_ms as f64 / 1e3);
        }
        cost
    }

    fn run<A: Family>(&self, session: &mut Session) -> Result<(), Failure> {
        let ground = session.ground::<A>(self.routes)?;
        let cases = Cases::new(self, &ground);
        let implementations = session.setting.implementations::<A>();
        for round in 0..self.rounds {
            for index in session.order(implementations.len()) {
                let (ground, cases) = (&*ground, &cases);
                let implementation = &implementations[index];
                let round = Round { plan: self, ground, cases, implementation, round };
                round.full(session);
                round.bring_up(session, "bring-up", None);
                round.bring_up(session, "bring-up in batches", Some(self.batch.get()));
            }
            reclaim::run::<A>(self, session, &ground, round)?;
        }
        Ok(())
    }
}
