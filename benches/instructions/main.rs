//! Instructions that single operations take, counted by callgrind through gungraun.
//!
//! ```text
//! scripts/ci/instructions            # compares with benches/instructions/counts.json
//! scripts/ci/instructions --bless    # writes that file
//! ```
//!
//! A count says nothing about misses of the cache, of which lookups of a big table mostly consist, and
//! nothing about waiting for others. But it does not depend on the neighbours of a machine, so a
//! change of the code by a few percent shows where no clock would show it.
//!
//! The tables are small, and everything that is not the operation happens before it: each operation
//! is done once, uncounted, on other addresses or prefixes, so that what happens only the first time
//! does not count. Tables and readers are leaked for the same reason: the process ends with one
//! operation.

mod lookups;
mod tables;
mod updates;

use gungraun::main;

use crate::{lookups::reading, updates::writing};

main!(library_benchmark_groups = [reading, writing]);
