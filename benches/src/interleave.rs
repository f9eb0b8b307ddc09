//! Timing candidates in turn.

use cpu_time::ThreadTime;

use crate::candidate::Candidate;

/// Times each candidate once a round, in an order that turns, after an untimed run over the first
/// eighth of the addresses, which brings its memory back into the caches. The result has the rates
/// of each candidate by round, in the thread's own time: what the processor does for others between
/// does not count.
pub fn interleave<A>(
    candidates: &mut [Candidate<A>],
    addresses: &[A],
    rounds: usize,
) -> Vec<Vec<f64>> {
    let mut rates = vec![Vec::with_capacity(rounds); candidates.len()];
    let count = candidates.len();
    for round in 0..rounds {
        for turn in 0..count {
            // 7 and the count need not be coprime: an order that repeats some candidate's
            // predecessor is good enough, one that skips a candidate is not.
            let index = (turn + round * 7) % count;
            let candidate = &mut candidates[index];
            candidate.run(&addresses[..addresses.len() / 8]);
            let start = ThreadTime::now();
            candidate.run(addresses);
            rates[index].push(addresses.len() as f64 / start.elapsed().as_secs_f64());
        }
    }
    rates
}
