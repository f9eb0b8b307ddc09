//! DIR-24-8 (Gupta, Lin and McKeown, 1998), with entries of two bytes as DPDK's `rte_fib` has them:
//! a table of 2^24 entries, and 256 more for each /24 that has longer prefixes.

use super::intervals::Intervals;
use crate::{
    Routes,
    adapter::Failure,
    candidate::{Answer, Candidate, prefetch},
};

/// How many addresses ahead a burst prefetches.
const AHEAD: usize = 15;

/// The table.
pub(crate) struct Dir24 {
    first: Vec<u16>,
    second: Vec<u16>,
}

impl Dir24 {
    /// The table of the routes.
    ///
    /// # Errors
    /// If they take more groups of the second table than 15 bits count.
    pub(crate) fn new(routes: &Routes<u32>) -> Result<Self, Failure> {
        let intervals = Intervals::new(routes);
        let mut table = Self { first: vec![0; 1 << 24], second: Vec::new() };
        let mut at = 0;
        for slot in 0..1u32 << 24 {
            let first = slot << 8;
            while intervals.starts.get(at + 1).is_some_and(|&start| start <= first) {
                at += 1;
            }
            let whole = intervals.starts.get(at + 1).is_none_or(|&next| next > first | 0xFF);
            // Bit 0 tells a group of the second table from a next hop.
            table.first[slot as usize] = if whole {
                (intervals.next_hops[at] << 1) as u16
            } else {
                let group = table.second.len() / 256;
                let hops =
                    (0..256).map(|low| intervals.next_hops[intervals.at(first | low)] as u16);
                table.second.extend(hops);
                (group << 1 | 1) as u16
            };
        }
        if table.second.len() / 256 > 1 << 15 {
            return Err("more groups than 15 bits count".into());
        }
        Ok(table)
    }

    /// Bytes of both.
    pub(crate) fn bytes(&self) -> usize {
        (self.first.len() + self.second.len()) * 2
    }

    /// The next hop of an address, 0 for none.
    #[inline(always)]
    pub(crate) fn lookup(&self, address: u32) -> u32 {
        // The index has 24 bits and the table as many entries.
        let entry = self.first[(address >> 8) as usize];
        if entry & 1 == 0 {
            return u32::from(entry >> 1);
        }
        u32::from(self.second[usize::from(entry >> 1) * 256 + (address & 0xFF) as usize])
    }

    /// The next hops of addresses, which are prefetched.
    pub(crate) fn burst(&self, addresses: &[u32], next_hops: &mut [u32]) {
        let ask = |address: u32| prefetch(&raw const self.first[(address >> 8) as usize]);
        addresses.iter().take(AHEAD).copied().for_each(ask);
        for (index, (&address, next_hop)) in addresses.iter().zip(next_hops).enumerate() {
            if let Some(&ahead) = addresses.get(index + AHEAD) {
                ask(ahead);
            }
            *next_hop = self.lookup(address);
        }
    }
}

/// One at a time, and in bursts with prefetching.
///
/// # Panics
/// If there is no such table of the routes.
pub fn candidates(routes: &Routes<u32>) -> Vec<Candidate<u32>> {
    let table = std::rc::Rc::new(Dir24::new(routes).expect("few groups"));
    let bytes = table.bytes();
    let burst = std::rc::Rc::clone(&table);
    vec![
        Candidate::new("DIR24_8", bytes, Answer::NextHop, 1, move |addresses, next_hops| {
            next_hops[0] = table.lookup(addresses[0]);
        }),
        Candidate::new("DIR24_8", bytes, Answer::NextHop, 64, move |addresses, next_hops| {
            burst.burst(addresses, next_hops);
        }),
    ]
}
