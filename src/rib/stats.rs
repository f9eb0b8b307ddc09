//! What a table holds and what it costs.

use alloc::vec::Vec;

use super::Rib;
use crate::{address::Address, fib::Waiting, reclaim::Reclaim, sync::lock};

/// What one level of the tree holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Nodes.
    pub nodes: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Answers that end here: slots of direct nodes, runs of records.
    pub leaves: usize,
}

/// What a table holds and what it costs, at one instant. Sizes are in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Routes.
    pub routes: usize,
    /// Updates and batches that changed something since the table was opened.
    pub changes: u64,
    /// The tree by depth: the directory, the chunks, then records.
    pub depths: Vec<Depth>,
    /// Live nodes of the tree.
    pub node_bytes: usize,
    /// Node memory ever used: live, waiting for a grace period, or free to be used again.
    pub arena_bytes: usize,
    /// Node memory free to be used again.
    pub arena_free_bytes: usize,
    /// The words that lead from an entry's number to the entry.
    pub cell_bytes: usize,
    /// Node memory of the forwarding view ever used, freed blocks included; 0 without one.
    pub forward_bytes: usize,
    /// Node memory of the forwarding view free to be used again.
    pub forward_free_bytes: usize,
    /// The forwarding view's numbers of next hops by route, and the next hops.
    pub next_hop_bytes: usize,
    /// The memory of entries: live, removed but still held or waiting, or free to be used again.
    pub entry_bytes: usize,
    /// Entries that exist.
    pub entries: usize,
    /// The ordered map of routes, without the entries.
    pub map_bytes: usize,
    /// The writer's own tables.
    pub writer_bytes: usize,
    /// What waits for a grace period.
    pub waiting: Waiting,
    /// Routes that the table has numbers for: what it was opened for, or less if the system gave
    /// less address space.
    pub max_routes: usize,
    /// Bytes of nodes that the table has address space for, likewise.
    pub max_node_bytes: usize,
}

impl Stats {
    /// Everything together.
    pub fn total_bytes(&self) -> usize {
        self.arena_bytes
            + self.forward_bytes
            + self.cell_bytes
            + self.next_hop_bytes
            + self.entry_bytes
            + self.map_bytes
            + self.writer_bytes
    }

    /// What a lookup can touch: live nodes and cells.
    pub fn lookup_bytes(&self) -> usize {
        self.node_bytes + self.cell_bytes
    }
}

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> Rib<A, V, R> {
    /// Counts everything. Walks the whole tree with the writers' mutex held: O(n).
    pub fn stats(&self) -> Stats {
        let writer = &mut *lock(&self.writer);
        let census = writer.fib.census(&self.fib);
        let (arena_bytes, arena_free_bytes, writer_bytes) = writer.fib.memory();
        let (forward_bytes, forward_free_bytes, next_hop_bytes, forward_own_bytes) =
            writer.fib.forward_memory();
        let levels = census.nodes.iter().zip(&census.bytes).zip(&census.leaves);
        let depths: Vec<Depth> =
            levels.map(|((&nodes, &bytes), &leaves)| Depth { nodes, bytes, leaves }).collect();
        let (entries, entry_bytes) = writer.fib.entries();
        Stats {
            routes: writer.map.len(),
            changes: self.generation() / 2,
            node_bytes: depths.iter().map(|depth| depth.bytes).sum(),
            depths,
            arena_bytes,
            arena_free_bytes,
            cell_bytes: writer.fib.cell_bytes(),
            entry_bytes,
            entries,
            map_bytes: writer.map.bytes(),
            writer_bytes: writer_bytes + forward_own_bytes,
            forward_bytes,
            forward_free_bytes,
            next_hop_bytes,
            waiting: writer.fib.waiting(),
            max_routes: writer.fib.max_routes(),
            max_node_bytes: writer.fib.max_node_bytes(),
        }
    }
}
