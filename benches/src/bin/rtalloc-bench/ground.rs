//! What a table is opened on, replayed, and compared with.

use core::num::NonZeroUsize;

use rtalloc::{
    NextHop,
    testing::{history::Step, oracle::Oracle},
};
use rtalloc_benches::{
    Day, Routes,
    adapter::{Adapter, Implementation, oracle},
    family::Family,
    feed::Feed,
};

/// Routes and updates around which answers are checked, about, of each of both.
const CHECKED: usize = 4000;

/// Updates of a synthetic table: as many as it has routes, but in these bounds.
const UPDATES: [usize; 2] = [1000, 500_000];

/// Routes, updates to them, and the oracle of the routes.
pub(crate) struct Ground<A: Family> {
    pub(crate) routes: Routes<A>,
    pub(crate) steps: Vec<Step<A>>,
    pub(crate) oracle: Oracle<A, NextHop>,
}

impl<A: Family> Ground<A> {
    /// A synthetic table.
    pub(crate) fn synthetic(count: usize) -> Self {
        let routes = A::internet(count);
        let [least, most] = UPDATES;
        let steps = A::synthetic_updates(&routes, routes.len().clamp(least, most));
        let oracle = oracle(&routes);
        Self { routes, steps, oracle }
    }

    /// A day's.
    pub(crate) fn of(day: &Day) -> Self {
        let routes = A::routes(day).clone();
        let oracle = oracle(&routes);
        Self { routes, steps: A::updates(day).to_vec(), oracle }
    }
}

/// A table that is open, right so far, and to be changed by a feed.
pub(crate) struct Open<'g, A: Family> {
    pub(crate) implementation: Implementation<A>,
    pub(crate) adapter: Box<dyn Adapter<A>>,
    pub(crate) feed: Feed<'g, A>,
    /// Updates that it refused: its answers are no longer to be checked.
    pub(crate) refused: u64,
}

/// Of routes or updates, those around which answers are checked.
pub(crate) fn some<T>(all: &[T]) -> impl Iterator<Item = &T> {
    all.iter().step_by((all.len() / CHECKED).max(1))
}

/// The numbers in a list of the plan.
pub(crate) fn numbers(list: &[NonZeroUsize]) -> impl Iterator<Item = usize> + Clone {
    list.iter().map(|number| number.get())
}
