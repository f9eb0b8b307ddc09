//! Packets beside the golden model while routes change on another thread: each goes a way that the
//! table had between the moment before its burst and the moment after.

use std::{
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    thread,
};

use proptest::test_runner::{Config, TestRunner};
use proptest::{collection::vec, prelude::*, strategy::ValueTree};
use rtalloc::{Address, NextHop, Prefix, Route, Table, testing::naive::Naive};

use super::lab::{Lab, Plug, table, tunnel, udp};

const UPDATES: usize = 3000;
const PORTS: u32 = 4;

/// One change: a prefix, and its port or none.
type Change<A> = (Prefix<A>, Option<u32>);

/// Changes in a small space, so that prefixes nest and most packets are concerned.
fn changes<A: Address>(space: Prefix<A>, at: impl Fn(u16) -> A) -> Vec<Change<A>> {
    let change = (any::<u16>(), 5u8..=16, prop::option::weighted(0.4, 1..=PORTS));
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let tree = vec(change, UPDATES).new_tree(&mut runner).unwrap();
    let drawn = tree.current();
    let prefix = |bits, len| Prefix::containing(at(bits), space.len() + len);
    drawn.into_iter().map(|(bits, len, port)| (prefix(bits, len), port)).collect()
}

/// The table after each number of changes.
fn states<A: Address>(changes: &[Change<A>]) -> Vec<Naive<A, u32>> {
    let mut now = Naive::new();
    let mut states = vec![now.clone()];
    for &(prefix, port) in changes {
        match port {
            Some(port) => now.insert(prefix, port),
            None => now.remove(prefix),
        };
        states.push(now.clone());
    }
    states
}

fn make(table: &Table, change: usize, v4: &[Change<u32>], v6: &[Change<u128>]) {
    let route = |port| Route::via(NextHop::interface(port));
    let (prefix, port) = v4[change];
    match port {
        Some(port) => drop(table.v4().insert(prefix, route(port)).unwrap()),
        None => drop(table.v4().remove(prefix).unwrap()),
    }
    let (prefix, port) = v6[change];
    match port {
        Some(port) => drop(table.v6().insert(prefix, route(port)).unwrap()),
        None => drop(table.v6().remove(prefix).unwrap()),
    }
}

/// Whether one of the states gives this answer.
fn fits<A: Address>(states: &[Naive<A, u32>], address: A, port: Option<u32>) -> bool {
    states.iter().any(|state| state.lookup(address).map(|found| *found.1) == port)
}

#[test]
fn no_packet_goes_a_way_that_was_not() {
    let space4 = Prefix::containing(0x0A01_0000u32, 16);
    let space6 = Prefix::containing(0x2001_0DB8_0001u128 << 80, 48);
    let at4 = |bits: u16| space4.address() | u32::from(bits);
    let at6 = |bits: u16| space6.address() | u128::from(bits) << 64;
    let (v4, v6) = (changes(space4, at4), changes(space6, at6));
    let (states4, states6) = (states(&v4), states(&v6));
    for with_view in [true, false] {
        let table: Table = if with_view { table() } else { Table::new().unwrap() };
        let mut plugs: Vec<Plug> = (1..=PORTS).map(|port| tunnel(port, &[])).collect();
        plugs.push(tunnel(PORTS + 1, &[]));
        let mut lab = Lab::new(table.clone(), &plugs);
        let (started, completed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut changed_meanwhile = 0;
        thread::scope(|scope| {
            scope.spawn(|| {
                for change in 0..UPDATES {
                    started.store(change + 1, SeqCst);
                    make(&table, change, &v4, &v6);
                    completed.store(change + 1, SeqCst);
                    if change % 8 == 0 {
                        thread::yield_now();
                    }
                }
            });
            let mut bits = 0u16;
            loop {
                let from = completed.load(SeqCst);
                for _ in 0..32 {
                    bits = bits.wrapping_mul(0x6255).wrapping_add(0x3619);
                    let to4 = std::net::Ipv4Addr::from(at4(bits)).to_string();
                    let to6 = std::net::Ipv6Addr::from(at6(bits)).to_string();
                    lab.wires[PORTS as usize].put(&udp("192.0.2.9", &to4, 9, &bits.to_be_bytes()));
                    lab.wires[PORTS as usize].put(&udp("2600::9", &to6, 9, &bits.to_be_bytes()));
                }
                let before = lab.worker.totals();
                let after = lab.work_all();
                let to = started.load(SeqCst);
                changed_meanwhile += usize::from(to > from);
                assert_eq!(after.received - before.received, 64, "none is lost");
                let window = from..=to;
                let mut sent = std::collections::BTreeMap::new();
                for (port, wire) in (1..).zip(&lab.wires) {
                    for packet in wire.take() {
                        let is_v6 = packet[0] >> 4 == 6;
                        let bits = u16::from_be_bytes(*packet.last_chunk().unwrap());
                        sent.insert((bits, is_v6), port);
                    }
                }
                let mut again = bits;
                for _ in 0..32 {
                    let port = sent.get(&(again, false)).copied();
                    assert!(
                        fits(&states4[window.clone()], at4(again), port),
                        "{again:04x} {port:?}"
                    );
                    let port = sent.get(&(again, true)).copied();
                    assert!(
                        fits(&states6[window.clone()], at6(again), port),
                        "{again:04x} {port:?}"
                    );
                    // The number before, by the inverse of the step.
                    again = again.wrapping_sub(0x3619).wrapping_mul(inverse(0x6255));
                }
                if from == UPDATES {
                    break;
                }
            }
        });
        assert!(changed_meanwhile > 10, "only {changed_meanwhile} bursts beside changes");
        let totals = lab.work_all();
        assert!(totals.forwarded > 0 && totals.dropped(rtalloc::forward::Cause::NoRoute) > 0);
    }
}

/// The number that undoes a multiplication by an odd one.
fn inverse(odd: u16) -> u16 {
    (0..4).fold(odd, |inverse: u16, _| {
        inverse.wrapping_mul(2u16.wrapping_sub(odd.wrapping_mul(inverse)))
    })
}
