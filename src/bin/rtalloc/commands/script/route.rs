//! `add`, `change` and `delete`: a route and options in any order.

use std::net::IpAddr;

use rtalloc::{
    AnyPrefix,
    bsd::{Name, Profile, RtFlags},
};

use super::{
    destination::parse_destination,
    error::SyntaxError,
    words::{Words, parse_name},
};

/// What is to be done to a route, and which route.
#[derive(Debug)]
pub(super) struct RouteCommand {
    pub(super) verb: Verb,
    pub(super) destination: AnyPrefix,
    pub(super) gateway: Option<Gateway>,
    pub(super) options: Options,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Change,
    Delete,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Gateway {
    Address(IpAddr),
    /// The interface itself: the destination is on its link.
    Interface(Name),
}

#[derive(Debug, Default)]
pub(super) struct Options {
    /// Those of `-mpath`, `-blackhole`, `-reject`, `-cloning` and `-xresolve`.
    pub(super) flags: RtFlags,
    pub(super) priority: u8,
    pub(super) mtu: Option<u32>,
    /// Seconds from now.
    pub(super) expire: Option<u64>,
}

/// Reads what follows the verb.
pub(super) fn parse_route(
    words: &mut Words<'_>,
    verb: Verb,
    profile: Profile,
) -> Result<RouteCommand, SyntaxError> {
    let mut options = Options::default();
    let (mut destination, mut gateway) = (None, None);
    while let Some(word) = words.optional() {
        if word.starts_with('-') {
            parse_option(words, word, verb, profile, &mut options)?;
        } else if destination.is_none() {
            destination = Some(word);
        } else if gateway.is_none() {
            gateway = Some(parse_gateway(word)?);
        } else {
            return Err(SyntaxError::Unexpected(word.into(), "an option or the end of the line"));
        }
    }
    let destination = destination.ok_or(SyntaxError::Missing("a destination"))?;
    if verb == Verb::Add && gateway.is_none() {
        return Err(SyntaxError::Missing("a gateway"));
    }
    let family = match gateway {
        Some(Gateway::Address(ip)) => Some(ip),
        _ => None,
    };
    let destination = parse_destination(destination, family)?;
    Ok(RouteCommand { verb, destination, gateway, options })
}

fn parse_option(
    words: &mut Words<'_>,
    word: &str,
    verb: Verb,
    profile: Profile,
    options: &mut Options,
) -> Result<(), SyntaxError> {
    const ONE: &str = "only one of `-blackhole` and `-reject`";
    let (adds, deletes) = (verb == Verb::Add, verb == Verb::Delete);
    let drops = RtFlags::BLACKHOLE | RtFlags::REJECT;
    match word {
        "-mpath" | "-priority" if profile == Profile::FreeBsd => {
            return Err(SyntaxError::NotIn(word.into(), profile));
        }
        "-mpath" => options.flags |= RtFlags::MPATH,
        "-priority" => options.priority = words.number("a priority")?,
        "-mtu" if !deletes => options.mtu = Some(words.number("a number of bytes")?),
        "-expire" if !deletes => options.expire = Some(words.number("a number of seconds")?),
        "-blackhole" | "-reject" if adds && options.flags.intersects(drops) => {
            return Err(SyntaxError::Unexpected(word.into(), ONE));
        }
        "-blackhole" if adds => options.flags |= RtFlags::BLACKHOLE,
        "-reject" if adds => options.flags |= RtFlags::REJECT,
        "-cloning" if adds => options.flags |= RtFlags::CLONING,
        "-xresolve" if adds => options.flags |= RtFlags::XRESOLVE,
        _ => return Err(SyntaxError::Unexpected(word.into(), expected_options(verb))),
    }
    Ok(())
}

fn expected_options(verb: Verb) -> &'static str {
    match verb {
        Verb::Add => {
            "one of -mpath, -priority N, -mtu N, -expire N, -blackhole, -reject, -cloning, \
             -xresolve"
        }
        Verb::Change => "one of -mpath, -priority N, -mtu N, -expire N",
        Verb::Delete => "one of -mpath, -priority N",
    }
}

fn parse_gateway(word: &str) -> Result<Gateway, SyntaxError> {
    match word.parse() {
        Ok(address) => Ok(Gateway::Address(address)),
        Err(_) => parse_name(word).map(Gateway::Interface).ok_or_else(|| {
            SyntaxError::Unexpected(word.into(), "a gateway's address or an interface's name")
        }),
    }
}
