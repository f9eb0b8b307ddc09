//! Timing candidates in turn, and what to make of it.

use cpu_time::ThreadTime;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::candidate::Candidate;

/// The timings of one candidate on one stream.
pub(crate) struct Row {
    pub(crate) family: &'static str,
    pub(crate) stream: &'static str,
    pub(crate) candidate: String,
    pub(crate) bytes: usize,
    /// Lookups a second, by round.
    pub(crate) rates: Vec<f64>,
}

/// Times each candidate once a round, in a random order, after an untimed run over the first
/// eighth of the addresses, which brings its memory back into the caches. The result has the rates
/// of each candidate by round, in the thread's own time: what the processor does for others between
/// does not count.
pub(crate) fn interleave<A>(
    candidates: &mut [Candidate<A>],
    addresses: &[A],
    rounds: usize,
) -> Vec<Vec<f64>> {
    let mut rates = vec![Vec::with_capacity(rounds); candidates.len()];
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..rounds {
        // Who comes after somebody with the same table finds it in the caches, so nobody does always.
        order.shuffle(&mut random);
        for &index in &order {
            let candidate = &mut candidates[index];
            candidate.run(&addresses[..addresses.len() / 8]);
            let start = ThreadTime::now();
            candidate.run(addresses);
            rates[index].push(addresses.len() as f64 / start.elapsed().as_secs_f64());
        }
    }
    rates
}

/// The value below which `share` of the values lie.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len().saturating_sub(1)) as f64 * share;
    sorted.get(place.round() as usize).copied().unwrap_or(f64::NAN)
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
        let ratios: Vec<f64> = rates_of.iter().zip(&rates[base]).map(|(a, b)| a / b).collect();
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
