//! Changes of a table, as the benchmarks make them.
//!
//! # Panics
//! All of these, if the table has no room: a measurement of less than what was asked is none.

use rtalloc::{Address, Batch, Reclaim, Rib, Route, testing::history::Step};

use crate::Routes;

/// Replaces the whole table.
pub fn load<A: Address, R: Reclaim>(rib: &Rib<A, (), R>, routes: &Routes<A>) {
    rib.load(routes.iter().map(|&(prefix, hop)| (prefix, Route::via(hop)))).expect("room");
}

/// Makes one change, which is published alone.
pub fn apply<A: Address, R: Reclaim>(rib: &Rib<A, (), R>, step: &Step<A>) {
    match *step {
        Step::Set(prefix, hop) => drop(rib.insert(prefix, Route::via(hop)).expect("room")),
        Step::Remove(prefix) => drop(rib.remove(prefix).expect("room")),
    }
}

/// Makes changes that are published together.
pub fn apply_batch<A: Address, R: Reclaim>(rib: &Rib<A, (), R>, steps: &[Step<A>]) {
    let mut batch = Batch::new();
    for step in steps {
        match *step {
            Step::Set(prefix, hop) => batch.insert(prefix, Route::via(hop)),
            Step::Remove(prefix) => batch.remove(prefix),
        };
    }
    rib.apply(batch).expect("room");
}
