//! A table, its golden model and the updates that both go through.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use proptest::{
    prelude::*,
    strategy::Union,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rtalloc::{
    Batch, NextHop, Options, Outcome, Prefix, Route, Table, Width,
    instrument::is_reader,
    testing::{naive::Naive, probes::probes},
};

use crate::operations::Family;

/// What a lookup answers: the matched prefix and the tag of its route.
pub(crate) type Answer<A> = Option<(Prefix<A>, u64)>;

/// Which routes' data has been dropped, and what was wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Graves {
    dropped: Mutex<(HashSet<u64>, Vec<String>)>,
}

impl Graves {
    fn bury(&self, id: u64) {
        let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        if is_reader() {
            dropped.1.push(format!("tag {id} was dropped by a reader"));
        }
        if !dropped.0.insert(id) {
            dropped.1.push(format!("tag {id} was dropped twice"));
        }
    }

    /// Checks that the data `id` still exists.
    pub(crate) fn expect_alive(&self, id: u64) {
        let dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(!dropped.0.contains(&id), "tag {id} was dropped while it was in use");
    }

    /// How many were dropped; all of them rightly.
    pub(crate) fn count(&self) -> u64 {
        let dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(dropped.1, [""; 0]);
        dropped.0.len() as u64
    }
}

/// The data of a route: a number that no other route has, and a record of its end.
#[derive(Debug)]
pub(crate) struct Tag {
    id: u64,
    graves: Arc<Graves>,
}

impl Tag {
    pub(crate) fn id(&self) -> u64 {
        self.id
    }
}

impl PartialEq for Tag {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Drop for Tag {
    fn drop(&mut self) {
        self.graves.bury(self.id);
    }
}

/// One update.
#[derive(Clone, Debug)]
pub(crate) enum Update<A: Family> {
    Insert(Prefix<A>),
    Remove(Prefix<A>),
    /// Announced if true, withdrawn otherwise.
    Batch(Vec<(Prefix<A>, bool)>),
    /// Keeps the routes whose length is no multiple of this.
    Retain(u8),
    Load(Vec<Prefix<A>>),
    Reclaim,
}

impl<A: Family> Update<A> {
    /// The prefixes that it names.
    pub(crate) fn prefixes(&self) -> Vec<Prefix<A>> {
        match self {
            Self::Insert(prefix) | Self::Remove(prefix) => vec![*prefix],
            Self::Batch(changes) => changes.iter().map(|change| change.0).collect(),
            Self::Load(prefixes) => prefixes.clone(),
            Self::Retain(_) | Self::Reclaim => Vec::new(),
        }
    }
}

/// A table and its model.
pub(crate) struct World<A: Family> {
    pub(crate) table: Table<Tag>,
    pub(crate) model: Naive<A, u64>,
    pub(crate) graves: Arc<Graves>,
    made: u64,
    /// Whether each route has a next hop of its own: its number.
    turning: bool,
}

impl<A: Family> World<A> {
    pub(crate) fn new() -> Self {
        Self {
            table: Table::new().unwrap(),
            model: Naive::new(),
            graves: Arc::new(Graves::default()),
            made: 0,
            turning: false,
        }
    }

    /// A table with a forwarding view, in which each route has a next hop of its own. There are more
    /// of them than a byte counts.
    pub(crate) fn forwarding(prefixes: &[Prefix<A>]) -> Self {
        let table = Options::new().forwarding(Width::One).open().unwrap();
        let mut world = Self { table, turning: true, ..Self::new() };
        for &prefix in prefixes {
            world.run(&Update::Insert(prefix));
        }
        world
    }

    /// As [`forwarding`](Self::forwarding), with so many next hops around the second
    /// [base](Family::BASES) that the view has direct nodes there, as many below each other as there
    /// can be, and records or lines below them.
    pub(crate) fn dense(prefixes: &[Prefix<A>]) -> Self {
        Self::forwarding(&[&dense(), prefixes].concat())
    }

    pub(crate) fn with(prefixes: &[Prefix<A>]) -> Self {
        let mut world = Self::new();
        for &prefix in prefixes {
            world.run(&Update::Insert(prefix));
        }
        world
    }

    fn route(&mut self) -> (u64, Route<Tag>) {
        self.made += 1;
        let tag = Tag { id: self.made, graves: Arc::clone(&self.graves) };
        let next_hop = NextHop::interface(if self.turning { self.made as u32 } else { 0 });
        (self.made, Route::with_data(next_hop, tag))
    }

    /// What the model answers.
    pub(crate) fn ask(model: &Naive<A, u64>, address: A) -> Answer<A> {
        model.lookup(address).map(|(prefix, &id)| (prefix, id))
    }

