//! Readers for prefix lists, update streams and MRT files.
//!
//! Everything that the command takes comes through a [`Source`]: a file or the standard input,
//! plain, gzip or bzip2 (told apart by their first bytes, never by name), read once from front to
//! back. Three readers sit on top of it.
//!
//! [`read_table`] reads a table. The format is found from the contents:
//!
//! | what | looks like |
//! |---|---|
//! | prefix list | `10.0.0.0/8`, one a line; BSD's short form `10/8` too |
//! | prefixes with next hops | `10.0.0.0/8 192.0.2.1`, `10.0.0.0/8,7`, `10.0.0.0/8 AS65000` |
//! | l3fwd rules | `R10.0.0.0/8 0` |
//! | `bgpdump -m` | `TABLE_DUMP2\|time\|B\|peer\|AS\|prefix\|path\|origin\|next hop\|...` |
//! | `ip -j route` | a JSON array of objects with `dst` |
//! | MRT | TABLE_DUMP and TABLE_DUMP_V2 records |
//!
//! [`read_updates`] (or [`for_each_update`], which holds nothing in memory) reads an update
//! stream: lines `A prefix [next hop]` and `W prefix`, `bgpdump -m` lines of type `BGP4MP`, and
//! MRT records BGP4MP, BGP4MP_ET and the old BGP. [`for_each_address`] reads addresses to look up.
//!
//! In every text format blanks, tabs and commas separate fields, `#` starts a comment, and empty
//! lines are passed over.
//!
//! # Which route wins
//! A prefix may occur more than once. In prefix lists the last line wins, as if the lines were
//! inserted in order. Where a file lists several paths for a prefix, best first or by peer (MRT,
//! `bgpdump -m`, `ip -j route`), the first one wins.
//!
//! # Errors
//! An [`InputError`] names the file, the line or record, the token, and what is wrong. Readers are
//! strict unless [`ReadOptions::lenient`] is set: the first fault ends the reading. A lenient
//! reader passes over bad lines and records, and counts them in [`Skipped`]; where a stream breaks
//! off, it keeps what came before. Some faults end a lenient reading as well: a source that cannot
//! be opened, contents that are neither text nor MRT, JSON that is none, and a source in which
//! nothing at all was readable, such as an update stream where a table is due.

mod addresses;
mod error;
mod failure;
mod lines;
mod mrt;
mod reading;
mod route_json;
mod skipped;
mod source;
mod table;
mod text;
mod updates;

#[cfg(test)]
mod tests;

pub use crate::stand_in::default_next_hop;
pub use addresses::for_each_address;
pub use error::{InputError, InputErrorKind, Position};
pub use failure::Compression;
pub use reading::{Progress, ReadOptions};
pub use skipped::Skipped;
pub use source::Source;
pub use table::{TableFile, read_table};
pub use updates::{AnyUpdate, Update, UpdateFile, for_each_update, read_updates};
