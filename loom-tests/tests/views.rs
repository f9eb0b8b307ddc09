//! The two views of a table: what the entries say and what the forwarding view says are of one
//! version, or of versions in the order in which they are asked.
//!
//! Edges: P1, P2, P3, P4, G1, G2, G3. Two threads, up to three updates, one lookup in each view, in both
//! orders. Nothing is bounded. Under loom the view of forwarding has a root of two bits, records of the
//! next two or, where more than two runs are below one, direct nodes, and no lines. Its numbers have four
//! bytes: narrower ones are bytes of words, which loom does not know.

#![cfg(rtalloc_loom)]

use rtalloc_loom_tests::{
    Scenario,
    Step::{self, Add, Batch, Reclaim, Remove},
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

/// A batch over both halves of the space: many stores in the view, one in the tree of entries.
#[test]
fn views_of_a_batch() {
    Scenario {
        setup: &[Add(0, 1, 1), Add(1, 1, 2)],
        updates: &[Batch(&[Remove(0, 1), Add(1, 1, 3)])],
        lookups: [0b0000, 0b1000],
    }
    .run_views("views_of_a_batch", "views_of_a_batch_next_hop_first");
}

/// A route comes and goes: what its number was answers again.
#[test]
fn views_of_a_route_that_flaps() {
    Scenario {
        setup: &[Add(0b0000, 4, 1), Add(0b001, 3, 2)],
        updates: &[Add(0b0010, 4, 3), Remove(0b0010, 4)],
        lookups: [0b0010, 0b0010],
    }
    .run_views("views_of_a_route_that_flaps", "views_of_a_route_that_flaps_next_hop_first");
}

/// A route goes and another gets its number, and its next hop's, while a reader may know them.
#[test]
fn views_of_a_recycled_number() {
    Scenario {
        setup: &[Add(0, 1, 1)],
        updates: &[Remove(0, 1), Reclaim, Add(1, 1, 2)],
        lookups: [0b0000, 0b1000],
    }
    .run_views("views_of_a_recycled_number", "views_of_a_recycled_number_next_hop_first");
}

/// Routes below one slot of a record, too many for the record to have them escaped: a direct node stands
/// in its place.
const DIRECT: &[Step] = &[Add(0b00_1000, 6, 1), Add(0b00_1001, 6, 2), Add(0b00_1010, 6, 3)];

/// A direct node comes.
#[test]
fn views_of_a_direct_node() {
    Scenario { setup: &[Add(0b0000, 4, 1)], updates: &[Batch(DIRECT)], lookups: [0b0010, 0b0010] }
        .run_views("views_of_a_direct_node", "views_of_a_direct_node_next_hop_first");
}

/// A route comes below a direct node: stores into the node, one of them of another record.
#[test]
fn views_below_a_direct_node() {
    Scenario { setup: DIRECT, updates: &[Add(0b00_1000, 6, 4)], lookups: [0b0010, 0b0010] }
        .run_views("views_below_a_direct_node", "views_below_a_direct_node_next_hop_first");
}

/// The default route comes; where no other matches, the view is escaped then.
#[test]
fn views_of_a_default_that_comes() {
    Scenario { setup: &[Add(0b0000, 4, 1)], updates: &[Add(0, 0, 2)], lookups: [0b0011, 0b1000] }
        .run_views("views_of_a_default_that_comes", "views_of_a_default_that_comes_next_hop_first");
}

/// The default route goes, and its memory is used again.
#[test]
fn views_of_a_default_that_goes() {
    Scenario {
        setup: &[Add(0, 0, 2), Add(0b0000, 4, 1)],
        updates: &[Remove(0, 0), Reclaim],
        lookups: [0b1000, 0b0011],
    }
    .run_views("views_of_a_default_that_goes", "views_of_a_default_that_goes_next_hop_first");
}

/// The default route changes twice.
#[test]
fn views_of_a_default_that_changes_twice() {
    Scenario {
        setup: &[Add(0, 0, 1)],
        updates: &[Add(0, 0, 2), Reclaim, Remove(0, 0)],
        lookups: [0b0000, 0b1000],
    }
    .run_views(
        "views_of_a_default_that_changes_twice",
        "views_of_a_default_that_changes_twice_next_hop_first",
    );
}

/// A route comes where none was, then the default: a reader that has seen that there was no route never
/// takes the default for that address.
#[test]
fn views_of_a_route_and_a_default() {
    Scenario { setup: &[], updates: &[Add(0, 1, 3), Add(0, 0, 2)], lookups: [0b0010, 0b0010] }
        .run_views(
            "views_of_a_route_and_a_default",
            "views_of_a_route_and_a_default_next_hop_first",
        );
}

/// The default route and a route that covers the address go together and come back together: no reader
/// takes the default for the address.
#[test]
fn views_of_a_default_that_comes_back() {
    Scenario {
        setup: &[Add(0, 0, 2), Add(0, 1, 1)],
        updates: &[Batch(&[Remove(0, 0), Remove(0, 1)]), Batch(&[Add(0, 1, 1), Add(0, 0, 2)])],
        lookups: [0b0010, 0b0010],
    }
    .run_views(
        "views_of_a_default_that_comes_back",
        "views_of_a_default_that_comes_back_next_hop_first",
    );
}
