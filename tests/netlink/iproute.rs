//! What `ip` says of the kernel's routes: the same kernel, by way of a decoder that is not ours.

use std::{collections::BTreeMap, net::IpAddr, process::Command};

use rtalloc::{NextHop, netlink::RouteKind};
use serde_json::Value;

/// For each table and prefix the route that counts: its kind, its metric, and its usable next hops in
/// the order in which the mirror has them.
pub(crate) type Said = BTreeMap<(u32, String), (RouteKind, u32, Vec<NextHop>)>;

fn json(args: &[&str]) -> Vec<Value> {
    let output = Command::new("ip").args(args).output().expect("ip ran a moment ago");
    assert!(output.status.success(), "ip {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    if output.stdout.trim_ascii().is_empty() {
        return Vec::new();
    }
    serde_json::from_slice(&output.stdout).expect("ip writes JSON")
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| number.try_into().ok())
}

fn has_flag(value: &Value, flag: &str) -> bool {
    value["flags"].as_array().is_some_and(|flags| flags.iter().any(|has| has == flag))
}

fn kind(name: &str) -> RouteKind {
    (1..=9)
        .map(RouteKind::from_number)
        .find(|kind| kind.to_string() == name)
        .unwrap_or_else(|| panic!("a route of type {name}"))
}

/// The next hop of a route or of one of its legs, unless it is dead.
fn next_hop(way: &Value, links: &BTreeMap<String, u32>) -> Option<NextHop> {
    if has_flag(way, "dead") {
        return None;
    }
    let gateway = way["gateway"].as_str().or(way["via"]["host"].as_str());
    let gateway = gateway.map(|gateway| gateway.parse().expect("an address"));
    let interface = way["dev"].as_str().and_then(|name| links.get(name)).copied();
    Some(NextHop { gateway, interface: interface.unwrap_or_default() })
}

/// The routes of this thread's network namespace.
pub(crate) fn said() -> Said {
    let links: BTreeMap<String, u32> = json(&["-j", "link"])
        .iter()
        .filter_map(|link| Some((link["ifname"].as_str()?.to_owned(), number(&link["ifindex"])?)))
        .collect();
    let mut said = Said::new();
    for (family, width, any) in [("-4", 32, "0.0.0.0"), ("-6", 128, "::")] {
        let mut routes = json(&["-j", "-d", family, "route", "show", "table", "all"]);
        // Those of one metric stay in the kernel's order.
        routes.sort_by_key(|route| number(&route["metric"]).unwrap_or_default());
        for route in &routes {
            let kind = kind(route["type"].as_str().expect("told with -d"));
            let mut hops = match route["nexthops"].as_array() {
                _ if !kind.has_paths() => vec![NextHop::default()],
                Some(legs) => legs.iter().filter_map(|leg| next_hop(leg, &links)).collect(),
                None => next_hop(route, &links).into_iter().collect(),
            };
            if hops.is_empty() {
                continue;
            }
            if family == "-6" {
                hops.sort();
            }
            let told = route["dst"].as_str().expect("a destination");
            let (address, length) = match told.split_once('/') {
                Some((address, length)) => (address, length.parse().expect("a length")),
                None if told == "default" => (any, 0),
                None => (told, width),
            };
            let address: IpAddr = address.parse().expect("an address");
            let table = route["table"].as_str().map_or(254, |name| match name {
                "default" => 253,
                "main" => 254,
                "local" => 255,
                number => number.parse().expect("a table's number"),
            });
            let priority = number(&route["metric"]).unwrap_or_default();
            said.entry((table, format!("{address}/{length}"))).or_insert((kind, priority, hops));
        }
    }
    said
}
