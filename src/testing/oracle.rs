//! A reference table for a million routes: one hash map for each prefix length.
//!
//! A lookup asks the maps from the longest length down and takes the first hit, which is the
//! longest match by definition. It costs up to one probe a length, some hundred nanoseconds in a
//! full table. Property tests hold it against the naive table.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use crate::{Address, Prefix};

/// A routing table as one hash map for each prefix length.
#[derive(Clone, Debug)]
pub struct Oracle<A, T> {
    /// The map at index `len` holds the routes of length `len` by address.
    by_len: Vec<HashMap<A, T, BuildHasherDefault<AddressHasher>>>,
}

impl<A: Address, T> Default for Oracle<A, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Address, T> Oracle<A, T> {
    /// An empty table.
    pub fn new() -> Self {
        Self { by_len: (0..=A::WIDTH).map(|_| HashMap::default()).collect() }
    }

    /// The number of routes.
    pub fn len(&self) -> usize {
        self.by_len.iter().map(HashMap::len).sum()
    }

    /// Whether there is no route.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sets the route for `prefix` and returns the value that it replaced.
    pub fn insert(&mut self, prefix: Prefix<A>, value: T) -> Option<T> {
        self.by_len[usize::from(prefix.len())].insert(prefix.address(), value)
    }

    /// Removes the route for exactly `prefix` and returns its value.
    pub fn remove(&mut self, prefix: Prefix<A>) -> Option<T> {
        self.by_len[usize::from(prefix.len())].remove(&prefix.address())
    }

    /// The value at exactly `prefix`.
    pub fn get(&self, prefix: Prefix<A>) -> Option<&T> {
        self.by_len[usize::from(prefix.len())].get(&prefix.address())
    }

    /// The longest prefix that contains `address`, and its value.
    pub fn lookup(&self, address: A) -> Option<(Prefix<A>, &T)> {
        (0..=A::WIDTH).rev().find_map(|len| {
            let routes = &self.by_len[usize::from(len)];
            if routes.is_empty() {
                return None;
            }
            let prefix = Prefix::containing(address, len);
            routes.get(&prefix.address()).map(|value| (prefix, value))
        })
    }

    /// Every route, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (Prefix<A>, &T)> {
        (0..=A::WIDTH).zip(&self.by_len).flat_map(|(len, routes)| {
            routes.iter().map(move |(&address, value)| (Prefix::containing(address, len), value))
        })
    }

    /// Every route in prefix order.
    pub fn sorted(&self) -> Vec<(Prefix<A>, &T)> {
        let mut routes: Vec<_> = self.iter().collect();
        routes.sort_unstable_by_key(|route| route.0);
        routes
    }
}

impl<A: Address, T> FromIterator<(Prefix<A>, T)> for Oracle<A, T> {
    fn from_iter<I: IntoIterator<Item = (Prefix<A>, T)>>(routes: I) -> Self {
        let mut table = Self::new();
        table.extend(routes);
        table
    }
}

impl<A: Address, T> Extend<(Prefix<A>, T)> for Oracle<A, T> {
    fn extend<I: IntoIterator<Item = (Prefix<A>, T)>>(&mut self, routes: I) {
        for (prefix, value) in routes {
            self.insert(prefix, value);
        }
    }
}

/// A hash of one integer by a wide multiplication; the standard hasher would cost more than the
/// rest of a probe. Nobody attacks the oracle, so it needs no secret.
#[derive(Clone, Copy, Debug, Default)]
struct AddressHasher(u64);

impl AddressHasher {
    fn mix(&mut self, word: u64) {
        let wide = u128::from(self.0 ^ word ^ 0x2D35_8DCC_AA6C_78A5) * 0x9E37_79B9_7F4A_7C15;
        self.0 = (wide >> 64) as u64 ^ wide as u64;
    }
}

impl Hasher for AddressHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.mix(byte.into());
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.mix(word.into());
    }

    fn write_u128(&mut self, word: u128) {
        self.mix((word >> 64) as u64);
        self.mix(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{naive::Naive, probes::probes};

    #[derive(Clone, Copy, Debug)]
    enum Op<A: Address> {
        Insert(Prefix<A>, u16),
        Remove(Prefix<A>),
    }

    /// Few addresses and every length, so that prefixes nest and operations hit the same ones.
    fn op<A: Address>() -> impl Strategy<Value = Op<A>> {
        let address = (0..4usize, 0..4usize).prop_map(|(high, low)| {
            let top = A::default().with_bits(0, 2, high);
            top.with_bits(A::WIDTH - 2, 2, low)
        });
        let prefix =
            (address, 0..=A::WIDTH).prop_map(|(address, len)| Prefix::containing(address, len));
        prop_oneof![
            2 => (prefix.clone(), any::<u16>()).prop_map(|(p, value)| Op::Insert(p, value)),
            1 => prefix.prop_map(Op::Remove),
        ]
    }

    fn agrees<A: Address>(ops: Vec<Op<A>>) -> Result<(), TestCaseError> {
        let mut naive = Naive::new();
        let mut oracle = Oracle::new();
        for op in ops {
            let touched = match op {
                Op::Insert(prefix, value) => {
                    prop_assert_eq!(naive.insert(prefix, value), oracle.insert(prefix, value));
                    prefix
                }
                Op::Remove(prefix) => {
                    prop_assert_eq!(naive.remove(prefix), oracle.remove(prefix));
                    prefix
                }
            };
            prop_assert_eq!(naive.len(), oracle.len());
            prop_assert_eq!(naive.get(touched), oracle.get(touched));
            for address in probes(touched) {
                prop_assert_eq!(naive.lookup(address), oracle.lookup(address));
            }
        }
        prop_assert_eq!(naive.is_empty(), oracle.is_empty());
        prop_assert_eq!(naive.iter().collect::<Vec<_>>(), oracle.sorted());
        Ok(())
    }

    proptest! {
        #[test]
        fn answers_like_the_naive_table_v4(ops in prop::collection::vec(op::<u32>(), 1..120)) {
            agrees(ops)?;
        }

        #[test]
        fn answers_like_the_naive_table_v6(ops in prop::collection::vec(op::<u128>(), 1..120)) {
            agrees(ops)?;
        }
    }

    #[test]
    fn collects_routes() {
        let prefix = Prefix::new(0x0A00_0000u32, 8).unwrap();
        let oracle: Oracle<_, _> = [(prefix, 1), (prefix, 2)].into_iter().collect();
        assert_eq!(oracle.sorted(), [(prefix, &2)]);
    }
}