    /// Prepares an update of both: the model after it, and what makes it happen in the table.
    pub(crate) fn prepare(&mut self, update: &Update<A>) -> (Naive<A, u64>, Box<dyn FnOnce()>) {
        let mut after = self.model.clone();
        let table = self.table.clone();
        let act: Box<dyn FnOnce()> = match update {
            &Update::Insert(prefix) => {
                let (id, route) = self.route();
                let outcome = match after.insert(prefix, id) {
                    Some(_) => Outcome::Replaced,
                    None => Outcome::Added,
                };
                Box::new(move || assert_eq!(A::rib(&table).insert(prefix, route), Ok(outcome)))
            }
            &Update::Remove(prefix) => {
                let id = after.remove(prefix);
                Box::new(move || {
                    let removed = A::rib(&table).remove(prefix).unwrap();
                    assert_eq!(removed.map(|entry| entry.data().id), id);
                })
            }
            Update::Batch(changes) => {
                let mut batch = Batch::new();
                for &(prefix, announced) in changes {
                    if announced {
                        let (id, route) = self.route();
                        after.insert(prefix, id);
                        batch.insert(prefix, route);
                    } else {
                        after.remove(prefix);
                        batch.remove(prefix);
                    }
                }
                Box::new(move || assert!(A::rib(&table).apply(batch).is_ok()))
            }
            &Update::Retain(multiple) => {
                after.retain(|prefix, _| prefix.len() % multiple != 0);
                Box::new(move || {
                    let kept = A::rib(&table).retain(|prefix, _| prefix.len() % multiple != 0);
                    assert!(kept.is_ok());
                })
            }
            Update::Load(prefixes) => {
                after = Naive::new();
                let mut routes = Vec::new();
                for &prefix in prefixes {
                    let (id, route) = self.route();
                    after.insert(prefix, id);
                    routes.push((prefix, route));
                }
                Box::new(move || assert!(A::rib(&table).load(routes).is_ok()))
            }
            Update::Reclaim => Box::new(move || assert!(table.reclaim() < usize::MAX)),
        };
        (after, act)
    }

    /// Runs an update to its end.
    pub(crate) fn run(&mut self, update: &Update<A>) {
        let (after, act) = self.prepare(update);
        act();
        self.model = after;
    }

    /// Up to `most` addresses at which `update` may change an answer, and some where it does not.
    pub(crate) fn probes(&self, update: &Update<A>, most: usize) -> Vec<A> {
        let named = update.prefixes();
        let inside =
            |prefix: Prefix<A>| named.is_empty() || named.iter().any(|named| named.covers(prefix));
        let around = self.model.iter().map(|route| route.0).filter(|&prefix| inside(prefix));
        let mut all: Vec<A> = named.iter().copied().chain(around).flat_map(probes).collect();
        all.sort_unstable();
        all.dedup();
        // Evenly, and with the first and the last.
        let step = all.len().div_ceil(most).max(1);
        let last = all.last().copied();
        all.into_iter().step_by(step).chain(last).collect()
    }

    /// Everything that was ever made is gone, except what the model has.
    pub(crate) fn expect_all_freed_but_the_model(&self) {
        // The first call frees what waits, the second what the first let go.
        self.table.reclaim();
        assert_eq!(self.table.reclaim(), 0, "nothing holds anything back");
        assert_eq!(self.graves.count(), self.made - self.model.len() as u64);
    }
}

/// Routes of more ranges than fit into lines, at each level down to the last that direct nodes are at.
pub(crate) fn dense<A: Family>() -> Vec<Prefix<A>> {
    let base = A::BASES[1];
    let routes: Vec<(u8, usize, u8)> = if A::WIDTH > 32 {
        // Every other one of the first 16 /60 in each of 14 /54. Lines from bit 24 on do not tell them
        // apart, so there are as many /36 beside them.
        let long = (0..112).map(|index| (48, index / 8 * 64 + index % 8 * 2, 60));
        long.chain((0..112).map(|index| (24, index * 2, 36))).collect()
    } else {
        // The first three of every four addresses in a /24.
        (0..192).map(|index| (24, index / 3 * 4 + index % 3, 32)).collect()
    };
    let route = |(at, place, len)| Prefix::containing(base.with_bits(at, len - at, place), len);
    routes.into_iter().map(route).collect()
}

/// A prefix of any length, as [`prefix_from`] has them.
pub(crate) fn prefix<A: Family>() -> impl Strategy<Value = Prefix<A>> {
    prefix_from(0)
}

/// A prefix near one of the family's bases: chains, neighbours and both ends of the space. The default
/// route may be among them, others are at least so long.
pub(crate) fn prefix_from<A: Family>(shortest: u8) -> impl Strategy<Value = Prefix<A>> {
    let width = A::WIDTH;
    let len = prop_oneof![
        4 => 0..=width,
        2 => width - 8..=width,
        2 => Just(width),
        1 => 0..=9u8,
        2 => 10..=24u8,
    ];
    (prop::sample::select(A::BASES.to_vec()), len, 0..16usize).prop_map(
        move |(base, len, branch)| {
            let len = if len > 0 { len.max(shortest) } else { 0 };
            let varied = len.min(4);
            let bits = base.bits(len - varied, varied) ^ (branch >> (4 - varied));
            Prefix::containing(base.with_bits(len - varied, varied, bits), len)
        },
    )
}

/// An update of any kind, of routes as [`prefix_from`] has them; most are of one route.
pub(crate) fn update_from<A: Family>(shortest: u8) -> impl Strategy<Value = Update<A>> {
    let prefix = move || prefix_from(shortest);
    let many = move |most| prop::collection::vec((prefix(), prop::bool::weighted(0.7)), 1..most);
    Union::new_weighted(vec![
        (8, prefix().prop_map(Update::Insert).boxed()),
        (5, prefix().prop_map(Update::Remove).boxed()),
        (2, many(8).prop_map(Update::Batch).boxed()),
        (1, (2..9u8).prop_map(Update::Retain).boxed()),
        (1, prop::collection::vec(prefix(), 1..16).prop_map(Update::Load).boxed()),
        (2, Just(Update::Reclaim).boxed()),
    ])
}

/// Runs `test` on `cases` values, the same ones each time.
pub(crate) fn for_cases<T: std::fmt::Debug>(
    cases: u32,
    strategy: impl Strategy<Value = T>,
    test: impl Fn(T),
) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let run = TestRunner::new_with_rng(config, rng).run(&strategy, |value| {
        test(value);
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
}
