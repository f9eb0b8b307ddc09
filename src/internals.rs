//! What the models of `loom-tests` rely on beyond the public interface. Exists only under
//! `--cfg rtalloc_loom`.
//!
//! The models run the real table through its public interface; everything under `reclaim`,
//! `entry`, `tree`, `fib` and `rib` is checked in place. Only the sizes that loom needs to be small
//! are different, and a model that counts on them asks here.

use crate::tree::{Geometry, Wide};

/// Bits that index the directory, a chunk and a record.
pub const STRIDES: [u8; 3] = [Wide::DIRECTORY, Wide::CHUNK, Wide::STRIDE];

/// Hazard slots of a reader.
pub const SLOTS: usize = crate::reclaim::SLOTS;
