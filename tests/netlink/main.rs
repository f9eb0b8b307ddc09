//! Mirrors of kernels and routing daemons: the decoder beside `netlink-packet-route`, the state
//! machine beside a model of a kernel, FPM over a socket, and a real kernel in a namespace.

#![cfg(target_os = "linux")]

mod bytes;
mod fpm;
mod iproute;
mod live;
mod model;
mod oracle;
mod rules;
mod sequences;
mod wire;
