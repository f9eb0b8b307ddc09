//! The packets that are forwarded to be timed, and the gateways that they are for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rtalloc::forward::packet::{UDP, ipv4, ipv6};

use super::MACS;
use crate::measure::Measured;

/// A family, as its packets and gateways are made.
pub(super) trait Packets: Measured {
    fn gateway(number: u8) -> IpAddr;

    /// A frame for the first port, to `destination`, that ends with `number`.
    fn frame(destination: Self, number: u32) -> Option<Vec<u8>>;
}

impl Packets for u32 {
    fn gateway(number: u8) -> IpAddr {
        Ipv4Addr::new(100, 64, 0, number).into()
    }

    fn frame(destination: Self, number: u32) -> Option<Vec<u8>> {
        const PAYLOAD: u16 = 12;
        if ipv4::is_no_host(destination) {
            return None;
        }
        let mut frame = [&MACS[0][..], &[2, 0, 0, 0, 9, 9, 8, 0]].concat();
        let total = ipv4::HEADER as u16 + PAYLOAD;
        frame.extend([0x45, 0, 0, total as u8, 0, 0, 0, 0, 64, UDP, 0, 0, 192, 0, 2, 9]);
        frame.extend(destination.to_be_bytes());
        frame.extend([4, 0, 0, 9, 0, PAYLOAD as u8, 0, 0]);
        frame.extend(number.to_be_bytes());
        ipv4::seal(&mut frame[14..], ipv4::HEADER);
        Some(frame)
    }
}

impl Packets for u128 {
    fn gateway(number: u8) -> IpAddr {
        Ipv6Addr::from(0xFE80 << 112 | u128::from(number)).into()
    }

    fn frame(destination: Self, number: u32) -> Option<Vec<u8>> {
        const PAYLOAD: u16 = 12;
        if ipv6::is_no_host(destination) || ipv6::is_link_local(destination) {
            return None;
        }
        let mut frame = [&MACS[0][..], &[2, 0, 0, 0, 9, 9, 0x86, 0xDD]].concat();
        frame.resize(14 + ipv6::HEADER, 0);
        let source = 0x2001_0DB8 << 96 | 9;
        ipv6::write(&mut frame[14..], source, destination, UDP, PAYLOAD, 0);
        frame.extend([4, 0, 0, 9, 0, PAYLOAD as u8, 0, 0]);
        frame.extend(number.to_be_bytes());
        Some(frame)
    }
}
