//! Several workers at once, which share what is known of neighbours, and a host that answers them.

use std::{
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
};

use rtalloc::{
    NextHop, Prefix, Route, Table,
    bsd::RtFlags,
    forward::{Cause, ForwardOptions, Forwarder, Port, Totals, Worker, packet::arp::Arp},
};

use super::lab::{Plug, Wire, address, ethernet, mac_of, table, tunnel, udp};

const WORKERS: usize = 3;
const NEIGHBOURS: u32 = 100;
const PACKETS: u32 = 2000;

/// Answers a question for any address, with a link address that follows from it.
fn answer(frame: &[u8]) -> Option<Vec<u8>> {
    let arp = Arp::read(frame.get(14..)?).filter(|arp| arp.is_request)?;
    let [_, _, a, b] = arp.target.to_be_bytes();
    let sender_mac = [2, 9, 9, 9, a, b];
    let reply = Arp {
        is_request: false,
        sender_mac,
        sender: arp.target,
        target_mac: arp.sender_mac,
        target: arp.sender,
    };
    let mut out = vec![0; 42];
    reply.write(Some(arp.sender_mac), &mut out)?;
    Some(out)
}

/// Works until `stop` and then until nothing comes.
fn work(mut worker: Worker<()>, stop: &AtomicBool) -> Totals {
    loop {
        let last = stop.load(SeqCst);
        if worker.step() == 0 && last {
            return worker.totals();
        }
        thread::yield_now();
    }
}

#[test]
fn workers_share_their_neighbours() {
    let table: Table = table();
    table
        .v4()
        .insert(Prefix::containing(0x0A00_0000, 8), Route::via(NextHop::interface(2)))
        .unwrap();
    let plugs = [tunnel(1, &[]), ethernet(2, &["10.0.0.1/8"])];
    let wires: Vec<[Wire; 2]> = (0..WORKERS).map(|_| Default::default()).collect();
    let ports = plugs.iter().zip(&wires[0]).enumerate().map(|(at, (plug, wire))| {
        let name = format!("port{at}").parse().unwrap();
        let own = plug.addresses.iter().map(|text| address(text));
        Port::new(name, plug.interface, &*wire.end(*plug), mac_of(at), own)
    });
    let forwarder = Forwarder::new(table, ports.collect(), ForwardOptions::default()).unwrap();
    let ends = |wires: &[Wire; 2]| {
        let pairs = wires.iter().zip(&plugs);
        pairs.map(|(wire, plug): (&Wire, &Plug)| wire.end(*plug)).collect()
    };
    let workers: Vec<_> =
        wires.iter().map(|wires| forwarder.worker(ends(wires)).unwrap()).collect();
    let stop = AtomicBool::new(false);
    let mut passed = 0u64;
    let totals = thread::scope(|scope| {
        let running: Vec<_> =
            workers.into_iter().map(|worker| scope.spawn(|| work(worker, &stop))).collect();
        for number in 0..PACKETS {
            let neighbour = std::net::Ipv4Addr::from(0x0A01_0000 + number % NEIGHBOURS).to_string();
            for [tunnel, _] in &wires {
                tunnel.put(&udp("192.0.2.9", &neighbour, 9, b""));
            }
        }
        // As long as questions come, and packets that wait go out when they are answered.
        let mut quiet = 0;
        while quiet < 50 {
            quiet += 1;
            for (at, [_, link]) in wires.iter().enumerate() {
                for frame in link.take() {
                    quiet = 0;
                    match answer(&frame) {
                        // To another worker than has asked.
                        Some(reply) => wires[(at + 1) % WORKERS][1].put(&reply),
                        None => {
                            passed += 1;
                            assert_eq!(frame[..4], [2, 9, 9, 9]);
                            assert_eq!(frame[4..6], frame[14 + 18..14 + 20], "its neighbour's");
                        }
                    }
                }
            }
            thread::sleep(std::time::Duration::from_millis(2));
        }
        stop.store(true, SeqCst);
        let sum =
            |sum: Totals, of: thread::ScopedJoinHandle<'_, Totals>| sum.plus(&of.join().unwrap());
        running.into_iter().fold(Totals::default(), sum)
    });
    assert_eq!(totals, forwarder.totals());
    let done = totals.forwarded + totals.consumed + totals.dropped_in_all();
    assert_eq!(totals.received, done, "{totals}");
    assert_eq!(totals.forwarded, passed);
    assert_eq!(totals.dropped(Cause::Waiting), totals.dropped_in_all(), "{totals}");
    assert!(passed >= u64::from(NEIGHBOURS), "{totals}");
    let cloned = |rt: &&rtalloc::bsd::RtRef| rt.flags().contains(RtFlags::CLONED);
    let clones = forwarder.neighbours(1).iter().filter(cloned).count();
    assert_eq!(clones, NEIGHBOURS as usize, "one for all workers");
}
