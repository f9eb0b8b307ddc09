//! The addresses of a port: those that are given, or those that its interface has in the kernel.

use std::{
    io::{self, Write},
    net::IpAddr,
};

use if_addrs::IfAddr;
use rtalloc::bsd::InterfaceAddress;

use super::{ForwardArgs, ports::Opened, spec::PortSpec};
use crate::failure::Failure;

/// The addresses of a port. If none is given for it, and it is the station that its interface is, it has
/// those of the interface, which is said; as is that there are none, as nobody can be asked then where
/// an IPv4 neighbour is.
pub(super) fn of(
    args: &ForwardArgs,
    spec: &PortSpec,
    opened: &Opened,
) -> Result<Vec<InterfaceAddress>, Failure> {
    let given = args.addresses.iter().filter(|given| given.port == spec.name);
    let given: Vec<_> = given.map(|given| given.address).collect();
    let Some(interface) = spec.kind.interface().filter(|_| given.is_empty()) else {
        return Ok(given);
    };
    let mac = args.macs.iter().find(|given| given.port == spec.name).map(|given| given.mac);
    let is_another = mac.is_some() && mac != opened.mac;
    let own = if is_another { Vec::new() } else { kernels(interface)? };
    let text = match own.iter().any(|own| !is_of_link(own.address)) {
        true => {
            let own = own.iter().map(|own| format!("{}/{}", own.address, own.prefix_len));
            let own = own.collect::<Vec<_>>().join(", ");
            format!("has the addresses of {interface}: {own}")
        }
        false if is_another => "has another Ethernet address than its interface and no --address, \
                                so IPv4 neighbours cannot be asked for"
            .to_owned(),
        false => format!(
            "no --address is given and {interface} has none, so IPv4 neighbours cannot be asked for"
        ),
    };
    // Standard error may be closed; what is dropped is counted as well.
    let _ = writeln!(io::stderr(), "rtalloc: port {}: {text}", spec.name);
    Ok(own)
}

/// The addresses that an interface has in this network namespace.
fn kernels(interface: &str) -> Result<Vec<InterfaceAddress>, Failure> {
    let all = if_addrs::get_if_addrs()
        .map_err(|error| Failure::System("ask for the interfaces' addresses", error))?;
    // An IPv4 address may have a label, which is the interface's name, a colon and something.
    let is_own = |known: &if_addrs::Interface| known.name.split(':').next() == Some(interface);
    let address = |known: if_addrs::Interface| {
        let (address, prefix_len) = match known.addr {
            IfAddr::V4(own) => (IpAddr::V4(own.ip), own.prefixlen),
            IfAddr::V6(own) => (IpAddr::V6(own.ip), own.prefixlen),
        };
        InterfaceAddress { address, prefix_len, peer: None }
    };
    // A length of 0 is none of a network.
    let known = all.into_iter().filter(is_own).map(address);
    Ok(known.filter(|own| own.prefix_len > 0).collect())
}

/// Whether an address is valid on its link alone. Every Ethernet port has such a one by itself.
fn is_of_link(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}
