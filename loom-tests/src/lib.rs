//! Runs a model under loom; the protocols are in `tests/`.
