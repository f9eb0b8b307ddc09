//! Ports, addresses and neighbours as they stand on the command line.

use std::{net::IpAddr, str::FromStr};

use rtalloc::bsd::{InterfaceAddress, Name};

use super::ForwardArgs;
use crate::failure::Failure;

/// A port: NAME[@INDEX]=KIND[:WHERE].
#[derive(Clone, Debug)]
pub(super) struct PortSpec {
    pub(super) name: Name,
    pub(super) index: Option<u32>,
    pub(super) kind: Kind,
}

/// What a port is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A TUN interface.
    Tun(String),
    /// AF_PACKET on an interface.
    Packet(String),
    /// AF_XDP on an interface.
    Xdp(String),
    /// Capture files: one to receive, one to send.
    Pcap(Option<String>, Option<String>),
    /// Nothing comes, and what is sent is dropped.
    Null,
}

/// An address of a port: NAME=ADDRESS/LENGTH.
#[derive(Clone, Debug)]
pub(super) struct AddressSpec {
    pub(super) port: Name,
    pub(super) address: InterfaceAddress,
}

/// The Ethernet address of a port: NAME=MAC.
#[derive(Clone, Debug)]
pub(super) struct MacSpec {
    pub(super) port: Name,
    pub(super) mac: [u8; 6],
}

/// A neighbour: NAME=ADDRESS,MAC.
#[derive(Clone, Debug)]
pub(super) struct NeighbourSpec {
    pub(super) port: Name,
    pub(super) address: IpAddr,
    pub(super) mac: [u8; 6],
}

fn name_and_rest(text: &str) -> Result<(&str, &str), String> {
    text.split_once('=').ok_or_else(|| "there is no `=` behind the port's name".to_owned())
}

fn name(text: &str) -> Result<Name, String> {
    text.parse().map_err(|error| format!("{text:?}: {error}"))
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| format!("{text:?} is no address"))
}

fn mac(text: &str) -> Result<[u8; 6], String> {
    let wrong = || format!("{text:?} is no Ethernet address of a station");
    let mut mac = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut mac {
        let is_byte =
            |part: &&str| part.len() <= 2 && part.bytes().all(|digit| digit.is_ascii_hexdigit());
        let part = parts.next().filter(is_byte).ok_or_else(wrong)?;
        *byte = u8::from_str_radix(part, 16).map_err(|_| wrong())?;
    }
    let is_station = parts.next().is_none() && mac[0] & 1 == 0 && mac != [0; 6];
    is_station.then_some(mac).ok_or_else(wrong)
}

impl FromStr for PortSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (head, kind) = name_and_rest(text)?;
        let (port, index) = match head.split_once('@') {
            None => (head, None),
            Some((port, index)) => {
                let index: u32 =
                    index.parse().map_err(|_| format!("{index:?} is no index of an interface"))?;
                if index == 0 {
                    return Err("an interface's index is 1 or more".to_owned());
                }
                (port, Some(index))
            }
        };
        Ok(Self { name: name(port)?, index, kind: kind.parse()? })
    }
}

impl Kind {
    /// The interface that the port is, if packets of the kernel's are received and sent there as well.
    pub(super) fn interface(&self) -> Option<&str> {
        match self {
            Self::Packet(interface) | Self::Xdp(interface) => Some(interface),
            Self::Tun(_) | Self::Pcap(..) | Self::Null => None,
        }
    }

    /// Whether an error of the port is final, as one of a file is.
    pub(super) fn is_file(&self) -> bool {
        matches!(self, Self::Pcap(..))
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, place) = text.split_once(':').unwrap_or((text, ""));
        let file = |file: &str| (!file.is_empty()).then(|| file.to_owned());
        match (kind, place) {
            ("tun" | "packet" | "xdp", "") => Err(format!("{kind} of which interface?")),
            ("tun", interface) => Ok(Self::Tun(interface.to_owned())),
            ("packet", interface) => Ok(Self::Packet(interface.to_owned())),
            ("xdp", interface) => Ok(Self::Xdp(interface.to_owned())),
            ("pcap", files) => {
                let (input, output) = files.split_once(',').unwrap_or((files, ""));
                match (file(input), file(output)) {
                    (None, None) => Err("pcap of which files?".to_owned()),
                    (input, output) => Ok(Self::Pcap(input, output)),
                }
            }
            ("null", "") => Ok(Self::Null),
            _ => Err(format!("{text:?} is none of tun:, packet:, xdp:, pcap: and null")),
        }
    }
}

