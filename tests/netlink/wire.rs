//! Messages made by hand, from what the kernel's headers say and not from the decoder.

use std::net::IpAddr;

use rtalloc::{AnyPrefix, NextHop};

pub(crate) const NEWLINK: u16 = 16;
pub(crate) const NEWROUTE: u16 = 24;
pub(crate) const DELROUTE: u16 = 25;
pub(crate) const NEWNEXTHOP: u16 = 104;
pub(crate) const DELNEXTHOP: u16 = 105;

pub(crate) const REPLACE: u16 = 0x100;
pub(crate) const CREATE: u16 = 0x400;

pub(crate) const UNICAST: u8 = 1;
pub(crate) const BLACKHOLE: u8 = 6;

pub(crate) const STATIC: u8 = 4;
pub(crate) const BGP: u8 = 186;

pub(crate) fn message(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&(16 + body.len() as u32).to_ne_bytes());
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(&flags.to_ne_bytes());
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(body);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

pub(crate) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&(4 + value.len() as u16).to_ne_bytes());
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

pub(crate) fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

pub(crate) fn number(kind: u16, value: u32) -> Vec<u8> {
    attribute(kind, &value.to_ne_bytes())
}

/// A route to be told, in few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) prefix: AnyPrefix,
    pub(crate) table: u32,
    pub(crate) kind: u8,
    pub(crate) priority: u32,
    pub(crate) object: u32,
    pub(crate) protocol: u8,
    /// The preferred source.
    pub(crate) source: Option<IpAddr>,
    /// Each with its flags.
    pub(crate) hops: Vec<(NextHop, u8)>,
}

impl Told {
    pub(crate) fn via(prefix: &str, hops: &[NextHop]) -> Self {
        let hops = hops.iter().map(|&hop| (hop, 0)).collect();
        Self {
            prefix: self::prefix(prefix),
            table: 254,
            kind: UNICAST,
            priority: 0,
            object: 0,
            protocol: STATIC,
            source: None,
            hops,
        }
    }

    pub(crate) fn through(prefix: &str, object: u32) -> Self {
        Self { object, ..Self::via(prefix, &[]) }
    }

    pub(crate) fn of(self, kind: u8) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn at(self, priority: u32) -> Self {
        Self { priority, ..self }
    }

    pub(crate) fn by(self, protocol: u8) -> Self {
        Self { protocol, ..self }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let address = self.prefix.address();
        let family = if address.is_ipv4() { 2 } else { 10 };
        let table = u8::try_from(self.table).unwrap_or(252);
        let flags = match self.hops[..] {
            [(_, flags)] => flags,
            _ => 0,
        };
        let mut body = vec![
            family,
            self.prefix.len(),
            0,
            0,
            table,
            self.protocol,
            0,
            self.kind,
            flags,
            0,
            0,
            0,
        ];
        body.extend(number(15, self.table));
        if self.prefix.len() > 0 {
            body.extend(attribute(1, &octets(address)));
        }
        body.extend(number(6, self.priority));
        if self.object != 0 {
            body.extend(number(30, self.object));
        }
        if let Some(source) = self.source {
            body.extend(attribute(7, &octets(source)));
        }
        match self.hops[..] {
            [] => {}
            [(hop, _)] => body.extend(next_hop(hop, address)),
            _ => {
                let legs: Vec<u8> =
                    self.hops.iter().flat_map(|&(hop, flags)| leg(hop, flags, address)).collect();
                body.extend(attribute(9, &legs));
            }
        }
        body
    }

    pub(crate) fn added(&self, flags: u16) -> Vec<u8> {
        message(NEWROUTE, flags, &self.body())
    }

    pub(crate) fn del(&self) -> Vec<u8> {
        message(DELROUTE, 0, &self.body())
    }
}

fn next_hop(hop: NextHop, destination: IpAddr) -> Vec<u8> {
    [gateway(hop, destination), number(4, hop.interface)].concat()
}

