//! Next-hop objects: `RTM_NEWNEXTHOP` and `RTM_DELNEXTHOP`.
//!
//! `struct nhmsg` is 8 bytes (family, scope, protocol, a spare byte, flags in 4 bytes); attributes
//! follow. `NHA_GROUP` is a list of `struct nexthop_grp`: id in 4 bytes, weight - 1, the weight's
//! high byte (Linux 6.12; a spare byte before, which is zero), 2 spare bytes.

use super::{
    error::DecodeErrorKind,
    path::{Path, PathFlags},
    route::path_flags,
    wire::{self, AF_INET, AF_INET6, Attributes},
};
use crate::nexthop::NextHop;

const HEADER: usize = 8;
const MEMBER: usize = 8;

const NHA_ID: u16 = 1;
const NHA_GROUP: u16 = 2;
const NHA_BLACKHOLE: u16 = 4;
const NHA_OIF: u16 = 5;
const NHA_GATEWAY: u16 = 6;
const NHA_ENCAP_TYPE: u16 = 7;
const NHA_ENCAP: u16 = 8;

/// A next-hop object that routes name by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMessage {
    /// Its number, never 0.
    pub id: u32,
    /// Where it leads.
    pub leads: Leads,
    /// Whether it wraps packets up (MPLS, segment routing, tunnels), which is not decoded.
    pub encapsulated: bool,
}

/// Where a next-hop object leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// To one next hop.
    To(Path),
    /// To the members of a group: their ids, and weights from 1 on.
    Group(Box<[(u32, u32)]>),
    /// Nowhere: packets are dropped silently.
    Blackhole,
    /// Where this crate cannot follow: an object of the bridge, or without a next hop.
    Elsewhere,
}

impl ObjectMessage {
    /// Decodes what follows the message's header.
    pub(super) fn decode(body: &[u8]) -> Result<Self, DecodeErrorKind> {
        let family = wire::u8_at(body, 0)?;
        let attributes = wire::after(body, HEADER)?;
        let flags: PathFlags = path_flags(wire::u32_at(body, 4)?);
        let (mut id, mut interface, mut gateway) = (0, None, None);
        let (mut group, mut blackhole, mut encapsulated) = (None, false, false);
        for attribute in Attributes::new(attributes) {
            let attribute = attribute?;
            match attribute.kind {
                NHA_ID => id = attribute.u32()?,
                NHA_OIF => interface = Some(attribute.u32()?),
                NHA_BLACKHOLE => blackhole = true,
                NHA_ENCAP_TYPE | NHA_ENCAP => encapsulated = true,
                NHA_GROUP => group = Some(members(attribute.value)?),
                NHA_GATEWAY if matches!(family, AF_INET | AF_INET6) => {
                    gateway = Some(attribute.address_of(family)?);
                }
                _ => {}
            }
        }
        if id == 0 {
            return Err(DecodeErrorKind::AttributeValue { attribute: NHA_ID });
        }
        let leads = match (group, blackhole) {
            (Some(members), _) => Leads::Group(members),
            (None, true) => Leads::Blackhole,
            (None, false) if gateway.is_none() && interface.is_none() => Leads::Elsewhere,
            (None, false) => {
                let next_hop = NextHop { gateway, interface: interface.unwrap_or_default() };
                Leads::To(Path { next_hop, weight: 1, flags })
            }
        };
        Ok(Self { id, leads, encapsulated })
    }
}

fn members(value: &[u8]) -> Result<Box<[(u32, u32)]>, DecodeErrorKind> {
    const WRONG: DecodeErrorKind = DecodeErrorKind::AttributeValue { attribute: NHA_GROUP };
    if !value.len().is_multiple_of(MEMBER) {
        return Err(WRONG);
    }
    value
        .chunks_exact(MEMBER)
        .map(|member| {
            let weight = u16::from_le_bytes(wire::array_at(member, 4)?);
            Ok((wire::u32_at(member, 0)?, u32::from(weight) + 1))
        })
        .collect()
}
