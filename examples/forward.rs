//! A forwarder between two ports in memory: packets in, packets out, every one checked.
//!
//! `cargo run --release --features forward --example forward`

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use rtalloc::{
    NextHop, Options, Route, Table, Width,
    forward::{
        Cause, Forwarder, Port,
        io::{Frame, LinkLayer, PacketIo},
        packet::{UDP, ipv4},
    },
};

/// A port that gives prepared packets, and keeps what is sent.
struct Memory {
    packets: Vec<Vec<u8>>,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl PacketIo for Memory {
    fn link_layer(&self) -> LinkLayer {
        LinkLayer::Ip
    }

    fn mtu(&self) -> usize {
        1500
    }

    fn receive(&mut self, frames: &mut [Frame]) -> io::Result<usize> {
        let count = frames.len().min(self.packets.len());
        for (frame, packet) in frames.iter_mut().zip(self.packets.drain(..count)) {
            frame.set(&packet);
        }
        Ok(count)
    }

    fn send(&mut self, frames: &[&Frame]) -> io::Result<usize> {
        let mut sent = self.sent.lock().expect("no thread panics");
        sent.extend(frames.iter().map(|frame| frame.bytes().to_vec()));
        Ok(frames.len())
    }

    fn wait(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

/// A datagram to 198.51.100.`host`.
fn packet(host: u8) -> Vec<u8> {
    let mut packet =
        vec![0x45, 0, 0, 28, 0, 0, 0, 0, 64, UDP, 0, 0, 192, 0, 2, 1, 198, 51, 100, host];
    packet.extend([0x30, 0x39, 0, 9, 0, 8, 0, 0]);
    ipv4::seal(&mut packet, ipv4::HEADER);
    packet
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The first half of a network is behind port 1, the second half behind port 2.
    let table: Table = Options::new().forwarding(Width::One).open()?;
    let via = |interface| Route::via(NextHop::interface(interface));
    table.v4().insert("198.51.100.0/24".parse()?, via(1))?;
    table.v4().insert("198.51.100.128/25".parse()?, via(2))?;

    let packets: Vec<Vec<u8>> = (0..=255).map(packet).collect();
    let (first, second) = (Arc::default(), Arc::default());
    let ends = [
        Memory { packets, sent: Arc::clone(&first) },
        Memory { packets: vec![packet(7)], sent: Arc::clone(&second) },
    ];
    let ports = vec![
        Port::new("one".parse()?, 1, &ends[0], [0; 6], []),
        Port::new("two".parse()?, 2, &ends[1], [0; 6], []),
    ];
    let forwarder = Forwarder::new(table, ports, Default::default())?;
    let ends = ends.map(|end| Box::new(end) as Box<dyn PacketIo>);
    let mut worker = forwarder.worker(ends.into())?;
    while worker.step() > 0 {}

    // Each packet has gone the right way, with one hop less.
    let mut checked = 0;
    for (sent, half) in [(first, 0), (second, 1)] {
        for packet in sent.lock().expect("no thread panics").iter() {
            let header = ipv4::Ipv4::read(packet)?;
            assert_eq!((header.ttl, packet[19] >> 7), (63, half));
            checked += 1;
        }
    }
    let totals = forwarder.totals();
    assert_eq!((checked, totals.forwarded, totals.dropped_in_all()), (257, 257, 0));

    // The route goes, and the next packets are refused.
    forwarder.table().v4().remove("198.51.100.0/24".parse()?)?;
    let last = Memory { packets: vec![packet(1), packet(200)], sent: Arc::default() };
    let other = Memory { packets: Vec::new(), sent: Arc::default() };
    let mut worker = forwarder.worker(vec![Box::new(last), Box::new(other)])?;
    worker.step();
    assert_eq!((worker.totals().forwarded, worker.totals().dropped(Cause::NoRoute)), (1, 1));
    println!("{}", forwarder.totals());
    Ok(())
}
