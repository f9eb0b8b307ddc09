//! Runs a model under loom, counts what was explored and holds the count against a committed one.
//!
//! A model is a closure that loom runs once for each interleaving, and for each value that a weak
//! load may return. The protocols are in `tests/`, one file each. Two things make a green run mean
//! something:
//!
//! * **Executions.** How many executions a model has is committed in `executions.txt`; fewer fail.
//!   A model that quietly stopped exploring, because a step moved or loom changed, is found so.
//! * **Facts.** A model names what must really happen in some execution, such as a free while the
//!   reader still runs. A fact never seen fails: the assertions were then true of nothing.
//!
//! loom's own limits by time or number of permutations are switched off here: they return success
//! when they strike. Every model runs to its end, without a bound where its state space allows,
//! else up to the number of preemptions that it names, never below three.
//!
//! With `RTALLOC_LOOM_COUNTS=ignore` the committed numbers are not looked at: for
//! `scripts/loom --bless`, which writes them, and for mutants, which must fail by themselves.

#![cfg(rtalloc_loom)]

mod payload;
mod routes;
mod scenario;

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

pub use payload::{Ledger, Payload, Place};
pub use routes::{Routes, answer, answers, interface, interfaces, prefix, route};
pub use scenario::{Scenario, Step};

/// The committed numbers: a line each, a model's name and its executions.
const EXECUTIONS: &str = include_str!("../executions.txt");

/// Operations in one execution. loom's 1000 are too few for a table's set-up.
const MOST_BRANCHES: usize = 20_000;

/// One model: its name, how far it is explored and what it must reach.
#[derive(Debug)]
pub struct Model {
    name: &'static str,
    preemptions: Option<usize>,
    facts: &'static [&'static str],
}

impl Model {
    /// A model that is explored without a bound.
    pub fn unbounded(name: &'static str) -> Self {
        Self { name, preemptions: None, facts: &[] }
    }

    /// A model that is explored up to `preemptions` switches away from a thread that could go on.
    ///
    /// # Panics
    /// If `preemptions` is below three, which is known to miss real errors.
    pub fn bounded(name: &'static str, preemptions: usize) -> Self {
        assert!(preemptions >= 3, "{name}: a bound of {preemptions} misses real errors");
        Self { name, preemptions: Some(preemptions), facts: &[] }
    }

    /// Names facts that some execution must [mark](Seen::mark).
    pub fn reaching(self, facts: &'static [&'static str]) -> Self {
        Self { facts, ..self }
    }

    /// Explores the model and prints what was explored.
    ///
    /// # Panics
    /// If an execution fails, a fact was never marked, or fewer executions were explored than are
    /// committed.
    pub fn run(self, model: impl Fn(&Seen) + Send + Sync + 'static) {
        let Self { name, preemptions, facts } = self;
        let executions = Arc::new(AtomicU64::new(0));
        let seen = Seen { facts, counts: facts.iter().map(|_| AtomicU64::new(0)).collect() };
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = preemptions;
        builder.max_branches = MOST_BRANCHES;
        builder.max_duration = None;
        builder.max_permutations = None;
        let started = Instant::now();
        let (counted, marked) = (Arc::clone(&executions), seen.clone());
        builder.check(move || {
            // Relaxed: outside the model; one operating-system thread runs it.
            counted.fetch_add(1, Ordering::Relaxed);
            model(&marked);
        });
        // Relaxed: as above.
        let executions = executions.load(Ordering::Relaxed);
        let bound = preemptions.map_or("all".to_owned(), |bound| format!("P={bound}"));
        let seconds = started.elapsed().as_secs_f64();
        let summary = seen.summary();
        println!("model {name} {executions} executions {seconds:.2} s {bound}{summary}");
        seen.require(name);
        if env::var("RTALLOC_LOOM_COUNTS").as_deref() != Ok("ignore") {
            compare(name, executions);
        }
    }
}

/// What the executions of a model have reached.
#[derive(Clone, Debug)]
pub struct Seen {
    facts: &'static [&'static str],
    counts: Arc<[AtomicU64]>,
}

impl Seen {
    /// Notes that this execution has reached `fact`.
    ///
    /// # Panics
    /// If the model does not name the fact.
    pub fn mark(&self, fact: &str) {
        let index = self.facts.iter().position(|&named| named == fact);
        let index = index.unwrap_or_else(|| panic!("the model does not name the fact {fact:?}"));
        // Relaxed: outside the model; one operating-system thread runs it.
        self.counts[index].fetch_add(1, Ordering::Relaxed);
    }

    /// Notes `fact` if `happened`.
    pub fn mark_if(&self, happened: bool, fact: &str) {
        if happened {
            self.mark(fact);
        }
    }

    fn each(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        // Relaxed: the model is over.
        self.facts
            .iter()
            .copied()
            .zip(self.counts.iter().map(|count| count.load(Ordering::Relaxed)))
    }

    fn summary(&self) -> String {
        self.each().map(|(fact, count)| format!("; {fact}: {count}")).collect()
    }

    fn require(&self, name: &str) {
        for (fact, count) in self.each() {
            assert!(count > 0, "{name}: never seen: {fact}");
        }
    }
}

fn compare(name: &str, executions: u64) {
    let committed = EXECUTIONS
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(committed, _)| *committed == name)
        .and_then(|(_, number)| number.trim().parse::<u64>().ok());
    let Some(committed) = committed else {
        panic!("{name}: no number of executions is committed; run `scripts/loom --bless`");
    };
    assert!(
        executions >= committed,
        "{name}: {executions} executions where {committed} are committed: coverage was lost"
    );
    if executions > committed {
        println!("note: {name} has more executions than the {committed} committed");
    }
}
