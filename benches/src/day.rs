//! A table and a day of updates to it: the real ones where their files are, otherwise synthetic.

use std::{collections::HashMap, env, path::Path};

use rtalloc::{
    Address, NextHop, Prefix,
    input::{ReadOptions, Source, Update, default_next_hop, read_table, read_updates},
    testing::{history::Step, synthetic},
};

use crate::{Routes, SEED, internet_v4, internet_v6};

/// Next hops of the streams.
const HOPS: u32 = 250;

/// Both families' tables, and the updates of a day in order.
#[derive(Debug)]
pub struct Day {
    /// Where they are from.
    pub source: String,
    /// The IPv4 routes, in prefix order.
    pub v4: Routes<u32>,
    /// The IPv6 routes, in prefix order.
    pub v6: Routes<u128>,
    /// The IPv4 updates.
    pub updates_v4: Vec<Step<u32>>,
    /// The IPv6 updates.
    pub updates_v6: Vec<Step<u128>>,
}

impl Day {
    /// The day in the folder that `RTALLOC_DAY` names, where lie `v4-initial.txt.gz`,
    /// `v4-updates.txt.gz` and the same for IPv6; without it a synthetic one of the same size.
    ///
    /// # Panics
    /// If the folder is named and cannot be read.
    pub fn open() -> Self {
        match env::var("RTALLOC_DAY") {
            Ok(folder) => Self::read(Path::new(&folder)),
            Err(_) => Self::synthetic(),
        }
    }

    /// The day in a folder, as [`open`](Self::open) finds it there.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn read(folder: &Path) -> Self {
        let open = |name: &str| Source::open(folder.join(name)).expect("a file of the day");
        let table = |name| {
            read_table(open(name), ReadOptions::default(), &mut |_| {}).expect("a prefix list")
        };
        let updates = |name| {
            read_updates(open(name), ReadOptions::default(), &mut |_| {}).expect("an update list")
        };
        Self {
            source: "real".to_owned(),
            v4: with_hops(table("v4-initial.txt.gz").v4),
            v6: with_hops(table("v6-initial.txt.gz").v6),
            updates_v4: steps(&updates("v4-updates.txt.gz").v4),
            updates_v6: steps(&updates("v6-updates.txt.gz").v6),
        }
    }

    /// A synthetic day of the same size as the real one.
    pub fn synthetic() -> Self {
        let (v4, v6) = (internet_v4(1_042_325), internet_v6(246_175));
        let prefixes_v4: Vec<_> = v4.iter().map(|route| route.0).collect();
        let prefixes_v6: Vec<_> = v6.iter().map(|route| route.0).collect();
        Self {
            source: "synthetic".to_owned(),
            updates_v4: synthetic::updates_v4(&prefixes_v4, SEED, 1_393_421).collect(),
            updates_v6: synthetic::updates_v6(&prefixes_v6, SEED, 1_238_235).collect(),
            v4,
            v6,
        }
    }

    /// FNV-1a of both tables' routes.
    pub fn checksum(&self) -> u32 {
        let mut hash = 0x811C_9DC5u32;
        let mut push = |bytes: &[u8]| {
            for &byte in bytes {
                hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            }
        };
        for (prefix, hop) in &self.v4 {
            push(&prefix.address().to_be_bytes());
            push(&[prefix.len()]);
            push(&hop.interface.to_be_bytes());
        }
        for (prefix, hop) in &self.v6 {
            push(&prefix.address().to_be_bytes());
            push(&[prefix.len()]);
            push(&hop.interface.to_be_bytes());
        }
        hash
    }
}

fn with_hops<A: Address>(routes: Vec<(Prefix<A>, Option<NextHop>)>) -> Routes<A> {
    let mut routes: Routes<A> = routes
        .into_iter()
        .map(|(prefix, hop)| (prefix, hop.unwrap_or_else(|| default_next_hop(prefix))))
        .collect();
    routes.sort_by_key(|route| route.0);
    routes.dedup_by_key(|route| route.0);
    routes
}

/// An announcement without a next hop brings another one each time: the path has changed.
fn steps<A: Address>(updates: &[Update<A>]) -> Vec<Step<A>> {
    let mut announced: HashMap<Prefix<A>, u32> = HashMap::new();
    let step = |update: &Update<A>| match *update {
        Update::Withdraw(prefix) => Step::Remove(prefix),
        Update::Announce(prefix, Some(hop)) => Step::Set(prefix, hop),
        Update::Announce(prefix, None) => {
            let times = announced.entry(prefix).or_default();
            *times += 1;
            let usual = default_next_hop(prefix).interface;
            Step::Set(prefix, NextHop::interface((usual + *times) % HOPS + 1))
        }
    };
    updates.iter().map(step).collect()
}
