//! PlanB's layout (NSDI 2026), from the paper: the intervals of the first 64 bits as an implicit
//! B+-tree of nine ways, eight keys a cache line, level after level. The paper compares the keys with
//! AVX-512; this does it with AVX2 where there is that, and asks for one address after another at
//! each level, so that their cache misses overlap.

use super::intervals::Intervals;
use crate::{
    Routes,
    candidate::{Answer, Candidate, Layout, best, prefetch},
};

/// Keys of a node.
const KEYS: usize = 8;

/// Addresses that go down the tree together.
const LANES: usize = 32;

/// A line of keys, each with its top bit turned so that signed comparisons order them.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([i64; KEYS]);

/// The tree.
pub(crate) struct PlanB {
    /// The levels from the root down, one after the other; the last has all keys.
    lines: Vec<Line>,
    /// Where each level begins.
    levels: Vec<usize>,
    /// The next hop of each interval.
    next_hops: Vec<u16>,
    /// Routes longer than 64 bits, which the paper leaves out: their intervals, looked up where
    /// `next_hops` says so.
    long: Intervals<u128>,
}

/// Stands for an interval that has longer prefixes.
const LONG: u16 = u16::MAX;

fn turned(key: u64) -> i64 {
    (key ^ 1 << 63) as i64
}

impl PlanB {
    /// The tree of the routes.
    pub(crate) fn new(routes: &Routes<u128>) -> Self {
        let long = Intervals::new(routes);
        // An interval that ends within a key gets that key, and the next one, for itself.
        let mut keys: Vec<u64> = Vec::new();
        for &start in &long.starts {
            let key = (start >> 64) as u64;
            let after = (start as u64 != 0).then(|| key.saturating_add(1));
            keys.extend(core::iter::once(key).chain(after));
        }
        keys.sort_unstable();
        keys.dedup();
        let whole = |&key: &u64| {
            let first = u128::from(key) << 64;
            long.only(first, first | u128::from(u64::MAX)).map_or(LONG, |next_hop| next_hop as u16)
        };
        let next_hops = keys.iter().map(whole).collect();
        let mut tree = Self { lines: Vec::new(), levels: Vec::new(), next_hops, long };
        // By height: the lines of a level, from which the next one up is nine times smaller.
        let mut heights = vec![keys.len().div_ceil(KEYS)];
        while heights[heights.len() - 1] > 1 {
            heights.push(heights[heights.len() - 1].div_ceil(KEYS + 1));
        }
        for (height, &lines) in heights.iter().enumerate().rev() {
            tree.levels.push(tree.lines.len());
            for line in 0..lines {
                let key = |place: usize| match height.checked_sub(1) {
                    None => line * KEYS + place,
                    // The least key below the child.
                    Some(below) => {
                        (line * (KEYS + 1) + place + 1) * KEYS * (KEYS + 1).pow(below as u32)
                    }
                };
                let key = |place| turned(keys.get(key(place)).copied().unwrap_or(u64::MAX));
                tree.lines.push(Line(core::array::from_fn(key)));
            }
        }
        tree
    }

    /// Bytes that a lookup can touch, but for those of routes longer than 64 bits.
    pub(crate) fn bytes(&self) -> usize {
        self.lines.len() * size_of::<Line>() + self.next_hops.len() * 2
    }

    /// How many keys of the line are at most `key`.
    #[inline(always)]
    fn rank<const NEW: bool>(line: &Line, key: i64) -> usize {
        #[cfg(target_arch = "x86_64")]
        if NEW {
            // SAFETY: `NEW` says that the processor has AVX2.
            return unsafe { Self::rank_avx2(line, key) };
        }
        line.0.iter().map(|&other| usize::from(other <= key)).sum()
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,popcnt")]
    #[inline]
    fn rank_avx2(line: &Line, key: i64) -> usize {
        use std::arch::x86_64::{
            __m256i, _mm256_castsi256_pd, _mm256_cmpgt_epi64, _mm256_load_si256,
            _mm256_movemask_pd, _mm256_set1_epi64x,
        };
        let key = _mm256_set1_epi64x(key);
        let halves: *const __m256i = line.0.as_ptr().cast();
        // SAFETY: a line has two halves, aligned to 64 bytes.
        let low = unsafe { _mm256_load_si256(halves) };
        // SAFETY: as above.
        let high = unsafe { _mm256_load_si256(halves.wrapping_add(1)) };
        let greater = |keys| _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpgt_epi64(keys, key)));
        KEYS - (greater(low) | greater(high) << 4).count_ones() as usize
    }

    #[inline(always)]
    fn group<const NEW: bool>(&self, addresses: &[u128], next_hops: &mut [u32]) {
        let mut keys = [0i64; LANES];
        let mut places = [0usize; LANES];
        let keys = &mut keys[..addresses.len()];
        for (key, &address) in keys.iter_mut().zip(addresses) {
            // No interval begins at the last key, with which lines are filled up.
            *key = turned(((address >> 64) as u64).min(u64::MAX - 1));
        }
        for (level, &from) in self.levels.iter().enumerate() {
            let next = self.levels.get(level + 1).copied();
            for (place, &key) in places.iter_mut().zip(&*keys) {
                // SAFETY: fillers are greater than all keys, so a walk stays in the tree.
                let line = unsafe { self.lines.get_unchecked(from + *place) };
                let rank = Self::rank::<NEW>(line, key);
                if let Some(next) = next {
                    *place = *place * (KEYS + 1) + rank;
                    prefetch(self.lines.as_ptr().wrapping_add(next + *place));
                } else {
                    *place = *place * KEYS + rank - 1;
                    prefetch(self.next_hops.as_ptr().wrapping_add(*place));
                }
            }
        }
        for ((next_hop, &place), &address) in next_hops.iter_mut().zip(&places).zip(addresses) {
            // SAFETY: the last level's places are those of the next hops.
            *next_hop = match unsafe { *self.next_hops.get_unchecked(place) } {
                LONG => self.long.next_hops[self.long.at(address)],
                found => u32::from(found),
            };
        }
    }
}

impl Layout<u128> for PlanB {
    #[inline(always)]
    fn burst<const NEW: bool>(&self, addresses: &[u128], next_hops: &mut [u32]) {
        for (addresses, next_hops) in addresses.chunks(LANES).zip(next_hops.chunks_mut(LANES)) {
            self.group::<NEW>(addresses, next_hops);
        }
    }
}

/// In bursts.
pub fn candidates(routes: &Routes<u128>) -> Vec<Candidate<u128>> {
    let tree = PlanB::new(routes);
    let bytes = tree.bytes();
    vec![Candidate::new("PlanB", bytes, Answer::NextHop, 64, best(tree))]
}
