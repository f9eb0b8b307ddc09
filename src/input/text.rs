//! Prefixes and next hops as text.
//!
//! A prefix is an address, a slash and a length in decimal. IPv4 addresses may be short in BSD's
//! way: `188.224.196/24` stands for `188.224.196.0/24`. The bits past the length must be zero.
//!
//! A next hop is an address (`192.0.2.1`), a number by which the way out is known (`7`, or an AS
//! number `AS65000`), or both (`192.0.2.1@7`), which is how a [`NextHop`] displays.

use core::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use super::error::{InputError, InputErrorKind, Position};
use crate::{any_prefix::AnyPrefix, nexthop::NextHop, prefix::PrefixError};

impl FromStr for AnyPrefix {
    type Err = InputError;

    /// Reads a prefix as it stands in a prefix list. The error's file is `prefix`.
    fn from_str(text: &str) -> Result<Self, InputError> {
        parse_prefix(text)
            .map_err(|kind| InputError::new("prefix", Position::Whole, Some(text), kind))
    }
}

pub(super) fn parse_prefix(text: &str) -> Result<AnyPrefix, InputErrorKind> {
    let Some((address, len)) = text.split_once('/') else {
        return Err(match parse_address(text) {
            Some(_) => InputErrorKind::NoLength,
            None => InputErrorKind::Address,
        });
    };
    let address =
        parse_address(address).or_else(|| short_ipv4(address)).ok_or(InputErrorKind::Address)?;
    let max = if address.is_ipv4() { 32 } else { 128 };
    let len = parse_decimal(len)
        .and_then(|len| u8::try_from(len).ok())
        .ok_or(InputErrorKind::Length { max })?;
    AnyPrefix::new(address, len).map_err(|error| match error {
        PrefixError::Length { max, .. } => InputErrorKind::Length { max },
        PrefixError::HostBits { .. } => InputErrorKind::HostBits,
        PrefixError::Syntax => InputErrorKind::Address,
    })
}

pub(super) fn parse_address(text: &str) -> Option<IpAddr> {
    if text.as_bytes().contains(&b':') {
        text.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    } else {
        text.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
    }
}

/// One to three octets; the others are zero.
fn short_ipv4(text: &str) -> Option<IpAddr> {
    let mut octets = [0u8; 4];
    for (at, part) in text.split('.').enumerate() {
        let octet = octets[..3].get_mut(at)?;
        *octet = parse_decimal(part).and_then(|value| u8::try_from(value).ok())?;
    }
    Some(IpAddr::V4(octets.into()))
}

pub(super) fn parse_next_hop(text: &str) -> Result<NextHop, InputErrorKind> {
    if let Some(address) = parse_address(text) {
        return Ok(NextHop::gateway(address));
    }
    if let Some((address, number)) = text.split_once('@') {
        let gateway = parse_address(address).ok_or(InputErrorKind::NextHop)?;
        let interface = parse_decimal(number).ok_or(InputErrorKind::NextHop)?;
        return Ok(NextHop { gateway: Some(gateway), interface });
    }
    let number = match text.as_bytes() {
        [b'A' | b'a', b'S' | b's', ..] => &text[2..],
        _ => text,
    };
    parse_decimal(number).map(NextHop::interface).ok_or(InputErrorKind::NextHop)
}

/// Digits alone, without a sign or needless zeros before them.
fn parse_decimal(text: &str) -> Option<u32> {
    match text.as_bytes() {
        [b'0'] => Some(0),
        [b'1'..=b'9', ..] => text.parse().ok(),
        _ => None,
    }
}

/// The fields of a line: what stands before a `#`, split at blanks, tabs and commas.
pub(super) fn fields(line: &str) -> impl Iterator<Item = &str> {
    let content = line.split_once('#').map_or(line, |(content, _)| content);
    content.split([' ', '\t', ',', '\r']).filter(|field| !field.is_empty())
}
