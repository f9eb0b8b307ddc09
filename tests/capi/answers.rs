//! What lookups answer, beside the Rust interface.

use core::mem::MaybeUninit;

use rtalloc::capi::{self, COptions, IPV4, IPV6, Status};

use crate::calls::{Table, v4, v6, via};

#[test]
fn addresses_are_as_packets_have_them() {
    let table = Table::open(COptions::default()).expect("a table");
    assert_eq!(table.add(v4([10, 0, 0, 0], 8), via(1)), Status::Ok);
    assert_eq!(table.add(v4([10, 1, 0, 0], 16), via(2)), Status::Ok);
    assert_eq!(table.add(v6("2001:db8::", 32), via(3)), Status::Ok);
    let mut reader = table.reader();
    assert_eq!(reader.enter(), Status::Ok);
    assert_eq!(reader.interface_v4([10, 1, 2, 3]), Some(2));
    assert_eq!(reader.interface_v4([10, 2, 1, 3]), Some(1));
    assert_eq!(reader.interface_v4([3, 2, 1, 10]), None);
    let addresses = ["2001:db8::1", "8bd:120::1"]
        .map(|text| text.parse::<std::net::Ipv6Addr>().expect("an address").octets());
    let mut ids = [u32::MAX; 2];
    assert_eq!(reader.lookup_v6(&addresses, &mut ids), Status::Ok);
    assert_eq!(reader.next_hop(IPV6, ids[0]), Ok(via(3)));
    assert_eq!((ids[1], reader.next_hop(IPV6, 77)), (0, Err(Status::NotFound)));
    assert_eq!(reader.next_hop(IPV4, 0), Err(Status::NotFound));
}

#[test]
fn ids_need_not_be_set() {
    let table = Table::open(COptions::default()).expect("a table");
    assert_eq!(table.add(v4([10, 0, 0, 0], 8), via(1)), Status::Ok);
    let mut reader = table.reader();
    assert_eq!(reader.enter(), Status::Ok);
    let addresses = [[10, 1, 2, 3], [11, 1, 2, 3]].map(u32::from_ne_bytes);
    let mut ids = MaybeUninit::<[u32; 2]>::uninit();
    let ids_at = ids.as_mut_ptr().cast();
    // SAFETY: the reader is registered, and both arrays have two elements.
    let status = unsafe { capi::rtalloc_lookup_v4(reader.0, addresses.as_ptr(), ids_at, 2) };
    assert_eq!(status, Status::Ok);
    // SAFETY: a lookup sets them.
    let ids = unsafe { ids.assume_init() };
    assert_eq!((reader.next_hop(IPV4, ids[0]), ids[1]), (Ok(via(1)), 0));
}

#[test]
fn every_width_answers_the_same() {
    for id_bytes in [0, 1, 2, 4] {
        let table = Table::open(COptions { id_bytes, ..COptions::default() }).expect("a table");
        for route in 0..400u32 {
            let [.., high, low] = route.to_be_bytes();
            assert_eq!(table.add(v4([10, high, low, 0], 24), via(route + 1)), Status::Ok);
        }
        let mut reader = table.reader();
        assert_eq!(reader.enter(), Status::Ok);
        for route in 0..400u32 {
            let [.., high, low] = route.to_be_bytes();
            assert_eq!(reader.interface_v4([10, high, low, 9]), Some(route + 1), "{id_bytes}");
        }
        assert_eq!(reader.interface_v4([10, 255, 0, 9]), None);
    }
}

