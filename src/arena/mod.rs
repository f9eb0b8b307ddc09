//! Memory that grows without moving.
//!
//! A tree's nodes and a table's entry cells live in arrays that are reserved once, as address
//! space alone, and filled by use: an index stays valid for the table's life and readers never
//! meet a reallocation. [`Reserved`] is such an array, [`Words`] the array of 32-bit slot words
//! that nodes are made of, [`Blocks`] the writer's allocator over it.

mod blocks;
mod reserved;
mod words;

pub(crate) use blocks::{Block, Blocks, Full};
pub(crate) use reserved::{HUGE_PAGES_FROM, Reserved, Zeroed};
pub(crate) use words::{Unit, Words};
