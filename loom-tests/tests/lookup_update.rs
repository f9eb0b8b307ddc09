//! Lookups against updates on the real tree: every answer is that of the table before an update or
//! after it, and two lookups never go back in time.
//!
//! Half an update seen by two lookups of different addresses, a node whose slots are not all there,
//! or a node or a number that was recycled too early, breaks that.
//!
//! Edges: P1, P2, G1, G2, G3. Two threads; up to four updates and two lookups; under loom four bits
//! of an address reach a directory (1 bit), a chunk (1 bit) and a record (2 bits). Nothing is
//! bounded.

#![cfg(rtalloc_loom)]

use rtalloc_loom_tests::{
    Scenario,
    Step::{self, Add, Batch, Reclaim, Remove},
};

/// The default route is there; a half of the space gets a route: a store into the directory.
#[test]
fn store_into_directory() {
    Scenario { setup: &[Add(0, 0, 1)], updates: &[Add(0, 1, 2)], lookups: [0b0000, 0b0100] }
        .run("store_into_directory", "store_into_directory_reader_first");
}

/// Nodes of all kinds come into being: a chunk and a record behind one store.
#[test]
fn nodes_appear() {
    Scenario { setup: &[], updates: &[Add(0b0101, 4, 1)], lookups: [0b0101, 0b0101] }
        .run("nodes_appear", "nodes_appear_reader_first");
}

/// A route goes that owned one run of a record: a store into the run.
#[test]
fn store_into_run() {
    Scenario {
        setup: &[Add(0b0000, 4, 1), Add(0b0010, 4, 2)],
        updates: &[Remove(0b0010, 4)],
        lookups: [0b0010, 0b0010],
    }
    .run("store_into_run", "store_into_run_reader_first");
}

/// A route comes that finds a run of its own in a record: a store into the run, of a new number.
#[test]
fn route_into_run() {
    Scenario {
        setup: &[Add(0b0000, 4, 1), Add(0b0010, 4, 2), Remove(0b0010, 4)],
        updates: &[Add(0b0010, 4, 3)],
        lookups: [0b0010, 0b0010],
    }
    .run("route_into_run", "route_into_run_reader_first");
}

/// A record gets another run: it is copied, and the store goes into the chunk.
#[test]
fn record_is_copied() {
    Scenario {
        setup: &[Add(0b0000, 4, 1)],
        updates: &[Add(0b001, 3, 2)],
        lookups: [0b0010, 0b0011],
    }
    .run("record_is_copied", "record_is_copied_reader_first");
}

/// 000/3 owns two runs of a record: the one of 0000/4, which has gone, and the next.
const TWO_RUNS: &[Step] =
    &[Add(0b0010, 4, 3), Add(0b000, 3, 1), Add(0b0000, 4, 2), Remove(0b0000, 4)];

/// A route goes that owned two runs of a record: it is copied too.
#[test]
fn two_runs_change() {
    Scenario { setup: TWO_RUNS, updates: &[Remove(0b000, 3)], lookups: [0b0000, 0b0001] }
        .run("two_runs_change", "two_runs_change_reader_first");
}

/// The same, seen from the other side.
#[test]
fn two_runs_change_backwards() {
    Scenario { setup: TWO_RUNS, updates: &[Remove(0b000, 3)], lookups: [0b0001, 0b0000] }
        .run("two_runs_change_backwards", "two_runs_change_backwards_reader_first");
}

/// A route covers both slots of a chunk, one of them with a record: the chunk is copied.
#[test]
fn chunk_is_copied() {
    Scenario { setup: &[Add(0b0000, 4, 1)], updates: &[Add(0, 1, 2)], lookups: [0b0011, 0b0100] }
        .run("chunk_is_copied", "chunk_is_copied_reader_first");
}

