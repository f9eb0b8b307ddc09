//! The C interface: what `rtalloc.h` declares.
//!
//! Nothing here is of use to a Rust program. `scripts/c-library` builds a static and a shared
//! library of it, and [`docs::c_interface`](crate::docs::c_interface) says how it is used, with its
//! rules for memory and threads. The header is made from these files by cbindgen, comments
//! included, so they are written for readers of C; `scripts/ci/c` compares.
//!
//! # Invariants
//!
//! * **Viewed**: every table is opened with a forwarding view, so a section always has one.
//! * **Inside**: a reader's section borrows the reader, lies beside it, and ends first
//!   (`reader.rs`).
//! * **Complete**: what a function writes for the caller it writes as a whole, and only if it
//!   succeeds, but for the report of a load.
//!
//! # Panics
//!
//! The crate means to have none. Should there be one, functions of the control plane catch it and
//! return [`Status::Panicked`]; where a thread looks addresses up it ends the process, which is what
//! `extern "C"` does by itself and costs nothing. Neither lets it into the caller's frames.

// In the order of the header.
mod status;

mod table;

mod routes;

mod load;

mod reader;

mod burst;

pub use burst::{rtalloc_lookup_v4, rtalloc_lookup_v6, rtalloc_next_hop};
pub use load::{LENIENT, LoadReport, MESSAGE_BYTES, rtalloc_load};
pub use reader::{
    CReader, rtalloc_enter, rtalloc_leave, rtalloc_quiescent, rtalloc_reader_register,
    rtalloc_reader_release,
};
pub use routes::{CNextHop, CPrefix, IPV4, IPV6, rtalloc_add, rtalloc_delete};
pub use status::{Status, rtalloc_error_string, rtalloc_version};
pub use table::{
    COptions, CStats, CTable, rtalloc_close, rtalloc_memory, rtalloc_open, rtalloc_stats,
};
