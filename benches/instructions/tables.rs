//! What the operations work on, and the checks of what they did.

use std::collections::BTreeMap;

use rtalloc::{NextHop, Options, Own, Prefix, Reader, Rib, Table, Width, testing::history::Step};
use rtalloc_benches::{Routes, Stream, adapter::oracle, changes, family::Family};

/// Routes of a table: enough that lookups reach all kinds of nodes.
const ROUTES: usize = 20_000;

/// Operations that are counted together, so that no single address decides.
pub(crate) const OPERATIONS: usize = 64;

/// Steps of a batch.
pub(crate) const BATCH: usize = 1000;

/// A reader, and addresses for it.
pub(crate) struct Asked<A: Family> {
    pub(crate) reader: &'static mut Reader<(), Own>,
    pub(crate) addresses: Vec<A>,
    /// The sum of the interfaces of the addresses' routes, as the oracle has them.
    pub(crate) expected: u64,
}

/// A table, and changes for it.
pub(crate) struct Changed<A: Family> {
    pub(crate) rib: &'static Rib<A, (), Own>,
    pub(crate) steps: Vec<Step<A>>,
}

fn open<A: Family>(routes: &Routes<A>) -> &'static Table<(), Own> {
    let table: Table = Options::new().forwarding(Width::One).open().expect("address space");
    changes::load(A::rib(&table), routes);
    Box::leak(Box::new(table))
}

/// Opens a table and does `operation` on other addresses than those that are then counted.
pub(crate) fn asked<A: Family>(operation: fn(&mut Asked<A>) -> u64) -> Asked<A> {
    let routes = A::internet(ROUTES);
    let oracle = oracle(&routes);
    let table = open(&routes);
    let mut asked = Asked {
        reader: Box::leak(Box::new(table.reader())),
        addresses: A::addresses(Stream::Routed, &routes, 2 * OPERATIONS),
        expected: 0,
    };
    let counted = asked.addresses.split_off(OPERATIONS);
    operation(&mut asked);
    let interface = |&address| oracle.lookup(address).map_or(0, |(_, hop)| hop.interface.into());
    asked.expected = counted.iter().map(interface).sum::<u64>();
    asked.addresses = counted;
    asked
}

/// Checks the sum that an operation returned.
pub(crate) fn check_sum<A: Family>((asked, sum): (Asked<A>, u64)) {
    assert_eq!(sum, asked.expected, "the sum of the answers");
}

/// Opens a table and makes the first half of the steps with `operation`; the other is then counted.
pub(crate) fn changed<A: Family>(
    steps: fn(&Routes<A>) -> Vec<Step<A>>,
    operation: fn(&mut Changed<A>),
) -> Changed<A> {
    let routes = A::internet(ROUTES);
    let mut changed = Changed { rib: A::rib(open(&routes)), steps: steps(&routes) };
    let counted = changed.steps.split_off(changed.steps.len() / 2);
    operation(&mut changed);
    changed.steps = counted;
    changed
}

/// Checks that the table has what the steps left.
pub(crate) fn check_steps<A: Family>(changed: Changed<A>) {
    let left: BTreeMap<Prefix<A>, Option<NextHop>> = changed
        .steps
        .iter()
        .map(|step| match *step {
            Step::Set(prefix, hop) => (prefix, Some(hop)),
            Step::Remove(prefix) => (prefix, None),
        })
        .collect();
    for (prefix, expected) in left {
        let found = changed.rib.get(prefix).map(|entry| entry.next_hop());
        assert_eq!(found, expected, "at {prefix}");
    }
}
