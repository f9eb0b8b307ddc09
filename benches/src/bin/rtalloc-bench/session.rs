//! A run of experiments: what they share, and what comes of them.

use std::{
    any::Any,
    collections::HashMap,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    rc::Rc,
    time::Instant,
};

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::ThreadPool;
use rtalloc::{
    NextHop,
    testing::{history::Step, oracle::Oracle},
};
use rtalloc_benches::{
    Day, Routes, SEED,
    adapter::{Adapter, Failure, Implementation, Opened, verify_around},
    disturbance::{Lost, Watch},
    family::Family,
    feed::Feed,
    plan::Size,
    rows::Row,
};

use crate::{
    ground::{Ground, Open, some},
    progress::Progress,
    setting::{Cost, OURS, Setting},
};

/// The files of a day.
const FILES: [&str; 4] =
    ["v4-initial.txt.gz", "v4-updates.txt.gz", "v6-initial.txt.gz", "v6-updates.txt.gz"];

/// The day in a folder, or a synthetic one.
///
/// # Errors
/// If a file of it is not there.
pub(crate) fn open_day(folder: Option<&Path>) -> Result<Day, Failure> {
    let Some(folder) = folder else { return Ok(Day::synthetic()) };
    match FILES.iter().map(|name| folder.join(name)).find(|path| !path.is_file()) {
        Some(path) => Err(format!("no day: {} is not there", path.display()).into()),
        None => Ok(Day::read(folder)),
    }
}

/// A run of experiments.
pub(crate) struct Session {
    pub(crate) setting: Setting,
    pub(crate) progress: Progress,
    /// What the experiment that runs has measured.
    pub(crate) rows: Vec<Row>,
    /// Wrong answers and failures of this crate's own tables, in all experiments.
    pub(crate) faults: usize,
    experiment: &'static str,
    folder: Option<PathBuf>,
    day: Option<Rc<Day>>,
    /// The table of each family that was asked for last.
    grounds: HashMap<&'static str, (Size, Rc<dyn Any>)>,
    random: ChaCha8Rng,
    samples: usize,
    disturbed: usize,
}

impl Session {
    pub(crate) fn new(setting: Setting, folder: Option<PathBuf>) -> Self {
        Self {
            setting,
            progress: Progress::idle(),
            rows: Vec::new(),
            faults: 0,
            experiment: "",
            folder,
            day: None,
            grounds: HashMap::new(),
            random: ChaCha8Rng::seed_from_u64(SEED),
            samples: 0,
            disturbed: 0,
        }
    }

    /// Begins an experiment.
    pub(crate) fn begin(&mut self, name: &'static str, expected: Cost) {
        self.experiment = name;
        self.progress = Progress::begin(name, expected);
        (self.samples, self.disturbed) = (0, 0);
    }

    /// Ends it: all that it measured.
    pub(crate) fn end(&mut self) -> Vec<Row> {
        let (samples, disturbed) = (self.samples, self.disturbed);
        if disturbed * 4 > samples {
            self.progress.say(&format!(
                "{disturbed} of {samples} samples were disturbed: others have this machine too, and \
                 the numbers say little"
            ));
        }
        mem::replace(&mut self.progress, Progress::idle()).end();
        mem::take(&mut self.rows)
    }

    /// A table of the size.
    pub(crate) fn ground<A: Family>(&mut self, size: Size) -> Result<Rc<Ground<A>>, Failure> {
        if let Some((of, ground)) = self.grounds.get(A::NAME)
            && *of == size
            && let Ok(ground) = Rc::clone(ground).downcast()
        {
            return Ok(ground);
        }
        self.progress.doing("making routes");
        let ground = Rc::new(match size {
            Size::Routes(count) => Ground::synthetic(count),
            Size::Day => Ground::of(&*self.day()?),
        });
        self.grounds.insert(A::NAME, (size, Rc::<Ground<A>>::clone(&ground)));
        Ok(ground)
    }

    fn day(&mut self) -> Result<Rc<Day>, Failure> {
        if let Some(day) = &self.day {
            return Ok(Rc::clone(day));
        }
        let day = Rc::new(open_day(self.folder.as_deref())?);
        self.day = Some(Rc::clone(&day));
        Ok(day)
    }

