//! Routes as text and as JSON.
//!
//! Text has one route a line, its fields separated by tabs: prefix, next hop, flags in netstat's
//! letters. JSON has iproute2's field names, and what it writes `load` reads again.

use core::fmt;
use std::io::{self, BufWriter, StdoutLock, Write};

use rtalloc::{Entry, RouteFlags};
use serde_json::{Map, Value, json};

/// Standard output, locked and buffered. It has to be flushed at the end.
pub(crate) fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// Writes a route as a line of text.
pub(crate) fn write_route(out: &mut impl Write, entry: &Entry<()>) -> io::Result<()> {
    writeln!(out, "{}\t{}\t{}", entry.net(), entry.next_hop(), entry.flags())
}

/// A route as a JSON object. What is not set is left out.
pub(crate) fn route_object(entry: &Entry<()>) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("dst".into(), entry.net().to_string().into());
    let next_hop = entry.next_hop();
    if let Some(gateway) = next_hop.gateway {
        object.insert("gateway".into(), gateway.to_string().into());
    }
    if next_hop.interface != 0 || next_hop.gateway.is_none() {
        object.insert("dev".into(), next_hop.interface.into());
    }
    object.insert("flags".into(), flag_names(entry.flags()));
    let metrics = entry.route().metrics;
    if metrics.mtu != 0 {
        object.insert("metrics".into(), json!([{ "mtu": metrics.mtu }]));
    }
    if metrics.weight != 0 {
        object.insert("weight".into(), metrics.weight.into());
    }
    if metrics.expire != 0 {
        object.insert("expires".into(), metrics.expire.into());
    }
    object
}

/// Flags as iproute2 has them: a list of words in lower case.
fn flag_names(flags: RouteFlags) -> Value {
    flags.iter_names().map(|(name, _)| Value::from(name.to_lowercase())).collect()
}

/// A JSON array that is written element by element, one a line.
pub(crate) struct JsonArray<'w, W: Write> {
    out: &'w mut W,
    empty: bool,
}

impl<'w, W: Write> JsonArray<'w, W> {
    /// Begins the array.
    pub(crate) fn begin(out: &'w mut W) -> io::Result<Self> {
        out.write_all(b"[")?;
        Ok(Self { out, empty: true })
    }

    /// Writes the next element.
    pub(crate) fn push(&mut self, object: Map<String, Value>) -> io::Result<()> {
        self.push_text(Value::Object(object))
    }

    /// Writes the next element, which displays as JSON on one line.
    pub(crate) fn push_text(&mut self, element: impl fmt::Display) -> io::Result<()> {
        let separator = if self.empty { "" } else { "," };
        self.empty = false;
        write!(self.out, "{separator}\n{element}")
    }

    /// Ends the array.
    pub(crate) fn end(self) -> io::Result<()> {
        let before = if self.empty { "" } else { "\n" };
        writeln!(self.out, "{before}]")
    }
}
