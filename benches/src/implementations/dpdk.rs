//! DPDK's tables, as `rtalloc_benches::dpdk` says how they are built.
//!
//! They do not grow, so they are made with a quarter more room than the routes need; one that is to be
//! brought up from nothing has that room from the start. What a table
//! refuses in spite of that, for lack of room or by an error of DPDK's that is described there, is
//! counted: its answers are another table's then, and the check of answers tells.
//!
//! Each takes addresses and gives next hops in a form of its own. Turning addresses is part of a
//! burst, as they are a packet's. `rte_fib` answers into 8 bytes, which a run leaves as they are and
//! only a single burst narrows.
//!
//! DPDK 22.11 has no grace period for `rte_fib` and `rte_fib6`. A lookup that runs while an update
//! gives a group of entries to another prefix can have that prefix's next hop. Memory it does not
//! lose: tables are allocated once. But such a lookup in `rte_fib6` can read a few bytes past the end of
//! its address, for which there is room behind the last one of a burst.

mod fib;
mod lpm;

use crate::{
    Routes,
    adapter::{Implementation, Takes},
    dpdk::{Dpdk, Pages, Settings, Width},
};

/// Those for IPv4.
pub(super) fn v4() -> Vec<Implementation<u32>> {
    let mut all = vec![
        Implementation {
            name: "dpdk rte_lpm",
            what: "four addresses at a time; groups of entries wait for quiescent readers",
            open: lpm::open,
            room: Some(lpm::empty),
            takes: Takes { opening: lpm::opening, update: lpm::update, batched: lpm::update },
        },
        Implementation {
            name: "dpdk rte_fib",
            what: "DIR-24-8, 2 bytes an entry; updates without a grace period",
            open: fib::scalar,
            room: Some(fib::empty_scalar),
            takes: Takes::USUAL,
        },
    ];
    if has_avx512() {
        all.push(Implementation {
            name: "dpdk rte_fib avx512",
            what: "DIR-24-8, 2 bytes an entry, vectors; updates without a grace period",
            open: fib::avx512,
            room: Some(fib::empty_avx512),
            takes: Takes::USUAL,
        });
    }
    all
}

/// Those for IPv6.
pub(super) fn v6() -> Vec<Implementation<u128>> {
    let mut all = vec![Implementation {
        name: "dpdk rte_fib6",
        what: "a trie of 24 and 8 bits, 4 bytes an entry; updates without a grace period",
        open: fib::scalar,
        room: Some(fib::empty_scalar),
        takes: Takes::USUAL,
    }];
    if has_avx512() {
        all.push(Implementation {
            name: "dpdk rte_fib6 avx512",
            what: "a trie of 24 and 8 bits, vectors; updates without a grace period",
            open: fib::avx512,
            room: Some(fib::empty_avx512),
            takes: Takes::USUAL,
        });
    }
    all
}

/// What [`Dpdk::has_avx512`] asks for, known before DPDK starts.
fn has_avx512() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw")
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// DPDK on the pages that other tables can have as well; tests, which share a process, have small
/// ones.
fn start() -> Result<Dpdk, crate::dpdk::Error> {
    Dpdk::start(if cfg!(test) { Pages::Small } else { Pages::Transparent })
}

/// Room for the routes and a quarter more.
fn settings<A: crate::dpdk::Family>(routes: &Routes<A>, width: Width) -> Settings {
    let settings = Settings::of(routes.iter().map(|route| route.0), width);
    Settings {
        routes: settings.routes + settings.routes / 4 + 4096,
        groups: (settings.groups + settings.groups / 4 + 4096).min(width.most()),
        ..settings
    }
}
