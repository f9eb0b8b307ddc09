//! What `ip -j route` prints: JSON of the right shape with anything in it, and anything in brackets.

#![no_main]

use arbitrary::Arbitrary;
use rtalloc_fuzz::reading::read_every_way;

#[derive(Arbitrary, Debug)]
enum Value<'a> {
    Null,
    Default,
    V4([u8; 4], Option<u8>),
    V6([u8; 16], Option<u8>),
    Number(i64),
    Text(&'a str),
    Routes(Vec<Route<'a>>),
    Host(Box<Value<'a>>),
}

#[derive(Arbitrary, Debug)]
struct Route<'a> {
    dst: Option<Value<'a>>,
    gateway: Option<Value<'a>>,
    via: Option<Value<'a>>,
    dev: Option<Value<'a>>,
    kind: Option<Value<'a>>,
    nexthops: Option<Value<'a>>,
}

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    Routes(Vec<Route<'a>>),
    Raw(&'a str),
}

impl Value<'_> {
    fn write(&self, out: &mut String) {
        let with = |address: String, len: Option<u8>| match len {
            Some(len) => format!("{address}/{len}"),
            None => address,
        };
        let text = match self {
            Self::Null => return out.push_str("null"),
            Self::Number(number) => return out.push_str(&number.to_string()),
            Self::Routes(routes) => return write_all(routes, out),
            Self::Host(value) => {
                out.push_str("{\"family\":\"inet6\",\"host\":");
                value.write(out);
                return out.push('}');
            }
            Self::Default => "default".to_owned(),
            Self::V4(octets, len) => with(std::net::Ipv4Addr::from(*octets).to_string(), *len),
            Self::V6(octets, len) => with(std::net::Ipv6Addr::from(*octets).to_string(), *len),
            Self::Text(text) => (*text).to_owned(),
        };
        // A string's debug form is that of JSON but for escapes that JSON does not know, which are
        // worth a try too.
        out.push_str(&format!("{text:?}"));
    }
}

fn write_all(routes: &[Route<'_>], out: &mut String) {
    out.push('[');
    for (index, route) in routes.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push('{');
        let Route { dst, gateway, via, dev, kind, nexthops } = route;
        let fields = [
            ("dst", dst),
            ("gateway", gateway),
            ("via", via),
            ("dev", dev),
            ("type", kind),
            ("nexthops", nexthops),
        ];
        let mut first = true;
        for (name, value) in fields {
            let Some(value) = value else { continue };
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            out.push_str(&format!("\"{name}\":"));
            value.write(out);
        }
        out.push('}');
    }
    out.push(']');
}

libfuzzer_sys::fuzz_target!(|input: Input<'_>| {
    let mut text = String::new();
    match input {
        Input::Routes(routes) => write_all(&routes, &mut text),
        Input::Raw(raw) => {
            text.push('[');
            text.push_str(raw);
        }
    }
    read_every_way(text.as_bytes());
});
