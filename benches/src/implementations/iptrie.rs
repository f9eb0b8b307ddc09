//! The crate `iptrie`: a Patricia trie, compressed by levels when it is complete. What is compressed
//! cannot be changed, and only that is fast, so there is no writer.

use iptrie::map::{LCTrieMap, RTrieMap};

use super::{
    fixed::{Fixed, Table},
    maps::Native,
};
use crate::{Routes, adapter::Opened};

pub(super) fn open<A: Native>(routes: &Routes<A>) -> Opened<A> {
    // The crate's root always has a value, here the one of no route.
    let mut trie = RTrieMap::with_root_and_capacity(0, routes.len() + 1);
    for &(prefix, hop) in routes {
        trie.insert(A::bits_prefix(prefix), hop.interface);
    }
    Ok(Box::new(Table(Compressed::<A>(trie.compress()))))
}

struct Compressed<A: Native>(LCTrieMap<A::Bits, u32>);

impl<A: Native> Fixed<A> for Compressed<A> {
    fn bursts(&self) -> impl FnMut(&[A], &mut [u32]) {
        |addresses, answers| {
            for (&address, answer) in addresses.iter().zip(answers) {
                *answer = *self.0.lookup(&address.ip()).1;
            }
        }
    }

    fn bytes(&self) -> Option<usize> {
        None
    }
}
