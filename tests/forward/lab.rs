//! A forwarder between wires made of memory, with a clock that stands still.

use std::{
    collections::VecDeque,
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use etherparse::PacketBuilder;
use rtalloc::{
    Table, Width,
    bsd::{InterfaceAddress, ManualClock},
    forward::{
        Cause, ForwardOptions, Forwarder, NeighbourOptions, Port, RouteData, Totals, Worker,
        io::{Frame, LinkLayer, PacketIo},
    },
};

/// What a port is to be.
#[derive(Clone, Copy)]
pub(crate) struct Plug {
    pub(crate) interface: u32,
    pub(crate) link_layer: LinkLayer,
    pub(crate) mtu: usize,
    pub(crate) addresses: &'static [&'static str],
}

/// A port of packets without link headers.
pub(crate) fn tunnel(interface: u32, addresses: &'static [&'static str]) -> Plug {
    Plug { interface, link_layer: LinkLayer::Ip, mtu: 1500, addresses }
}

/// A port on an Ethernet link.
pub(crate) fn ethernet(interface: u32, addresses: &'static [&'static str]) -> Plug {
    Plug { link_layer: LinkLayer::Ethernet, ..tunnel(interface, addresses) }
}

/// What is on a wire in each direction, as seen from outside of the forwarder.
#[derive(Debug, Default)]
struct Traffic {
    to: VecDeque<Vec<u8>>,
    /// Bytes that come before each frame, which the port takes off.
    before: usize,
    from: Vec<Vec<u8>>,
    /// How many frames the port takes still, if not all.
    room: Option<usize>,
    /// Whether the port takes every other frame, from the first on, and drops it.
    picky: bool,
    broken: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Wire(Arc<Mutex<Traffic>>);

impl Wire {
    pub(crate) fn end(&self, plug: Plug) -> Box<dyn PacketIo> {
        Box::new(End { wire: self.clone(), plug, dropped: Vec::new() })
    }

    pub(crate) fn put(&self, frame: &[u8]) {
        self.0.lock().unwrap().to.push_back(frame.to_vec());
    }

    pub(crate) fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.0.lock().unwrap().from)
    }

    pub(crate) fn put_before_each(&self, count: usize) {
        self.0.lock().unwrap().before = count;
    }

    pub(crate) fn narrow(&self, room: usize) {
        self.0.lock().unwrap().room = Some(room);
    }

    pub(crate) fn refuse_every_other(&self) {
        self.0.lock().unwrap().picky = true;
    }

    pub(crate) fn cut(&self, broken: bool) {
        self.0.lock().unwrap().broken = broken;
    }
}

struct End {
    wire: Wire,
    plug: Plug,
    dropped: Vec<usize>,
}

impl PacketIo for End {
    fn link_layer(&self) -> LinkLayer {
        self.plug.link_layer
    }

    fn mtu(&self) -> usize {
        self.plug.mtu
    }

    fn receive(&mut self, frames: &mut [Frame]) -> io::Result<usize> {
        let mut traffic = self.wire.0.lock().unwrap();
        if traffic.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = frames.len().min(traffic.to.len());
        let before = vec![0x45; traffic.before];
        for (frame, bytes) in frames.iter_mut().zip(traffic.to.drain(..count)) {
            assert!(frame.set(&[&before[..], &bytes].concat()));
            frame.shrink_front(before.len());
        }
        Ok(count)
    }

    fn send(&mut self, frames: &[&Frame]) -> io::Result<usize> {
        let mut traffic = self.wire.0.lock().unwrap();
        if traffic.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = frames.len().min(traffic.room.unwrap_or(usize::MAX));
        traffic.room = traffic.room.map(|room| room - count);
        self.dropped.clear();
        for (place, frame) in frames[..count].iter().enumerate() {
            if traffic.picky && place % 2 == 0 {
                self.dropped.push(place);
            } else {
                traffic.from.push(frame.bytes().to_vec());
            }
        }
        Ok(count)
    }

    fn dropped(&self) -> &[usize] {
        &self.dropped
    }

