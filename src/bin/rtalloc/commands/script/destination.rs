//! Destinations as route(8) reads them.
//!
//! A prefix is an address, perhaps short, a slash and a length; host bits are cleared. A whole
//! address is a host. A short IPv4 address without a length is a network: its length follows from
//! the class of the address and is at least the octets that are there, so `10` is `10.0.0.0/8` and
//! `10.8.1` is `10.8.1.0/24`. `default` is the empty prefix.

use std::net::IpAddr;

use rtalloc::{
    AnyPrefix,
    input::{InputError, InputErrorKind},
};

use super::error::SyntaxError;

/// Reads a destination. `default` is of the family of `gateway`, and IPv4 without one.
pub(super) fn parse_destination(
    word: &str,
    gateway: Option<IpAddr>,
) -> Result<AnyPrefix, SyntaxError> {
    if word == "default" {
        let any = if gateway.is_some_and(|ip| ip.is_ipv6()) { "::/0" } else { "0.0.0.0/0" };
        return parse_prefix(any).map_err(|kind| SyntaxError::Address(word.into(), kind));
    }
    let read = match word.split_once('/') {
        Some((address, len)) => parse_network(address, len),
        None => match word.parse() {
            Ok(address) => Ok(AnyPrefix::host(address)),
            Err(_) => parse_classful(word),
        },
    };
    read.map_err(|kind| SyntaxError::Address(word.into(), kind))
}

/// Reads a whole address.
pub(super) fn parse_address(word: &str) -> Result<IpAddr, SyntaxError> {
    word.parse().map_err(|_| SyntaxError::Address(word.into(), InputErrorKind::Address))
}

/// Reads an address of an interface and the length of its network's mask.
pub(super) fn parse_own_address(word: &str) -> Result<(IpAddr, u8), SyntaxError> {
    let fault = |kind| SyntaxError::Address(word.into(), kind);
    let (address, len) = word.split_once('/').ok_or(fault(InputErrorKind::NoLength))?;
    let own = address.parse().map_err(|_| fault(InputErrorKind::Address))?;
    Ok((own, parse_network(address, len).map_err(fault)?.len()))
}

fn parse_network(address: &str, len: &str) -> Result<AnyPrefix, InputErrorKind> {
    let (width, any) = if address.contains(':') { (128, "::") } else { (32, "0") };
    // A prefix of the full width has no host bits, and the empty address none at any length.
    let address = parse_prefix(&format!("{address}/{width}"))?.address();
    let len = parse_prefix(&format!("{any}/{len}"))?.len();
    Ok(AnyPrefix::containing(address, len))
}

fn parse_classful(word: &str) -> Result<AnyPrefix, InputErrorKind> {
    let address = parse_prefix(&format!("{word}/32"))?.address();
    let IpAddr::V4(first) = address else { return Err(InputErrorKind::Address) };
    let class = match first.octets()[0] {
        240.. => 32,
        192..224 => 24,
        128..192 => 16,
        // Of multicast's 4 bits the first octet makes 8.
        _ => 8,
    };
    let given = word.split('.').count().min(4) as u8 * 8;
    Ok(AnyPrefix::containing(address, given.max(class)))
}

fn parse_prefix(text: &str) -> Result<AnyPrefix, InputErrorKind> {
    text.parse().map_err(|error: InputError| error.kind)
}
