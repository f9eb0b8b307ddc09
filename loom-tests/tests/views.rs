//! The two views of a table: what the entries say and what the forwarding view says are of one
//! version, or of versions in the order in which they are asked.
//!
//! Edges: P1, P2, P3, P4, G1, G2, G3. Two threads, one update, one lookup in each view, in both orders.
//! Nothing is bounded. Narrow records are not modelled: their runs are bytes of words.

#![cfg(rtalloc_loom)]

use rtalloc_loom_tests::{
    Scenario,
    Step::{Add, Batch, Remove},
};

/// A route comes that finds a run of its own in a record.
#[test]
fn views_of_a_new_route() {
    Scenario {
        setup: &[Add(0b0000, 4, 1)],
        updates: &[Add(0b0010, 4, 3)],
        lookups: [0b0010, 0b0010],
    }
    .run_views("views_of_a_new_route", "views_of_a_new_route_next_hop_first");
}

/// A route gets another next hop: its number changes in the tree of entries.
#[test]
fn views_of_another_next_hop() {
    Scenario {
        setup: &[Add(0b0000, 4, 1)],
        updates: &[Add(0b0000, 4, 2)],
        lookups: [0b0000, 0b0000],
    }
    .run_views("views_of_another_next_hop", "views_of_another_next_hop_next_hop_first");
}

/// A batch over both halves of the space: many stores in the mirror, one in the tree of entries.
#[test]
fn views_of_a_batch() {
    Scenario {
        setup: &[Add(0, 1, 1), Add(1, 1, 2)],
        updates: &[Batch(&[Remove(0, 1), Add(1, 1, 3)])],
        lookups: [0b0000, 0b1000],
    }
    .run_views("views_of_a_batch", "views_of_a_batch_next_hop_first");
}
