//! Any bytes at all, which may be text, MRT, gzip or bzip2.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rtalloc_fuzz::reading::read_every_way(bytes));
