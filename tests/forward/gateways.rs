//! Next hops that come and go while two workers forward: each packet goes to the link address of a
//! gateway that its route had between the moment before its burst and the moment after.
//!
//! Every change brings gateways that were never there before, so numbers of next hops are used again, what
//! workers remember gets old, and neighbours are learned by one worker and used by the other.

use std::{
    net::Ipv4Addr,
    sync::atomic::{AtomicU32, Ordering::SeqCst},
    thread,
};

use rtalloc::{
    NextHop, Options, Prefix, Route, Table, Width,
    forward::{Group, Member, NeighbourOptions, RouteData, Worker, packet::arp::Arp},
};

use super::lab::{Lab, Plug, Wire, ethernet, tunnel, udp};

const ROUTES: u32 = 40;
const CHANGES: u32 = 3000;
/// Packets of each worker for each change.
const PACKETS: u32 = 4;
/// So many packets more may have been sent.
const AHEAD: u32 = 256;

/// A gateway on the second or the third port.
fn gateway(number: u32) -> NextHop {
    let interface = 2 + number % 2;
    let address = 10 << 24 | interface << 16 | (0x100 + number);
    NextHop { gateway: Some(Ipv4Addr::from(address).into()), interface }
}

/// The answer of the gateway that a frame asks for: its link address is its number.
fn answer(frame: &[u8]) -> Option<Vec<u8>> {
    let asked = Arp::read(frame.get(14..)?).filter(|arp| arp.is_request)?;
    let [a, b, c, d] = ((asked.target & 0xFFFF) - 0x100).to_be_bytes();
    let sender_mac = [2, 0, a, b, c, d];
    let (sender, target) = (asked.target, asked.sender);
    let reply = Arp { is_request: false, sender_mac, sender, target_mac: asked.sender_mac, target };
    let mut out = vec![0; 42];
    reply.write(Some(asked.sender_mac), &mut out)?;
    Some(out)
}

/// How far the changes are: begun, and done.
#[derive(Default)]
struct Progress {
    begun: AtomicU32,
    done: AtomicU32,
}

struct Side<V: RouteData> {
    worker: Worker<V>,
    wires: Vec<Wire>,
    drawn: u32,
    /// Packets that have gone out.
    seen: u32,
}

impl<V: RouteData> Side<V> {
    /// Sends packets through, answers questions, and checks where packets go. `changed_by` says which
    /// change brings a gateway. Returns how many frames went out.
    fn turn(&mut self, packets: u32, progress: &Progress, changed_by: fn(u32) -> u32) -> usize {
        for _ in 0..packets {
            self.drawn = self.drawn.wrapping_mul(0x0019_660D).wrapping_add(0x3C6E_F35F);
            let route = self.drawn >> 16 & 0xFF;
            let destination = Ipv4Addr::from(destination(route % ROUTES)).to_string();
            let from = progress.done.load(SeqCst);
            let payload = [route % ROUTES, from].map(u32::to_be_bytes).concat();
            let source = Ipv4Addr::from(0xC000_0200 | self.drawn >> 24).to_string();
            self.wires[0].put(&udp(&source, &destination, 9, &payload));
        }
        while self.worker.step() > 0 {}
        let mut frames = 0;
        for (interface, wire) in (2..).zip(&self.wires[1..]) {
            let sent = wire.take();
            frames += sent.len();
            let until = progress.begun.load(SeqCst);
            for frame in sent {
                if let Some(reply) = answer(&frame).filter(|_| frame[12..14] == [8, 6]) {
                    wire.put(&reply);
                    continue;
                }
                let word = |at: usize| u32::from_be_bytes(*frame[at..].first_chunk().unwrap());
                let (number, route) = (word(2), word(frame.len() - 8));
                let (change, from) = (changed_by(number), word(frame.len() - 4));
                assert_eq!(gateway(number).interface, interface, "the gateway's port");
                assert_eq!(change % ROUTES, route, "a gateway of this route");
                assert!(change < until, "{change} before {until}");
                assert!(change + ROUTES >= from, "{change}, but it had gone before {from}");
                self.seen += 1;
            }
        }
        frames
    }
}