/// The default route comes over a table with holes: the directory is copied, and nothing below it.
#[test]
fn default_route_comes() {
    Scenario { setup: &[Add(0b0000, 4, 1)], updates: &[Add(0, 0, 2)], lookups: [0b0011, 0b1000] }
        .run("default_route_comes", "default_route_comes_reader_first");
}

/// The default route goes, seen from the other side.
#[test]
fn default_route_goes() {
    Scenario {
        setup: &[Add(0, 0, 2), Add(0b0000, 4, 1)],
        updates: &[Remove(0, 0)],
        lookups: [0b1000, 0b0011],
    }
    .run("default_route_goes", "default_route_goes_reader_first");
}

/// A lookup that began with no default route and goes on in the same nodes: a route that comes and
/// goes over the address, and the default with it.
#[test]
fn default_comes_and_goes_with_a_route() {
    Scenario {
        setup: &[Add(0b0000, 4, 1)],
        updates: &[Add(0, 0, 2), Add(0b0010, 4, 3), Remove(0, 0)],
        lookups: [0b0010, 0b0010],
    }
    .run("default_comes_and_goes_with_a_route", "default_comes_and_goes_with_a_route_reader_first");
}

/// Two routes in one record, which keeps its runs when one of them goes.
const BESIDE: &[Step] = &[Add(0b0000, 4, 1), Add(0b0010, 4, 2)];

/// The default route comes, then the route goes that answered: a store into a run. The address is
/// never without an answer.
#[test]
fn default_comes_then_route_goes() {
    Scenario {
        setup: BESIDE,
        updates: &[Add(0, 0, 3), Remove(0b0010, 4)],
        lookups: [0b0010, 0b0010],
    }
    .run("default_comes_then_route_goes", "default_comes_then_route_goes_reader_first");
}

/// The default route goes, then the route goes that answered: never the default.
#[test]
fn default_goes_then_route_goes() {
    Scenario {
        setup: &[Add(0, 0, 3), Add(0b0000, 4, 1), Add(0b0010, 4, 2)],
        updates: &[Remove(0, 0), Remove(0b0010, 4)],
        lookups: [0b0010, 0b0010],
    }
    .run("default_goes_then_route_goes", "default_goes_then_route_goes_reader_first");
}

/// The same with reclamation between the two, which ends the window if it may.
#[test]
fn default_goes_reclaim_route_goes() {
    Scenario {
        setup: &[Add(0, 0, 3), Add(0b0000, 4, 1), Add(0b0010, 4, 2)],
        updates: &[Remove(0, 0), Reclaim, Remove(0b0010, 4)],
        lookups: [0b0010, 0b0010],
    }
    .run("default_goes_reclaim_route_goes", "default_goes_reclaim_route_goes_reader_first");
}

/// The same where the route is a word of a chunk and goes in a batch.
#[test]
fn default_goes_then_batch() {
    Scenario {
        setup: &[Add(0, 0, 3), Add(0b00, 2, 1), Add(0b01, 2, 2)],
        updates: &[Remove(0, 0), Batch(&[Remove(0b00, 2)])],
        lookups: [0b0010, 0b0010],
    }
    .run("default_goes_then_batch", "default_goes_then_batch_reader_first");
}

/// The default goes in a batch, with a route of the other half.
#[test]
fn default_goes_in_a_batch() {
    Scenario {
        setup: &[Add(0, 0, 3), Add(1, 1, 4), Add(0b0000, 4, 1), Add(0b0010, 4, 2)],
        updates: &[Batch(&[Remove(0, 0), Remove(1, 1)]), Remove(0b0010, 4)],
        lookups: [0b1000, 0b0010],
    }
    .run("default_goes_in_a_batch", "default_goes_in_a_batch_reader_first");
}

/// Nodes made after the default came are old ones for the readers from before it went.
#[test]
fn default_comes_and_goes_then_route_goes() {
    Scenario {
        setup: &[Add(0b0000, 4, 1)],
        updates: &[Add(0, 0, 2), Add(0b0010, 4, 3), Remove(0, 0), Remove(0b0010, 4)],
        lookups: [0b0010, 0b0010],
    }
    .run(
        "default_comes_and_goes_then_route_goes",
        "default_comes_and_goes_then_route_goes_reader_first",
    );
}

