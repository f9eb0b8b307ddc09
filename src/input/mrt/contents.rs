//! What the decoder made of a record, checked for parts that it gave up on.

use core::net::{IpAddr, Ipv4Addr};

use bgpkit_parser::{
    error::BgpValidationWarning,
    models::{AttributeValue, Attributes, BgpUpdateMessage, NetworkPrefix, Nlri, Safi},
};
use ipnet::IpNet;

use super::nlri::{self, Multiprotocol};
use crate::{input::error::InputErrorKind, nexthop::NextHop};

const NEXT_HOP: u8 = 3;
const MP_REACH_NLRI: u8 = 14;
const MP_UNREACH_NLRI: u8 = 15;

/// The next hops that a set of path attributes states.
#[derive(Default)]
pub(super) struct NextHops {
    /// Of the attribute NEXT_HOP.
    classic: Option<IpAddr>,
    /// Of the attribute MP_REACH_NLRI.
    multiprotocol: Option<IpAddr>,
}

impl NextHops {
    /// The next hop of a prefix. MP_REACH_NLRI speaks for IPv6 and NEXT_HOP for IPv4; the other
    /// one stands in, as in IPv4 over IPv6 next hops (RFC 8950).
    pub(super) fn of(&self, prefix: IpNet) -> Option<NextHop> {
        let address = match prefix {
            IpNet::V4(_) => self.classic.or(self.multiprotocol),
            IpNet::V6(_) => self.multiprotocol.or(self.classic),
        };
        address.map(NextHop::gateway)
    }

    /// Takes the address out of a NEXT_HOP attribute. In the RIB entry of an IPv6 prefix the
    /// decoder wants an IPv6 address here and leaves the usual IPv4 one undecoded.
    fn take(&mut self, value: &AttributeValue) -> Result<(), InputErrorKind> {
        match value {
            AttributeValue::NextHop(address) => self.classic = Some(*address),
            AttributeValue::Raw(raw) if raw.code == NEXT_HOP => {
                let octets: [u8; 4] = raw.bytes[..]
                    .try_into()
                    .map_err(|_| InputErrorKind::PartialRecord("its NEXT_HOP does not decode"))?;
                self.classic = Some(Ipv4Addr::from(octets).into());
            }
            _ => {}
        }
        Ok(())
    }
}

/// The next hops of a RIB entry.
pub(super) fn next_hops(attributes: &Attributes) -> Result<NextHops, InputErrorKind> {
    let mut hops = NextHops::default();
    for value in attributes.iter() {
        hops.take(value)?;
        match value {
            AttributeValue::MpReachNlri(nlri) if is_unicast(nlri) => {
                hops.multiprotocol = nlri.next_hop.as_ref().map(|hop| hop.global_addr());
            }
            AttributeValue::Raw(raw) if raw.code == MP_REACH_NLRI => {
                let part = "its multiprotocol next hop does not decode";
                return Err(InputErrorKind::PartialRecord(part));
            }
            _ => {}
        }
    }
    Ok(hops)
}

/// What an UPDATE message changes.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) withdrawn: Vec<IpNet>,
    pub(super) announced: Vec<IpNet>,
    pub(super) next_hops: NextHops,
}

/// The unicast changes of an UPDATE message. `add_path` says that its prefixes carry path
/// identifiers.
///
/// # Errors
/// [`InputErrorKind::PartialRecord`] if the decoder could not read prefixes or a next hop, and the
/// plain reading does not give them either.
pub(super) fn changes(
    update: &BgpUpdateMessage,
    add_path: bool,
) -> Result<Changes, InputErrorKind> {
    let mut changes = Changes::default();
    let resolve = |prefixes: &[NetworkPrefix]| nlri::resolve(prefixes, add_path);
    changes.withdrawn.extend(resolve(&update.withdrawn_prefixes));
    changes.announced.extend(resolve(&update.announced_prefixes));
    for warning in update.attributes.validation_warnings() {
        if let BgpValidationWarning::MalformedNlri { nlri_type, raw_bytes, .. } = warning {
            let plain = nlri::read_plainly(raw_bytes, true).filter(|_| !add_path);
            let part = "its prefixes do not decode";
            let prefixes = plain.ok_or(InputErrorKind::PartialRecord(part))?;
            match *nlri_type {
                "withdrawn" => changes.withdrawn.extend(prefixes),
                _ => changes.announced.extend(prefixes),
            }
        }
    }
    for value in update.attributes.iter() {
        changes.next_hops.take(value)?;
        match value {
            AttributeValue::MpReachNlri(nlri) if is_unicast(nlri) => {
                changes.next_hops.multiprotocol =
                    nlri.next_hop.as_ref().map(|hop| hop.global_addr());
                changes.announced.extend(resolve(&nlri.prefixes));
            }
            AttributeValue::MpUnreachNlri(nlri) if is_unicast(nlri) => {
                changes.withdrawn.extend(resolve(&nlri.prefixes));
            }
            AttributeValue::Raw(raw) if matches!(raw.code, MP_REACH_NLRI | MP_UNREACH_NLRI) => {
                let reach = raw.code == MP_REACH_NLRI;
                match nlri::multiprotocol(&raw.bytes, reach) {
                    Multiprotocol::OtherFamily => {}
                    Multiprotocol::Unicast(next_hop, prefixes) if !add_path && reach => {
                        changes.next_hops.multiprotocol = next_hop;
                        changes.announced.extend(prefixes);
                    }
                    Multiprotocol::Unicast(_, prefixes) if !add_path => {
                        changes.withdrawn.extend(prefixes);
                    }
                    _ => {
                        let part = "its multiprotocol prefixes do not decode";
                        return Err(InputErrorKind::PartialRecord(part));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(changes)
}

fn is_unicast(nlri: &Nlri) -> bool {
    nlri.safi == Safi::Unicast && (nlri.is_ipv4() || nlri.is_ipv6())
}
