//! Lists of prefixes, update lines and addresses: any text.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| rtalloc_fuzz::reading::read_every_way(text.as_bytes()));
