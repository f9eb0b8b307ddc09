//! Counting answers, right and wrong.

use core::{
    fmt::{self, Display},
    net::IpAddr,
};

use rtalloc::{Address, Entry, NextHop};

use super::model::Answer;

/// How many wrong answers are kept in full; all are counted.
const KEPT: usize = 5;

/// What comparing a table with its model found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Longest matches compared.
    pub(super) lookups: u64,
    /// Exact matches compared.
    pub(super) gets: u64,
    /// Routes compared in iteration order.
    pub(super) iterated: u64,
    /// Facts about the table as a whole.
    pub(super) facts: u64,
    /// How many of all these were wrong.
    pub(super) wrong: u64,
    /// The first few wrong ones.
    pub(super) first: Vec<String>,
}

impl Findings {
    /// Everything that was compared.
    pub(super) fn total(&self) -> u64 {
        self.lookups + self.gets + self.iterated + self.facts
    }

    /// Compares an answer about `what` with what it should be.
    pub(super) fn compare<A: Address>(
        &mut self,
        what: impl Display,
        table: Option<&Entry<()>>,
        model: Option<Answer<A>>,
    ) {
        let (table, model) = (table.map(Said::from), model.map(Said::from));
        if table != model {
            self.note(format!(
                "{what}: the table has {}, the model {}",
                Shown(table),
                Shown(model)
            ));
        }
    }

    /// Checks a fact about the table as a whole; `fault` says how it fails.
    pub(super) fn fact(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        self.facts += 1;
        if !holds {
            self.note(fault());
        }
    }

    fn note(&mut self, fault: String) {
        self.wrong += 1;
        if self.first.len() < KEPT {
            self.first.push(fault);
        }
    }

    /// Adds what another comparison found.
    pub(super) fn add(&mut self, other: Self) {
        self.lookups += other.lookups;
        self.gets += other.gets;
        self.iterated += other.iterated;
        self.facts += other.facts;
        self.wrong += other.wrong;
        self.first.extend(other.first);
        self.first.truncate(KEPT);
    }
}

impl Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lookups, gets, iterated, .. } = self;
        write!(f, "{lookups} lookups, {gets} gets, {iterated} routes in order: ")?;
        match self.wrong {
            0 => write!(f, "all {} answers agree", self.total()),
            wrong => write!(f, "{wrong} of {} answers are wrong", self.total()),
        }
    }
}

/// A route as table and model are compared by: the table's side is what the entry itself says, so
/// that an entry of the wrong family or prefix is found out.
#[derive(PartialEq, Eq)]
struct Said {
    destination: IpAddr,
    len: u8,
    next_hop: NextHop,
}

impl From<&Entry<()>> for Said {
    fn from(entry: &Entry<()>) -> Self {
        Self {
            destination: entry.destination(),
            len: entry.prefix_len(),
            next_hop: entry.next_hop(),
        }
    }
}

impl<A: Address> From<Answer<A>> for Said {
    fn from((prefix, next_hop): Answer<A>) -> Self {
        Self { destination: prefix.address().to_ip(), len: prefix.len(), next_hop }
    }
}

struct Shown(Option<Said>);

impl Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(Said { destination, len, next_hop }) => {
                write!(f, "{destination}/{len} through {next_hop}")
            }
            None => f.write_str("nothing"),
        }
    }
}