fn destination(route: u32) -> u32 {
    0xC612_0001 | route << 8
}

fn run<V: RouteData + PartialEq>(
    table: Table<V>,
    route: impl Fn(u32) -> Route<V> + Sync,
    changed_by: fn(u32) -> u32,
) {
    let progress = Progress::default();
    let change = |number: u32| {
        progress.begun.store(number + 1, SeqCst);
        let prefix = Prefix::containing(destination(number % ROUTES), 24);
        table.v4().insert(prefix, route(number)).unwrap();
        progress.done.store(number + 1, SeqCst);
    };
    (0..ROUTES).for_each(change);
    let plugs: [Plug; 3] =
        [tunnel(1, &[]), ethernet(2, &["10.2.0.1/16"]), ethernet(3, &["10.3.0.1/16"])];
    let Lab { forwarder, worker, wires, .. } = Lab::with(table.clone(), &plugs, |options| {
        options.neighbours = NeighbourOptions {
            // The answer may lie on the wire of a worker whose thread does not run.
            waiting: usize::MAX,
            questions: 4096,
            questions_per_second: 1 << 20,
            ..NeighbourOptions::default()
        };
    });
    let others: Vec<Wire> = plugs.iter().map(|_| Wire::default()).collect();
    let ends = plugs.iter().zip(&others).map(|(plug, wire)| wire.end(*plug)).collect();
    let other = forwarder.worker(ends).unwrap();
    let sides = [(worker, wires), (other, others)];
    let sides = sides.map(|(worker, wires)| Side { worker, wires, drawn: 7, seen: 0 });
    let sent = AtomicU32::new(0);
    let mut sides = thread::scope(|scope| {
        let working = sides.map(|mut side| {
            let (progress, sent) = (&progress, &sent);
            scope.spawn(move || {
                loop {
                    let done = progress.done.load(SeqCst);
                    if done == CHANGES {
                        return side;
                    }
                    // Packets and changes go on together, whoever has the processors.
                    if sent.load(SeqCst) < 2 * PACKETS * done + AHEAD {
                        side.turn(16, progress, changed_by);
                        sent.fetch_add(16, SeqCst);
                    } else {
                        side.turn(0, progress, changed_by);
                        thread::yield_now();
                    }
                }
            })
        });
        for number in ROUTES..CHANGES {
            while sent.load(SeqCst) < 2 * PACKETS * number
                && working.iter().all(|one| !one.is_finished())
            {
                thread::yield_now();
            }
            change(number);
        }
        working.map(|side| side.join().unwrap())
    });
    // What waits in one worker's wire may be what the other's packets wait for.
    while sides.iter_mut().map(|side| side.turn(0, &progress, changed_by)).sum::<usize>() > 0 {}
    let totals = forwarder.totals();
    assert_eq!(totals.dropped_in_all(), 0, "{totals:?}");
    assert_eq!(totals.received, totals.forwarded + totals.consumed, "{totals}");
    let seen = sides.iter().map(|side| u64::from(side.seen)).sum::<u64>();
    assert_eq!(seen, totals.forwarded);
    assert!(seen >= u64::from(2 * PACKETS * (CHANGES - ROUTES)), "{totals}");
    let learned = totals.consumed;
    assert!(learned > u64::from(CHANGES) / 4, "only {learned} gateways were used");
}

#[test]
fn short_lived_gateways() {
    for with_view in [true, false] {
        let options = Options::new();
        let options = if with_view { options.forwarding(Width::One) } else { options };
        run(options.open::<()>().unwrap(), |change| Route::via(gateway(change)), |number| number);
    }
}

#[test]
fn groups_that_are_replaced() {
    let route = |change: u32| {
        let pair = [2 * change, 2 * change + 1].map(gateway);
        let member = |next_hop| Member { next_hop, weight: 1 };
        Route::with_data(pair[0], Group::new(pair.map(member)))
    };
    run(Options::new().open().unwrap(), route, |number| number / 2);
}
