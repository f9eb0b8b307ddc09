//! What a user would pick instead of this crate.

use std::sync::Arc;

use rtalloc::{Address, NextHop};

#[cfg(feature = "dpdk")]
use super::dpdk;
#[cfg(feature = "ts_bart")]
use super::maps::TsBart;
use super::{
    bsd, iptrie, layouts,
    maps::{Native, Poptrie, PrefixTrie, Treebitmap},
    rotonda,
    sharing::{LeftRight, Locked, ParkingLot, Std, Swapped, open},
};
use crate::adapter::{Implementation, Takes};

/// A family of addresses that other tables know.
pub trait Others: Address {
    /// All of them.
    fn others() -> Vec<Implementation<Self>>;
}

impl Others for u32 {
    fn others() -> Vec<Implementation<Self>> {
        let mut others = of_both();
        others.extend(layouts::v4());
        #[cfg(feature = "dpdk")]
        others.extend(dpdk::v4());
        others
    }
}

impl Others for u128 {
    fn others() -> Vec<Implementation<Self>> {
        let mut others = of_both();
        others.extend(layouts::v6());
        #[cfg(feature = "dpdk")]
        others.extend(dpdk::v6());
        others
    }
}

/// Those that know both families.
fn of_both<A: Native>() -> Vec<Implementation<A>> {
    vec![
        Implementation {
            name: "rwlock prefix-trie",
            what: "the standard library's RwLock, locked once a burst",
            open: open::<A, u32, PrefixTrie<A>, Locked<Std, _>>,
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "parking_lot prefix-trie",
            what: "parking_lot's RwLock, locked once a burst",
            open: open::<A, u32, PrefixTrie<A>, Locked<ParkingLot, _>>,
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "rwlock treebitmap",
            what: "ip_network_table's map; the standard library's RwLock, locked once a burst",
            open: open::<A, u32, Treebitmap<A>, Locked<Std, _>>,
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "parking_lot treebitmap",
            what: "ip_network_table's map; parking_lot's RwLock, locked once a burst",
            open: open::<A, u32, Treebitmap<A>, Locked<ParkingLot, _>>,
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "arc-swap prefix-trie",
            what: "a guard a burst; an update copies the map and swaps",
            open: open::<A, u32, PrefixTrie<A>, Swapped<_>>,
            room: None,
            takes: Takes::COPYING,
        },
        Implementation {
            name: "arc-swap treebitmap",
            what: "ip_network_table's map; a guard a burst; an update copies the map route by route and swaps",
            open: open::<A, u32, Treebitmap<A>, Swapped<_>>,
            room: None,
            takes: Takes::COPYING,
        },
        Implementation {
            name: "left-right prefix-trie",
            what: "two maps, updated in turn and published for each update or batch",
            open: open::<A, u32, PrefixTrie<A>, LeftRight<A, _>>,
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "left-right treebitmap",
            what: "two of ip_network_table's maps, updated in turn and published for each update or batch",
            open: open::<A, u32, Treebitmap<A>, LeftRight<A, _>>,
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "rotonda-store",
            what: "a guard a burst, a copy of the found records a lookup; nothing is ever removed",
            open: rotonda::open,
            room: None,
            takes: Takes::USUAL,
        },
        #[cfg(feature = "ts_bart")]
        Implementation {
            name: "ts_bart",
            what: "snapshots, as tailscale has it: an update copies the table and swaps",
            open: open::<A, u32, TsBart, Swapped<_>>,
            room: None,
            takes: Takes::COPYING,
        },
        Implementation {
            name: "iptrie",
            what: "a trie compressed by levels; static",
            open: iptrie::open,
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "poptrie",
            what: "the crate; parking_lot's RwLock, as an update moves whole arrays in place",
            open: open::<A, u32, Poptrie<A>, Locked<ParkingLot, _>>,
            room: None,
            takes: Takes::SEARCHING,
        },
        Implementation {
            name: bsd::NAME,
            what: "the manuals' lock on the table, lock on the entry, and count; prefix-trie below",
            open: bsd::open,
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "arc clones",
            what: "an Arc of the next hop cloned for each address; prefix-trie, parking_lot's RwLock",
            open: open::<A, Arc<NextHop>, PrefixTrie<A, _>, Locked<ParkingLot, _>>,
            room: None,
            takes: Takes::USUAL,
        },
    ]
}
