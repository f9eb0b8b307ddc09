//! Tables to measure, and the check that they answer rightly.

use cpu_time::ThreadTime;
use rtalloc::{NextHop, Options, Table, Width, testing::oracle::Oracle};
pub(crate) use rtalloc_benches::adapter::oracle;
use rtalloc_benches::{Routes, changes::load, family::Family};

use crate::Failure;

/// Whether a table has the forwarding view beside its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    Entries,
    Both,
}

impl View {
    pub(crate) const ALL: [Self; 2] = [Self::Entries, Self::Both];

    /// What a figure's name says of it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Both => "both views",
        }
    }

    pub(crate) fn options(self) -> Options {
        match self {
            Self::Entries => Options::new(),
            Self::Both => Options::new().forwarding(Width::One),
        }
    }

    /// A table with these routes.
    ///
    /// # Errors
    /// If the system does not give the address space.
    pub(crate) fn loaded<A: Family>(self, routes: &Routes<A>) -> Result<Table, Failure> {
        let table = self.options().open()?;
        load(A::rib(&table), routes);
        Ok(table)
    }
}

/// Checks the number of routes, and what the table answers to the addresses in each view.
///
/// # Errors
/// The first wrong answer.
pub(crate) fn verify<A: Family>(
    table: &Table,
    oracle: &Oracle<A, NextHop>,
    addresses: impl Iterator<Item = A>,
) -> Result<(), Failure> {
    let (len, expected) = (A::rib(table).len(), oracle.len());
    if len != expected {
        return Err(format!("{} routes, not {expected}, are {len}", A::NAME).into());
    }
    let mut reader = table.reader();
    let guard = reader.enter();
    for address in addresses {
        let expected = oracle.lookup(address).map(|(_, &next_hop)| next_hop);
        let mut found = [None];
        A::entries(&guard, &[address], &mut found);
        let one = A::lookup(&guard, address).map(|found| found.next_hop());
        let burst = found[0].map(|found| found.next_hop());
        let view = guard.forwarding().map(|view| A::next_hop(&view, A::number(&view, address)));
        for found in [one, burst].into_iter().chain(view) {
            if found != expected {
                let address = address.to_ip();
                return Err(format!("{address} is {expected:?}, not {found:?}").into());
            }
        }
    }
    Ok(())
}

/// Seconds that the calling thread had a processor for the work, so that neighbours cost little of
/// the result.
pub(crate) fn busy_seconds(work: impl FnOnce()) -> f64 {
    let begun = ThreadTime::now();
    work();
    begun.elapsed().as_secs_f64()
}
