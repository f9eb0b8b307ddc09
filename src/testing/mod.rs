//! The golden model and what tests and benches share. Outside semantic versioning.
