//! The timings of candidates, and what to make of them.

use rtalloc_benches::{
    candidate::Candidate,
    spread::{quantile, ratios},
};

/// The timings of one candidate on one stream.
pub(crate) struct Row {
    pub(crate) family: &'static str,
    pub(crate) stream: &'static str,
    pub(crate) candidate: String,
    pub(crate) bytes: usize,
    /// Lookups a second, by round.
    pub(crate) rates: Vec<f64>,
}

/// Prints the candidates and their ratios to the one that is named, and returns the timings.
pub(crate) fn print<A>(
    family: &'static str,
    stream: &'static str,
    routes: usize,
    against: &str,
    candidates: &[Candidate<A>],
    rates: &[Vec<f64>],
) -> Vec<Row> {
    let base = candidates.iter().position(|candidate| candidate.name == against).unwrap_or(0);
    println!(
        "{:<34} {:>8} {:>8}  {:>8}   median [quartiles] of the ratio to {}",
        "candidate", "M/s", "best", "bytes/p", candidates[base].name
    );
    let mut rows = Vec::new();
    for (candidate, rates_of) in candidates.iter().zip(rates) {
        let ratios = ratios(rates_of, &rates[base]);
        let bytes = match candidate.bytes {
            0 => "-".to_owned(),
            bytes => format!("{:.2}", bytes as f64 / routes as f64),
        };
        println!(
            "{:<34} {:>8.1} {:>8.1}  {:>8}   {:.2} [{:.2} {:.2}]",
            candidate.name,
            quantile(rates_of, 0.5) / 1e6,
            quantile(rates_of, 1.0) / 1e6,
            bytes,
            quantile(&ratios, 0.5),
            quantile(&ratios, 0.25),
            quantile(&ratios, 0.75),
        );
        rows.push(Row {
            family,
            stream,
            candidate: candidate.name.clone(),
            bytes: candidate.bytes,
            rates: rates_of.clone(),
        });
    }
    rows
}
