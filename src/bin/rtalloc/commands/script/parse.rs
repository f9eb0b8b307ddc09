//! Lines of a script: from text to commands.

use std::net::IpAddr;

use rtalloc::{
    AnyPrefix,
    bsd::{InterfaceAddress, Name, Profile},
};

use super::{
    destination::{parse_address, parse_destination, parse_own_address},
    error::SyntaxError,
    route::{RouteCommand, Verb, parse_route},
    words::Words,
};

/// A line that is not empty.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) must_fail: bool,
    pub(super) command: Command,
}

#[derive(Debug)]
pub(super) enum Command {
    /// `if NAME ADDR/LEN [up|down]`
    Interface { name: Name, address: InterfaceAddress, up: Option<bool> },
    /// `ifup NAME`, `ifdown NAME`
    Link { name: Name, up: bool },
    /// `add`, `change` and `delete`
    Route(RouteCommand),
    /// `get DEST`
    Get(AnyPrefix),
    /// `resolve DEST`
    Resolve(IpAddr),
    /// `mpath DEST SRC`
    Multipath { destination: IpAddr, source: IpAddr },
    /// `flush`
    Flush,
    /// `table N`
    Table(u32),
    /// `show [-json]`
    Show { json: bool },
}

/// Reads a line. `None` is for one with nothing but blanks and a comment.
pub(super) fn parse_line(line: &str, profile: Profile) -> Result<Option<Line>, SyntaxError> {
    let content = line.split_once('#').map_or(line, |(content, _)| content).trim();
    if content.is_empty() {
        return Ok(None);
    }
    let (content, must_fail) = match content.strip_prefix('!') {
        Some(content) => (content, true),
        None => (content, false),
    };
    let mut words = Words::new(content);
    let command = parse_command(&mut words, profile)?;
    words.end()?;
    Ok(Some(Line { must_fail, command }))
}

fn parse_command(words: &mut Words<'_>, profile: Profile) -> Result<Command, SyntaxError> {
    const WHAT: &str = "a command";
    let word = words.next(WHAT)?;
    Ok(match word {
        "if" => parse_interface(words)?,
        "ifup" => Command::Link { name: words.name()?, up: true },
        "ifdown" => Command::Link { name: words.name()?, up: false },
        "add" => Command::Route(parse_route(words, Verb::Add, profile)?),
        "change" => Command::Route(parse_route(words, Verb::Change, profile)?),
        "delete" => Command::Route(parse_route(words, Verb::Delete, profile)?),
        "get" => Command::Get(parse_destination(words.next("a destination")?, None)?),
        "resolve" => Command::Resolve(parse_address(words.next("an address")?)?),
        "mpath" => parse_multipath(words)?,
        "flush" => Command::Flush,
        "table" => Command::Table(words.number("a table's number")?),
        "show" => Command::Show { json: parse_format(words)? },
        _ => return Err(SyntaxError::Unexpected(word.into(), WHAT)),
    })
}

fn parse_interface(words: &mut Words<'_>) -> Result<Command, SyntaxError> {
    let name = words.name()?;
    let (address, prefix_len) = parse_own_address(words.next("an address with its length")?)?;
    let up = match words.optional() {
        None => None,
        Some("up") => Some(true),
        Some("down") => Some(false),
        Some(word) => return Err(SyntaxError::Unexpected(word.into(), "`up` or `down`")),
    };
    let address = InterfaceAddress { address, prefix_len, peer: None };
    Ok(Command::Interface { name, address, up })
}

fn parse_multipath(words: &mut Words<'_>) -> Result<Command, SyntaxError> {
    const SOURCE: &str = "a source address of the destination's family";
    let destination = parse_address(words.next("an address")?)?;
    let word = words.next(SOURCE)?;
    let source = parse_address(word)?;
    if source.is_ipv4() != destination.is_ipv4() {
        return Err(SyntaxError::Unexpected(word.into(), SOURCE));
    }
    Ok(Command::Multipath { destination, source })
}

fn parse_format(words: &mut Words<'_>) -> Result<bool, SyntaxError> {
    match words.optional() {
        None => Ok(false),
        Some("-json") => Ok(true),
        Some(word) => Err(SyntaxError::Unexpected(word.into(), "`-json`")),
    }
}
