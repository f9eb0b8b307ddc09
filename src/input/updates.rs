//! Update streams: announcements and withdrawals in order.

use core::time::Duration;

use super::{
    error::{InputError, InputErrorKind, Position},
    lines::{LineError, for_each_line, is_text},
    mrt,
    reading::{Progress, ReadOptions, Reading},
    skipped::Skipped,
    source::Source,
    text::{fields, parse_address, parse_next_hop, parse_prefix},
};
use crate::{address::Address, any_prefix::AnyPrefix, nexthop::NextHop, prefix::Prefix};

const HEAD: usize = 512;

/// A change to one prefix of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update<A: Address> {
    /// The prefix is reachable through the next hop, `None` where the stream names none.
    Announce(Prefix<A>, Option<NextHop>),
    /// The prefix is no longer reachable.
    Withdraw(Prefix<A>),
}

impl<A: Address> Update<A> {
    /// The prefix that changes.
    pub fn prefix(&self) -> Prefix<A> {
        match *self {
            Self::Announce(prefix, _) | Self::Withdraw(prefix) => prefix,
        }
    }
}

/// A change to one prefix of either family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnyUpdate {
    /// IPv4.
    V4(Update<u32>),
    /// IPv6.
    V6(Update<u128>),
}

impl AnyUpdate {
    pub(super) fn announce(prefix: AnyPrefix, next_hop: Option<NextHop>) -> Self {
        match prefix {
            AnyPrefix::V4(prefix) => Self::V4(Update::Announce(prefix, next_hop)),
            AnyPrefix::V6(prefix) => Self::V6(Update::Announce(prefix, next_hop)),
        }
    }

    pub(super) fn withdraw(prefix: AnyPrefix) -> Self {
        match prefix {
            AnyPrefix::V4(prefix) => Self::V4(Update::Withdraw(prefix)),
            AnyPrefix::V6(prefix) => Self::V6(Update::Withdraw(prefix)),
        }
    }
}

/// A whole update stream, by family and in stream order within each.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct UpdateFile {
    /// The IPv4 updates.
    pub v4: Vec<Update<u32>>,
    /// The IPv6 updates.
    pub v6: Vec<Update<u128>>,
    /// When each IPv4 update was recorded, from 1970 on. Empty unless the stream names a time for
    /// every update of either family: MRT does, to the second or (BGP4MP_ET) the microsecond, and
    /// so does `bgpdump -m`.
    pub v4_times: Vec<Duration>,
    /// The same of the IPv6 updates.
    pub v6_times: Vec<Duration>,
    /// What a lenient reading passed over.
    pub skipped: Skipped,
}

