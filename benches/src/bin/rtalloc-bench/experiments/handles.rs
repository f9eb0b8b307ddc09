//! What it costs to take a route and give it back, with every thread on one route.
//!
//! The case `take` asks each implementation that has handles through its adapter, which puts the
//! handle into a box: an allocation, the same for all. The other cases are the tiers of
//! [`rtalloc_benches::tiers`], without boxes, of this crate and of what one would write instead; their
//! table is an IPv4 one. Nanoseconds are of one operation in the thread that makes it.

use std::{
    hint::black_box,
    sync::{Barrier, OnceLock},
    thread,
    time::{Duration, Instant},
};

use rtalloc_benches::{
    adapter::{Adapter, Failure},
    disturbance::{Lost, Watch},
    family::Family,
    pinning::Cores,
    plan::{FamilyName, Handles},
    rows::Row,
    tiers::{self, Tier},
};

use super::Experiment;
use crate::{
    ground::Open,
    session::Session,
    setting::{BESIDE, Cost, OURS, Setting, routes},
};

/// Operations between two looks at the clock.
const CHUNK: u32 = 128;

/// Tiers, for the estimate.
const TIERS: usize = 9;

/// What threads did.
struct Contended {
    nanoseconds: f64,
    disturbed: bool,
}

/// Does so many operations.
type Work<'a> = Box<dyn FnMut(u32) + 'a>;

/// Lets so many threads work on the same at the same time.
fn contend<'a>(
    threads: usize,
    lasting: Duration,
    cores: &Cores,
    work: &(dyn Fn() -> Work<'a> + Sync),
) -> Result<Contended, Failure> {
    let barrier = Barrier::new(threads);
    let begin = OnceLock::new();
    let one = |index| {
        cores.pin(index, threads);
        barrier.wait();
        let from = *begin.get_or_init(|| Instant::now() + lasting / 8);
        let mut work = work();
        while Instant::now() < from {
            work(CHUNK);
        }
        let watch = Watch::thread();
        let (begun, mut now, mut count) = (Instant::now(), from, 0u64);
        while now < from + lasting {
            work(CHUNK);
            count += u64::from(CHUNK);
            now = Instant::now();
        }
        (count, now.saturating_duration_since(begun).as_secs_f64(), watch.end())
    };
    let done: Vec<_> = thread::scope(|scope| {
        let one = &one;
        let all: Vec<_> = (0..threads).map(|index| scope.spawn(move || one(index))).collect();
        all.into_iter().map(|thread| thread.join()).collect()
    });
    let (mut count, mut seconds, mut lost) = (0, 0.0, Lost::default());
    for thread in done {
        let (its, lasted, its_lost) = thread.map_err(|_| "a thread panicked")?;
        count += its;
        seconds += lasted;
        lost += its_lost;
    }
    let nanoseconds = seconds * 1e9 / count.max(1) as f64;
    Ok(Contended { nanoseconds, disturbed: lost.disturbs() && !cores.oversubscribed(threads) })
}

/// Whose a tier is.
fn owner(tier: &'static str) -> &'static str {
    if BESIDE.contains(&tier) { tier } else { OURS }
}

/// One experiment in one family.
struct Round<'h> {
    plan: &'h Handles,
    threads: usize,
    round: usize,
    routes: usize,
}

impl Round<'_> {
    fn measure<'a, A: Family>(
        &self,
        session: &mut Session,
        name: &str,
        case: &str,
        work: &(dyn Fn() -> Work<'a> + Sync),
    ) {
        session.progress.doing(&format!("{name}, {case}"));
        let cores = session.setting.cores.clone();
        let lasting = Duration::from_millis(self.plan.window_ms.get());
        let mut done = contend(self.threads, lasting, &cores, work);
        for _ in 1..self.plan.tries {
            if done.as_ref().is_ok_and(|done| done.disturbed) {
                done = contend(self.threads, lasting, &cores, work);
            }
        }
        match done {
            Ok(Contended { nanoseconds, disturbed }) => {
                session.sampled(disturbed);
                let row = Row {
                    readers: Some(self.threads),
                    oversubscribed: cores.oversubscribed(self.threads),
                    case: case.to_owned(),
                    x: Some(self.threads as f64),
                    round: self.round,
                    metric: "nanoseconds",
                    unit: "ns",
                    value: nanoseconds,
                    disturbed,
                    ..session.row::<A>(name, self.routes)
                };
                session.rows.push(row);
            }
            Err(error) => session.fail::<A>(name, self.routes, &error.to_string()),
        }
    }
}

/// Takes the route of an address and gives it back.
fn take<A: Family>(adapter: &dyn Adapter<A>, address: A) -> Work<'_> {
    let mut reader = adapter.reader();
    Box::new(move |times| {
        for _ in 0..times {
            black_box(reader.take(black_box(address)));
        }
    })
}

/// Does the same by a tier, whose answers are checked.
fn by_tier<'t>(tier: &'t Tier<'_>) -> Work<'t> {
    let mut worker = (tier.worker)();
    Box::new(move |times| tier.check(worker(times), times))
}

impl Experiment for Handles {
    fn families(&self) -> &[FamilyName] {
        &self.families
    }

    fn cost<A: Family>(&self, setting: &Setting) -> Cost {
        let routes = routes::<A>(self.routes);
        let counts = self.threads.counts(setting.cores.count()).len();
        // About half of all have handles.
        let measured = setting.implementations::<A>().len() / 2 + TIERS;
        let seconds = self.window_ms.get() as f64 * 1.125 / 1e3;
        let samples = Cost::samples(measured * counts * self.rounds, seconds);
        setting.make(routes) + setting.open::<A>(routes) + samples
    }

    fn run<A: Family>(&self, session: &mut Session) -> Result<(), Failure> {
        let ground = session.ground::<A>(self.routes)?;
        let routes = ground.routes.len();
        let middle = ground.routes.get(routes / 2).ok_or("no routes")?;
        let address = middle.0.last_address();
        let implementations = session.setting.implementations::<A>();
        let mut open: Vec<Open<'_, A>> =
            session.open_all(&implementations, &ground).into_iter().flatten().collect();
        open.retain(|open| open.adapter.reader().take(address).is_some());
        // The tiers are of IPv4, and once is enough.
        let setting = (A::WIDTH == 32).then(|| tiers::Setting::new(routes)).transpose()?;
        let mut tiers = setting.as_ref().map(tiers::tiers).unwrap_or_default();
        tiers.retain(|tier| session.setting.names(owner(tier.name)));
        for round in 0..self.rounds {
            for threads in self.threads.counts(session.setting.cores.count()) {
                let round = Round { plan: self, threads, round, routes };
                for index in session.order(open.len() + tiers.len()) {
                    if let Some(open) = open.get(index) {
                        let (name, adapter) = (open.implementation.name, &*open.adapter);
                        round.measure::<A>(session, name, "take", &|| take(adapter, address));
                    } else if let Some(of) = tiers.get(index - open.len()) {
                        round.measure::<A>(session, owner(of.name), of.name, &|| by_tier(of));
                    }
                }
            }
        }
        Ok(())
    }
}
