//! Counting a tree's nodes, and checking its invariants on the way.

use alloc::vec::Vec;

use super::{
    Tree, TreeWriter,
    node::Node,
    shape::{Geometry, Kind, bits_at, is_child, kind_at, unit_of},
};
use crate::address::Address;

/// What a walk over the whole tree found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    /// Nodes by depth: the directory at 0, chunks at 1, records from 2 on.
    pub(crate) nodes: Vec<usize>,
    /// Bytes of the nodes by depth, with what their size classes round up.
    pub(crate) bytes: Vec<usize>,
    /// Leaf runs by depth, of records and of direct nodes' slots.
    pub(crate) leaves: Vec<usize>,
}

impl<A: Address, G: Geometry> TreeWriter<A, G> {
    /// Walks the whole tree.
    pub(crate) fn census(&self, tree: &Tree<A, G>) -> Census {
        let mut census = Census::default();
        self.count(tree, Node { unit: tree.directory(), at: 0 }, 0, &mut census);
        census
    }

    fn count(&self, tree: &Tree<A, G>, node: Node, depth: usize, census: &mut Census) {
        if census.nodes.len() <= depth {
            census.nodes.resize(depth + 1, 0);
            census.bytes.resize(depth + 1, 0);
            census.leaves.resize(depth + 1, 0);
        }
        census.nodes[depth] += 1;
        census.bytes[depth] += tree.block(node).bytes();
        let below = node.at + bits_at::<G>(node.at);
        let bitmap = match kind_at::<G>(node.at) {
            Kind::Record => Some(tree.bitmap(node.unit)),
            Kind::Directory | Kind::Chunk => None,
        };
        for slot in 0..1usize << bits_at::<G>(node.at) {
            if bitmap.is_some_and(|bitmap| bitmap >> slot & 1 == 0) {
                continue;
            }
            let word = tree.slot(node, slot);
            if is_child(word) {
                self.count(tree, Node { unit: unit_of(word), at: below }, depth + 1, census);
            } else {
                census.leaves[depth] += 1;
            }
        }
    }

    /// Bytes of the reservation ever used, of free blocks in it, and of the writer's own tables.
    pub(crate) fn memory(&self) -> (usize, usize, usize) {
        let tables = self.blocks.list_bytes() + self.rank_bytes();
        (self.blocks.used_bytes(), self.blocks.free_bytes(), tables)
    }

    /// Checks Rooted, Depth, Runs and Once, and that every unit of the arena is in the live tree,
    /// in `limbo` or free, exactly once.
    #[cfg(test)]
    pub(crate) fn check(&self, tree: &Tree<A, G>, limbo: &[crate::arena::Block]) {
        let mut owned = vec![false; self.blocks.used_bytes() / 8];
        let mut own = |block: crate::arena::Block| {
            let start = block.unit as usize;
            for unit in &mut owned[start..start + block.bytes() / 8] {
                assert!(!*unit, "{block:?} overlaps another block");
                *unit = true;
            }
        };
        self.blocks.free_blocks().for_each(&mut own);
        limbo.iter().copied().for_each(&mut own);
        let mut nodes = vec![Node { unit: tree.directory(), at: 0 }];
        while let Some(node) = nodes.pop() {
            assert!(node.at < A::WIDTH, "{node:?} is past the address");
            own(tree.block(node));
            let bits = bits_at::<G>(node.at);
            let words: Vec<u32> = (0..1usize << bits).map(|slot| tree.slot(node, slot)).collect();
            if kind_at::<G>(node.at) == Kind::Record {
                let bitmap = tree.bitmap(node.unit);
                assert!(bitmap & 1 == 1, "{node:?} has no first run");
                assert!(
                    bits == 6 || bitmap >> (1 << bits) == 0,
                    "{node:?} has runs past its slots"
                );
            }
            if node.at > 0 {
                let same = words.iter().all(|&word| word == words[0] && !is_child(word));
                assert!(!same, "{node:?} is one leaf and should have collapsed");
            }
            for (slot, &word) in words.iter().enumerate() {
                assert!(
                    is_child(word) || word == 0 || self.rank(word) > 1,
                    "{node:?} has a leaf of the default route"
                );
                if is_child(word) {
                    let alone = slot == 0 || words[slot - 1] != word;
                    assert!(alone, "{node:?} has a child over two slots");
                    nodes.push(Node { unit: unit_of(word), at: node.at + bits });
                }
            }
        }
    }
}
