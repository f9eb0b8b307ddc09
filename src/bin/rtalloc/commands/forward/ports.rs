//! Ports as the system has them. What kinds there are is known here alone.

use std::{
    error::Error,
    io::{self, Write},
};

use rtalloc::{
    bsd::Name,
    forward::io::{
        AfPacketIo, AfPacketOptions, Interface, LinkLayer, MemoryIo, PackedFrames, PacketIo,
        PcapIo, PcapReader, PcapWriter, TunIo, XdpIo, XdpOptions,
    },
};

use super::spec::{Kind, PortSpec};
use crate::failure::Failure;

/// A port that is open.
pub(super) struct Opened {
    /// One for each thread.
    pub(super) ends: Vec<Box<dyn PacketIo>>,
    /// The index of its interface, if it has one.
    pub(super) index: Option<u32>,
    /// The interface's Ethernet address.
    pub(super) mac: Option<[u8; 6]>,
}

/// Opens the port with that place among the ports, for so many threads, and with the Ethernet address
/// `mac` if one is given.
pub(super) fn open(
    spec: &PortSpec,
    place: usize,
    threads: usize,
    mac: Option<[u8; 6]>,
) -> Result<Opened, Failure> {
    open_kind(spec, place, threads, mac)
        .map_err(|error| Failure::Ports(format!("port {}: {error}", spec.name).into()))
}

/// Whether an interface that has another Ethernet address than its port is to receive what is for others.
fn is_foreign(interface: &str, mac: Option<[u8; 6]>) -> Result<bool, Box<dyn Error>> {
    let own = Interface::find(interface)?.hardware_address();
    Ok(mac.is_some_and(|mac| own.is_some_and(|own| own != mac)))
}

/// Says that an interface joins segments, in which case TCP between its hosts hardly works.
fn warn_of_joining(port: Name, interface: &Interface) {
    // Where the kernel does not say, the drops that are counted do.
    if matches!(interface.joins_segments(), Ok(true)) {
        let name = interface.name();
        // Standard error may be closed; what is dropped is counted as well.
        let _ = writeln!(
            io::stderr(),
            "rtalloc: port {port}: {name} joins TCP segments, which are dropped if they are longer \
             than its MTU; turn that off: ethtool -K {name} gro off lro off"
        );
    }
}

/// Says that a port may lose VLAN tags, in which case it lets the hosts of a VLAN into another network.
fn warn_of_lost_tags(port: Name, interface: &Interface) {
    if matches!(interface.takes_out_tags(), Ok(true)) {
        let name = interface.name();
        // Standard error may be closed. Nothing counts this.
        let _ = writeln!(
            io::stderr(),
            "rtalloc: port {port}: {name} takes VLAN tags out of frames, so that what comes with a tag \
             is forwarded as if it had none; if such frames can come, turn that off: ethtool -K {name} \
             rxvlan off; or, if {name} is an end of a veth, at its other end: txvlan off"
        );
    }
}

fn open_kind(
    spec: &PortSpec,
    place: usize,
    threads: usize,
    mac: Option<[u8; 6]>,
) -> Result<Opened, Box<dyn Error>> {
    match &spec.kind {
        Kind::Tun(name) if threads == 1 => {
            let port = TunIo::open(name)?;
            let index = port.interface().index();
            Ok(Opened { ends: vec![Box::new(port)], index: Some(index), mac: None })
        }
        Kind::Tun(name) => {
            let queues = TunIo::open_queues(name, threads)?;
            let index = queues.first().map(|queue| queue.interface().index());
            Ok(Opened { ends: boxed(queues), index, mac: None })
        }
        Kind::Packet(name) => {
            let mut options = AfPacketOptions::new(name);
            // A group is of one interface, and its number the namespace's.
            let group = (std::process::id() as u16).wrapping_mul(257).wrapping_add(place as u16);
            options.fanout = (threads > 1).then_some(group);
            options.promiscuous = is_foreign(name, mac)?;
            let ports: Result<Vec<_>, _> =
                (0..threads).map(|_| AfPacketIo::open(&options)).collect();
            let ports = ports?;
            let interface = ports.first().map(|port| port.interface().clone());
            interface.iter().for_each(|interface| warn_of_joining(spec.name, interface));
            let mac = interface.as_ref().and_then(|interface| interface.hardware_address());
            let index = interface.map(|interface| interface.index());
            Ok(Opened { ends: boxed(ports), index, mac })
        }
        Kind::Xdp(name) => {
            let mut options = XdpOptions::new(name);
            options.queues = u32::try_from(threads)?;
            options.promiscuous = is_foreign(name, mac)?;
            let ports = XdpIo::open_queues(&options)?;
            let interface = ports.first().map(|port| port.interface().clone());
            interface.iter().for_each(|interface| warn_of_lost_tags(spec.name, interface));
            let mac = interface.as_ref().and_then(|interface| interface.hardware_address());
            let index = interface.map(|interface| interface.index());
            Ok(Opened { ends: boxed(ports), index, mac })
        }
        Kind::Pcap(_, _) if threads > 1 => Err("a capture file is for one thread".into()),
        Kind::Pcap(input, output) => {
            let port = match (input, output) {
                (Some(input), None) => PcapIo::from_input(PcapReader::open(input)?),
                (Some(input), Some(output)) => {
                    PcapIo::from_input(PcapReader::open(input)?).with_output(output)?
                }
                (None, Some(output)) => {
                    PcapIo::from_output(PcapWriter::create(output, LinkLayer::Ip)?)
                }
                (None, None) => return Err("neither a file to receive nor one to send".into()),
            };
            Ok(Opened { ends: vec![Box::new(port)], index: None, mac: None })
        }
        Kind::Null => {
            let port = MemoryIo::new(LinkLayer::Ip, PackedFrames::new()).discarding();
            let ports = vec![port; threads];
            Ok(Opened { ends: boxed(ports), index: None, mac: None })
        }
    }
}

fn boxed<P: PacketIo + 'static>(ports: Vec<P>) -> Vec<Box<dyn PacketIo>> {
    ports.into_iter().map(|port| Box::new(port) as Box<dyn PacketIo>).collect()
}
