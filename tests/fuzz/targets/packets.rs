//! The packet path: frames of every kind come in by three ports, some of them sound, while routes change.
//! No frame is lost without a count. What is sent on is a packet that came, whole or a part of it, with one
//! hop less, hops left, a right checksum and nothing else changed, once, and by the port that its route
//! said.

#![no_main]

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex},
    time::Duration,
};

use arbitrary::Arbitrary;
use rtalloc::{
    AnyPrefix, NextHop, Options, Route, Table, Width,
    bsd::{InterfaceAddress, ManualClock},
    forward::{
        ForwardOptions, Forwarder, Port,
        io::{Frame, LinkLayer, PacketIo, ROOM},
    },
};

/// Ports 0 and 1 are Ethernet, port 2 is a tunnel. The number of a port's interface is one more.
const PORTS: usize = 3;
const MTU: [usize; PORTS] = [1500, 600, 1400];
const STEPS_TO_THE_END: usize = 40;

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Who {
    /// A host behind this port.
    Behind {
        port: u8,
        host: u8,
    },
    /// The forwarder itself, by one of its ports.
    Own(u8),
    /// A neighbour on the link of a port.
    Near {
        port: u8,
        host: u8,
    },
    Any([u8; 16]),
}

#[derive(Arbitrary, Debug)]
enum Payload<'a> {
    /// With a checksum that is right.
    Icmp {
        kind: u8,
        code: u8,
        body: &'a [u8],
    },
    Long(u16),
    Raw(&'a [u8]),
}

/// A packet. Zeros, which stand for input that has run out, make a sound one.
#[derive(Arbitrary, Debug)]
struct Packet<'a> {
    v6: bool,
    from: Who,
    to: Who,
    /// Hops left, less those of most packets.
    fewer_hops: u8,
    protocol: u8,
    fragment: Option<u16>,
    options: Option<&'a [u8]>,
    /// From here on it is the byte of the header that is wrong.
    wrong: u8,
    payload: Payload<'a>,
}

const HOPS: u8 = 64;
const WRONG: u8 = 192;

#[derive(Arbitrary, Debug)]
enum Contents<'a> {
    Packet(Packet<'a>),
    Arp { answer: bool, from: Who, to: Who, mac: u8 },
    Raw(u16, &'a [u8]),
}

#[derive(Arbitrary, Debug)]
enum Op<'a> {
    /// A frame comes in by a port, for this station.
    Come {
        port: u8,
        station: u8,
        contents: Contents<'a>,
    },
    Step,
    Wait(u8),
    /// The route of what is behind a port goes, comes, or leads to another one.
    Route {
        v6: bool,
        port: u8,
        to: Option<u8>,
    },
}

fn mac(port: usize) -> [u8; 6] {
    [2, 0, 0, 0, 0, port as u8 + 1]
}

/// 10.0.PORT.0/24 and 2001:db8:0:PORT::/64 are the links, 10.1.PORT.0/24 and 2001:db8:1:PORT::/64 what
/// is behind.
fn address(v6: bool, behind: u8, port: u8, host: u8) -> IpAddr {
    let port = port % PORTS as u8;
    if v6 {
        let words = [0x2001, 0xDB8, behind.into(), port.into(), 0, 0, 0, host.into()];
        IpAddr::V6(Ipv6Addr::from(words.map(|word: u16| word)))
    } else {
        IpAddr::V4(Ipv4Addr::new(10, behind, port, host))
    }
}

impl Who {
    fn address(self, v6: bool) -> IpAddr {
        match self {
            Self::Behind { port, host } => address(v6, 1, port, host),
            Self::Own(port) => address(v6, 0, port, 1),
            Self::Near { port, host } => address(v6, 0, port, host),
            Self::Any(octets) if v6 => IpAddr::V6(octets.into()),
            Self::Any([a, b, c, d, ..]) => IpAddr::V4([a, b, c, d].into()),
        }
    }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// The one's complement sum of RFC 1071, as it is defined: of words, until nothing is carried.
fn checksum(bytes: &[u8]) -> u16 {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
    let mut sum: u32 = bytes.chunks(2).map(word).sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    !(sum as u16)
}

impl Packet<'_> {
    fn hops(&self) -> u8 {
        HOPS.wrapping_sub(self.fewer_hops)
    }

