//! Long lists of prefixes through the life of a table: each is inserted and found at once, all are
//! walked in order, and all are deleted, from a list or from the walk itself.
//!
//! The lists are made here, of the shape of OpenBSD's samples: nested and crowded, from the default
//! route to host routes. With the feature `input`, the files that `RTALLOC_OPENBSD_SAMPLES` names,
//! separated by colons, are gone through as well.

use core::{cmp::Reverse, net::IpAddr};
use std::collections::BTreeSet;

use rtalloc::{
    AnyPrefix,
    bsd::{
        InterfaceAddress, MemoryInterface, Priority, Profile, Request, RouteInfo, Routing, RtFlags,
    },
};

/// Numbers that look random (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn address(&mut self, v6: bool) -> IpAddr {
        let wide = u128::from(self.next()) << 64 | u128::from(self.next());
        if v6 {
            (0x2u128 << 124 | wide >> 4).to_be_bytes().into()
        } else {
            (wide as u32).to_be_bytes().into()
        }
    }
}

/// 500 distinct prefixes of a family in no order; a third of them lie in others.
fn prefixes(v6: bool) -> Vec<AnyPrefix> {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let width = if v6 { 128 } else { 32 };
    let mut made = vec![AnyPrefix::containing(numbers.address(v6), 0)];
    while made.len() < 500 {
        let outer = made[numbers.next() as usize % made.len()];
        let inside = numbers.next().is_multiple_of(3) && outer.len() < width;
        let len = match numbers.next() % 8 {
            0 => width,
            1 => 1 + (numbers.next() % u64::from(width)) as u8,
            _ => width / 8 * 3 + (numbers.next() % u64::from(width / 4)) as u8,
        };
        let prefix = if inside {
            AnyPrefix::containing(outer.address(), outer.len() + 1 + len % (width - outer.len()))
        } else {
            AnyPrefix::containing(numbers.address(v6), len)
        };
        if !made.contains(&prefix) {
            made.push(prefix);
        }
    }
    made
}

fn open(profile: Profile) -> Routing {
    let routing = Routing::new(profile).unwrap();
    let em0 = MemoryInterface::new(1, "em0".parse().unwrap(), 1500);
    for (address, prefix_len) in [("10.0.0.1", 24), ("fe80::1", 64)] {
        let address = address.parse().unwrap();
        em0.set_address(InterfaceAddress { address, prefix_len, peer: None });
    }
    routing.attach(std::sync::Arc::new(em0)).unwrap();
    routing
}

fn info(prefix: AnyPrefix) -> RouteInfo {
    let gateway: IpAddr = match prefix {
        AnyPrefix::V4(_) => "10.0.0.2".parse().unwrap(),
        AnyPrefix::V6(_) => "fe80::2".parse().unwrap(),
    };
    let flags = RtFlags::GATEWAY | RtFlags::STATIC;
    RouteInfo {
        flags,
        interface: Some(1),
        ..RouteInfo::net(prefix.address(), prefix.len(), gateway)
    }
}

/// The destinations of the routes of exactly that prefix.
fn exact(routing: &Routing, prefix: AnyPrefix) -> Vec<AnyPrefix> {
    routing.get(0, prefix).iter().map(|rt| rt.destination()).collect()
}

fn delete(routing: &Routing, prefix: AnyPrefix) {
    let deleted = routing.rtrequest1(Request::Delete, &info(prefix), Priority::ANY, 0).unwrap();
    assert!(deleted.destination() == prefix && deleted.is_gone() && !deleted.is_up());
    assert!(exact(routing, prefix).is_empty(), "{prefix} is gone");
}

fn fill(routing: &Routing, prefixes: &[AnyPrefix]) {
    for prefix in prefixes {
        let added = routing.rtrequest1(Request::Add, &info(*prefix), Priority::NONE, 0).unwrap();
        assert_eq!(added.destination(), *prefix);
        assert_eq!(exact(routing, *prefix), [*prefix]);
    }
    for prefix in prefixes {
        assert_eq!(exact(routing, *prefix), [*prefix]);
    }
    let walked: Vec<_> = routing.walk(0).iter().map(|rt| rt.destination()).collect();
    let mut expected = prefixes.to_vec();
    expected.sort_by_key(|prefix| (prefix.address(), Reverse(prefix.len())));
    assert_eq!(walked, expected);
}

/// The table is empty, and what was in it is freed.
fn expect_empty(routing: &Routing) {
    assert!(routing.walk(0).is_empty());
    let mut tries = 0;
    while routing.reclaim() > 0 && tries < 100 {
        tries += 1;
    }
    assert_eq!(routing.statistics().trash, 0);
}

fn live(prefixes: &[AnyPrefix]) {
    for profile in Profile::ALL {
        let routing = open(profile);
        fill(&routing, prefixes);
        prefixes.iter().for_each(|prefix| delete(&routing, *prefix));
        expect_empty(&routing);

        // Deleting from inside a walk: those still to come are not disturbed.
        fill(&routing, prefixes);
        let mut left: BTreeSet<AnyPrefix> = prefixes.iter().copied().collect();
        for rt in routing.walk(0) {
            assert!(!rt.is_gone() && left.remove(&rt.destination()));
            delete(&routing, rt.destination());
            assert_eq!(rt.destination().len(), info(rt.destination()).netmask.unwrap());
        }
        assert!(left.is_empty());
        expect_empty(&routing);
    }
}

#[test]
fn ipv4_prefixes_live_and_die() {
    live(&prefixes(false));
}

#[test]
fn ipv6_prefixes_live_and_die() {
    live(&prefixes(true));
}

#[test]
fn both_families_live_in_one_table() {
    let mut both = prefixes(false);
    both.extend(prefixes(true));
    live(&both);
}

#[cfg(feature = "input")]
#[test]
fn openbsds_samples_live_and_die() {
    use rtalloc::input::{ReadOptions, Source, read_table};

    let files = std::env::var("RTALLOC_OPENBSD_SAMPLES").unwrap_or_default();
    for file in files.split(':').filter(|file| !file.is_empty()) {
        let source = Source::open(file).unwrap();
        let table = read_table(source, ReadOptions::default(), &mut |_| {}).unwrap();
        let v4 = table.v4.iter().map(|route| AnyPrefix::V4(route.0));
        let v6 = table.v6.iter().map(|route| AnyPrefix::V6(route.0));
        let mut prefixes: Vec<AnyPrefix> = v4.chain(v6).collect();
        let mut numbers = Numbers(1);
        prefixes.sort_by_cached_key(|_| numbers.next());
        assert!(!prefixes.is_empty(), "{file} names prefixes");
        live(&prefixes);
    }
}
