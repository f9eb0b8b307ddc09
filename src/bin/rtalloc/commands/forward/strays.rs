//! Routes that lead to no port.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use rtalloc::forward::Port;

use crate::tables::Routes;

/// How many interfaces are named.
const NAMED: usize = 3;

/// Says how many routes go through interfaces that no port is, and through which most.
pub(super) fn warn(routes: &Routes, ports: &[Port]) {
    if let Some(text) = text(routes, ports) {
        // Standard error may be closed; what is dropped is counted as well.
        let _ = writeln!(io::stderr(), "rtalloc: {text}");
    }
}

fn text(routes: &Routes, ports: &[Port]) -> Option<String> {
    let v4 = routes.v4.iter().map(|route| route.1.interface);
    let v6 = routes.v6.iter().map(|route| route.1.interface);
    let mut counts = BTreeMap::<u32, usize>::new();
    // Index 0 names none, and leaves the choice to the gateway.
    for interface in v4.chain(v6).filter(|&interface| interface != 0) {
        *counts.entry(interface).or_default() += 1;
    }
    counts.retain(|&interface, _| ports.iter().all(|port| port.interface != interface));
    let total: usize = counts.values().sum();
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let named = counts.iter().take(NAMED).map(|(number, count)| format!("{number} ({count})"));
    let mut named = named.collect::<Vec<_>>().join(", ");
    if counts.len() > NAMED {
        named.push_str(&format!(" and {} more", counts.len() - NAMED));
    }
    (total > 0).then(|| {
        format!("routes through interfaces that no port is: {total}, by the interface {named}")
    })
}

#[cfg(test)]
mod tests {
    use rtalloc::NextHop;

    use super::*;

    #[test]
    fn the_most_frequent_are_named() {
        let route = |net: u32, next_hop| (rtalloc::Prefix::containing(net << 8, 24), next_hop);
        let stray = |net: u32| route(net, NextHop::interface(90 + net / 2));
        let mut routes = Routes { v4: (0..9).map(stray).collect(), ..Routes::default() };
        let said = text(&routes, &[]).unwrap();
        assert!(said.ends_with("9, by the interface 90 (2), 91 (2), 92 (2) and 2 more"), "{said}");
        routes.v4 = vec![route(1, NextHop::gateway([192, 0, 2, 1]))];
        assert_eq!(text(&routes, &[]), None);
    }
}
