//! What threads that only look up allocate and free beside churn.
//!
//! Whoever gives the last reference to something back frees it. Where readers hold references, that
//! may be a reader, which then pays for what the writer removed: an entry, or with a copy of it the
//! whole table. Frees on readers show that; a destructor never runs there if there are none.

use rtalloc_benches::{
    adapter::Failure,
    family::Family,
    plan::{Concurrent, FamilyName},
    rows::Row,
};

use super::{Experiment, latency::grid};
use crate::{
    session::Session,
    setting::{Cost, Setting},
};

/// The experiment `readers`.
pub(super) struct Readers<'p>(pub(super) &'p Concurrent);

impl Experiment for Readers<'_> {
    fn families(&self) -> &[FamilyName] {
        &self.0.families
    }

    fn cost<A: Family>(&self, setting: &Setting) -> Cost {
        grid(self.0, setting, false).cost::<A>(setting)
    }

    fn run<A: Family>(&self, session: &mut Session) -> Result<(), Failure> {
        grid(self.0, &session.setting, false).run::<A>(session, |session, row, seen| {
            let each = |count: u64| count as f64 * 1e6 / seen.lookups.max(1) as f64;
            let rows = [
                ("allocations_per_million_lookups", "1/M", each(seen.counts.allocations)),
                ("frees_per_million_lookups", "1/M", each(seen.counts.frees)),
                ("lookups_per_second", "1/s", seen.lookups_per_second),
                ("updates_per_second", "1/s", seen.updates_per_second),
            ];
            let row = |(metric, unit, value)| Row { metric, unit, value, ..row.clone() };
            session.rows.extend(rows.map(row));
        })
    }
}
