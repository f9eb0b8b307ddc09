//! Poptrie (Asai and Ohara, SIGCOMM 2015), from the paper: a direct table of 2^18 entries, then
//! nodes of 64 slots with a bitmap of children and one of leaf runs. The children of a node stand
//! side by side, as do its leaves, of two bytes.

use super::intervals::Intervals;
use crate::{
    Routes,
    candidate::{Answer, Candidate, Layout, best},
};

/// Bits of the direct table.
const DIRECT: u32 = 18;

/// Tells a leaf of the direct table from a node.
const LEAF: u32 = 1 << 31;

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Node {
    children: u64,
    leaf_runs: u64,
    first_leaf: u32,
    first_child: u32,
}

const _: () = assert!(size_of::<Node>() == 24, "the size that the paper gives");

/// The trie.
#[derive(Default)]
pub(crate) struct Poptrie {
    direct: Vec<u32>,
    nodes: Vec<Node>,
    leaves: Vec<u16>,
}

impl Poptrie {
    /// The trie of the routes.
    pub(crate) fn new(routes: &Routes<u32>) -> Self {
        let intervals = Intervals::new(routes);
        let mut trie = Self::default();
        for slot in 0..1u32 << DIRECT {
            let first = slot << (32 - DIRECT);
            let last = first | (u32::MAX >> DIRECT);
            let entry = match intervals.only(first, last) {
                Some(next_hop) => LEAF | next_hop,
                None => {
                    let place = trie.nodes.len();
                    trie.nodes.push(Node::default());
                    trie.fill(place, &intervals, first, DIRECT);
                    place as u32
                }
            };
            trie.direct.push(entry);
        }
        trie
    }

    /// Fills the node at `place` for the bits from `at` on of the addresses from `base` on.
    fn fill(&mut self, place: usize, intervals: &Intervals<u32>, base: u32, at: u32) {
        let mut node = Node { first_leaf: self.leaves.len() as u32, ..Node::default() };
        let range = |slot: u32| {
            // The last level has two bits of its six.
            let first = base | ((u64::from(slot) << 26 >> at) as u32);
            (first, first | u32::MAX.checked_shr(at + 6).unwrap_or(0))
        };
        let slots = 1u32 << (32 - at).min(6) << 6u32.saturating_sub(32 - at);
        let mut below = Vec::new();
        let mut leaf = None;
        for slot in 0..slots {
            let (first, last) = range(slot);
            match intervals.only(first, last) {
                Some(next_hop) if leaf == Some(next_hop) => {}
                Some(next_hop) => {
                    leaf = Some(next_hop);
                    node.leaf_runs |= 1 << slot;
                    self.leaves.push(next_hop as u16);
                }
                None => {
                    node.children |= 1 << slot;
                    below.push(first);
                }
            }
        }
        node.first_child = self.nodes.len() as u32;
        self.nodes.resize(self.nodes.len() + below.len(), Node::default());
        self.nodes[place] = node;
        for (index, first) in below.into_iter().enumerate() {
            self.fill(node.first_child as usize + index, intervals, first, at + 6);
        }
    }

    /// Bytes of all its arrays.
    pub(crate) fn bytes(&self) -> usize {
        self.direct.len() * 4 + self.nodes.len() * size_of::<Node>() + self.leaves.len() * 2
    }

    #[inline(always)]
    fn lookup(&self, address: u32) -> u32 {
        let mut entry = self.direct[(address >> (32 - DIRECT)) as usize];
        if entry & LEAF != 0 {
            return entry & !LEAF;
        }
        let mut rest = address << DIRECT;
        loop {
            // SAFETY: `fill` made every node that an entry or a node with a child names.
            let node = unsafe { self.nodes.get_unchecked(entry as usize) };
            let slot = rest >> 26;
            let up_to = (2u64 << slot).wrapping_sub(1);
            if node.children >> slot & 1 == 0 {
                let run = (node.leaf_runs & up_to).count_ones();
                let leaf = (node.first_leaf + run - 1) as usize;
                // SAFETY: `fill` pushed a leaf for each run.
                return u32::from(unsafe { *self.leaves.get_unchecked(leaf) });
            }
            entry = node.first_child + (node.children & up_to).count_ones() - 1;
            rest <<= 6;
        }
    }
}

impl Layout<u32> for Poptrie {
    #[inline(always)]
    fn burst<const NEW: bool>(&self, addresses: &[u32], next_hops: &mut [u32]) {
        for (&address, next_hop) in addresses.iter().zip(next_hops) {
            *next_hop = self.lookup(address);
        }
    }
}

/// One by one, which is all that the paper has. Sixty-four a call, so that none stands between two.
pub fn candidates(routes: &Routes<u32>) -> Vec<Candidate<u32>> {
    let trie = Poptrie::new(routes);
    let bytes = trie.bytes();
    vec![Candidate::new("Poptrie, one by one,", bytes, Answer::NextHop, 64, best(trie))]
}
