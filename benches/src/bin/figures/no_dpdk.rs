//! Stands where DPDK's tables are with the feature `dpdk`: there are none.

use rtalloc_benches::{Routes, candidate::Candidate};

use crate::Failure;

/// What DPDK's tables are made of.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

/// No candidates.
pub(crate) fn v4(_: &Arguments, _: &Routes<u32>) -> Result<Vec<Candidate<u32>>, Failure> {
    Ok(Vec::new())
}

/// No candidates.
pub(crate) fn v6(_: &Arguments, _: &Routes<u128>) -> Result<Vec<Candidate<u128>>, Failure> {
    Ok(Vec::new())
}
