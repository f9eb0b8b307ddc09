//! DPDK's forwarding tables as peers: `rte_fib` (DIR-24-8), `rte_fib6` (a trie) and `rte_lpm`.
//!
//! Behind the feature `dpdk`, for Linux. It needs Debian's package `libdpdk-dev` (written against
//! 22.11.11, as Debian 12 has it), `pkg-config` and a C compiler; without the feature nothing of
//! that is asked for. From 24.11 on, DPDK has other types, and the build refuses it.
//!
//! # How it is built
//!
//! The libraries are the distribution's static ones, which Debian compiles for `-march=corei7`
//! (SSE4.2); their vector lookups are compiled for AVX-512 beside that and chosen when a table is
//! made. `dpdk/shim.c` has what only C can reach. It is compiled with `-O3` and the
//! same `-march`, and holds the code of `rte_lpm`'s lookups, which are inline in DPDK. All other
//! lookups and updates are calls from Rust into the library.
//!
//! # Environment
//!
//! DPDK starts once in a process, with the options `--no-huge --no-pci --no-shconf --no-telemetry
//! --iova-mode=va --log-level=error -m 64 --lcores 0@N`, which need neither root nor huge pages nor
//! devices. (`--in-memory` cannot be combined with `--no-huge`.) The start would bind the calling
//! thread to processor N; the shim undoes that. DPDK leaves an empty folder in `/var/run/dpdk`, or
//! where not root below `XDG_RUNTIME_DIR` or `/tmp/dpdk`.
//!
//! With these options DPDK's own memory has small pages, on which a table of 32 MiB is no peer for
//! one on huge pages. So the tables lie on a heap of their own, whose memory the shim maps and
//! DPDK only manages. [`Pages`] says what it maps; [`Pages::Transparent`] is what the tables of
//! others in this program can have as well.
//!
//! # What the tables are
//!
//! | type | DPDK | next hops | lookups |
//! |---|---|---|---|
//! | [`Fib4`] | `rte_fib`, `RTE_FIB_DIR24_8` | 15 or 31 bits, of entries of 2 or 4 bytes | scalar, AVX-512 |
//! | [`Fib6`] | `rte_fib6`, `RTE_FIB6_TRIE` | the same | scalar, AVX-512 |
//! | [`Lpm`] | `rte_lpm` | 24 bits, of entries of 4 bytes | one, bulk, four at a time |
//!
//! `rte_fib` answers in bulk only, into 8 bytes a next hop; a single lookup is a bulk of one.
//! AVX-512 needs the processor's F, DQ and BW parts. DPDK 22.11 checks only F before it chooses
//! the IPv4 function, which uses DQ too; this module asks for all three.
//!
//! `rte_fib` keeps a tree of the routes beside the table and updates from it. `rte_lpm` keeps an
//! array for each length, in which an update searches from the start: a full table takes one to two
//! minutes to load, where `rte_fib` takes less than a second.
//!
//! # Updates and readers
//!
//! Each table has one writer, which owns it, and any number of readers: [`Fib::reader`],
//! [`Lpm::reader`]. Readers do not wait. What keeps their answers right while a group of 256
//! entries is taken back and given to another prefix is a grace period, or nothing:
//!
//! - `rte_lpm` has `rte_lpm_rcu_qsbr_add`: with a [`Qsbr`], groups wait in a defer queue until
//!   every registered reader was quiescent. [`Lpm::new`] takes one or none.
//! - `rte_fib` has none in 22.11; `rte_fib_rcu_qsbr_add` came with 24.11. Its updates here run
//!   without, which costs DPDK less than a safe update would, and lets a concurrent lookup see the
//!   entries of another prefix.
//! - `rte_fib6` has none in 22.11 either.
//!
//! Without a grace period answers are at stake, and no memory: a table's is allocated once and goes
//! when the writer and the last reader have gone. But a lookup in `rte_fib6` that follows a group into
//! another prefix may go down further than its address has bytes, and read some behind it; who looks
//! up beside updates leaves room there.
//!
//! # Room
//!
//! Tables do not grow. [`Settings::of`] counts what a set of prefixes needs. `rte_fib6` refuses
//! prefixes by a count of groups that it may need, not of those it has taken, so that its limit is
//! three groups for a /48 even if many share them; that memory is never touched by a lookup.
//!
//! # What DPDK 22.11 gets wrong
//!
//! Found with these wrappers and then in C alone; a bench that meets them reports them.
//!
//! - `rte_fib` counts a group when a prefix longer than /24 is added, unless the prefix has the
//!   next hop of the one that covers it, and always counts it back when the prefix is deleted.
//!   Below zero the count wraps round, and every prefix that needs a new group is refused with
//!   `ENOSPC`: add 10.0.0.0/13 and 10.0.0.0/28 with the same next hop, delete the /28, and add
//!   10.0.0.0/32 with another.
//! - `rte_fib` may overwrite a prefix that ends at 255.255.255.255 when a shorter one that ends
//!   there too changes: add 255.192.0.0/10, 255.191.252.0/22 and 248.0.0.0/5, each with its own
//!   next hop, and 255.255.255.255 has that of the /5.

mod environment;
mod error;
mod family;
mod fib;
mod lpm;
mod qsbr;
mod sys;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use self::tests::alone;

pub use self::{
    environment::{Dpdk, Memory, Pages},
    error::Error,
    family::Family,
    fib::{Fib, FibReader, Lookup, Settings, Width},
    lpm::{Lpm, LpmReader},
    qsbr::{Qsbr, QsbrThread},
};

/// `rte_fib` with DIR-24-8.
pub type Fib4 = Fib<u32>;

/// `rte_fib6` with its trie.
pub type Fib6 = Fib<u128>;
