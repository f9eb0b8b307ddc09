//! What the crate is checked against, and what tests, benches and the command share. Outside
//! semantic versioning.
//!
//! Correctness rests on a chain of three tables, each one checked against the one before it:
//!
//! 1. [`naive::Naive`] is a list and a linear scan. It is right because there is nothing in it
//!    that could be wrong, and it has hand-written cases of its own.
//! 2. [`oracle::Oracle`] answers a million routes in reasonable time with one hash map for each
//!    prefix length. Property tests hold it against the naive table.
//! 3. The table under test is held against either, at the five addresses of each prefix where an
//!    answer can change ([`probes`]).
//!
//! A concurrent lookup has no single right answer, but a set of them: those that the table gave
//! at some instant between the lookup's start and its end. [`history`] checks recorded lookups
//! against exactly that set, and [`linearizability`] whether all of them together fit one order of
//! events. [`drop_count`] shows that every value is dropped once.
//!
//! The input for all of this is either a real table or `synthetic`, a deterministic Internet of
//! any size that has a real table's shape, so that a fresh checkout without any files can check
//! and measure itself.

#[cfg(feature = "std")]
pub mod bsd;
pub mod drop_count;
pub mod history;
pub mod linearizability;
pub mod naive;
pub mod oracle;
pub mod probes;
#[cfg(feature = "testing")]
pub mod synthetic;
