//! How a forwarder works.

use core::fmt;
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::Arc,
};

use super::neighbour::NeighbourOptions;
use crate::{
    bsd::{Clock, Uptime},
    nexthop::NextHop,
};

/// How a forwarder works.
#[derive(Clone)]
pub struct ForwardOptions {
    /// Packets in a burst, 1 to 256.
    pub burst: usize,
    /// ICMP errors that each worker sends in a second.
    pub errors_per_second: u32,
    /// ICMP errors that it sends at once.
    pub errors_at_once: u32,
    /// What the hash of flows begins with. Routers in a row should differ in it.
    pub seed: u64,
    /// How neighbours are found and forgotten.
    pub neighbours: NeighbourOptions,
    /// The clock by which they are.
    pub clock: Arc<dyn Clock>,
    /// Sends every packet this way, whatever the table says: to measure what the lookups cost.
    pub constant: Option<NextHop>,
}

impl Default for ForwardOptions {
    /// Bursts of 64, 1000 errors a second and 50 at once, a random seed, the system's clock.
    fn default() -> Self {
        Self {
            burst: 64,
            errors_per_second: 1000,
            errors_at_once: 50,
            seed: RandomState::new().build_hasher().finish(),
            neighbours: NeighbourOptions::default(),
            clock: Arc::new(Uptime::default()),
            constant: None,
        }
    }
}

impl fmt::Debug for ForwardOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForwardOptions")
            .field("burst", &self.burst)
            .field("errors_per_second", &self.errors_per_second)
            .field("errors_at_once", &self.errors_at_once)
            .field("neighbours", &self.neighbours)
            .field("constant", &self.constant)
            .finish_non_exhaustive()
    }
}