    fn bytes(&self) -> Vec<u8> {
        let (from, to) = (self.from.address(self.v6), self.to.address(self.v6));
        let (mut protocol, mut payload) = (self.protocol, Vec::new());
        match self.payload {
            Payload::Raw(bytes) => payload.extend(bytes),
            Payload::Long(length) => payload.resize(usize::from(length) % 2000, 7),
            Payload::Icmp { kind, code, body } => {
                protocol = if self.v6 { 58 } else { 1 };
                payload.extend([kind, code, 0, 0]);
                payload.extend(body);
                let mut summed = Vec::new();
                if self.v6 {
                    summed.extend([octets(from), octets(to)].concat());
                    summed.extend((payload.len() as u32).to_be_bytes());
                    summed.extend([0, 0, 0, 58]);
                }
                summed.extend(&payload);
                let sum = checksum(&summed).to_be_bytes();
                payload[2..4].copy_from_slice(&sum);
            }
        }
        let mut bytes = if self.v6 {
            let mut bytes = vec![0x60, 0, 0, 0];
            bytes.extend((payload.len() as u16).to_be_bytes());
            bytes.extend([protocol, self.hops()]);
            bytes.extend([octets(from), octets(to)].concat());
            bytes
        } else {
            let options = self.options.unwrap_or_default();
            let mut options = options[..options.len().min(40)].to_vec();
            options.resize(options.len().next_multiple_of(4), 0);
            let header = 20 + options.len();
            let mut bytes = vec![0x40 | (header / 4) as u8, 0];
            bytes.extend(((header + payload.len()) as u16).to_be_bytes());
            bytes.extend([0, 1]);
            bytes.extend(self.fragment.unwrap_or(0).to_be_bytes());
            bytes.extend([self.hops(), protocol, 0, 0]);
            bytes.extend([octets(from), octets(to), options].concat());
            let sum = checksum(&bytes).to_be_bytes();
            bytes[10..12].copy_from_slice(&sum);
            bytes
        };
        // Some headers are wrong in one byte.
        let wrong = self.wrong.checked_sub(WRONG).map(usize::from);
        if let Some(byte) = wrong.and_then(|at| bytes.get_mut(at)) {
            *byte ^= self.wrong | 1;
        }
        bytes.extend(payload);
        bytes
    }
}

impl Contents<'_> {
    fn frame(&self, link_layer: LinkLayer, station: [u8; 6]) -> Vec<u8> {
        let (kind, bytes) = match self {
            Self::Packet(packet) => (if packet.v6 { 0x86DD } else { 0x0800 }, packet.bytes()),
            Self::Raw(kind, bytes) => (*kind, bytes.to_vec()),
            Self::Arp { answer, from, to, mac } => {
                let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, 1 + u8::from(*answer)];
                bytes.extend([2, 0, 0, 0, 1, *mac]);
                bytes.extend(octets(from.address(false)));
                bytes.extend(station);
                bytes.extend(octets(to.address(false)));
                (0x0806, bytes)
            }
        };
        match link_layer {
            LinkLayer::Ip => bytes,
            LinkLayer::Ethernet => {
                [&station[..], &[2, 0, 0, 0, 1, 9], &u16::to_be_bytes(kind), &bytes].concat()
            }
        }
    }
}

#[derive(Default)]
struct Line {
    come: VecDeque<Vec<u8>>,
    gone: Vec<Vec<u8>>,
}

/// One end of a port; the target has the other.
struct End {
    line: Arc<Mutex<Line>>,
    port: usize,
}

fn link_layer(port: usize) -> LinkLayer {
    if port == 2 { LinkLayer::Ip } else { LinkLayer::Ethernet }
}

impl PacketIo for End {
    fn link_layer(&self) -> LinkLayer {
        link_layer(self.port)
    }

    fn mtu(&self) -> usize {
        MTU[self.port]
    }

