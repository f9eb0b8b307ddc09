//! Comparing a table with its model.

use std::thread;

use rtalloc::{Prefix, Table, testing::probes::probes};

use super::{
    findings::Findings,
    model::{Answer, Model},
};
use crate::{family::Family, progress::Progress};

/// Prefixes probed under one guard, and between two signs of life.
const BURST: usize = 256;

/// Compares the answers at the probe addresses of every prefix in `prefixes`, the exact match of
/// each, and the table's routes in order.
pub(super) fn compare<A: Family>(
    table: &Table,
    prefixes: &[Prefix<A>],
    model: &Model<A>,
    progress: &Progress,
) -> Findings {
    let mut findings = lookups(table, prefixes, model, progress);
    gets(table, prefixes, model, &mut findings);
    order(table, model, &mut findings);
    findings
}

/// The longest matches, on as many threads as the machine has, each with its own part of the
/// prefixes and its own reader.
fn lookups<A: Family>(
    table: &Table,
    prefixes: &[Prefix<A>],
    model: &Model<A>,
    progress: &Progress,
) -> Findings {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let part = prefixes.len().div_ceil(threads).max(BURST);
    thread::scope(|scope| {
        let workers: Vec<_> = prefixes
            .chunks(part)
            .map(|prefixes| scope.spawn(|| lookups_of_part(table, prefixes, model, progress)))
            .collect();
        let mut findings = Findings::default();
        for worker in workers {
            match worker.join() {
                Ok(found) => findings.add(found),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        findings
    })
}

fn lookups_of_part<A: Family>(
    table: &Table,
    prefixes: &[Prefix<A>],
    model: &Model<A>,
    progress: &Progress,
) -> Findings {
    let mut findings = Findings::default();
    let mut reader = table.reader();
    let mut guard = reader.enter();
    for burst in prefixes.chunks(BURST) {
        for address in burst.iter().flat_map(|&prefix| probes(prefix)) {
            findings.lookups += 1;
            let found = A::lookup(&guard, address);
            findings.compare(address.to_ip(), found.as_deref(), model.lookup(address));
        }
        guard.quiescent();
        progress.advance(burst.len() as u64);
    }
    findings
}

/// The exact matches.
fn gets<A: Family>(
    table: &Table,
    prefixes: &[Prefix<A>],
    model: &Model<A>,
    findings: &mut Findings,
) {
    let rib = A::rib(table);
    for &prefix in prefixes {
        findings.gets += 1;
        findings.compare(prefix, rib.get(prefix).as_deref(), model.get(prefix));
    }
}

/// All routes in order, and their number.
fn order<A: Family>(table: &Table, model: &Model<A>, findings: &mut Findings) {
    let rib = A::rib(table);
    let expected = model.sorted();
    let (len, wanted) = (rib.len(), expected.len());
    findings.fact(len == wanted, || format!("the table has {len} routes, the model {wanted}"));
    let snapshot = rib.snapshot();
    let mut routes = snapshot.iter();
    let mut expected: std::vec::IntoIter<Answer<A>> = expected.into_iter();
    for place in 1u64.. {
        let (route, wanted) = (routes.next(), expected.next());
        if route.is_none() && wanted.is_none() {
            break;
        }
        findings.iterated += 1;
        findings.compare(
            format_args!("route {place} in order"),
            route.map(|(_, entry)| entry),
            wanted,
        );
    }
}

#[cfg(test)]
mod tests {
    use rtalloc::NextHop;

    use super::*;
    use crate::tables::route;

    fn p(text: [u8; 4], len: u8) -> Prefix<u32> {
        Prefix::new(u32::from_be_bytes(text), len).unwrap()
    }

    fn compare_with(table: &[Answer<u32>], model: &[Answer<u32>]) -> Findings {
        let loaded = Table::new().unwrap();
        loaded.v4().load(table.iter().map(|&(p, hop)| (p, route(p, hop)))).unwrap();
        let prefixes: Vec<_> = model.iter().map(|route| route.0).collect();
        compare(&loaded, &prefixes, &Model::of(model), &Progress::begin("testing", None))
    }

    const ONE: NextHop = NextHop::interface(1);
    const TWO: NextHop = NextHop::interface(2);

    #[test]
    fn the_same_routes_agree() {
        let routes = [(p([10, 0, 0, 0], 8), ONE), (p([10, 1, 0, 0], 16), TWO)];
        let findings = compare_with(&routes, &routes);
        assert_eq!((findings.lookups, findings.gets, findings.iterated), (10, 2, 2));
        assert_eq!((findings.wrong, findings.first.len()), (0, 0), "{:?}", findings.first);
        assert!(findings.to_string().ends_with("all 15 answers agree"), "{findings}");
    }

    #[test]
    fn a_wrong_next_hop_is_found() {
        let prefix = p([10, 0, 0, 0], 8);
        let findings = compare_with(&[(prefix, ONE)], &[(prefix, TWO)]);
        assert_eq!(findings.wrong, 3 + 1 + 1, "three probes inside, the get and the iteration");
        assert_eq!(
            findings.first[0],
            "10.0.0.0: the table has 10.0.0.0/8 through 1, the model 10.0.0.0/8 through 2"
        );
        assert!(findings.to_string().ends_with("5 of 8 answers are wrong"), "{findings}");
    }

    #[test]
    fn a_missing_and_a_surplus_route_are_found() {
        let (wide, narrow) = ((p([10, 0, 0, 0], 8), ONE), (p([10, 1, 0, 0], 16), ONE));
        assert_eq!(
            compare_with(&[wide], &[wide, narrow]).wrong,
            3 + 1 + 1 + 1,
            "three probes in the /16, its get, its place in the order, and the number of routes"
        );
        assert_eq!(compare_with(&[wide, narrow], &[wide]).wrong, 2, "place and number");
        assert_eq!(compare_with(&[wide], &[]).wrong, 2);
    }
}
