//! A run of experiments: what they share, and what comes of them.

use std::{
    any::Any,
    collections::HashMap,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    rc::Rc,
};

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::ThreadPool;
use rtalloc::{NextHop, testing::oracle::Oracle};
use rtalloc_benches::{
    Day, Routes, SEED,
    adapter::{Adapter, Failure, Implementation, verify},
    family::Family,
    feed::Feed,
    plan::Size,
    rows::Row,
};

use crate::{
    ground::{Ground, Open},
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

    /// Opens an implementation on the routes; nothing if that fails, which is reported. Its answers
    /// are not checked.
    pub(crate) fn open_unchecked<A: Family>(
        &mut self,
        implementation: &Implementation<A>,
        routes: &Routes<A>,
    ) -> Option<Box<dyn Adapter<A>>> {
        self.open_in(None, implementation, routes)
    }

    /// As [`open_unchecked`](Self::open_unchecked), on the threads of a pool if one is given.
    pub(crate) fn open_in<A: Family>(
        &mut self,
        pool: Option<&ThreadPool>,
        implementation: &Implementation<A>,
        routes: &Routes<A>,
    ) -> Option<Box<dyn Adapter<A>>> {
        self.progress.doing(&format!("opening {}", implementation.name));
        let open = || (implementation.open)(routes);
        let opened = catch_unwind(AssertUnwindSafe(|| match pool {
            Some(pool) => pool.install(open),
            None => open(),
        }));
        match opened {
            Ok(Ok(adapter)) => return Some(adapter),
            Ok(Err(error)) => self.fail::<A>(implementation.name, routes.len(), &error.to_string()),
            Err(_) => self.fail::<A>(implementation.name, routes.len(), "it panicked"),
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
            self.check(implementation.name, &*adapter, ground, &ground.oracle, "when opened");
        let feed = Feed::new(&ground.steps);
        right.then_some(Open { implementation: *implementation, adapter, feed })
    }

    /// Opens all of these, as far as they can be.
    pub(crate) fn open_all<'g, A: Family>(
        &mut self,
        implementations: &[Implementation<A>],
        ground: &'g Ground<A>,
    ) -> Vec<Option<Open<'g, A>>> {
        implementations.iter().map(|of| self.open(of, ground)).collect()
    }

    /// Checks that a table has become what its feed has made of it.
    pub(crate) fn check_fed<A: Family>(&mut self, open: &Open<'_, A>, ground: &Ground<A>) {
        self.progress.doing(&format!("checking {}", open.implementation.name));
        let name = open.implementation.name;
        if open.feed.made() == 0 {
            return;
        }
        let mut oracle = ground.oracle.clone();
        open.feed.replay(&mut oracle);
        self.check(name, &*open.adapter, ground, &oracle, "after updates");
    }

    /// Whether a table's answers are the oracle's. If not, that is reported.
    pub(crate) fn check<A: Family>(
        &mut self,
        name: &str,
        adapter: &dyn Adapter<A>,
        ground: &Ground<A>,
        oracle: &Oracle<A, NextHop>,
        when: &str,
    ) -> bool {
        let verified = catch_unwind(AssertUnwindSafe(|| {
            verify(&mut *adapter.reader(), oracle, &ground.routes, ground.stride())
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

    fn fault(&mut self, name: &str) {
        self.faults += usize::from(name.starts_with(OURS));
    }
}
