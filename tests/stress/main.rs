//! Real threads on the real table.
//!
//! Each file is one way in which a concurrent table can be wrong: [`churn`] and [`references`] look
//! for an entry that is torn, freed too early, twice or never; [`teardown`] for the same while
//! tables end; [`next_hops`] for one of a number that is no longer given out; [`stalled`] for memory that does not come back; [`snapshots`], [`versions`] and
//! [`recorded`] for answers that no order of events explains.
//!
//! The tests run on each family and, where it matters, with a section a burst and with quiescent
//! points. Every value in a table is counted, so that each test ends with an exact balance. How
//! long each goes on is `RTALLOC_STRESS_MS`, 200 unless told; under Miri they count rounds, not
//! time. They are what `scripts/ci/asan`, `scripts/ci/tsan` and `scripts/ci/miri` run.

mod churn;
mod next_hops;
mod recorded;
mod references;
mod run;
mod setting;
mod snapshots;
mod stalled;
mod teardown;
mod versions;
