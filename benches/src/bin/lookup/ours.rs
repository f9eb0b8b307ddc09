//! The table of this crate.

use rtalloc::Table;
use rtalloc_benches::{candidate::Candidate, family::Family, ours::Ours};

/// The sizes of bursts.
const BURSTS: [usize; 5] = [8, 16, 32, 64, 256];

/// What the table offers for a family.
pub(crate) fn candidates<A: Family>(table: &Table) -> Vec<Candidate<A>> {
    let ours = Ours::new(table);
    let mut candidates = vec![
        ours.entry_read("rtalloc entry"),
        ours.entry_found("rtalloc found"),
        ours.next_hop("rtalloc next hop"),
        ours.next_hops_one_by_one("rtalloc next hop, one by one,", 64),
    ];
    candidates.extend(BURSTS.map(|burst| ours.entries_read("rtalloc entry", burst)));
    candidates.extend(BURSTS.map(|burst| ours.next_hops("rtalloc next hop", burst)));
    candidates.extend(BURSTS.map(|burst| ours.entry_ids("rtalloc number", burst)));
    candidates
}
