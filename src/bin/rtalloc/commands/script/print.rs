//! Routes as OpenBSD 5.7's `route -n` prints them, and as JSON.

use core::fmt;
use std::{
    io::{self, Write},
    net::{IpAddr, Ipv4Addr},
};

use rtalloc::{
    AnyPrefix,
    bsd::{Priority, Profile, RtEntry, RtFlags, RtRef, message::Message},
};
use serde_json::json;

use super::machine::Machine;
use crate::output::JsonArray;

/// Prints the answer to `get`.
pub(super) fn print_found(
    out: &mut impl Write,
    machine: &Machine,
    asked: IpAddr,
    found: &Message,
) -> io::Result<()> {
    let addresses = &found.addresses;
    writeln!(out, "   route to: {}", RouteName(asked))?;
    if let Some(destination) = addresses.destination.and_then(|dst| dst.ip()) {
        writeln!(out, "destination: {}", RouteName(destination))?;
        if let Some(len) = addresses.netmask {
            writeln!(out, "       mask: {}", Mask(destination, len))?;
        }
    }
    if let Some(gateway) = addresses.gateway.filter(|_| found.flags.contains(RtFlags::GATEWAY)) {
        writeln!(out, "    gateway: {gateway}")?;
    }
    if let Some(interface) = addresses.interface.filter(|link| !link.name.is_empty()) {
        writeln!(out, "  interface: {}", interface.name)?;
    }
    if let Some(address) = addresses.interface_address {
        writeln!(out, " if address: {address}")?;
    }
    if machine.routing().profile() == Profile::OpenBsd {
        let priority = Priority::new(found.priority);
        writeln!(out, "   priority: {priority} ({})", priority.name().unwrap_or_default())?;
    }
    let flags: Vec<&str> = found.flags.iter_names().map(|(name, _)| name).collect();
    writeln!(out, "      flags: <{}>", flags.join(","))?;
    let metrics = &found.metrics;
    let left = match metrics.expire {
        0 => 0,
        expire => i128::from(expire) - i128::from(machine.now()),
    };
    // The letter `L` after a metric would say that it is locked, which no metric is here.
    writeln!(out, "     use       mtu    expire")?;
    writeln!(out, "{:8}  {:8}  {left:8} ", metrics.used, metrics.mtu)
}

/// Prints the answer to `resolve`: the address, the destination of its route, the gateway, the
/// flags and the interface, separated by tabs.
pub(super) fn print_match(
    out: &mut impl Write,
    machine: &Machine,
    asked: IpAddr,
    rt: &RtEntry,
) -> io::Result<()> {
    let (destination, gateway, flags) = (rt.destination(), rt.gateway(), rt.flags());
    let interface = machine.interface_name(rt.interface());
    writeln!(out, "{asked}\t{destination}\t{gateway}\t{flags}\t{interface}")
}

/// Prints a table's routes in OpenBSD's columns, family by family.
pub(super) fn print_table(
    out: &mut impl Write,
    machine: &Machine,
    routes: &[RtRef],
) -> io::Result<()> {
    writeln!(out, "Routing tables")?;
    let split = routes.partition_point(|rt| matches!(rt.destination(), AnyPrefix::V4(_)));
    let (v4, v6) = routes.split_at(split);
    // The widths of `route -n show`, of destination and gateway.
    for (title, routes, to, via) in [("Internet", v4, 18, 18), ("Internet6", v6, 34, 30)] {
        if routes.is_empty() {
            continue;
        }
        writeln!(out, "\n{title}:")?;
        write!(out, "{:to$} {:via$} ", "Destination", "Gateway")?;
        writeln!(out, "{:6} {:>5} {:>8} {:>5}  Prio Iface", "Flags", "Refs", "Use", "Mtu")?;
        for rt in routes {
            let destination = NetName(rt.destination()).to_string();
            write!(out, "{destination:to$} {:via$} ", rt.gateway().to_string())?;
            write!(out, "{:6} {:5} {:8} ", rt.flags().to_string(), 0, rt.uses())?;
            match rt.mtu() {
                0 => write!(out, "{:>5}", "-")?,
                mtu => write!(out, "{mtu:5}")?,
            }
            let priority = rt.priority().masked().number();
            writeln!(out, "  {priority:4} {}", machine.interface_name(rt.interface()))?;
        }
    }
    Ok(())
}

/// Prints a table's routes as a JSON array.
pub(super) fn print_json(
    out: &mut impl Write,
    machine: &Machine,
    routes: &[RtRef],
) -> io::Result<()> {
    let mut array = JsonArray::begin(out)?;
    for rt in routes {
        let interface = machine.interface_name(rt.interface());
        let fields = [
            ("destination", json!(rt.destination().to_string())),
            ("gateway", json!(rt.gateway().to_string())),
            ("flags", json!(rt.flags().to_string())),
            ("priority", json!(rt.priority().masked().number())),
            ("mtu", json!(rt.mtu())),
            ("interface", json!(interface.as_str())),
        ];
        // A map would not keep this order.
        let fields = fields.map(|(name, value)| format!("\"{name}\":{value}"));
        array.push_text(format_args!("{{{}}}", fields.join(",")))?;
    }
    array.end()
}

/// An address as route(8) names it: `default` for IPv4's zero.
struct RouteName(IpAddr);

impl fmt::Display for RouteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => f.write_str("default"),
            address => fmt::Display::fmt(&address, f),
        }
    }
}

/// The mask of a length for an address of the family.
struct Mask(IpAddr, u8);

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ones = match self.0 {
            _ if self.1 == 0 => return f.write_str("default"),
            IpAddr::V4(_) => IpAddr::from([0xFF; 4]),
            IpAddr::V6(_) => IpAddr::from([0xFF; 16]),
        };
        fmt::Display::fmt(&AnyPrefix::containing(ones, self.1).address(), f)
    }
}

/// A destination as route(8) names it: `default`, a host's address, or a network, of IPv4 without
/// the octets past its length.
struct NetName(AnyPrefix);

impl fmt::Display for NetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, len) = (self.0.address(), self.0.len());
        match address {
            _ if len == 0 => f.write_str("default"),
            _ if self.0.is_host() => fmt::Display::fmt(&address, f),
            IpAddr::V6(address) => write!(f, "{address}/{len}"),
            IpAddr::V4(address) => {
                let [first, others @ ..] = address.octets();
                write!(f, "{first}")?;
                let more = usize::from(len.div_ceil(8)).saturating_sub(1);
                others.iter().take(more).try_for_each(|octet| write!(f, ".{octet}"))?;
                write!(f, "/{len}")
            }
        }
    }
}