    fn wait(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) struct Lab<V: RouteData = ()> {
    pub(crate) forwarder: Forwarder<V>,
    pub(crate) worker: Worker<V>,
    pub(crate) wires: Vec<Wire>,
    pub(crate) clock: Arc<ManualClock>,
}

/// The forwarder's address on the link of the port with this place.
pub(crate) fn mac_of(port: usize) -> [u8; 6] {
    [2, 0, 0, 0, 0, port as u8 + 1]
}

/// The address on the link of some other host.
pub(crate) fn host_mac(host: u8) -> [u8; 6] {
    [2, 0, 0, 0, 1, host]
}

/// Times that make a test short.
pub(crate) const NEIGHBOURS: NeighbourOptions = NeighbourOptions {
    lifetime: 100,
    down: 20,
    tries: 3,
    waiting: 2,
    questions: 4,
    questions_per_second: 50,
    clones: 8,
};

impl<V: RouteData> Lab<V> {
    pub(crate) fn new(table: Table<V>, plugs: &[Plug]) -> Self {
        Self::with(table, plugs, |_| {})
    }

    pub(crate) fn with(
        table: Table<V>,
        plugs: &[Plug],
        change: impl FnOnce(&mut ForwardOptions),
    ) -> Self {
        let clock = Arc::new(ManualClock::new(1000));
        let mut options = ForwardOptions {
            neighbours: NEIGHBOURS,
            clock: clock.clone(),
            seed: 4271,
            ..ForwardOptions::default()
        };
        change(&mut options);
        let wires: Vec<Wire> = plugs.iter().map(|_| Wire::default()).collect();
        let ports = plugs.iter().zip(&wires).enumerate().map(|(at, (plug, wire))| {
            let name = format!("port{at}").parse().unwrap();
            let addresses = plug.addresses.iter().map(|text| address(text));
            Port::new(name, plug.interface, &*wire.end(*plug), mac_of(at), addresses)
        });
        let forwarder = Forwarder::new(table, ports.collect(), options).unwrap();
        let ends = plugs.iter().zip(&wires).map(|(plug, wire)| wire.end(*plug)).collect();
        let worker = forwarder.worker(ends).unwrap();
        Self { forwarder, worker, wires, clock }
    }

    /// Puts a frame on a wire, lets the forwarder work, and takes what is on each wire then.
    pub(crate) fn through(&mut self, port: usize, frame: &[u8]) -> Vec<Vec<Vec<u8>>> {
        self.wires[port].put(frame);
        self.work();
        self.wires.iter().map(Wire::take).collect()
    }

    /// Lets the forwarder work until nothing is left, and checks that no packet is lost.
    pub(crate) fn work(&mut self) -> Totals {
        while self.worker.step() > 0 {}
        let totals = self.worker.totals();
        assert_eq!(self.forwarder.totals(), totals, "what is shown");
        assert!(
            totals.received >= totals.forwarded + totals.consumed + totals.dropped_in_all(),
            "{totals}"
        );
        totals
    }

    /// As [`work`](Self::work), where no packet can be waiting.
    pub(crate) fn work_all(&mut self) -> Totals {
        let totals = self.work();
        let done = totals.forwarded + totals.consumed + totals.dropped_in_all();
        assert_eq!(totals.received, done, "{totals}");
        totals
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.clock.advance(seconds);
        self.work();
    }

    pub(crate) fn dropped(&self, cause: Cause) -> u64 {
        self.worker.totals().dropped(cause)
    }
}

pub(crate) fn table<V: RouteData>() -> Table<V> {
    rtalloc::Options::new().forwarding(Width::One).open().unwrap()
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(crate) fn address(text: &str) -> InterfaceAddress {
    let (address, prefix_len) = text.split_once('/').unwrap();
    InterfaceAddress { address: ip(address), prefix_len: prefix_len.parse().unwrap(), peer: None }
}

pub(crate) fn v4(text: &str) -> [u8; 4] {
    text.parse::<std::net::Ipv4Addr>().unwrap().octets()
}

pub(crate) fn v6(text: &str) -> [u8; 16] {
    text.parse::<std::net::Ipv6Addr>().unwrap().octets()
}

/// A datagram of UDP, of either family.
pub(crate) fn udp(source: &str, destination: &str, hops: u8, payload: &[u8]) -> Vec<u8> {
    let builder = match (ip(source), ip(destination)) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            PacketBuilder::ipv4(source.octets(), destination.octets(), hops)
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            PacketBuilder::ipv6(source.octets(), destination.octets(), hops)
        }
        _ => panic!("two families"),
    };
    let mut packet = Vec::new();
    builder.udp(1234, 4321).write(&mut packet, payload).unwrap();
    packet
}

/// A packet in a frame for the forwarder's port.
pub(crate) fn framed(port: usize, host: u8, packet: &[u8]) -> Vec<u8> {
    let kind: [u8; 2] = if packet[0] >> 4 == 6 { [0x86, 0xDD] } else { [8, 0] };
    [&mac_of(port)[..], &host_mac(host), &kind, packet].concat()
}
