//! What others publish, to compare with: layouts written from their papers, as static tables that
//! cannot be updated, and Rust crates. Where they have bursts, they get them.

pub mod crates;
pub mod dir24_8;
mod intervals;
pub mod planb;
pub mod poptrie;
