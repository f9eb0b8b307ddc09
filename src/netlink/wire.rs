//! Netlink's integers, addresses and attributes, read with every bound checked.
//!
//! Integers are in the machine's own order. An attribute is its length (2 bytes, header included),
//! its type (2 bytes, of which the two high bits are flags) and its value, padded to 4 bytes.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::DecodeErrorKind;

pub(super) const AF_INET: u8 = 2;
pub(super) const AF_INET6: u8 = 10;

/// The flags "nested" and "network byte order", which are no part of an attribute's type.
const ATTRIBUTE_TYPE: u16 = 0x3FFF;
const ATTRIBUTE_HEADER: usize = 4;

/// `length` rounded up to where the next message or attribute begins.
pub(super) fn aligned(length: usize) -> usize {
    length.saturating_add(3) & !3
}

pub(super) fn u8_at(bytes: &[u8], at: usize) -> Result<u8, DecodeErrorKind> {
    bytes.get(at).copied().ok_or(DecodeErrorKind::TruncatedBody)
}

pub(super) fn array_at<const N: usize>(
    bytes: &[u8],
    at: usize,
) -> Result<[u8; N], DecodeErrorKind> {
    let end = at.checked_add(N).ok_or(DecodeErrorKind::TruncatedBody)?;
    let field = bytes.get(at..end).ok_or(DecodeErrorKind::TruncatedBody)?;
    field.try_into().map_err(|_| DecodeErrorKind::TruncatedBody)
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Result<u16, DecodeErrorKind> {
    array_at(bytes, at).map(u16::from_ne_bytes)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Result<u32, DecodeErrorKind> {
    array_at(bytes, at).map(u32::from_ne_bytes)
}

/// What follows a message's fixed part.
pub(super) fn after(bytes: &[u8], fixed: usize) -> Result<&[u8], DecodeErrorKind> {
    bytes.get(fixed..).ok_or(DecodeErrorKind::TruncatedBody)
}

/// One attribute.
#[derive(Clone, Copy)]
pub(super) struct Attribute<'a> {
    pub(super) kind: u16,
    pub(super) value: &'a [u8],
}

impl Attribute<'_> {
    fn wrong(&self) -> DecodeErrorKind {
        DecodeErrorKind::AttributeValue { attribute: self.kind }
    }

    /// The value as an integer of exactly 4 bytes.
    pub(super) fn u32(&self) -> Result<u32, DecodeErrorKind> {
        self.value.try_into().map(u32::from_ne_bytes).map_err(|_| self.wrong())
    }

    /// The value as an address of the family that has its size.
    pub(super) fn address(&self) -> Result<IpAddr, DecodeErrorKind> {
        ip(self.value).ok_or(self.wrong())
    }

    /// The value as an address of `family`.
    pub(super) fn address_of(&self, family: u8) -> Result<IpAddr, DecodeErrorKind> {
        let address = self.address()?;
        let fits = if family == AF_INET { address.is_ipv4() } else { address.is_ipv6() };
        if fits { Ok(address) } else { Err(self.wrong()) }
    }

    /// `RTA_VIA`: the gateway's family, which need not be the route's, and its address. `None` if
    /// that is neither IPv4 nor IPv6.
    pub(super) fn via(&self) -> Result<Option<IpAddr>, DecodeErrorKind> {
        let family = u16_at(self.value, 0).map_err(|_| self.wrong())?;
        let address = after(self.value, 2).map_err(|_| self.wrong())?;
        match (u8::try_from(family), ip(address)) {
            (Ok(AF_INET), Some(ip @ IpAddr::V4(_))) => Ok(Some(ip)),
            (Ok(AF_INET6), Some(ip @ IpAddr::V6(_))) => Ok(Some(ip)),
            (Ok(AF_INET | AF_INET6), _) => Err(self.wrong()),
            _ => Ok(None),
        }
    }
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|octets| IpAddr::V4(Ipv4Addr::from(octets))),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|octets| IpAddr::V6(Ipv6Addr::from(octets))),
        _ => None,
    }
}

/// The attributes in `rest`, up to the first that is malformed. Fewer bytes than a header at the
/// end are padding, as they are to the kernel.
pub(super) struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, DecodeErrorKind>;

    fn next(&mut self) -> Option<Self::Item> {
        let length = u16_at(self.rest, 0).ok()?;
        let kind = u16_at(self.rest, 2).ok()? & ATTRIBUTE_TYPE;
        let Some(value) = self.rest.get(ATTRIBUTE_HEADER..usize::from(length)) else {
            self.rest = &[];
            return Some(Err(DecodeErrorKind::AttributeLength { attribute: kind }));
        };
        self.rest = self.rest.get(aligned(usize::from(length))..).unwrap_or(&[]);
        Some(Ok(Attribute { kind, value }))
    }
}
