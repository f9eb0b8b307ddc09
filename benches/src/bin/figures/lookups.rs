//! Lookup rates against those of others.
//!
//! All candidates of a stream take turns in rounds, and a value is the ratio of two rates of one
//! round, in the thread's own time. Where several stand for what is compared with, such as the Rust
//! crates, it is the one whose median rate is the best.

use rtalloc::Table;
use rtalloc_benches::{
    Day, Routes, Stream,
    candidate::{Candidate, check},
    family::Family,
    interleave::interleave,
    peers::{crates, dir24_8, planb, poptrie},
    spread::{quantile, ratios},
};

use crate::{
    Failure, dpdk,
    figure::{Figure, Target},
    ours::{self, ENTRIES, GUARDED, IDS, NEXT_HOPS, ONE, ONE_BY_ONE, QUIESCENT, UNPROTECTED},
    report::{Report, progress},
    tables::{View, oracle},
};

/// One candidate and those that it is compared with.
struct Comparison {
    ours: &'static str,
    theirs: &'static [&'static str],
    /// By stream: uniform, routed, zipf.
    targets: [Option<f64>; 3],
}

const fn comparison(
    ours: &'static str,
    theirs: &'static [&'static str],
    targets: [Option<f64>; 3],
) -> Comparison {
    Comparison { ours, theirs, targets }
}

impl Comparison {
    fn name(&self, family: &str, stream: Stream) -> String {
        format!("lookup/{family}/{}/{}", stream.name(), self.ours)
    }

    fn target(&self, stream: Stream) -> Option<Target> {
        let [uniform, routed, zipf] = self.targets;
        let least = match stream {
            Stream::Uniform => uniform,
            Stream::Routed => routed,
            Stream::Zipf => zipf,
            Stream::Hot => None,
        };
        least.map(Target::AtLeast)
    }
}

const CRATES: &[&str] = &["prefix-trie x1", "treebitmap x1"];
const RTE_FIB: &[&str] = &[
    "rte_fib 2B scalar x64",
    "rte_fib 2B AVX-512 x64",
    "rte_fib 4B scalar x64",
    "rte_fib 4B AVX-512 x64",
];
const RTE_FIB_ONE: &[&str] = &[
    "rte_fib 2B scalar x1",
    "rte_fib 2B AVX-512 x1",
    "rte_fib 4B scalar x1",
    "rte_fib 4B AVX-512 x1",
];
const RTE_FIB6: &[&str] = &["rte_fib6 4B scalar x64", "rte_fib6 4B AVX-512 x64"];

const DIR24_TARGETS: [Option<f64>; 3] = [Some(2.0), Some(1.25), Some(1.0)];
const IDS_TARGETS: [Option<f64>; 3] = [None, Some(1.0), None];

const V4: &[Comparison] = &[
    comparison(NEXT_HOPS, &["DIR24_8 x64"], DIR24_TARGETS),
    comparison(NEXT_HOPS, RTE_FIB, DIR24_TARGETS),
    comparison(NEXT_HOPS, CRATES, [Some(25.0); 3]),
    comparison(IDS, &["DIR24_8 x64"], IDS_TARGETS),
    comparison(IDS, RTE_FIB, IDS_TARGETS),
    comparison(ENTRIES, &[IDS], [Some(0.5); 3]),
    comparison(ONE, &["DIR24_8 x1"], [None; 3]),
    comparison(ONE, RTE_FIB_ONE, [Some(3.0); 3]),
    comparison(ONE_BY_ONE, &["Poptrie, one by one, x64"], [Some(1.3); 3]),
];

const V6: &[Comparison] = &[
    comparison(NEXT_HOPS, &["PlanB x64"], [Some(1.0); 3]),
    comparison(NEXT_HOPS, RTE_FIB6, [Some(3.0); 3]),
    comparison(NEXT_HOPS, CRATES, [Some(15.0); 3]),
    comparison(ENTRIES, &[IDS], [Some(0.5); 3]),
];

/// "A guard or quiescent point … costs under 2 %", in bursts of 32.
const PROTECTION: Option<f64> = Some(0.98);

const PROTECTIONS: &[Comparison] = &[
    comparison(QUIESCENT, &[UNPROTECTED], [PROTECTION; 3]),
    comparison(GUARDED, &[UNPROTECTED], [PROTECTION; 3]),
];

/// All of both families.
pub(crate) fn run(
    report: &mut Report,
    day: &Day,
    arguments: &dpdk::Arguments,
) -> Result<(), Failure> {
    family(report, &day.v4, V4, |routes| {
        let mut peers = dir24_8::candidates(routes);
        peers.extend(poptrie::candidates(routes));
        peers.extend(crates::v4(routes));
        peers.extend(dpdk::v4(arguments, routes)?);
        Ok(peers)
    })?;
    family(report, &day.v6, V6, |routes| {
        let mut peers = planb::candidates(routes);
        peers.extend(crates::v6(routes));
        peers.extend(dpdk::v6(arguments, routes)?);
        Ok(peers)
    })
}

