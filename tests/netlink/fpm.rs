//! The FPM listener over a loopback socket, with frames made by hand as FRR makes them.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use rtalloc::{
    NextHop,
    netlink::{FpmListener, FpmOptions, FrameError},
};

use crate::wire::{self, CREATE, REPLACE, Told, hop};

const QUIET: Duration = Duration::from_millis(300);

fn listener() -> FpmListener {
    let options = FpmOptions { quiet: QUIET, ..FpmOptions::default() };
    FpmListener::bind("127.0.0.1:0", &options).expect("a loopback port")
}

fn connect(listener: &FpmListener) -> TcpStream {
    TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens")
}

fn frame(messages: &[u8]) -> Vec<u8> {
    let length = 4 + messages.len() as u16;
    [&[1, 1], &length.to_be_bytes()[..], messages].concat()
}

/// A route as FRR announces it, and as it changes one: withdrawn and announced in one frame.
fn announce(told: &Told) -> Vec<u8> {
    let withdrawn = Told { hops: Vec::new(), object: 0, ..told.clone() }.of(0);
    frame(&[withdrawn.del(), told.added(REPLACE | CREATE)].concat())
}

fn prefix(index: u32) -> String {
    format!("10.{}.{}.0/24", index / 256, index % 256)
}

fn address(index: u32) -> std::net::IpAddr {
    std::net::Ipv4Addr::new(10, (index / 256) as u8, (index % 256) as u8, 1).into()
}

fn via(index: u32, last: u32) -> Told {
    Told::via(&prefix(index), &[hop(&format!("192.0.2.{last}"), 0)])
}

/// Steps until `done`, or fails after a while.
fn until(listener: &mut FpmListener, what: &str, done: impl Fn(&FpmListener) -> bool) {
    let begin = Instant::now();
    while !done(listener) {
        assert!(begin.elapsed() < Duration::from_secs(20), "not {what}: {}", listener.stats());
        listener.step(Duration::from_millis(5)).expect("a step");
    }
}

fn routes(listener: &FpmListener) -> usize {
    listener.tables().get(254).map_or(0, |table| table.len())
}

fn next_hop(listener: &FpmListener, index: u32) -> Option<NextHop> {
    let table = listener.tables().get(254)?;
    let mut reader = table.reader();
    reader.enter().lookup(address(index)).map(|found| found.next_hop())
}

#[test]
fn routes_and_objects_come_in_frames_of_any_cut() {
    let mut listener = listener();
    let mut daemon = connect(&listener);
    let mut bytes = Vec::new();
    bytes.extend(frame(&wire::object(7, hop("192.0.2.1", 3), &[])));
    bytes.extend(frame(&wire::object(8, hop("192.0.2.2", 4), &[])));
    bytes.extend(frame(&wire::object(9, NextHop::default(), &[(7, 1), (8, 1)])));
    bytes.extend(announce(&Told::through(&prefix(0), 9)));
    bytes.extend(announce(&via(1, 5)));
    bytes.extend(frame(&[]));
    bytes.extend(announce(&via(2, 6)));
    bytes.extend(frame(&via(1, 5).del()));
    for byte in bytes {
        daemon.write_all(&[byte]).expect("it reads");
        listener.step(Duration::ZERO).expect("a step");
    }
    until(&mut listener, "two routes", |listener| {
        routes(listener) == 2 && listener.stats().updates == 7
    });
    assert_eq!(next_hop(&listener, 0), Some(hop("192.0.2.1", 3)));
    assert_eq!(next_hop(&listener, 1), None);
    assert_eq!(next_hop(&listener, 2), Some(hop("192.0.2.6", 0)));
    // An object that changes takes its routes along, without a word about them.
    daemon.write_all(&frame(&wire::object(7, hop("192.0.2.77", 3), &[]))).expect("it reads");
    let moved = Some(hop("192.0.2.77", 3));
    until(&mut listener, "moved", |listener| next_hop(listener, 0) == moved);
}

