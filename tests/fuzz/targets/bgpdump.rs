//! What `bgpdump -m` prints: lines whose fields are right, nearly right, or anything.

#![no_main]

use arbitrary::Arbitrary;
use rtalloc_fuzz::reading::read_every_way;

#[derive(Arbitrary, Debug)]
enum Field<'a> {
    V4([u8; 4], u8),
    V6([u8; 16], u8),
    Address4([u8; 4]),
    Address6([u8; 16]),
    Number(u32),
    Announce,
    Withdraw,
    Text(&'a str),
}

#[derive(Arbitrary, Debug)]
struct Line<'a> {
    kind: Option<u8>,
    fields: Vec<Field<'a>>,
    tail: &'a str,
}

impl Field<'_> {
    fn text(&self) -> String {
        match *self {
            Self::V4([a, b, c, d], len) => format!("{a}.{b}.{c}.{d}/{len}"),
            Self::V6(octets, len) => format!("{}/{len}", std::net::Ipv6Addr::from(octets)),
            Self::Address4([a, b, c, d]) => format!("{a}.{b}.{c}.{d}"),
            Self::Address6(octets) => std::net::Ipv6Addr::from(octets).to_string(),
            Self::Number(number) => number.to_string(),
            Self::Announce => "A".into(),
            Self::Withdraw => "W".into(),
            Self::Text(text) => text.into(),
        }
    }
}

libfuzzer_sys::fuzz_target!(|lines: Vec<Line<'_>>| {
    let mut text = String::new();
    for line in &lines {
        let fields: Vec<String> = line.fields.iter().map(Field::text).collect();
        if let Some(kind) = line.kind {
            let kinds = ["TABLE_DUMP", "TABLE_DUMP2", "BGP4MP", "BGP4MP_ET"];
            text.push_str(kinds[usize::from(kind) % kinds.len()]);
            // What stands in front of the prefix.
            text.push_str("|1|");
            text.push_str(if kind & 4 == 0 { "A" } else { "W" });
            text.push_str("|192.0.2.1|65000|");
        }
        text.push_str(&fields.join("|"));
        text.push_str(line.tail);
        text.push('\n');
    }
    read_every_way(text.as_bytes());
});
