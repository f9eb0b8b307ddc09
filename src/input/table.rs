//! Tables: what routes a file holds.

use super::{
    error::{InputError, InputErrorKind, Position},
    lines::{LineError, for_each_line, is_text},
    mrt,
    reading::{Progress, ReadOptions, Reading},
    route_json,
    skipped::Skipped,
    source::Source,
    text::{fields, parse_address, parse_next_hop, parse_prefix},
};
use crate::{any_prefix::AnyPrefix, nexthop::NextHop, prefix::Prefix};

/// How many bytes decide whether a source is text.
const HEAD: usize = 512;

/// The routes of a file, by family; each prefix once, in prefix order.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct TableFile {
    /// The IPv4 routes. The next hop is `None` where the file names none.
    pub v4: Vec<(Prefix<u32>, Option<NextHop>)>,
    /// The IPv6 routes.
    pub v6: Vec<(Prefix<u128>, Option<NextHop>)>,
    /// How many entries gave way to another one of the same prefix.
    pub duplicates: u64,
    /// What a lenient reading passed over.
    pub skipped: Skipped,
}

/// Which of several entries for one prefix stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Winner {
    First,
    Last,
}

/// Reads a table in any of the formats that [the module](super) lists.
///
/// # Errors
/// [`InputError`] at the first fault, unless the options are lenient; and in any case if the
/// source holds no table or no route.
pub fn read_table(
    source: Source,
    options: ReadOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<TableFile, InputError> {
    let mut reading = Reading::new(source, options, progress);
    let mut table = TableFile::default();
    let head = reading.source.peek(HEAD);
    let winner = if mrt::is_mrt(head) {
        mrt::read_table(&mut reading, |prefix, next_hop| table.push(prefix, next_hop))?;
        Winner::First
    } else if !is_text(head) {
        return Err(reading.error(Position::Whole, None, InputErrorKind::Unrecognized));
    } else if route_json::is_json(head) {
        route_json::read_table(&mut reading, |prefix, next_hop| table.push(prefix, next_hop))?;
        Winner::First
    } else {
        read_lines(&mut reading, &mut table)?
    };
    table.order(winner);
    let found = !(table.v4.is_empty() && table.v6.is_empty());
    table.skipped = reading.finish(found)?;
    Ok(table)
}

impl TableFile {
    fn push(&mut self, prefix: AnyPrefix, next_hop: Option<NextHop>) {
        match prefix {
            AnyPrefix::V4(prefix) => self.v4.push((prefix, next_hop)),
            AnyPrefix::V6(prefix) => self.v6.push((prefix, next_hop)),
        }
    }

    /// Brings the routes into prefix order and keeps one of each prefix.
    fn order(&mut self, winner: Winner) {
        self.duplicates = order(&mut self.v4, winner) + order(&mut self.v6, winner);
    }
}

fn order<P: Ord + Copy>(routes: &mut Vec<(P, Option<NextHop>)>, winner: Winner) -> u64 {
    let read = routes.len();
    // The sort is stable, so entries of one prefix stay in file order.
    routes.sort_by_key(|route| route.0);
    routes.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same && winner == Winner::Last {
            kept.1 = later.1;
        }
        same
    });
    (read - routes.len()) as u64
}

fn read_lines(reading: &mut Reading<'_>, table: &mut TableFile) -> Result<Winner, InputError> {
    let mut winner = Winner::Last;
    let mut first = true;
    for_each_line(reading, |line| {
        if line.starts_with("TABLE_DUMP") {
            winner = Winner::First;
        }
        if let Some((prefix, next_hop)) = parse_line(line, &mut first)? {
            table.push(prefix, next_hop);
        }
        Ok(())
    })?;
    Ok(winner)
}

type Entry = (AnyPrefix, Option<NextHop>);

/// The route of a line, if the line has one. `first` says that no line with contents came before,
/// so that this one may be the heading of a csv file.
fn parse_line<'l>(line: &'l str, first: &mut bool) -> Result<Option<Entry>, LineError<'l>> {
    if line.starts_with("TABLE_DUMP") || line.starts_with("BGP4MP") {
        return parse_bgpdump(line).map(Some);
    }
    let mut fields = fields(line);
    let Some(token) = fields.next() else {
        return Ok(None);
    };
    if std::mem::take(first) && matches!(token, "prefix" | "network") {
        return Ok(None);
    }
    let text = token.strip_prefix('R').unwrap_or(token);
    let prefix = match parse_prefix(text) {
        Ok(prefix) => prefix,
        Err(_) if matches!(token, "A" | "W") => {
            return Err((Some(token), InputErrorKind::UpdatesNotTable));
        }
        Err(kind) => return Err((Some(token), kind)),
    };
    let next_hop = match fields.next() {
        Some(token) => Some(parse_next_hop(token).map_err(|kind| (Some(token), kind))?),
        None => None,
    };
    match fields.next() {
        Some(surplus) => Err((Some(surplus), InputErrorKind::Surplus)),
        None => Ok(Some((prefix, next_hop))),
    }
}

fn parse_bgpdump(line: &str) -> Result<Entry, LineError<'_>> {
    let mut fields = line.split('|');
    match fields.next().unwrap_or_default() {
        "TABLE_DUMP" | "TABLE_DUMP2" => {}
        token @ ("BGP4MP" | "BGP4MP_ET") => {
            return Err((Some(token), InputErrorKind::UpdatesNotTable));
        }
        token => return Err((Some(token), InputErrorKind::Address)),
    }
    let missing = (None, InputErrorKind::Missing);
    let (Some(prefix), Some(next_hop)) = (fields.nth(4), fields.nth(2)) else {
        return Err(missing);
    };
    let parsed = parse_prefix(prefix).map_err(|kind| (Some(prefix), kind))?;
    let gateway = parse_address(next_hop).ok_or((Some(next_hop), InputErrorKind::NextHop))?;
    Ok((parsed, Some(NextHop::gateway(gateway))))
}