#[test]
fn a_change_is_no_hole_to_readers() {
    let mut listener = listener();
    let mut daemon = connect(&listener);
    daemon.write_all(&announce(&via(0, 1))).expect("it reads");
    until(&mut listener, "there", |listener| routes(listener) == 1);
    let table = listener.tables().get(254).expect("filled");
    let (stop, lookups) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut reader = table.reader();
            let mut guard = reader.enter();
            while !stop.load(Ordering::Relaxed) {
                let found = guard.lookup(address(0));
                assert!(found.is_some(), "a hole");
                lookups.fetch_add(1, Ordering::Relaxed);
                guard.quiescent();
            }
        });
        for round in 0..2000 {
            daemon.write_all(&announce(&via(0, 1 + round % 200))).expect("it reads");
            listener.step(Duration::ZERO).expect("a step");
        }
        let last = Some(hop("192.0.2.200", 0));
        until(&mut listener, "the last", |listener| {
            listener.stats().updates == 2 * 2001 && next_hop(listener, 0) == last
        });
        stop.store(true, Ordering::Relaxed);
    });
    assert!(lookups.load(Ordering::Relaxed) > 0);
}

/// The daemon that comes back numbers its objects anew and has other routes. Readers see each
/// route as it was or as it is, and those that are gone go together.
#[test]
fn a_reconnect_replaces_the_table_without_a_hole() {
    const OLD: u32 = 400;
    const GONE: u32 = 100;
    let mut listener = listener();
    let mut daemon = connect(&listener);
    daemon.write_all(&frame(&wire::object(1, hop("192.0.2.1", 1), &[]))).expect("it reads");
    for index in 0..OLD {
        daemon.write_all(&announce(&Told::through(&prefix(index), 1))).expect("it reads");
    }
    until(&mut listener, "all", |listener| routes(listener) == OLD as usize);
    drop(daemon);
    until(&mut listener, "disconnected", |listener| !listener.is_connected());
    assert_eq!(routes(&listener), OLD as usize);

    let table = listener.tables().get(254).expect("filled");
    let stop = AtomicBool::new(false);
    let (before, after) = (hop("192.0.2.1", 1), hop("192.0.2.9", 9));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut reader = table.reader();
            let mut guard = reader.enter();
            while !stop.load(Ordering::Relaxed) {
                for index in GONE..OLD {
                    let hop = guard.lookup(address(index)).map(|found| found.next_hop());
                    assert!(hop == Some(before) || hop == Some(after), "{index}: {hop:?}");
                }
                guard.quiescent();
            }
        });
        let mut daemon = connect(&listener);
        // Number 1 is another router now; what has not been announced again must not follow it.
        let other = wire::object(1, hop("198.51.100.1", 5), &[]);
        daemon.write_all(&frame(&[other, wire::object(2, after, &[])].concat())).expect("it reads");
        for index in GONE..OLD {
            daemon.write_all(&announce(&Told::through(&prefix(index), 2))).expect("it reads");
            listener.step(Duration::ZERO).expect("a step");
        }
        until(&mut listener, "repeated", |listener| listener.unconfirmed() == GONE as usize);
        assert_eq!(routes(&listener), OLD as usize);
        let generation = table.v4().generation();
        // Ordinary changes go on and do not put the sweep off.
        let begin = Instant::now();
        let mut swept = false;
        while !swept {
            assert!(begin.elapsed() < Duration::from_secs(20), "not swept");
            daemon.write_all(&announce(&Told::through(&prefix(GONE), 2))).expect("it reads");
            listener.step(Duration::from_millis(5)).expect("a step");
            let count = routes(&listener);
            assert!(count == OLD as usize || count == (OLD - GONE) as usize, "{count}");
            swept = count < OLD as usize;
        }
        assert!(begin.elapsed() >= QUIET / 2);
        // What goes on changes nothing, so the sweep is the only batch.
        assert_eq!(table.v4().generation(), generation + 2);
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(listener.stats().swept, u64::from(GONE));
    assert_eq!(listener.stats().resyncs, 2);
}

#[test]
fn a_new_connection_takes_the_place_of_the_old_one() {
    let mut listener = listener();
    let mut old = connect(&listener);
    old.write_all(&announce(&via(0, 1))).expect("it reads");
    until(&mut listener, "one", |listener| routes(listener) == 1);
    let mut new = connect(&listener);
    until(&mut listener, "replaced", |listener| listener.stats().disconnects == 1);
    assert_eq!(old.read(&mut [0; 1]).expect("an orderly end"), 0);
    assert!(listener.is_connected());
    assert_eq!(routes(&listener), 1);
    new.write_all(&announce(&via(1, 1))).expect("it reads");
    until(&mut listener, "the new one's alone", |listener| {
        routes(listener) == 1 && next_hop(listener, 1).is_some()
    });
}

