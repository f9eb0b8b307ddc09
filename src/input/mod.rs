//! Readers for prefix lists, update streams and MRT files.
