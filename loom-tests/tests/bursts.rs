//! Bursts of lookups, of entries and in the forwarding view: each answer is that of the table before an
//! update or after it.
//!
//! Edges: P1, P2, P3, G1, G2, G3. Two threads, up to three updates, a burst of three addresses, which are
//! two groups under loom. Nothing is bounded. The ways that bursts go outside loom alone, through the
//! records right below the chunks (`tree`) and through direct nodes and lines (`tree::view`), are left out.

#![cfg(rtalloc_loom)]

use rtalloc_loom_tests::{
    Scenario,
    Step::{Add, Batch, Reclaim, Remove},
};

/// Nodes of all kinds come into being behind one store.
#[test]
fn burst_where_nodes_appear() {
    Scenario { setup: &[], updates: &[Add(0b0101, 4, 1)], lookups: [0b0101, 0b0100] }
        .run_burst("burst_where_nodes_appear", "burst_where_nodes_appear_next_hops");
}

/// A record gets another run: it is copied.
#[test]
fn burst_where_a_record_is_copied() {
    Scenario {
        setup: &[Add(0b0000, 4, 1)],
        updates: &[Add(0b001, 3, 2)],
        lookups: [0b0010, 0b0000],
    }
    .run_burst("burst_where_a_record_is_copied", "burst_where_a_record_is_copied_next_hops");
}

/// A route comes that finds a run of its own in a record: a store into the run, of a new number.
#[test]
fn burst_where_a_route_comes_into_a_run() {
    Scenario {
        setup: &[Add(0b0000, 4, 1), Add(0b0010, 4, 2), Remove(0b0010, 4)],
        updates: &[Add(0b0010, 4, 3)],
        lookups: [0b0010, 0b0000],
    }
    .run_burst(
        "burst_where_a_route_comes_into_a_run",
        "burst_where_a_route_comes_into_a_run_next_hops",
    );
}

/// A record's block and a number are recycled while the burst may be about to use them.
#[test]
fn burst_where_a_block_is_recycled() {
    Scenario {
        setup: &[Add(0b0001, 4, 1)],
        updates: &[Remove(0b0001, 4), Reclaim, Add(0b1011, 4, 3)],
        lookups: [0b0001, 0b1011],
    }
    .run_burst("burst_where_a_block_is_recycled", "burst_where_a_block_is_recycled_next_hops");
}

/// A route's contents change: a store into its cell, or another number.
#[test]
fn burst_where_contents_change() {
    Scenario { setup: &[Add(0, 1, 1)], updates: &[Add(0, 1, 2)], lookups: [0b0000, 0b0100] }
        .run_burst("burst_where_contents_change", "burst_where_contents_change_next_hops");
}

/// The default route comes: the directory is copied.
#[test]
fn burst_where_the_default_comes() {
    Scenario { setup: &[Add(0b0000, 4, 1)], updates: &[Add(0, 0, 2)], lookups: [0b0000, 0b1000] }
        .run_burst("burst_where_the_default_comes", "burst_where_the_default_comes_next_hops");
}

/// The default route goes, and its number is set again when the grace period allows.
#[test]
fn burst_where_the_default_goes() {
    Scenario {
        setup: &[Add(0, 0, 2), Add(0b0000, 4, 1)],
        updates: &[Remove(0, 0), Reclaim],
        lookups: [0b1000, 0b0011],
    }
    .run_burst("burst_where_the_default_goes", "burst_where_the_default_goes_next_hops");
}

/// A direct node comes into the forwarding view.
#[test]
fn burst_where_a_direct_node_comes() {
    const ROUTES: &[rtalloc_loom_tests::Step] =
        &[Add(0b00_1000, 6, 1), Add(0b00_1001, 6, 2), Add(0b00_1010, 6, 3)];
    Scenario { setup: &[Add(0b0000, 4, 4)], updates: &[Batch(ROUTES)], lookups: [0b0010, 0b0000] }
        .run_burst("burst_where_a_direct_node_comes", "burst_where_a_direct_node_comes_next_hops");
}