impl FromStr for AddressSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (port, rest) = name_and_rest(text)?;
        let (own, len) = rest.split_once('/').ok_or_else(|| format!("{rest:?} has no length"))?;
        let own = address(own)?;
        let most = if own.is_ipv4() { 32 } else { 128 };
        let prefix_len = len.parse().ok().filter(|len| (1..=most).contains(len));
        let prefix_len = prefix_len.ok_or_else(|| format!("{len:?} is no length of a network"))?;
        let address = InterfaceAddress { address: own, prefix_len, peer: None };
        Ok(Self { port: name(port)?, address })
    }
}

impl FromStr for MacSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (port, rest) = name_and_rest(text)?;
        Ok(Self { port: name(port)?, mac: mac(rest)? })
    }
}

impl FromStr for NeighbourSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (port, rest) = name_and_rest(text)?;
        let (ip, link) = rest.split_once(',').ok_or_else(|| format!("{rest:?} has no comma"))?;
        Ok(Self { port: name(port)?, address: address(ip)?, mac: mac(link)? })
    }
}

/// Each name is one port's, and what is said of a port is said of one that there is.
pub(super) fn check_names(args: &ForwardArgs) -> Result<(), Failure> {
    let known = |name: &Name| args.ports.iter().filter(|port| port.name == *name).count();
    let own = args.ports.iter().map(|port| &port.name);
    let said = (args.addresses.iter().map(|said| &said.port))
        .chain(args.macs.iter().map(|said| &said.port))
        .chain(args.neighbours.iter().map(|said| &said.port));
    match own.chain(said).find(|name| known(name) != 1) {
        None => Ok(()),
        Some(name) if known(name) == 0 => {
            Err(Failure::Ports(format!("there is no port {name}").into()))
        }
        Some(name) => Err(Failure::Ports(format!("two ports are called {name}").into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read() {
        let port: PortSpec = "wan@7=packet:eth0".parse().unwrap();
        assert_eq!((port.name.as_str(), port.index), ("wan", Some(7)));
        assert_eq!(port.kind, Kind::Packet("eth0".to_owned()));
        let kind = |text: &str| text.parse::<Kind>();
        assert_eq!(kind("pcap:a,b"), Ok(Kind::Pcap(Some("a".to_owned()), Some("b".to_owned()))));
        assert_eq!(kind("pcap:,b"), Ok(Kind::Pcap(None, Some("b".to_owned()))));
        assert_eq!(kind("pcap:a"), Ok(Kind::Pcap(Some("a".to_owned()), None)));
        assert_eq!(kind("null"), Ok(Kind::Null));
        for text in ["", "tun", "tun:", "pcap:", "pcap:,", "eth0", "null:1", "dpdk:0"] {
            assert!(kind(text).is_err(), "{text:?}");
        }
        for text in ["tun:a", "=tun:a", "a@0=tun:a", "a@x=tun:a", "a b=tun:a"] {
            assert!(text.parse::<PortSpec>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn addresses_are_read() {
        let spec: AddressSpec = "a=192.0.2.1/24".parse().unwrap();
        assert_eq!(spec.address.network().to_string(), "192.0.2.0/24");
        for text in
            ["a=192.0.2.1", "a=192.0.2.1/33", "a=x/24", "192.0.2.1/24", "a=::1/129", "a=1.2.3.4/0"]
        {
            assert!(text.parse::<AddressSpec>().is_err(), "{text:?}");
        }
        let spec: NeighbourSpec = "a=fe80::1,02:0:0:00:0a:1".parse().unwrap();
        assert_eq!((spec.address.is_ipv6(), spec.mac), (true, [2, 0, 0, 0, 10, 1]));
        for text in [
            "1:2:3:4:5:6",
            "2:2:3:4:5",
            "2:2:3:4:5:6:7",
            "0:0:0:0:0:0",
            "2:2:3:4:5:fff",
            "2:2:3:4:5:+1",
        ] {
            assert!(mac(text).is_err(), "{text:?}");
        }
    }
}