fn family<A: Family>(
    report: &mut Report,
    routes: &Routes<A>,
    comparisons: &[Comparison],
    peers: impl FnOnce(&Routes<A>) -> Result<Vec<Candidate<A>>, Failure>,
) -> Result<(), Failure> {
    let wanted = |comparisons: &[Comparison]| {
        let mut pairs = A::STREAMS.iter().flat_map(|&stream| {
            comparisons.iter().map(move |comparison| comparison.name(A::NAME, stream))
        });
        pairs.any(|name| report.wants(&name))
    };
    let (others, own) = (wanted(comparisons), wanted(PROTECTIONS));
    if !others && !own {
        return Ok(());
    }
    progress(&format!("building what looks up {}", A::NAME));
    let table: Table = View::Both.loaded(routes)?;
    let mut candidates = ours::candidates(&table);
    if others {
        candidates.extend(peers(routes)?);
        if A::NAME == "v4" {
            add_memory(report, &candidates);
        }
    }
    let mut protections = ours::protections(&table);
    let oracle = oracle(routes);
    for &stream in A::STREAMS {
        let addresses = A::addresses(stream, routes, report.plan.addresses);
        let answer = |&address: &A| oracle.lookup(address).map_or(0, |found| found.1.interface);
        let expected: Vec<u32> = addresses.iter().map(answer).collect();
        let asked = Asked { stream, addresses: &addresses, expected: &expected };
        let rounds = report.plan.rounds;
        compare(report, comparisons, &mut candidates, asked, rounds)?;
        // What differs by two parts in a hundred wants more rounds than what differs by halves.
        compare(report, PROTECTIONS, &mut protections, asked, 4 * rounds)?;
    }
    Ok(())
}

/// What is looked up, and the right answers.
#[derive(Clone, Copy)]
struct Asked<'a, A> {
    stream: Stream,
    addresses: &'a [A],
    expected: &'a [u32],
}

/// Times the candidates that the wanted comparisons name.
fn compare<A: Family>(
    report: &mut Report,
    comparisons: &[Comparison],
    candidates: &mut [Candidate<A>],
    Asked { stream, addresses, expected }: Asked<'_, A>,
    rounds: usize,
) -> Result<(), Failure> {
    let wanted: Vec<&Comparison> = comparisons
        .iter()
        .filter(|comparison| report.wants(&comparison.name(A::NAME, stream)))
        .collect();
    let is_named = |candidate: &Candidate<A>| {
        let name = candidate.name.as_str();
        wanted.iter().any(|one| one.ours == name || one.theirs.contains(&name))
    };
    // Those that take part come first.
    candidates.sort_by_key(|candidate| !is_named(candidate));
    let count = candidates.iter().filter(|candidate| is_named(candidate)).count();
    let timed = &mut candidates[..count];
    if timed.is_empty() {
        return Ok(());
    }
    progress(&format!("lookups, {} {}, {count} candidates", A::NAME, stream.name()));
    for candidate in &mut *timed {
        check(candidate, addresses, expected)?;
    }
    let rates = interleave(timed, addresses, rounds);
    let find = |name: &str| timed.iter().position(|candidate| candidate.name == name);
    let median = |index: usize| quantile(&rates[index], 0.5);
    for comparison in wanted {
        let name = comparison.name(A::NAME, stream);
        let theirs = comparison.theirs.iter().filter_map(|name| find(name));
        let best = theirs.max_by(|&one, &other| median(one).total_cmp(&median(other)));
        let (Some(ours), Some(best)) = (find(comparison.ours), best) else {
            let figure = Figure::new(name, "times", Vec::new()).against(comparison.theirs[0]);
            let figure = figure.target(comparison.target(stream));
            report.add(figure.remark("needs --features dpdk"));
            continue;
        };
        let remark = format!("{:.1} against {:.1} M/s", median(ours) / 1e6, median(best) / 1e6);
        report.add(
            Figure::new(name, "times", ratios(&rates[ours], &rates[best]))
                .against(&timed[best].name)
                .target(comparison.target(stream))
                .remark(remark),
        );
    }
    Ok(())
}

/// "At a tenth of its memory."
fn add_memory<A>(report: &mut Report, candidates: &[Candidate<A>]) {
    let bytes = |name: &str| {
        let found = candidates.iter().find(|candidate| candidate.name == name);
        found.map_or(f64::NAN, |candidate| candidate.bytes as f64)
    };
    let (ours, theirs) = (bytes(NEXT_HOPS), bytes("DIR24_8 x64"));
    report.add(
        Figure::new("lookup/v4/memory of the next-hop view", "times", vec![ours / theirs])
            .against("DIR24_8")
            .target(Target::AtMost(0.1))
            .remark(format!("{:.2} against {:.2} MiB", ours / 1048576.0, theirs / 1048576.0)),
    );
}
