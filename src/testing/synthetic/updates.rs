//! A synthetic stream of updates with the shape of a real day.
//!
//! Fitted, by `scripts/fit-synthetic activity`, to what the peer behind the synthetic table sent
//! in the 24 hours after it. A day's updates touch an eighth of the IPv4 prefixes and a sixth of
//! the IPv6 ones, and these very unevenly: a few flap all day. Nearly all updates announce a
//! prefix that is already there, because its path changed; of the rest half withdraw a prefix and
//! half bring one back, mostly the one that has been away for the longest. Withdrawals are spread
//! more evenly than announcements.
//!
//! The real data names no next hops. Here an announcement carries the prefix's usual next hop
//! ([`next_hop`]) or, as often, a second one, so that about half of the re-announcements change
//! the answer and half change nothing.

use std::collections::VecDeque;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    branching::{below, draw_to_front},
    next_hop,
};
use crate::{Address, NextHop, Prefix, testing::history::Step};

/// How busy a family is. All numbers are parts of a million.
#[derive(Debug)]
struct Activity {
    /// Updates that announce a prefix which is present.
    again: u32,
    /// Updates that withdraw one.
    withdrawn: u32,
    /// How much of the table is touched in a day.
    touched: u32,
    /// How unevenly: the most active touched prefixes, and their share of the updates.
    shares: [(u32, u32); 13],
}

const V4: Activity = Activity {
    again: 944_971,
    withdrawn: 27_098,
    touched: 129_391,
    shares: [
        (0, 0),
        (100, 69_131),
        (1000, 165_351),
        (3000, 221_931),
        (10_000, 304_859),
        (30_000, 422_318),
        (100_000, 571_593),
        (200_000, 676_158),
        (300_000, 745_238),
        (500_000, 845_637),
        (700_000, 923_067),
        (850_000, 974_180),
        (1_000_000, 1_000_000),
    ],
};

const V6: Activity = Activity {
    again: 955_870,
    withdrawn: 21_440,
    touched: 164_814,
    shares: [
        (0, 0),
        (100, 131_796),
        (1000, 317_299),
        (3000, 424_977),
        (10_000, 539_474),
        (30_000, 594_424),
        (100_000, 713_740),
        (200_000, 838_235),
        (300_000, 887_400),
        (500_000, 939_230),
        (700_000, 971_976),
        (850_000, 991_093),
        (1_000_000, 1_000_000),
    ],
};

/// `count` updates of an IPv4 table; none if the table is empty. All of `table` is taken to be
/// present at the start. The same arguments give the same stream on every platform.
pub fn updates_v4(table: &[Prefix<u32>], seed: u64, count: usize) -> Updates<u32> {
    Updates::new(table, seed, count, &V4)
}

/// `count` updates of an IPv6 table; as [`updates_v4`].
pub fn updates_v6(table: &[Prefix<u128>], seed: u64, count: usize) -> Updates<u128> {
    Updates::new(table, seed, count, &V6)
}

/// A stream of updates, from [`updates_v4`] or [`updates_v6`].
#[derive(Debug)]
pub struct Updates<A: Address> {
    rng: ChaCha8Rng,
    activity: &'static Activity,
    /// The touched prefixes, most active first.
    touched: Vec<Prefix<A>>,
    /// For each of them, whether it is in the table.
    present: Vec<bool>,
    /// Places in `touched` that were withdrawn, oldest first. An entry whose prefix has been
    /// announced since is passed over.
    away: VecDeque<usize>,
    left: usize,
}

impl<A: Address> Updates<A> {
    fn new(table: &[Prefix<A>], seed: u64, count: usize, activity: &'static Activity) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let number = (table.len() as u64 * u64::from(activity.touched)).div_ceil(1_000_000);
        let mut touched = table.to_vec();
        draw_to_front(&mut rng, &mut touched, number as usize);
        touched.truncate(number as usize);
        touched.shrink_to_fit();
        Self {
            rng,
            activity,
            present: vec![true; touched.len()],
            touched,
            away: VecDeque::new(),
            left: count,
        }
    }

    /// Draws a place in `touched`, the first ones more often.
    fn draw(&mut self) -> usize {
        let million = 1_000_000u128;
        let ticket = u128::from(self.rng.next_u32());
        let mut end = (0, 0);
        for &(rank, share) in &self.activity.shares {
            let start = end;
            // Ranks in millionths of the list, shares in 2^-32 of the updates.
            end = (u128::from(rank), (u128::from(share) << 32) / million);
            if ticket < end.1 {
                let inside = (ticket - start.1) * (end.0 - start.0) * self.touched.len() as u128;
                let before = start.0 * self.touched.len() as u128;
                return ((before + inside / (end.1 - start.1)) / million) as usize;
            }
        }
        0
    }