fn gateway(hop: NextHop, destination: IpAddr) -> Vec<u8> {
    match hop.gateway {
        None => Vec::new(),
        Some(address) if address.is_ipv4() == destination.is_ipv4() => {
            attribute(5, &octets(address))
        }
        Some(address) => {
            let family: u16 = if address.is_ipv4() { 2 } else { 10 };
            attribute(18, &[&family.to_ne_bytes(), octets(address).as_slice()].concat())
        }
    }
}

fn leg(hop: NextHop, flags: u8, destination: IpAddr) -> Vec<u8> {
    let inner = gateway(hop, destination);
    let mut bytes = (8 + inner.len() as u16).to_ne_bytes().to_vec();
    bytes.extend_from_slice(&[flags, 0]);
    bytes.extend_from_slice(&hop.interface.to_ne_bytes());
    bytes.extend(inner);
    bytes
}

pub(crate) fn link(interface: u32, up: bool) -> Vec<u8> {
    let flags: u32 = if up { 0x1_0001 } else { 0 };
    let mut body = vec![0, 0, 1, 0];
    body.extend_from_slice(&interface.to_ne_bytes());
    body.extend_from_slice(&flags.to_ne_bytes());
    body.extend_from_slice(&u32::MAX.to_ne_bytes());
    message(NEWLINK, 0, &body)
}

/// A next-hop object with one next hop, or a group if there are members.
pub(crate) fn object(id: u32, hop: NextHop, members: &[(u32, u8)]) -> Vec<u8> {
    let family = match hop.gateway {
        Some(IpAddr::V6(_)) => 10,
        _ => 2,
    };
    let mut body = vec![family, 0, 4, 0, 0, 0, 0, 0];
    body.extend(number(1, id));
    if members.is_empty() {
        body.extend(number(5, hop.interface));
        if let Some(gateway) = hop.gateway {
            body.extend(attribute(6, &octets(gateway)));
        }
    } else {
        let group: Vec<u8> = members
            .iter()
            .flat_map(|(id, weight)| [id.to_ne_bytes(), [weight - 1, 0, 0, 0]].concat())
            .collect();
        body.extend(attribute(2, &group));
    }
    message(NEWNEXTHOP, REPLACE | CREATE, &body)
}

/// A next-hop object that packets leave with an MPLS label on.
pub(crate) fn labelled(id: u32, hop: NextHop) -> Vec<u8> {
    let plain = object(id, hop, &[]);
    // `NHA_ENCAP` is nested: `MPLS_IPTUNNEL_DST`, which is label 100 with the bottom bit.
    let label = attribute(8 | 0x8000, &attribute(1, &[0, 0x06, 0x41, 0]));
    let kind = attribute(7, &1u16.to_ne_bytes());
    message(NEWNEXTHOP, REPLACE | CREATE, &[&plain[16..], &label, &kind].concat())
}

/// A next-hop object that drops packets.
pub(crate) fn black_hole(id: u32) -> Vec<u8> {
    let body = [vec![2, 0, 4, 0, 0, 0, 0, 0], number(1, id), attribute(4, &[])].concat();
    message(NEWNEXTHOP, REPLACE | CREATE, &body)
}

pub(crate) fn del_link(interface: u32) -> Vec<u8> {
    let told = link(interface, false);
    message(17, 0, &told[16..])
}

pub(crate) fn del_object(id: u32) -> Vec<u8> {
    message(DELNEXTHOP, 0, &[&[2, 0, 4, 0, 0, 0, 0, 0], number(1, id).as_slice()].concat())
}

pub(crate) fn prefix(prefix: &str) -> AnyPrefix {
    let (address, length) = prefix.split_once('/').expect("a prefix");
    AnyPrefix::new(address.parse().expect("an address"), length.parse().expect("a length"))
        .expect("canonical")
}

pub(crate) fn hop(gateway: &str, interface: u32) -> NextHop {
    NextHop { gateway: Some(gateway.parse().expect("an address")), interface }
}
