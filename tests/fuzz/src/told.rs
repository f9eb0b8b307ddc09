//! Netlink messages: each as the kernel tells it, but with values that are anything, or bytes that are
//! anything under a sound header, or no header at all. Numbers are small, so that messages meet.

use arbitrary::Arbitrary;

const NEWLINK: u16 = 16;
const NEWADDR: u16 = 20;
const NEWROUTE: u16 = 24;
const NEWNEXTHOP: u16 = 104;

/// An address of 10.0.0.0/8 or of 2001:db8::/32.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Host {
    v6: bool,
    last: u8,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Hop {
    gateway: Option<Host>,
    interface: u8,
    flags: u8,
    weight: u8,
}

#[derive(Arbitrary, Clone, Debug)]
pub struct Route<'a> {
    v6: bool,
    place: u8,
    length: u8,
    tos: u8,
    wide_table: bool,
    table: u8,
    protocol: u8,
    kind: u8,
    priority: u8,
    object: u8,
    source: Option<Host>,
    hops: Vec<Hop>,
    surplus: Option<(u8, &'a [u8])>,
}

/// A message. `gone` turns an announcement into a withdrawal.
#[derive(Arbitrary, Clone, Debug)]
pub enum Told<'a> {
    Route { gone: bool, flags: u16, route: Route<'a> },
    Object { gone: bool, flags: u16, id: u8, hop: Hop, members: Vec<(u8, u8)>, black_hole: bool },
    Link { gone: bool, interface: u8, flags: u8 },
    Address { gone: bool, local: Host, peer: Option<Host> },
    Status { kind: u8, errno: i32 },
    Body { kind: u8, flags: u16, body: &'a [u8] },
    Raw(&'a [u8]),
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

fn message(kind: u16, flags: u16, body: &[u8], out: &mut Vec<u8>) {
    out.extend((16 + body.len() as u32).to_ne_bytes());
    out.extend(kind.to_ne_bytes());
    out.extend(flags.to_ne_bytes());
    out.extend([0; 8]);
    out.extend(body);
    pad(out);
}

fn attribute(kind: u16, value: &[u8], out: &mut Vec<u8>) {
    out.extend((4 + value.len() as u16).to_ne_bytes());
    out.extend(kind.to_ne_bytes());
    out.extend(value);
    pad(out);
}

impl Host {
    fn octets(self) -> Vec<u8> {
        if self.v6 {
            [&[0x20, 0x01, 0x0D, 0xB8][..], &[0; 11], &[self.last]].concat()
        } else {
            vec![10, 0, 0, self.last]
        }
    }

    fn family(self) -> u8 {
        if self.v6 { 10 } else { 2 }
    }
}

impl Hop {
    /// `RTA_GATEWAY`, or `RTA_VIA` for one of the other family.
    fn gateway(self, v6: bool, out: &mut Vec<u8>) {
        match self.gateway {
            Some(host) if host.v6 == v6 => attribute(5, &host.octets(), out),
            Some(host) => {
                let family = u16::from(host.family()).to_ne_bytes();
                attribute(18, &[&family[..], &host.octets()].concat(), out);
            }
            None => {}
        }
    }

    fn interface(self) -> [u8; 4] {
        u32::from(self.interface % 4).to_ne_bytes()
    }
}

impl Route<'_> {
    fn body(&self) -> Vec<u8> {
        let most = if self.v6 { 128 } else { 32 };
        // Lengths over the family's are refused; they are tried by some.
        let length = self.length % (most + 2);
        let host = Host { v6: self.v6, last: self.place };
        let family = host.family();
        let kind = self.kind % 12;
        let flags = self.hops.first().map_or(0, |hop| hop.flags);
        let mut body = vec![
            family,
            length,
            0,
            u8::from(self.tos == 7),
            self.table % 4,
            self.protocol,
            0,
            kind,
        ];
        body.extend([flags, 0, 0, 0]);
        if self.wide_table {
            attribute(15, &(1000 + u32::from(self.table % 4)).to_ne_bytes(), &mut body);
        }
        // Host bits are refused; what is left after cutting them off is not.
        let mut octets = host.octets();
        let bits = usize::from(length.min(most));
        for (at, octet) in octets.iter_mut().enumerate() {
            let kept = bits.saturating_sub(8 * at).min(8);
            *octet &= !(0xFFu16 >> kept) as u8;
        }
        attribute(1, &octets, &mut body);
        attribute(6, &u32::from(self.priority % 3).to_ne_bytes(), &mut body);
        if self.object > 0 {
            attribute(30, &u32::from(self.object % 8).to_ne_bytes(), &mut body);
        }
        if let Some(source) = self.source {
            attribute(7, &source.octets(), &mut body);
        }
        match self.hops[..] {
            [] => {}
            [hop] => {
                hop.gateway(self.v6, &mut body);
                attribute(4, &hop.interface(), &mut body);
            }
            _ => {
                let mut legs = Vec::new();
                for hop in &self.hops {
                    let mut inner = Vec::new();
                    hop.gateway(self.v6, &mut inner);
                    legs.extend((8 + inner.len() as u16).to_ne_bytes());
                    legs.extend([hop.flags, hop.weight]);
                    legs.extend(hop.interface());
                    legs.extend(inner);
                }
                attribute(9, &legs, &mut body);
            }
        }
        if let Some((kind, value)) = self.surplus {
            attribute(u16::from(kind % 32), value, &mut body);
        }
        body
    }
}

impl Told<'_> {
    /// Appends the message.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Route { gone, flags, route } => {
                message(NEWROUTE + u16::from(*gone), *flags, &route.body(), out);
            }
            Self::Object { gone, flags, id, hop, members, black_hole } => {
                let family = hop.gateway.map_or(0, Host::family);
                let mut body = vec![family, 0, 4, 0, hop.flags, 0, 0, 0];
                attribute(1, &u32::from(id % 8).to_ne_bytes(), &mut body);
                if *black_hole {
                    attribute(4, &[], &mut body);
                } else if members.is_empty() {
                    attribute(5, &hop.interface(), &mut body);
                    if let Some(gateway) = hop.gateway {
                        attribute(6, &gateway.octets(), &mut body);
                    }
                } else {
                    let group: Vec<u8> = members
                        .iter()
                        .flat_map(|&(id, weight)| [id % 8, 0, 0, 0, weight, 0, 0, 0])
                        .collect();
                    attribute(2, &group, &mut body);
                }
                message(NEWNEXTHOP + u16::from(*gone), *flags, &body, out);
            }
            Self::Link { gone, interface, flags } => {
                let mut body = vec![0, 0, 1, 0];
                body.extend(u32::from(interface % 4).to_ne_bytes());
                // Up, and with a carrier.
                let (up, carrier) = (u32::from(flags & 1), u32::from(flags >> 1 & 1) << 16);
                body.extend((up | carrier).to_ne_bytes());
                body.extend(u32::MAX.to_ne_bytes());
                message(NEWLINK + u16::from(*gone), 0, &body, out);
            }
            Self::Address { gone, local, peer } => {
                let mut body = vec![local.family(), 24, 0, 0, 1, 0, 0, 0];
                attribute(2, &local.octets(), &mut body);
                if let Some(peer) = peer {
                    attribute(1, &peer.octets(), &mut body);
                }
                message(NEWADDR + u16::from(*gone), 0, &body, out);
            }
            Self::Status { kind, errno } => {
                message(2 + u16::from(kind % 3), 0, &errno.to_ne_bytes(), out);
            }
            Self::Body { kind, flags, body } => {
                let kinds = [NEWROUTE, NEWNEXTHOP, NEWLINK, NEWADDR];
                let kind = kinds[usize::from(kind / 2) % kinds.len()] + u16::from(kind % 2);
                message(kind, *flags, body, out);
            }
            Self::Raw(bytes) => out.extend(*bytes),
        }
    }
}

/// All of them, one after the other.
pub fn written(told: &[Told<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    told.iter().for_each(|told| told.write(&mut bytes));
    bytes
}