    /// The place of the prefix that has been away for the longest.
    fn draw_away(&mut self) -> Option<usize> {
        while let Some(place) = self.away.pop_front() {
            if !self.present[place] {
                return Some(place);
            }
        }
        None
    }

    fn announce(&mut self, place: usize) -> Step<A> {
        self.present[place] = true;
        let prefix = self.touched[place];
        let usual = next_hop(prefix);
        let hop = match below(&mut self.rng, 2) {
            0 => usual,
            _ => NextHop::interface(usual.interface % 250 + 1),
        };
        Step::Set(prefix, hop)
    }
}

impl<A: Address> Iterator for Updates<A> {
    type Item = Step<A>;

    fn next(&mut self) -> Option<Step<A>> {
        if self.left == 0 || self.touched.is_empty() {
            return None;
        }
        self.left -= 1;
        let what = below(&mut self.rng, 1_000_000);
        let Activity { again, withdrawn, .. } = *self.activity;
        if (again..again + withdrawn).contains(&what) {
            // The less active one of two: a prefix that is announced all day is up all day.
            let place = self.draw().max(self.draw());
            if self.present[place] {
                self.present[place] = false;
                self.away.push_back(place);
                return Some(Step::Remove(self.touched[place]));
            }
        }
        let returning = match what >= again + withdrawn {
            true => self.draw_away(),
            false => None,
        };
        let place = match returning {
            Some(place) => place,
            None => self.draw(),
        };
        Some(self.announce(place))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = if self.touched.is_empty() { 0 } else { self.left };
        (left, Some(left))
    }
}

impl<A: Address> ExactSizeIterator for Updates<A> {}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::testing::synthetic::{internet_v4, internet_v6};

    /// Parts of a million: re-announcements, withdrawals, re-announcements that change the hop,
    /// and the share of the most active hundredth of the prefixes to be touched. (By chance, some of
    /// those are not touched.)
    fn measure<A: Address>(table: &[Prefix<A>], updates: Updates<A>) -> [u64; 4] {
        let total = updates.len() as u64;
        let hottest = updates.touched.len() / 100;
        let mut present: HashSet<_> = table.iter().copied().collect();
        let mut hops = HashMap::new();
        let mut touched = HashMap::<_, u64>::new();
        let (mut again, mut withdrawn, mut changed) = (0, 0, 0);
        for step in updates {
            let prefix = step.prefix();
            *touched.entry(prefix).or_default() += 1;
            match step {
                Step::Set(_, hop) => {
                    assert!(table.binary_search(&prefix).is_ok());
                    again += u64::from(!present.insert(prefix));
                    let old = hops.insert(prefix, hop).unwrap_or(next_hop(prefix));
                    changed += u64::from(old != hop);
                }
                Step::Remove(_) => {
                    withdrawn += 1;
                    assert!(present.remove(&prefix), "only what is present is withdrawn");
                }
            }
        }
        let mut counts: Vec<u64> = touched.into_values().collect();
        counts.sort_unstable();
        let top = counts.iter().rev().take(hottest).sum::<u64>();
        [again, withdrawn, changed, top].map(|count| count * 1_000_000 / total)
    }

    fn near(measured: [u64; 4], expected: [u64; 4]) {
        for (this, other) in measured.into_iter().zip(expected) {
            assert!(this.abs_diff(other) < 15_000, "{measured:?} {expected:?}");
        }
    }

    #[test]
    fn a_day_has_the_real_proportions() {
        let v4 = internet_v4(3, 100_000);
        let day = updates_v4(&v4, 3, 135_000);
        near(measure(&v4, day), [944_971, 27_098, 480_000, 304_859]);
        let v6 = internet_v6(3, 50_000);
        let day = updates_v6(&v6, 3, 250_000);
        near(measure(&v6, day), [955_870, 21_440, 480_000, 539_474]);
    }

    #[test]
    fn a_stream_is_repeatable_and_ends() {
        let table = internet_v4(1, 1000);
        let stream = |seed| updates_v4(&table, seed, 100).collect::<Vec<_>>();
        assert_eq!(stream(1), stream(1));
        assert_ne!(stream(1), stream(2));
        assert_eq!(stream(1).len(), 100);
        assert_eq!(updates_v4(&[], 1, 100).count(), 0);
        assert_eq!(updates_v4(&table[..1], 1, 100).count(), 100);
    }
}