/// It may be starting still, and has learned nothing yet.
#[test]
fn a_session_without_routes_leaves_the_old_ones() {
    let mut listener = listener();
    let mut daemon = connect(&listener);
    daemon.write_all(&[announce(&via(0, 1)), announce(&via(1, 1))].concat()).expect("it reads");
    until(&mut listener, "two", |listener| routes(listener) == 2);
    drop(daemon);
    let mut daemon = connect(&listener);
    until(&mut listener, "connected again", |listener| listener.stats().resyncs == 2);
    daemon.write_all(&frame(&wire::object(7, hop("192.0.2.1", 3), &[]))).expect("it reads");
    let begin = Instant::now();
    until(&mut listener, "waited for", |_| begin.elapsed() > 2 * QUIET);
    assert_eq!((routes(&listener), listener.unconfirmed()), (2, 2));
    // Another route than any before begins it.
    daemon.write_all(&announce(&via(2, 1))).expect("it reads");
    until(&mut listener, "swept", |listener| listener.stats().swept == 2);
    assert_eq!(routes(&listener), 1);
}

/// Each session costs a walk over all routes.
#[test]
fn connections_that_wait_together_are_one_session() {
    let mut listener = listener();
    let mut daemons: Vec<TcpStream> = (0..20).map(|_| connect(&listener)).collect();
    daemons[19].write_all(&announce(&via(0, 1))).expect("it reads");
    until(&mut listener, "one", |listener| routes(listener) == 1);
    assert_eq!(listener.stats().resyncs, 1);
    assert!(listener.is_connected());
}

#[test]
fn what_is_cut_off_does_not_count() {
    let mut listener = listener();
    let mut daemon = connect(&listener);
    let whole = announce(&via(1, 1));
    daemon.write_all(&announce(&via(0, 1))).expect("it reads");
    daemon.write_all(&whole[..whole.len() - 1]).expect("it reads");
    until(&mut listener, "one", |listener| routes(listener) == 1);
    drop(daemon);
    until(&mut listener, "disconnected", |listener| !listener.is_connected());
    assert_eq!((routes(&listener), listener.stats().updates), (1, 2));
    // What is left of the frame is not put before the next connection's bytes.
    let mut daemon = connect(&listener);
    daemon.write_all(&announce(&via(2, 1))).expect("it reads");
    until(&mut listener, "another", |listener| next_hop(listener, 2).is_some());
    assert_eq!(listener.stats().bad_frames, 0);
}

#[test]
fn bad_frames_reset_the_connection_and_nothing_else() {
    let mut cut = via(1, 1).added(0);
    cut.truncate(cut.len() - 4);
    let mut long = via(1, 1).added(0);
    long[0] += 100;
    let bad: [&[u8]; 6] = [
        b"GET / HTTP/1.1\r\n\r\n",
        &[1, 2, 0, 8, 0, 0, 0, 0],
        &[1, 1, 0, 3],
        &[0xFF; 64],
        &frame(&cut),
        &frame(&long),
    ];
    let mut listener = listener();
    let mut first = connect(&listener);
    first.write_all(&announce(&via(0, 1))).expect("it reads");
    until(&mut listener, "one", |listener| routes(listener) == 1);
    for (index, bytes) in bad.iter().enumerate() {
        let mut daemon = connect(&listener);
        // Long enough for the sweep of a session that says nothing not to come in between.
        daemon.write_all(&announce(&via(0, 1))).expect("it reads");
        daemon.write_all(bytes).expect("it reads");
        let count = index as u64 + 1;
        until(&mut listener, "reset", |listener| listener.stats().bad_frames == count);
        assert!(!listener.is_connected());
        assert_eq!(routes(&listener), 1);
        // The other side notices.
        daemon.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        assert!(!matches!(daemon.read(&mut [0; 1]), Ok(1)));
    }
    assert_eq!(listener.first_bad_frame(), Some(FrameError::Version(b'G')));
    assert_eq!(listener.stats().malformed, 2);
    let mut daemon = connect(&listener);
    daemon.write_all(&announce(&via(3, 1))).expect("it reads");
    until(&mut listener, "well again", |listener| next_hop(listener, 3).is_some());
}

#[test]
fn a_malformed_message_in_a_sound_frame_is_passed_over() {
    let mut listener = listener();
    let mut daemon = connect(&listener);
    let mut bad = via(0, 1).added(0);
    bad[17] = 99;
    daemon.write_all(&frame(&[bad, via(1, 1).added(0)].concat())).expect("it reads");
    until(&mut listener, "one", |listener| routes(listener) == 1);
    assert!(listener.is_connected());
    let stats = listener.stats();
    assert_eq!((stats.malformed, stats.bad_frames), (1, 0));
    assert!(stats.first_malformed.is_some());
}
