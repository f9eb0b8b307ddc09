//! A reader beside a writer.
//!
//! The reader looks bursts of 32 routed addresses up, with a quiescent point each, on the first core;
//! on the second the writer replays the day, over and over. In a round the neighbour does each thing
//! for a window, in an order that turns; a value compares two windows of one round, by the clock.
//!
//! What merely writes as many bytes writes whole lines, spread at random over as much memory as the
//! day's updates touch, in the time in which the writer beside it made as many updates. How much an
//! update writes is estimated: while a reader holds everything back, what updates retire is counted,
//! each of which made way for something as large that was written; and a line more for the words that
//! are stored in place and the counts.

use std::{collections::HashSet, thread};

use rtalloc::{Table, testing::history::Step};
use rtalloc_benches::{
    Day, Stream,
    changes::apply,
    family::Family,
    spread::{quantile, ratios},
};

use crate::{
    Failure,
    figure::{Figure, Target},
    neighbour::{self, Footprint, Orders},
    report::{Report, progress},
    tables::{View, oracle, verify},
    windows::{KINDS, Lookups, Seen, read},
};

/// Updates from which the bytes of one are estimated.
const ESTIMATED: usize = 50_000;

/// Bytes of words stored in place, and of counts.
const WORDS: f64 = 64.0;

/// All of it, for IPv4.
pub(crate) fn run(report: &mut Report, day: &Day) -> Result<(), Failure> {
    for (lookups, what) in [(Lookups::NextHops, "next hops"), (Lookups::Entries, "entries read")] {
        let name = |part: &str| format!("reader/v4/{what}/{part}");
        let names = [
            "throttled writer",
            "unthrottled writer",
            "unthrottled writer, in all",
            "p99.99, throttled writer",
            "p99.99, unthrottled writer",
        ]
        .map(name);
        if names.iter().any(|name| report.wants(name)) {
            add::<u32>(report, day, lookups, names)?;
        }
    }
    Ok(())
}

fn add<A: Family>(
    report: &mut Report,
    day: &Day,
    lookups: Lookups,
    names: [String; 5],
) -> Result<(), Failure> {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let &[first, second, ..] = cores.as_slice() else {
        for name in names {
            report.add(Figure::new(name, "times", Vec::new()).remark("needs two cores"));
        }
        return Ok(());
    };
    progress(&format!("a reader beside a writer: {}", names[0]));
    let (routes, updates) = (A::routes(day), A::updates(day));
    let table = View::Both.loaded(routes)?;
    verify(&table, &oracle(routes), routes.iter().step_by(97).map(|route| route.0.address()))?;
    let footprint = footprint(&View::Both.loaded(routes)?, updates);
    let addresses = A::addresses(Stream::Routed, routes, report.plan.addresses);
    let orders = Orders::new();
    let plan = &report.plan;
    let seen = thread::scope(|scope| {
        let orders = &orders;
        let table = &table;
        scope.spawn(move || {
            core_affinity::set_for_current(second);
            neighbour::run(A::rib(table), updates, footprint, orders);
        });
        let reader = scope.spawn(|| {
            let _ending = orders.ending();
            core_affinity::set_for_current(first);
            read(table, &addresses, lookups, orders, plan)
        });
        reader.join().map_err(|_| Failure::from("the reader panicked"))
    })?;
    add_figures(report, names, &seen?, footprint);
    Ok(())
}

fn add_figures(
    report: &mut Report,
    names: [String; 5],
    seen: &[Seen; KINDS],
    footprint: Footprint,
) {
    let [alone, throttled, free, writing, alone_each, throttled_each, free_each] = seen;
    let pace = |seen: &Seen| format!("{:.0} updates/s", quantile(&seen.updates, 0.5));
    let shares = |one: &Seen, other: &Seen| ratios(&one.values, &other.values);
    let disturbed = match seen.iter().map(|seen| seen.disturbed).sum() {
        0usize => String::new(),
        some => {
            let all: usize = seen.iter().map(|seen| seen.values.len()).sum();
            format!("; others had the reader's core in {some} of {all} windows")
        }
    };
    let p9999 = |one: &Seen| {
        let [before, beside] = [alone_each, one].map(|seen| quantile(&seen.values, 0.5) / 1e3);
        format!("{beside:.1} against {before:.1} us")
    };
    let bytes = format!(
        "{}; {:.0} bytes an update, so {} of {:.0} MiB/s",
        pace(free),
        footprint.bytes,
        pace(writing),
        quantile(&writing.updates, 0.5) * footprint.bytes / 1048576.0
    );
    let million = format!("alone {:.1} M/s", quantile(&alone.values, 0.5) / 1e6);
    let rows = [
        (shares(throttled, alone), "alone", Some(Target::AtLeast(0.97)), pace(throttled)),
        (shares(free, writing), "as many bytes written", Some(Target::AtLeast(0.85)), bytes),
        (shares(free, alone), "alone", None, million),
        (
            shares(throttled_each, alone_each),
            "alone",
            Some(Target::AtMost(2.0)),
            p9999(throttled_each),
        ),
        (shares(free_each, alone_each), "alone", Some(Target::AtMost(2.0)), p9999(free_each)),
    ];
    for (name, (values, against, target, remark)) in names.into_iter().zip(rows) {
        let figure = Figure::new(name, "times", values).against(against).target(target);
        report.add(figure.remark(remark + &disturbed));
    }
}

/// How much an update of `updates` writes, on a table for that alone.
fn footprint<A: Family>(table: &Table, updates: &[Step<A>]) -> Footprint {
    let mut reader = table.reader();
    let guard = reader.enter();
    let rib = A::rib(table);
    let some = &updates[..updates.len().min(ESTIMATED)];
    let before = rib.waiting().bytes;
    some.iter().for_each(|step| apply(rib, step));
    let retired = rib.waiting().bytes.saturating_sub(before);
    drop(guard);
    let prefixes: HashSet<_> = updates.iter().map(Step::prefix).collect();
    let bytes = retired as f64 / some.len().max(1) as f64 + WORDS;
    Footprint { bytes, prefixes: prefixes.len() }
}

#[cfg(test)]
mod tests {
    use rtalloc::{NextHop, Prefix, Route};

    use super::*;

    #[test]
    fn updates_of_one_route_write_an_entry_each() {
        let table = Table::new().expect("address space");
        let prefix = Prefix::containing(0x0A00_0000u32, 8);
        table.v4().insert(prefix, Route::via(NextHop::interface(1))).expect("room");
        let set = |number: u32| Step::Set(prefix, NextHop::interface(number % 2 + 1));
        let updates: Vec<_> = (1..1000).map(set).collect();
        let found = footprint(&table, &updates);
        assert_eq!(found.prefixes, 1);
        let entry = found.bytes - WORDS;
        assert!((60.0..=72.0).contains(&entry), "an entry takes 64 bytes, not {entry}");
    }
}