#[test]
fn changes_are_seen_and_counted() {
    let table = Table::open(COptions::default()).expect("a table");
    let mut reader = table.reader();
    assert_eq!(reader.enter(), Status::Ok);
    let prefix = v4([192, 0, 2, 0], 24);
    assert_eq!(table.delete(prefix), Status::NotFound);
    assert_eq!(table.add(prefix, via(1)), Status::Ok);
    assert_eq!(reader.interface_v4([192, 0, 2, 1]), Some(1));
    assert_eq!(table.add(prefix, via(2)), Status::Ok);
    assert_eq!(reader.quiescent(), Status::Ok);
    assert_eq!(reader.interface_v4([192, 0, 2, 1]), Some(2));
    assert_eq!(table.delete(prefix), Status::Ok);
    assert_eq!(reader.interface_v4([192, 0, 2, 1]), None);
    assert!(table.memory() > 0, "begins a grace period");
    let stats = table.stats();
    assert_eq!((stats.routes_v4, stats.routes_v6, stats.changes), (0, 0, 3));
    assert_eq!(stats.stalled_readers, 1, "it has not passed a quiescent point since");
    assert!(stats.waiting_bytes > 0);
    assert_eq!(reader.leave(), Status::Ok);
    // The first frees the routes, the second the next hops that they named.
    assert!(table.memory() > 0 && table.memory() > 0);
    let stats = table.stats();
    assert_eq!((stats.stalled_readers, stats.waiting_bytes), (0, 0));
}

#[test]
fn a_table_that_is_closed_lives_as_long_as_its_readers() {
    let table = Table::open(COptions::default()).expect("a table");
    assert_eq!(table.add(v4([10, 0, 0, 0], 8), via(1)), Status::Ok);
    let (mut inside, mut outside) = (table.reader(), table.reader());
    assert_eq!(inside.enter(), Status::Ok);
    drop(table);
    assert_eq!(inside.interface_v4([10, 0, 0, 1]), Some(1));
    assert_eq!(outside.enter(), Status::Ok);
    assert_eq!(outside.interface_v4([10, 0, 0, 1]), Some(1));
    // One ends inside a section, the other one outside.
    assert_eq!(outside.leave(), Status::Ok);
}

#[test]
fn a_table_that_is_full_says_so_and_stays_as_it_is() {
    let table = Table::open(COptions { max_routes: 2, ..COptions::default() }).expect("a table");
    let statuses = [1, 2, 3].map(|octet| table.add(v4([octet, 0, 0, 0], 8), via(1)));
    assert_eq!(statuses, [Status::Ok, Status::Ok, Status::Full]);
    let table =
        Table::open(COptions { max_waiting_bytes: 1, ..COptions::default() }).expect("a table");
    let mut reader = table.reader();
    assert_eq!(reader.enter(), Status::Ok);
    let prefix = v4([10, 0, 0, 0], 8);
    let statuses: Vec<_> = (1..9).map(|hop| table.add(prefix, via(hop))).collect();
    assert!(statuses.contains(&Status::HeldBack), "{statuses:?}");
    assert_eq!(reader.quiescent(), Status::Ok);
    assert_eq!(table.add(prefix, via(9)), Status::Ok);
    assert_eq!(reader.interface_v4([10, 0, 0, 1]), Some(9));
}

#[test]
fn threads_look_up_while_routes_change() {
    const ROUNDS: u32 = if cfg!(miri) { 50 } else { 20_000 };
    let table = Table::open(COptions::default()).expect("a table");
    assert_eq!(table.add(v4([0; 4], 0), via(1)), Status::Ok);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let table = &table;
            scope.spawn(move || {
                let mut reader = table.reader();
                assert_eq!(reader.enter(), Status::Ok);
                for _ in 0..ROUNDS {
                    let found = reader.interface_v4([10, 0, 0, 1]);
                    assert!(matches!(found, Some(1 | 2)), "{found:?}");
                    assert_eq!(reader.quiescent(), Status::Ok);
                }
            });
        }
        for _ in 0..ROUNDS / 10 {
            assert_eq!(table.add(v4([10, 0, 0, 0], 8), via(2)), Status::Ok);
            assert_eq!(table.delete(v4([10, 0, 0, 0], 8)), Status::Ok);
        }
    });
}