    /// The numbers below `count` in a random order.
    pub(crate) fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        order.shuffle(&mut self.random);
        order
    }

    /// A row of the experiment.
    pub(crate) fn row<A: Family>(&self, implementation: &str, routes: usize) -> Row {
        Row {
            experiment: self.experiment,
            implementation: implementation.to_owned(),
            family: A::NAME,
            routes,
            ..Row::default()
        }
    }

    /// Notes that a sample was taken.
    pub(crate) fn sampled(&mut self, disturbed: bool) {
        self.samples += 1;
        self.disturbed += usize::from(disturbed);
        self.progress.step();
    }

    /// Opens an implementation on the routes; nothing if that fails or would take too long, which is
    /// reported. Its answers are not checked.
    pub(crate) fn open_unchecked<A: Family>(
        &mut self,
        implementation: &Implementation<A>,
        routes: &Routes<A>,
    ) -> Option<Box<dyn Adapter<A>>> {
        if self.is_left_out(implementation, routes.len()) {
            return None;
        }
        self.opening(implementation, routes.len(), || (implementation.open)(routes))
    }

    /// Opens an implementation on nothing, with room for the routes; nothing if that fails, which is
    /// reported.
    pub(crate) fn open_empty<A: Family>(
        &mut self,
        implementation: &Implementation<A>,
        room: &Routes<A>,
    ) -> Option<Box<dyn Adapter<A>>> {
        self.opening(implementation, 0, || match implementation.room {
            Some(open) => open(room),
            None => (implementation.open)(&Routes::new()),
        })
    }

    /// As [`open_unchecked`](Self::open_unchecked), on the threads of a pool. Also how many seconds it
    /// took, and what the process lost of them.
    pub(crate) fn open_in<A: Family>(
        &mut self,
        pool: &ThreadPool,
        implementation: &Implementation<A>,
        routes: &Routes<A>,
    ) -> Option<(Box<dyn Adapter<A>>, f64, Lost)> {
        if self.is_left_out(implementation, routes.len()) {
            return None;
        }
        let mut took = (0.0, Lost::default());
        // Timed inside, as waking the pool is no part of it.
        let open = || {
            let watch = Watch::process(pool.current_num_threads());
            let begun = Instant::now();
            let opened = (implementation.open)(routes);
            took = (begun.elapsed().as_secs_f64(), watch.end());
            opened
        };
        let adapter = self.opening(implementation, routes.len(), || pool.install(open))?;
        Some((adapter, took.0, took.1))
    }

    /// Whether an implementation would take too long to open on so many routes, which is reported.
    fn is_left_out<A: Family>(
        &mut self,
        implementation: &Implementation<A>,
        routes: usize,
    ) -> bool {
        let seconds = (implementation.takes.opening)(routes);
        if seconds > self.setting.patience {
            let why = format!("opening it takes about {seconds:.0} s");
            self.leave_out::<A>(implementation.name, routes, &why);
        }
        seconds > self.setting.patience
    }

    fn opening<A: Family>(
        &mut self,
        implementation: &Implementation<A>,
        routes: usize,
        open: impl FnOnce() -> Opened<A>,
    ) -> Option<Box<dyn Adapter<A>>> {
        self.progress.doing(&format!("opening {}", implementation.name));
        match catch_unwind(AssertUnwindSafe(open)) {
            Ok(Ok(adapter)) => return Some(adapter),
            Ok(Err(error)) => self.fail::<A>(implementation.name, routes, &error.to_string()),
            Err(_) => self.fail::<A>(implementation.name, routes, "it panicked"),
        }
        None
    }

    /// Opens an implementation on the ground and checks its answers; nothing if it cannot be opened
    /// or they are wrong, which is reported.
    pub(crate) fn open<'g, A: Family>(
        &mut self,
        implementation: &Implementation<A>,
        ground: &'g Ground<A>,
    ) -> Option<Open<'g, A>> {
        let adapter = self.open_unchecked(implementation, &ground.routes)?;
        let right =
            self.check(implementation.name, &*adapter, ground, &ground.oracle, &[], "when opened");
        let feed = Feed::new(&ground.steps);
        right.then_some(Open { implementation: *implementation, adapter, feed, refused: 0 })
    }

    /// Opens all of these, as far as they can be.
    pub(crate) fn open_all<'g, A: Family>(
        &mut self,
        implementations: &[Implementation<A>],
        ground: &'g Ground<A>,
    ) -> Vec<Option<Open<'g, A>>> {
        implementations.iter().map(|of| self.open(of, ground)).collect()
    }

    /// Checks that a table has become what its feed has made of it, unless it refused some of that,
    /// which is reported instead.
    pub(crate) fn check_fed<A: Family>(&mut self, open: &Open<'_, A>, ground: &Ground<A>) {
        self.progress.doing(&format!("checking {}", open.implementation.name));
        let name = open.implementation.name;
        if open.feed.made() == 0 {
            return;
        }
        if open.refused > 0 {
            self.refuse::<A>(name, ground.routes.len(), "", open.refused);
            return;
        }
        let mut oracle = ground.oracle.clone();
        open.feed.replay(&mut oracle);
        self.check(name, &*open.adapter, ground, &oracle, open.feed.touched(), "after updates");
    }

    /// Whether a table's answers are the oracle's, around some of all routes and some of the steps that
    /// were made. If not, that is reported.
    pub(crate) fn check<A: Family>(
        &mut self,
        name: &str,
        adapter: &dyn Adapter<A>,
        ground: &Ground<A>,
        oracle: &Oracle<A, NextHop>,
        made: &[Step<A>],
        when: &str,
    ) -> bool {
        let around = some(&ground.routes).map(|route| route.0);
        let around = around.chain(some(made).map(|step| step.prefix()));
        let verified = catch_unwind(AssertUnwindSafe(|| {
            verify_around(&mut *adapter.reader(), oracle, around)
        }));
        let Ok(verdict) = verified else {
            self.fail::<A>(name, ground.routes.len(), &format!("it panicked {when}"));
            return false;
        };
        if verdict.wrong == 0 {
            return true;
        }
        let first = verdict.first.unwrap_or_default();
        let (wrong, asked) = (verdict.wrong, verdict.asked);
        self.progress.say(&format!(
            "WRONG: {name}, {}, gave {wrong} wrong answers of {asked} {when}: {first}",
            A::NAME
        ));
        self.fault(name);
        let row = self.row::<A>(name, ground.routes.len());
        let case = when.to_owned();
        let value = wrong as f64;
        self.rows.push(Row { metric: "wrong_answers", unit: "answers", value, case, ..row });
        false
    }

    /// Reports that an implementation could not be measured.
    pub(crate) fn fail<A: Family>(&mut self, name: &str, routes: usize, error: &str) {
        self.progress.say(&format!("FAILED: {name}, {}, {routes} routes: {error}", A::NAME));
        self.fault(name);
        let row = self.row::<A>(name, routes);
        let case = error.to_owned();
        self.rows.push(Row { metric: "failed", unit: "", value: 1.0, case, ..row });
    }

    /// Reports that an implementation is not measured on so many routes, once.
    pub(crate) fn leave_out<A: Family>(&mut self, name: &str, routes: usize, why: &str) {
        let row = Row {
            metric: "left_out",
            value: 1.0,
            case: why.to_owned(),
            ..self.row::<A>(name, routes)
        };
        if !self.rows.contains(&row) {
            self.progress.say(&format!("left out: {name}, {}, {routes} routes: {why}", A::NAME));
            self.rows.push(row);
        }
    }

    /// Reports that an implementation refused so many updates in a case, so that its answers are
    /// those of another table and not checked.
    pub(crate) fn refuse<A: Family>(&mut self, name: &str, routes: usize, case: &str, count: u64) {
        let family = A::NAME;
        self.progress.say(&format!("REFUSED: {name}, {family}, {count} updates {case}"));
        self.fault(name);
        let (case, value) = (case.to_owned(), count as f64);
        let row = self.row::<A>(name, routes);
        self.rows.push(Row { metric: "refused", unit: "updates", case, value, ..row });
    }

    fn fault(&mut self, name: &str) {
        self.faults += usize::from(name.starts_with(OURS));
    }
}
