//! A table as what it answers: intervals of addresses with one next hop each.

use rtalloc::Address;

use crate::Routes;

/// The first addresses of the intervals in order, from 0 on, and the next hop of each, 0 for none.
/// Neighbours differ.
pub(super) struct Intervals<A> {
    pub(super) starts: Vec<A>,
    pub(super) next_hops: Vec<u32>,
}

impl<A: Address> Intervals<A> {
    /// The intervals of `routes`, which are in prefix order.
    pub(super) fn new(routes: &Routes<A>) -> Self {
        let mut intervals = Self { starts: Vec::new(), next_hops: Vec::new() };
        intervals.push(A::default(), 0);
        // The routes that cover the place that was reached, the longest last.
        let mut open: Vec<(A, u32)> = Vec::new();
        for &(prefix, next_hop) in routes {
            intervals.close(&mut open, Some(prefix.address()));
            intervals.push(prefix.address(), next_hop.interface);
            open.push((prefix.last_address(), next_hop.interface));
        }
        intervals.close(&mut open, None);
        intervals
    }

    /// Ends the routes that do not reach `address`.
    fn close(&mut self, open: &mut Vec<(A, u32)>, address: Option<A>) {
        while let Some(&(last, _)) = open.last()
            && address.is_none_or(|address| last < address)
        {
            open.pop();
            if let Some(after) = last.next() {
                self.push(after, open.last().map_or(0, |cover| cover.1));
            }
        }
    }

    fn push(&mut self, start: A, next_hop: u32) {
        if self.starts.last() == Some(&start) {
            self.starts.pop();
            self.next_hops.pop();
        }
        if self.next_hops.last() != Some(&next_hop) {
            self.starts.push(start);
            self.next_hops.push(next_hop);
        }
    }

    /// The next hop of all addresses from `first` to `last`, if it is one.
    pub(super) fn only(&self, first: A, last: A) -> Option<u32> {
        let at = self.at(first);
        let ends = self.starts.get(at + 1).is_none_or(|&next| next > last);
        ends.then(|| self.next_hops[at])
    }

    /// Which interval holds `address`.
    pub(super) fn at(&self, address: A) -> usize {
        self.starts.partition_point(|&start| start <= address) - 1
    }
}
