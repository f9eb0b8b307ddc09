//! The authoritative routes and their one writer.

pub(crate) mod map;
