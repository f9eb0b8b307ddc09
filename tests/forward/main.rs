//! The forwarder: packets beside `etherparse`, ports made of memory, neighbours that answer or do not,
//! and the golden model while routes change.

mod allocations;
mod churn;
#[cfg(feature = "cli")]
mod command;
mod discovery;
mod errors;
mod floods;
mod fragments;
mod gateways;
mod headers;
mod hostile;
mod lab;
mod local;
mod malformed;
#[cfg(all(feature = "netlink", target_os = "linux"))]
mod mirrored;
mod neighbours;
mod next_hops;
mod passing;
mod threads;