    fn receive(&mut self, frames: &mut [Frame]) -> io::Result<usize> {
        let mut line = self.line.lock().expect("nobody panics");
        let mut count = 0;
        for frame in frames {
            let Some(bytes) = line.come.pop_front() else {
                break;
            };
            assert!(frame.set(&bytes));
            count += 1;
        }
        Ok(count)
    }

    fn send(&mut self, frames: &[&Frame]) -> io::Result<usize> {
        let mut line = self.line.lock().expect("nobody panics");
        line.gone.extend(frames.iter().map(|frame| frame.bytes().to_vec()));
        Ok(frames.len())
    }

    fn wait(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

/// Where what is behind each port is led, by families: the oracle beside the table.
type Ways = [[Option<usize>; PORTS]; 2];

/// The port by which a packet is to be sent on.
fn way(ways: &Ways, to: IpAddr) -> Option<usize> {
    let (v6, behind, port) = match to {
        IpAddr::V4(to) => match to.octets() {
            [10, behind, port, _] => (false, behind.into(), port.into()),
            _ => return None,
        },
        IpAddr::V6(to) => match to.segments() {
            [0x2001, 0xDB8, behind, port, ..] => (true, behind, port),
            _ => return None,
        },
    };
    let port = usize::from(port);
    match behind {
        0 if port < PORTS => Some(port),
        1 => *ways[usize::from(v6)].get(port)?,
        _ => None,
    }
}

/// A packet that has come in and was not sent on yet.
struct Came {
    packet: Vec<u8>,
    /// The way that it is to go. Routes change only when all that has come is on its way, and what
    /// waits for a neighbour then goes by the route that it had.
    way: Option<usize>,
}

impl Came {
    fn new(frame: &[u8], port: usize, ways: &Ways) -> Self {
        let packet = match link_layer(port) {
            LinkLayer::Ip => frame,
            LinkLayer::Ethernet => &frame[14..],
        };
        let to: Option<IpAddr> = match packet.first().map(|first| first >> 4) {
            Some(4) => {
                packet.get(16..).and_then(<[u8]>::first_chunk).map(|&to: &[u8; 4]| to.into())
            }
            Some(6) => {
                packet.get(24..).and_then(<[u8]>::first_chunk).map(|&to: &[u8; 16]| to.into())
            }
            _ => None,
        };
        Self { packet: packet.to_vec(), way: to.and_then(|to| way(ways, to)) }
    }

    /// Whether `sent` is this packet with a hop less, and otherwise as it came. The checksum is looked
    /// at by itself.
    fn is(&self, sent: &[u8]) -> bool {
        let (hops, sum) = if sent[0] >> 4 == 4 { (8, 10..12) } else { (7, 0..0) };
        self.packet.get(..sent.len()).is_some_and(|came| {
            came[hops].checked_sub(1) == Some(sent[hops])
                && (0..sent.len()).all(|at| at == hops || sum.contains(&at) || came[at] == sent[at])
        })
    }

    /// Whether `sent` is a fragment of this packet, which is too long for `mtu` and may be cut up.
    fn has_part(&self, sent: &[u8], mtu: usize) -> bool {
        let came = &self.packet;
        if sent[0] >> 4 != 4 || came.len() < 20 || came[0] >> 4 != 4 {
            return false;
        }
        let word = |packet: &[u8], at: usize| {
            usize::from(u16::from_be_bytes([packet[at], packet[at + 1]]))
        };
        let header = |packet: &[u8]| 4 * usize::from(packet[0] & 15);
        let (total, flags, sent_flags) = (word(came, 2), word(came, 6), word(sent, 6));
        let same = [1, 4, 5, 9].iter().chain(&[12, 13, 14, 15, 16, 17, 18, 19]);
        if total <= mtu
            || flags & 0x4000 != 0
            || came[8].checked_sub(1) != Some(sent[8])
            || !same.into_iter().all(|&at| came[at] == sent[at])
        {
            return false;
        }
        let part = &sent[header(sent)..];
        let Some(from) = (sent_flags & 0x1FFF).checked_sub(flags & 0x1FFF) else { return false };
        let (from, Some(payload)) = (8 * from, came.get(header(came)..total)) else { return false };
        let to = from + part.len();
        let more = flags & 0x2000 != 0 || to < payload.len();
        // Options that are not for all fragments are in the first alone.
        let whole_header = sent[20..header(sent)] == came[20..header(came)];
        payload.get(from..to) == Some(part)
            && (sent_flags & 0x2000 != 0) == more
            && (whole_header || from > 0 && header(sent) < header(came))
    }
}

/// What must hold for whatever is sent by `port`.
fn check(frame: &[u8], port: usize, came: &mut Vec<Came>) {
    let (kind, packet) = match link_layer(port) {
        LinkLayer::Ip => (None, frame),
        LinkLayer::Ethernet => {
            assert!(frame.len() >= 14 && frame[6..12] == mac(port), "from this station");
            (Some(u16::from_be_bytes([frame[12], frame[13]])), &frame[14..])
        }
    };
    let version = packet.first().map_or(0, |first| first >> 4);
    match (kind, version) {
        (Some(0x0806), _) => assert!(packet.len() >= 28),
        (None | Some(0x0800), 4) => {
            let header = 4 * usize::from(packet[0] & 15);
            assert!((20..=packet.len()).contains(&header));
            assert_eq!(checksum(&packet[..header]), 0, "of the header");
            let length = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
            assert!((header..=packet.len()).contains(&length) && length <= MTU[port]);
            let from = Ipv4Addr::from([12, 13, 14, 15].map(|at| packet[at]));
            went_right(&packet[..length], from.into(), packet[8], port, came);
        }
        (None | Some(0x86DD), 6) => {
            assert!(packet.len() >= 40);
            let length = 40 + usize::from(u16::from_be_bytes([packet[4], packet[5]]));
            assert!(length <= packet.len() && length <= MTU[port]);
            let mut from = [0; 16];
            from.copy_from_slice(&packet[8..24]);
            let from = Ipv6Addr::from(from);
            went_right(&packet[..length], from.into(), packet[7], port, came);
        }
        other => panic!("a frame of {other:?} was sent"),
    }
}

/// Whether a packet that is not the forwarder's own is one that came, or a part of it, sent on once, by
/// the port of its route, with one hop less and hops left.
fn went_right(packet: &[u8], from: IpAddr, hops: u8, port: usize, came: &mut Vec<Came>) {
    let own = |at: IpAddr| (0..PORTS as u8).any(|port| address(at.is_ipv6(), 0, port, 1) == at);
    let link_local = matches!(from, IpAddr::V6(from) if from.segments()[0] & 0xFFC0 == 0xFE80);
    if own(from) || link_local {
        return;
    }
    assert!(hops > 0, "{packet:02x?}");
    let whole = came.iter().position(|came| came.way == Some(port) && came.is(packet));
    if let Some(at) = whole {
        came.swap_remove(at);
        return;
    }
    let is_part = |came: &Came| came.way == Some(port) && came.has_part(packet, MTU[port]);
    assert!(came.iter().any(is_part), "by port {port}: {packet:02x?}");
}

fn prefix(v6: bool, behind: u8, port: u8) -> AnyPrefix {
    AnyPrefix::containing(address(v6, behind, port, 0), if v6 { 64 } else { 24 })
}

/// Leads what is behind a port that way, or nowhere.
fn lead(table: &Table, prefix: AnyPrefix, next_hop: Option<NextHop>) {
    match (prefix, next_hop) {
        (AnyPrefix::V4(prefix), Some(next_hop)) => {
            table.v4().insert(prefix, Route::via(next_hop)).expect("room");
        }
        (AnyPrefix::V6(prefix), Some(next_hop)) => {
            table.v6().insert(prefix, Route::via(next_hop)).expect("room");
        }
        (AnyPrefix::V4(prefix), None) => drop(table.v4().remove(prefix).expect("room")),
        (AnyPrefix::V6(prefix), None) => drop(table.v6().remove(prefix).expect("room")),
    }
}

fn by(v6: bool, port: u8) -> NextHop {
    let port = port % PORTS as u8;
    NextHop { gateway: Some(address(v6, 0, port, 2)), interface: u32::from(port) + 1 }
}

libfuzzer_sys::fuzz_target!(|input: (bool, Vec<Op<'_>>)| {
    let (view, ops) = input;
    let options = Options::new().max_routes(1 << 10).max_node_bytes(1 << 24);
    let options = if view { options.forwarding(Width::One) } else { options };
    let table: Table = options.open().expect("address space");
    let lines: [Arc<Mutex<Line>>; PORTS] = Default::default();
    let clock = Arc::new(ManualClock::new(1));
    let mut ports = Vec::new();
    for (port, line) in lines.iter().enumerate() {
        let end = End { line: Arc::clone(line), port };
        let addresses = [false, true].map(|v6| InterfaceAddress {
            address: address(v6, 0, port as u8, 1),
            prefix_len: if v6 { 64 } else { 24 },
            peer: None,
        });
        let name = format!("port{port}").parse().expect("a name");
        ports.push(Port::new(name, port as u32 + 1, &end, mac(port), addresses));
        for v6 in [false, true] {
            let direct = NextHop::interface(port as u32 + 1);
            lead(&table, prefix(v6, 0, port as u8), Some(direct));
            lead(&table, prefix(v6, 1, port as u8), Some(by(v6, port as u8)));
        }
    }
    let settings = ForwardOptions { burst: 8, seed: 1, clock: clock.clone(), ..Default::default() };
    let forwarder = Forwarder::new(table.clone(), ports, settings).expect("a forwarder");
    // On port 0 the gateways are known; on port 1 they have to be asked for.
    for v6 in [false, true] {
        forwarder.add_neighbour(0, address(v6, 0, 0, 2), [2, 0, 0, 0, 1, 2]).expect("a neighbour");
    }
    let ends = lines.iter().enumerate().map(|(port, line)| End { line: Arc::clone(line), port });
    let ends = ends.map(|end| -> Box<dyn PacketIo> { Box::new(end) }).collect();
    let mut worker = forwarder.worker(ends).expect("a worker");
    let mut ways: Ways = [[0, 1, 2].map(Some); 2];
    let (mut came, mut count) = (Vec::new(), 0);
    let check_all = |came: &mut Vec<Came>| {
        for (port, line) in lines.iter().enumerate() {
            let gone = std::mem::take(&mut line.lock().expect("nobody panics").gone);
            gone.iter().for_each(|frame| check(frame, port, came));
        }
    };
    for op in &ops {
        match op {
            Op::Come { port, station, contents } => {
                let port = usize::from(*port) % PORTS;
                let station = match station % 8 {
                    7 => [0xFF; 6],
                    6 => [0x33, 0x33, 0, 0, 0, 1],
                    5 => [2, 9, 9, 9, 9, 9],
                    _ => mac(port),
                };
                let frame = contents.frame(link_layer(port), station);
                if frame.len() <= ROOM {
                    count += 1;
                    came.push(Came::new(&frame, port, &ways));
                    lines[port].lock().expect("nobody panics").come.push_back(frame);
                }
            }
            Op::Step => {
                worker.step();
                check_all(&mut came);
            }
            Op::Wait(seconds) => clock.advance(u64::from(*seconds)),
            Op::Route { v6, port, to } => {
                // All that came goes by the route that it found, or waits to go by it.
                while worker.step() > 0 {}
                check_all(&mut came);
                lead(&table, prefix(*v6, 1, *port), to.map(|to| by(*v6, to)));
                ways[usize::from(*v6)][usize::from(*port) % PORTS] =
                    to.map(|to| usize::from(to) % PORTS);
            }
        }
    }
    // All that waits is sent or given up, as time goes on.
    for _ in 0..STEPS_TO_THE_END {
        clock.advance(7);
        while worker.step() > 0 {}
        check_all(&mut came);
    }
    let totals = worker.totals();
    assert_eq!(totals.received, count);
    let done = totals.forwarded + totals.consumed + totals.dropped_in_all();
    assert_eq!(done, totals.received, "{totals:?}");
    assert_eq!(totals, forwarder.totals());
});
