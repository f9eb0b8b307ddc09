//! What `ip -j route` prints: a JSON array with one object a route.
//!
//! Of an object `dst`, `gateway` (or `via.host`, or the same in the first of `nexthops`) and `dev`
//! are used. `dst` is a prefix, an address (a host route) or `default`, whose family is that of
//! its gateway, IPv4 if there is none. A `dev` counts only if it is an interface index. A route of
//! another `type` than unicast or local, such as a blackhole, is no route to a next hop and an error.

use core::net::IpAddr;

use serde_json::Value;

use super::{
    error::{InputError, InputErrorKind, Position},
    reading::Reading,
    text::{parse_address, parse_prefix},
};
use crate::{any_prefix::AnyPrefix, nexthop::NextHop, prefix::Prefix};

/// Whether the first bytes of a source begin a JSON array.
pub(super) fn is_json(head: &[u8]) -> bool {
    head.trim_ascii_start().first() == Some(&b'[')
}

pub(super) fn read_table(
    reading: &mut Reading<'_>,
    mut sink: impl FnMut(AnyPrefix, Option<NextHop>),
) -> Result<(), InputError> {
    let routes: Vec<Value> = match serde_json::from_reader(&mut reading.source) {
        Ok(routes) => routes,
        Err(error) => {
            let at = Position::Line(error.line() as u64);
            // The parser appends the place, which the position already names.
            let text = error.to_string();
            let reason = text.split_once(" at line ").map_or(&*text, |(reason, _)| reason);
            let kind =
                reading.source.failure().unwrap_or_else(|| InputErrorKind::Json(reason.into()));
            // Nothing of an array that breaks off can be kept: there is no array.
            return Err(reading.error(at, None, kind));
        }
    };
    for route in &routes {
        reading.begin_item();
        match parse_route(route) {
            Ok((prefix, next_hop)) => sink(prefix, next_hop),
            Err((token, kind)) => reading.reject(Position::Element(reading.items), token, kind)?,
        }
    }
    Ok(())
}

type RouteError<'r> = (Option<&'r str>, InputErrorKind);

fn parse_route(route: &Value) -> Result<(AnyPrefix, Option<NextHop>), RouteError<'_>> {
    let dst = route["dst"].as_str().ok_or((None, InputErrorKind::JsonField("dst")))?;
    match &route["type"] {
        Value::Null => {}
        Value::String(kind) if kind == "unicast" || kind == "local" => {}
        Value::String(kind) => return Err((Some(kind), InputErrorKind::JsonField("type"))),
        _ => return Err((None, InputErrorKind::JsonField("type"))),
    }
    let path = match &route["nexthops"] {
        Value::Array(paths) => paths.first().unwrap_or(route),
        _ => route,
    };
    let gateway = match path.get("gateway").or_else(|| path.get("via")?.get("host")) {
        None => None,
        Some(Value::String(text)) => {
            Some(parse_address(text).ok_or((Some(text.as_str()), InputErrorKind::NextHop))?)
        }
        Some(_) => return Err((None, InputErrorKind::JsonField("gateway"))),
    };
    let prefix = match (dst, gateway) {
        ("default", Some(IpAddr::V6(_))) => AnyPrefix::V6(Prefix::default()),
        ("default", _) => AnyPrefix::V4(Prefix::default()),
        _ => match parse_address(dst) {
            Some(address) => AnyPrefix::host(address),
            None => parse_prefix(dst).map_err(|kind| (Some(dst), kind))?,
        },
    };
    let interface = match &path["dev"] {
        Value::String(name) => name.parse().ok(),
        Value::Number(index) => index.as_u64().and_then(|index| u32::try_from(index).ok()),
        _ => None,
    };
    let named = gateway.is_some() || interface.is_some();
    let next_hop = NextHop { gateway, interface: interface.unwrap_or(0) };
    Ok((prefix, named.then_some(next_hop)))
}
