//! A table that stands still, held against the golden model.

use std::{num::NonZeroUsize, panic, thread};

use rtalloc::{
    CapacityError, NextHop, Prefix, Rib, Route,
    testing::{history::Answer, oracle::Oracle, probes::probes},
};

use super::{
    ledger::Token,
    measured::{Measured, Table, prefix_of},
    samples::in_words,
};

/// The golden model: prefixes and their next hops.
pub(crate) type Golden<A> = Oracle<A, NextHop>;

/// Mistakes described in a report; all are counted.
const DESCRIBED: usize = 10;

/// What a check found.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// How many routes were compared, or addresses asked for.
    pub(crate) asked: u64,
    /// How many of them came out wrong.
    pub(crate) wrong: u64,
    /// The first of these in words.
    pub(crate) described: Vec<String>,
}

impl Checked {
    fn note(&mut self, describe: impl FnOnce() -> String) {
        self.wrong += 1;
        if self.described.len() < DESCRIBED {
            self.described.push(describe());
        }
    }

    /// Counts another check in.
    pub(crate) fn merge(&mut self, other: Self) {
        self.asked += other.asked;
        self.wrong += other.wrong;
        self.described.extend(other.described);
        self.described.truncate(DESCRIBED);
    }
}

/// Loads `routes` in place of the family's routes, all at once.
pub(crate) fn load<A: Measured>(
    table: &Table,
    routes: &[(Prefix<A>, NextHop)],
) -> Result<usize, CapacityError> {
    let route = |next_hop| Route::with_data(next_hop, Token::new());
    A::counted(table).load(routes.iter().map(|&(prefix, next_hop)| (prefix, route(next_hop))))
}

/// The golden model of `routes`.
pub(crate) fn golden_model<A: Measured>(routes: &[(Prefix<A>, NextHop)]) -> Golden<A> {
    routes.iter().copied().collect()
}

/// Whether the table has exactly the routes of the golden model: as many, in strict prefix order,
/// and each with the model's next hop, which leaves none over on either side.
pub(crate) fn check_routes<A: Measured>(rib: &Rib<A, Token>, golden: &Golden<A>) -> Checked {
    let snapshot = rib.snapshot();
    let mut checked = Checked { asked: golden.len() as u64, ..Checked::default() };
    let counts = [rib.len(), snapshot.len(), snapshot.iter().count()];
    if counts != [golden.len(); 3] {
        checked.note(|| format!("{counts:?} routes where {} are right", golden.len()));
    }
    let mut before = None;
    for (prefix, entry) in &snapshot {
        if before.is_some_and(|before| before >= prefix) {
            checked.note(|| format!("{prefix} comes out of order"));
        }
        before = Some(prefix);
        let stated = Some((prefix_of(entry), entry.next_hop()));
        let right = golden.get(prefix).map(|&next_hop| (prefix, next_hop));
        if stated != right || !entry.is_up() {
            let state = if entry.is_up() { "up" } else { "down" };
            checked.note(|| {
                format!(
                    "{prefix} is {}, {state}, where {} is right",
                    in_words(&stated),
                    in_words(&right)
                )
            });
        }
    }
    checked
}

/// Whether readers get the golden model's answer at the five probe addresses of every prefix.
/// Uses all cores.
pub(crate) fn check_probes<A: Measured>(table: &Table, golden: &Golden<A>) -> Checked {
    let prefixes: Vec<Prefix<A>> = golden.sorted().iter().map(|&(prefix, _)| prefix).collect();
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = prefixes.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let workers: Vec<_> = prefixes
            .chunks(share)
            .map(|prefixes| scope.spawn(move || ask(table, golden, prefixes)))
            .collect();
        let mut checked = Checked::default();
        for worker in workers {
            match worker.join() {
                Ok(part) => checked.merge(part),
                Err(payload) => panic::resume_unwind(payload),
            }
        }
        checked
    })
}

fn ask<A: Measured>(table: &Table, golden: &Golden<A>, prefixes: &[Prefix<A>]) -> Checked {
    let mut reader = table.reader();
    let guard = reader.enter();
    let mut checked = Checked::default();
    for address in prefixes.iter().flat_map(|&prefix| probes(prefix)) {
        checked.asked += 1;
        let found = A::answer(&guard, address);
        let answer: Answer<A> = found.map(|entry| (prefix_of(&entry), entry.next_hop()));
        let right = golden.lookup(address).map(|(prefix, &next_hop)| (prefix, next_hop));
        if answer != right {
            checked.note(|| {
                let (answer, right) = (in_words(&answer), in_words(&right));
                format!("{} answered {answer} where {right} is right", address.to_ip())
            });
        }
    }
    checked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Vec<(Prefix<u32>, NextHop)> {
        let route =
            |address, len| (Prefix::containing(address, len), NextHop::interface(len.into()));
        vec![route(0x0A00_0000, 8), route(0x0A01_0000, 16), route(0xC000_0200, 24)]
    }

    #[test]
    fn a_right_table_passes() {
        let table = Table::new().unwrap();
        assert_eq!(load(&table, &routes()).unwrap(), 3);
        let golden = golden_model(&routes());
        let (by_route, by_probe) =
            (check_routes(table.v4(), &golden), check_probes(&table, &golden));
        assert_eq!((by_route.asked, by_route.wrong), (3, 0), "{by_route:?}");
        assert_eq!((by_probe.asked, by_probe.wrong), (15, 0), "{by_probe:?}");
    }

    #[test]
    fn wrong_next_hops_and_missing_routes_are_found() {
        let table = Table::new().unwrap();
        load(&table, &routes()).unwrap();
        let mut golden = golden_model(&routes());
        golden.insert(Prefix::containing(0x0A01_0000, 16), NextHop::interface(9));
        let checked = check_routes(table.v4(), &golden);
        assert_eq!(checked.wrong, 1);
        assert_eq!(
            checked.described,
            ["10.1.0.0/16 is 10.1.0.0/16 by 16, up, where 10.1.0.0/16 by 9 is right"]
        );
        assert_eq!(check_probes(&table, &golden).wrong, 3);

        let mut golden = golden_model(&routes());
        golden.remove(Prefix::containing(0xC000_0200, 24));
        assert_eq!(check_routes(table.v4(), &golden).wrong, 2, "the count and the route");

        let mut golden = golden_model(&routes());
        golden.insert(Prefix::containing(0xC000_0300, 24), NextHop::interface(9));
        assert_eq!(check_routes(table.v4(), &golden).wrong, 1, "the count");
        assert_eq!(
            check_probes(&table, &golden).described[0],
            "192.0.3.0 answered no route where 192.0.3.0/24 by 9 is right"
        );
    }
}
