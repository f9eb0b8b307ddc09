//! What a table costs: bytes by part, and the tree by depth.

use std::io::{self, Write};

use rtalloc::Stats;
use serde_json::{Value, json};

/// Address bits that the directory and a chunk, the first two depths of the tree, cover each.
const DIRECT_BITS: usize = 9;

/// Depths that cover so many bits.
const DIRECT_DEPTHS: usize = 2;

/// Address bits that a record, at any further depth, covers.
const RECORD_BITS: usize = 6;

/// The address bits that the nodes at `depth` cover: the first and the last, counted from 0.
fn bits(depth: usize, width: u8) -> (usize, usize) {
    let start = |depth: usize| {
        let direct = depth.min(DIRECT_DEPTHS);
        direct * DIRECT_BITS + (depth - direct) * RECORD_BITS
    };
    (start(depth), start(depth + 1).min(width.into()) - 1)
}

/// The parts, which add up to the total.
fn parts(stats: &Stats) -> [(&'static str, usize); 7] {
    [
        ("nodes", stats.node_bytes),
        ("free nodes", stats.arena_bytes.saturating_sub(stats.node_bytes)),
        ("cells", stats.cell_bytes),
        ("entries", stats.entry_bytes),
        ("map", stats.map_bytes),
        ("writer", stats.writer_bytes),
        ("total", stats.total_bytes()),
    ]
}

fn per_prefix(stats: &Stats, bytes: usize) -> f64 {
    bytes as f64 / stats.routes.max(1) as f64
}

/// Prints all of it as text.
pub(crate) fn print(out: &mut impl Write, stats: &Stats, width: u8) -> io::Result<()> {
    writeln!(out, "  {:<10} {:>12} {:>13}", "part", "bytes", "bytes/prefix")?;
    for (name, bytes) in parts(stats) {
        writeln!(out, "  {name:<10} {bytes:>12} {:>13.2}", per_prefix(stats, bytes))?;
    }
    let touched = stats.lookup_bytes();
    writeln!(out, "  {:<10} {touched:>12} {:>13.2}", "lookups", per_prefix(stats, touched))?;
    writeln!(
        out,
        "  {:<5} {:>8} {:>10} {:>12} {:>10}",
        "depth", "bits", "nodes", "bytes", "leaves"
    )?;
    for (at, depth) in stats.depths.iter().enumerate() {
        let (first, last) = bits(at, width);
        let bits = format!("{first}-{last}");
        let (nodes, bytes, leaves) = (depth.nodes, depth.bytes, depth.leaves);
        writeln!(out, "  {at:<5} {bits:>8} {nodes:>10} {bytes:>12} {leaves:>10}")?;
    }
    Ok(())
}

/// All of it as a JSON object.
pub(crate) fn json(stats: &Stats, width: u8) -> Value {
    let bytes: serde_json::Map<String, Value> = parts(stats)
        .into_iter()
        .map(|(name, bytes)| (name.replace(' ', "_"), bytes.into()))
        .collect();
    let depths = stats.depths.iter().enumerate().map(|(at, depth)| {
        let (first, last) = bits(at, width);
        json!({
            "first_bit": first,
            "last_bit": last,
            "nodes": depth.nodes,
            "bytes": depth.bytes,
            "leaves": depth.leaves,
        })
    });
    json!({
        "bytes": bytes,
        "lookup_bytes": stats.lookup_bytes(),
        "bytes_per_prefix": per_prefix(stats, stats.total_bytes()),
        "lookup_bytes_per_prefix": per_prefix(stats, stats.lookup_bytes()),
        "depths": depths.collect::<Value>(),
    })
}

#[cfg(test)]
mod tests {
    use rtalloc::{NextHop, Prefix, Route, Table};

    use super::*;

    /// A single prefix of length `len` splits one node at each depth down to the one that its last
    /// bit is in, and nothing below.
    #[test]
    fn the_bits_of_a_depth_are_those_of_the_tree() {
        for len in 1..=128 {
            let table = Table::new().unwrap();
            let prefix = Prefix::containing(u128::MAX, len);
            table.v6().insert(prefix, Route::via(NextHop::interface(1))).unwrap();
            let deepest = table.v6().stats().depths.len() - 1;
            let (first, last) = bits(deepest, 128);
            assert!((first..=last).contains(&(usize::from(len) - 1)), "/{len}");
        }
        assert_eq!(bits(4, 32), (30, 31), "the last depth ends with the address");
    }

    #[test]
    fn the_parts_add_up() {
        let table = Table::new().unwrap();
        table.v4().insert(Prefix::default(), Route::via(NextHop::interface(1))).unwrap();
        let stats = table.v4().stats();
        let parts = parts(&stats);
        let sum: usize = parts[..6].iter().map(|part| part.1).sum();
        assert_eq!((sum, "total"), (parts[6].1, parts[6].0));
    }
}