/// Reads a whole update stream in any of the formats that [the module](super) lists.
///
/// # Errors
/// [`InputError`] at the first fault, unless the options are lenient; and in any case if the
/// source holds no updates.
pub fn read_updates(
    source: Source,
    options: ReadOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<UpdateFile, InputError> {
    let mut file = UpdateFile::default();
    let mut timed = true;
    file.skipped = for_each_update(source, options, progress, |update, time| {
        timed &= time.is_some();
        match update {
            AnyUpdate::V4(update) => file.v4.push(update),
            AnyUpdate::V6(update) => file.v6.push(update),
        }
        let times = match update {
            AnyUpdate::V4(_) => &mut file.v4_times,
            AnyUpdate::V6(_) => &mut file.v6_times,
        };
        times.extend(time.filter(|_| timed));
    })?;
    if !timed {
        (file.v4_times, file.v6_times) = (Vec::new(), Vec::new());
    }
    Ok(file)
}

/// Reads an update stream and hands each update to `sink` as soon as it is read, and when it was
/// recorded, from 1970 on, if the stream says so.
///
/// Within one BGP UPDATE message the withdrawals come first, so that a prefix which is both
/// withdrawn and announced ends up announced (RFC 4271, section 4.3).
///
/// # Errors
/// As [`read_updates`]. Updates before the fault have been handed over by then.
pub fn for_each_update(
    source: Source,
    options: ReadOptions,
    progress: &mut dyn FnMut(Progress),
    mut sink: impl FnMut(AnyUpdate, Option<Duration>),
) -> Result<Skipped, InputError> {
    let mut reading = Reading::new(source, options, progress);
    let mut found = false;
    let mut sink = |update, time| {
        found = true;
        sink(update, time);
    };
    let head = reading.source.peek(HEAD);
    if mrt::is_mrt(head) {
        mrt::read_updates(&mut reading, &mut sink)?;
    } else if is_text(head) {
        read_lines(&mut reading, &mut sink)?;
    } else {
        return Err(reading.error(Position::Whole, None, InputErrorKind::Unrecognized));
    }
    reading.finish(found)
}

fn read_lines(
    reading: &mut Reading<'_>,
    sink: &mut dyn FnMut(AnyUpdate, Option<Duration>),
) -> Result<(), InputError> {
    for_each_line(reading, |line| {
        if let Some((update, time)) = parse_line(line)? {
            sink(update, time);
        }
        Ok(())
    })
}

/// The update of a line and its time, if the line has them.
fn parse_line(line: &str) -> Result<Option<(AnyUpdate, Option<Duration>)>, LineError<'_>> {
    if line.starts_with("BGP4MP") || line.starts_with("TABLE_DUMP") {
        return parse_bgpdump(line);
    }
    let mut fields = fields(line);
    let Some(verb) = fields.next() else {
        return Ok(None);
    };
    if !matches!(verb, "A" | "W") {
        let prefix = verb.strip_prefix('R').unwrap_or(verb);
        let kind = match parse_prefix(prefix) {
            Ok(_) => InputErrorKind::TableNotUpdates,
            Err(_) => InputErrorKind::Verb,
        };
        return Err((Some(verb), kind));
    }
    let token = fields.next().ok_or((Some(verb), InputErrorKind::Missing))?;
    let prefix = parse_prefix(token).map_err(|kind| (Some(token), kind))?;
    let update = if verb == "A" {
        let next_hop = match fields.next() {
            Some(token) => Some(parse_next_hop(token).map_err(|kind| (Some(token), kind))?),
            None => None,
        };
        AnyUpdate::announce(prefix, next_hop)
    } else {
        AnyUpdate::withdraw(prefix)
    };
    match fields.next() {
        Some(surplus) => Err((Some(surplus), InputErrorKind::Surplus)),
        None => Ok(Some((update, None))),
    }
}

fn parse_bgpdump(line: &str) -> Result<Option<(AnyUpdate, Option<Duration>)>, LineError<'_>> {
    let mut fields = line.split('|');
    match fields.next().unwrap_or_default() {
        "BGP4MP" | "BGP4MP_ET" => {}
        token @ ("TABLE_DUMP" | "TABLE_DUMP2") => {
            return Err((Some(token), InputErrorKind::TableNotUpdates));
        }
        token => return Err((Some(token), InputErrorKind::Verb)),
    }
    let time = parse_time(fields.next().unwrap_or_default());
    let verb = fields.next().ok_or((None, InputErrorKind::Missing))?;
    match verb {
        "A" | "W" => {}
        // A session of the collector went up or down: no change to any prefix.
        "STATE" => return Ok(None),
        _ => return Err((Some(verb), InputErrorKind::Verb)),
    }
    let token = fields.nth(2).ok_or((None, InputErrorKind::Missing))?;
    let prefix = parse_prefix(token).map_err(|kind| (Some(token), kind))?;
    if verb == "W" {
        return Ok(Some((AnyUpdate::withdraw(prefix), time)));
    }
    let token = fields.nth(2).ok_or((None, InputErrorKind::Missing))?;
    let gateway = parse_address(token).ok_or((Some(token), InputErrorKind::NextHop))?;
    Ok(Some((AnyUpdate::announce(prefix, Some(NextHop::gateway(gateway))), time)))
}

/// Seconds from 1970 on, with a fraction in extended records. `bgpdump` has other forms as well,
/// dates to read; they count as none.
fn parse_time(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos = format!("{fraction:0<9.9}").parse().ok()?;
    Some(Duration::new(u64::from(whole.parse::<u32>().ok()?), nanos))
}
