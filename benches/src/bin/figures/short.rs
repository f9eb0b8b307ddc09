//! Short prefixes over a full table: the default route, and the /8 and the /12 that have the most
//! routes below them.
//!
//! Each call is timed by the clock.

use std::{collections::HashMap, time::Instant};

use rtalloc::{
    Address, NextHop, Prefix,
    testing::{history::Step, probes::probes},
};
use rtalloc_benches::{Day, Routes, Stream, changes::apply, family::Family};

use crate::{
    Failure,
    figure::{Figure, Target},
    report::{Report, progress},
    tables::{View, oracle, verify},
};

/// Every how many routes are checked around.
const STEP: usize = 997;

/// The next hop of the short route, which no other has.
const HOP: NextHop = NextHop::interface(251);

/// The prefix of that length with the most routes below it.
fn busiest<A: Address>(routes: &Routes<A>, len: u8) -> Option<Prefix<A>> {
    let mut counts: HashMap<A, usize> = HashMap::new();
    for (prefix, _) in routes.iter().filter(|route| route.0.len() > len) {
        *counts.entry(prefix.address().truncate(len)).or_default() += 1;
    }
    let (address, _) = counts.into_iter().max_by_key(|&(address, count)| (count, address))?;
    Some(Prefix::containing(address, len))
}

/// All of both families.
pub(crate) fn run(report: &mut Report, day: &Day) -> Result<(), Failure> {
    family::<u32>(report, day)?;
    family::<u128>(report, day)
}

fn family<A: Family>(report: &mut Report, day: &Day) -> Result<(), Failure> {
    let routes = A::routes(day);
    for len in [0, 8, 12] {
        let Some(prefix) = busiest(routes, len) else { continue };
        for view in View::ALL {
            let what = if len == 0 { "default route".to_owned() } else { format!("a /{len}") };
            let name = format!("short/{}/{what}/{}", A::NAME, view.name());
            let names = ["added", "removed", "worst"].map(|part| format!("{name}, {part}"));
            if names.iter().any(|name| report.wants(name)) {
                progress(&name);
                add(report, routes, prefix, view, names)?;
            }
        }
    }
    Ok(())
}

fn add<A: Family>(
    report: &mut Report,
    routes: &Routes<A>,
    prefix: Prefix<A>,
    view: View,
    names: [String; 3],
) -> Result<(), Failure> {
    let table = view.loaded(routes)?;
    let steps = [Step::Set(prefix, HOP), Step::Remove(prefix)];
    let mut oracle = oracle(routes);
    for step in &steps {
        apply(A::rib(&table), step);
        step.apply(&mut oracle);
        let edges = routes.iter().step_by(STEP).flat_map(|route| probes(route.0));
        let anywhere = A::addresses(Stream::Uniform, routes, 10_000).into_iter();
        verify(&table, &oracle, edges.chain(anywhere).chain(probes(prefix)))?;
    }
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..report.plan.rounds {
        for (step, times) in steps.iter().zip(&mut times) {
            let begun = Instant::now();
            apply(A::rib(&table), step);
            times.push(begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    let worst = times.iter().flatten().copied().fold(0.0, f64::max);
    let [added, removed] = times;
    for (name, times) in names.into_iter().zip([added, removed, vec![worst]]) {
        let figure = Figure::new(name, "ms", times).target(Target::AtMost(1.0));
        report.add(figure.remark(prefix.to_string()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_prefix_has_the_most_routes_below() {
        let route = |address, len| (Prefix::containing(address, len), NextHop::interface(1));
        let routes: Routes<u32> = vec![
            route(0x0100_0000, 8),
            route(0x0200_0000, 24),
            route(0x0300_0000, 16),
            route(0x0301_0000, 16),
        ];
        assert_eq!(busiest(&routes, 8), Some(Prefix::containing(0x0300_0000, 8)));
        assert_eq!(busiest(&routes, 0), Some(Prefix::containing(0, 0)));
        assert_eq!(busiest::<u32>(&Vec::new(), 8), None);
    }
}
