//! How neighbours are found and forgotten.

/// How neighbours are found and forgotten. Times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeighbourOptions {
    /// How long an answer is believed.
    pub lifetime: u64,
    /// How long one that does not answer is not asked again.
    pub down: u64,
    /// How often one is asked, once a second.
    pub tries: u32,
    /// How many packets wait for one: the newest, but one at least.
    pub waiting: usize,
    /// For how many that are not known is asked at the same time on each port.
    pub questions: usize,
    /// For how many that are not known a question begins in a second on each port. As many again are
    /// learned in a second because they ask.
    pub questions_per_second: u32,
    /// How many are known on each network at most. Several times as many as
    /// [`questions_per_second`](Self::questions_per_second), so that those in use, which are seen to be so
    /// every two seconds at least, are not the ones that make way.
    pub clones: usize,
}

impl Default for NeighbourOptions {
    /// BSD's times for ARP: 20 minutes, 20 seconds, 5 tries; 8 packets each, 256 questions, 1000 a
    /// second, 16,384 neighbours.
    fn default() -> Self {
        Self {
            lifetime: 1200,
            down: 20,
            tries: 5,
            waiting: 8,
            questions: 256,
            questions_per_second: 1000,
            clones: 1 << 14,
        }
    }
}
