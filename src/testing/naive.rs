//! The golden model: a list of routes in prefix order and a linear scan for every question.
//!
//! It defines what the crate's operations mean. Nothing here is clever, so nothing here can be
//! subtly wrong; it is meant for tables of up to some thousands of routes.

use crate::{Address, Prefix};

/// A routing table as a sorted list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naive<A: Address, T> {
    /// Distinct prefixes in prefix order.
    routes: Vec<(Prefix<A>, T)>,
}

impl<A: Address, T> Default for Naive<A, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Address, T> Naive<A, T> {
    /// An empty table.
    pub fn new() -> Self {
        Self { routes: Vec::new() }
    }

    /// The number of routes.
    pub fn len(&self) -> usize {
        self.routes.len()
    }

    /// Whether there is no route.
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }

    /// Sets the route for `prefix` and returns the value that it replaced.
    pub fn insert(&mut self, prefix: Prefix<A>, value: T) -> Option<T> {
        let old = self.remove(prefix);
        let place = self.routes.iter().filter(|route| route.0 < prefix).count();
        self.routes.insert(place, (prefix, value));
        old
    }

    /// Removes the route for exactly `prefix` and returns its value.
    pub fn remove(&mut self, prefix: Prefix<A>) -> Option<T> {
        let place = self.routes.iter().position(|route| route.0 == prefix)?;
        Some(self.routes.remove(place).1)
    }

    /// The value at exactly `prefix`.
    pub fn get(&self, prefix: Prefix<A>) -> Option<&T> {
        self.iter().find(|route| route.0 == prefix).map(|route| route.1)
    }

    /// The longest prefix that contains `address`, and its value.
    pub fn lookup(&self, address: A) -> Option<(Prefix<A>, &T)> {
        self.iter().filter(|route| route.0.contains(address)).max_by_key(|route| route.0.len())
    }

    /// The longest route that covers `prefix` and is strictly shorter.
    pub fn cover(&self, prefix: Prefix<A>) -> Option<(Prefix<A>, &T)> {
        self.iter()
            .filter(|route| route.0.covers(prefix) && route.0 != prefix)
            .max_by_key(|route| route.0.len())
    }

    /// Every route that covers `prefix`, itself included, shortest first.
    pub fn covering(&self, prefix: Prefix<A>) -> Vec<(Prefix<A>, &T)> {
        self.iter().filter(|route| route.0.covers(prefix)).collect()
    }

    /// Every route that `prefix` covers, itself included, in prefix order.
    pub fn more_specific(&self, prefix: Prefix<A>) -> Vec<(Prefix<A>, &T)> {
        self.iter().filter(|route| prefix.covers(route.0)).collect()
    }

    /// Every route in prefix order.
    pub fn iter(&self) -> impl Iterator<Item = (Prefix<A>, &T)> {
        self.routes.iter().map(|route| (route.0, &route.1))
    }

    /// Removes every route for which `keep` says no.
    pub fn retain(&mut self, mut keep: impl FnMut(Prefix<A>, &T) -> bool) {
        self.routes.retain(|route| keep(route.0, &route.1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(address: [u8; 4], len: u8) -> Prefix<u32> {
        Prefix::new(u32::from_be_bytes(address), len).unwrap()
    }

    /// 0/0, 10/8, 10.0/16 and 10.0.0/24 inside each other, 10.1/16 and 192.168/16 beside them.
    fn table() -> Naive<u32, u8> {
        let mut table = Naive::new();
        for (prefix, value) in [
            (p([192, 168, 0, 0], 16), 5),
            (p([10, 0, 0, 0], 24), 3),
            (p([10, 0, 0, 0], 8), 1),
            (p([10, 1, 0, 0], 16), 4),
            (p([0, 0, 0, 0], 0), 0),
            (p([10, 0, 0, 0], 16), 2),
        ] {
            assert_eq!(table.insert(prefix, value), None);
        }
        table
    }

    fn values(routes: Vec<(Prefix<u32>, &u8)>) -> Vec<u8> {
        routes.into_iter().map(|route| *route.1).collect()
    }

    #[test]
    fn insert_replaces_and_remove_returns() {
        let mut table = table();
        assert_eq!(table.len(), 6);
        assert_eq!(table.insert(p([10, 0, 0, 0], 8), 9), Some(1));
        assert_eq!(table.len(), 6, "a replacement is no new route");
        assert_eq!(table.get(p([10, 0, 0, 0], 8)), Some(&9));
        assert_eq!(table.get(p([10, 0, 0, 0], 9)), None, "get is exact");
        assert_eq!(table.remove(p([10, 0, 0, 0], 9)), None);
        assert_eq!(table.remove(p([10, 0, 0, 0], 8)), Some(9));
        assert_eq!(table.remove(p([10, 0, 0, 0], 8)), None);
        assert_eq!(table.len(), 5);
    }

    #[test]
    fn lookup_takes_the_longest_match() {
        let mut table = table();
        let at = |table: &Naive<u32, u8>, a| *table.lookup(u32::from_be_bytes(a)).unwrap().1;
        assert_eq!(at(&table, [10, 0, 0, 255]), 3);
        assert_eq!(at(&table, [10, 0, 1, 0]), 2);
        assert_eq!(at(&table, [10, 2, 0, 0]), 1);
        assert_eq!(at(&table, [9, 255, 255, 255]), 0);
        assert_eq!(at(&table, [255, 255, 255, 255]), 0);
        table.remove(p([0, 0, 0, 0], 0));
        assert_eq!(table.lookup(u32::MAX), None);
        assert_eq!(Naive::<u128, u8>::new().lookup(0), None);
    }

    #[test]
    fn covers_are_found_from_both_sides() {
        let table = table();
        let slash24 = p([10, 0, 0, 0], 24);
        assert_eq!(
            table.cover(slash24),
            Some((p([10, 0, 0, 0], 16), &2)),
            "the route itself is no cover"
        );
        assert_eq!(table.cover(p([0, 0, 0, 0], 0)), None);
        assert_eq!(values(table.covering(slash24)), [0, 1, 2, 3]);
        assert_eq!(values(table.covering(p([10, 1, 1, 0], 24))), [0, 1, 4]);
        assert_eq!(values(table.more_specific(p([10, 0, 0, 0], 8))), [1, 2, 3, 4]);
        assert_eq!(values(table.more_specific(p([10, 0, 0, 0], 15))), [2, 3, 4]);
        assert!(values(table.more_specific(p([11, 0, 0, 0], 8))).is_empty());
    }

    #[test]
    fn iteration_is_in_prefix_order_and_retain_filters() {
        let mut table = table();
        assert_eq!(values(table.iter().collect()), [0, 1, 2, 3, 4, 5]);
        table.retain(|prefix, value| prefix.len() == 16 && *value != 4);
        assert_eq!(values(table.iter().collect()), [2, 5]);
        assert!(!table.is_empty() && Naive::<u32, u8>::default().is_empty());
    }
}
