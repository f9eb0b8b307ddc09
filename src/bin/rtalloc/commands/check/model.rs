//! What the table is held against.

use rtalloc::{
    Address, NextHop, Prefix,
    testing::{naive::Naive, oracle::Oracle},
};

/// Tables of at most so many routes are held against the linear golden model itself.
const NAIVE_ROUTES: usize = 4096;

/// A prefix and its next hop.
pub(super) type Answer<A> = (Prefix<A>, NextHop);

/// A table that is known to be right: the golden model, or, since a linear scan of a million
/// routes for each of millions of answers would take months, the oracle, which property tests hold
/// against the golden model.
pub(super) enum Model<A: Address> {
    Naive(Naive<A, NextHop>),
    Oracle(Oracle<A, NextHop>),
}

impl<A: Address> Model<A> {
    /// The model of a table with these routes.
    pub(super) fn of(routes: &[Answer<A>]) -> Self {
        if routes.len() > NAIVE_ROUTES {
            return Self::Oracle(routes.iter().copied().collect());
        }
        let mut naive = Naive::new();
        for &(prefix, next_hop) in routes {
            naive.insert(prefix, next_hop);
        }
        Self::Naive(naive)
    }

    /// Which of the two this is.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Naive(_) => "the golden model",
            Self::Oracle(_) => "the oracle",
        }
    }

    /// The longest match of `address`.
    pub(super) fn lookup(&self, address: A) -> Option<Answer<A>> {
        let found = match self {
            Self::Naive(model) => model.lookup(address),
            Self::Oracle(model) => model.lookup(address),
        };
        found.map(|(prefix, &next_hop)| (prefix, next_hop))
    }

    /// The route of exactly `prefix`.
    pub(super) fn get(&self, prefix: Prefix<A>) -> Option<Answer<A>> {
        let found = match self {
            Self::Naive(model) => model.get(prefix),
            Self::Oracle(model) => model.get(prefix),
        };
        found.map(|&next_hop| (prefix, next_hop))
    }

    /// Every route in prefix order.
    pub(super) fn sorted(&self) -> Vec<Answer<A>> {
        let sorted = match self {
            Self::Naive(model) => model.iter().collect(),
            Self::Oracle(model) => model.sorted(),
        };
        sorted.into_iter().map(|(prefix, &next_hop)| (prefix, next_hop)).collect()
    }
}