/// A batch over both halves of the space: all of it or none.
#[test]
fn batch_over_directory() {
    Scenario {
        setup: &[Add(0, 1, 1), Add(1, 1, 2)],
        updates: &[Batch(&[Remove(0, 1), Add(1, 1, 3)])],
        lookups: [0b0000, 0b1000],
    }
    .run("batch_over_directory", "batch_over_directory_reader_first");
}

/// A batch over both halves of the space where only one has nodes below it.
#[test]
fn batch_over_nodes() {
    Scenario {
        setup: &[Add(0b0000, 4, 1), Add(1, 1, 2)],
        updates: &[Batch(&[Add(0b0000, 4, 4), Add(0b0001, 4, 3), Remove(1, 1)])],
        lookups: [0b0001, 0b1000],
    }
    .run("batch_over_nodes", "batch_over_nodes_reader_first");
}

/// A batch within one record: the store goes into the slot above it.
#[test]
fn batch_within_record() {
    Scenario {
        setup: &[Add(0b0000, 4, 1)],
        updates: &[Batch(&[Remove(0b0000, 4), Add(0b0011, 4, 2)])],
        lookups: [0b0011, 0b0000],
    }
    .run("batch_within_record", "batch_within_record_reader_first");
}

/// A route's contents change at two addresses at once: a store into its cell.
#[test]
fn contents_change() {
    Scenario {
        setup: &[Add(0, 1, 1)],
        updates: &[Add(0, 1, 2), Reclaim],
        lookups: [0b0000, 0b0100],
    }
    .run("contents_change", "contents_change_reader_first");
}

/// A more specific route takes an address over, then the wide route's contents change: the address
/// never gets the wide route's new contents.
#[test]
fn more_specific_then_contents() {
    Scenario {
        setup: &[Add(0, 1, 1)],
        updates: &[Add(0b00, 2, 2), Add(0, 1, 3)],
        lookups: [0b0000, 0b0000],
    }
    .run("more_specific_then_contents", "more_specific_then_contents_reader_first");
}

/// The same where the wide route is the default, of which no note is taken.
#[test]
fn more_specific_then_default_contents() {
    Scenario {
        setup: &[Add(0, 0, 1)],
        updates: &[Add(0b00, 2, 2), Add(0, 0, 3)],
        lookups: [0b0000, 0b0000],
    }
    .run("more_specific_then_default_contents", "more_specific_then_default_contents_reader_first");
}

/// With reclamation between the two, which ends the wide route's note if it may.
#[test]
fn more_specific_reclaim_contents() {
    Scenario {
        setup: &[Add(0, 1, 1)],
        updates: &[Add(0b00, 2, 2), Reclaim, Add(0, 1, 3)],
        lookups: [0b0000, 0b0000],
    }
    .run("more_specific_reclaim_contents", "more_specific_reclaim_contents_reader_first");
}

/// A record's block is recycled for another record while a reader may be in it.
#[test]
fn block_is_recycled() {
    Scenario {
        setup: &[Add(0b0001, 4, 1)],
        updates: &[Remove(0b0001, 4), Reclaim, Add(0b1011, 4, 3)],
        lookups: [0b0001, 0b1011],
    }
    .run("block_is_recycled", "block_is_recycled_reader_first");
}

/// A route's number is recycled for another route while a reader may have met the old one.
#[test]
fn number_is_recycled() {
    Scenario {
        setup: &[Add(0, 1, 1)],
        updates: &[Remove(0, 1), Reclaim, Add(1, 1, 2)],
        lookups: [0b0000, 0b1000],
    }
    .run("number_is_recycled", "number_is_recycled_reader_first");
}
