//! Timing candidates in turn.

use cpu_time::ThreadTime;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::candidate::Candidate;

/// Times each candidate once a round, in a random order, after an untimed run over the first
/// eighth of the addresses, which brings its memory back into the caches. The result has the rates
/// of each candidate by round, in the thread's own time: what the processor does for others between
/// does not count.
pub fn interleave<A>(
    candidates: &mut [Candidate<A>],
    addresses: &[A],
    rounds: usize,
) -> Vec<Vec<f64>> {
    let mut rates = vec![Vec::with_capacity(rounds); candidates.len()];
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..rounds {
        // Whoever comes after somebody with the same table finds it in the caches; so nobody always
        // does.
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
