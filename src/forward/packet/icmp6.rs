//! ICMPv6 (RFC 4443): errors about packets, and echoes.

use super::{
    Report,
    checksum::{self, pseudo_v6},
    ipv6::{self, Ipv6},
    put,
};

/// ICMPv6's protocol number.
pub const PROTOCOL: u8 = 58;

/// The longest error, header included: what every link carries.
const LONGEST: usize = 1280;
/// Bytes of an error before the packet that it quotes, the IPv6 header included.
const BEFORE: usize = ipv6::HEADER + 8;

const UNREACHABLE: u8 = 1;
const TOO_BIG: u8 = 2;
const TIME_EXCEEDED: u8 = 3;
/// Types below this tell of errors.
const INFORMATION: u8 = 128;
const ECHO_REQUEST: u8 = 128;
const ECHO_REPLY: u8 = 129;
const REDIRECT: u8 = 137;

/// Whether an error may be sent about a packet, whose header this is: not about an ICMPv6 error or a
/// redirect, nor about a packet from what is no single host, nor, unless it is too big, about one to a
/// group (RFC 4443 section 2.4 e). Nor about a fragment other than the first, of which nobody can
/// tell.
pub fn may_report(report: Report, header: &Ipv6, packet: &[u8]) -> bool {
    let too_big = matches!(report, Report::TooBig { .. });
    let Some(carried) = header.carried(packet) else { return false };
    let is_error = carried.protocol == PROTOCOL
        && packet.get(carried.at).is_none_or(|kind| *kind < INFORMATION || *kind == REDIRECT);
    !(is_error
        || carried.is_later
        || ipv6::is_no_host(header.source)
        || (ipv6::is_multicast(header.destination) && !too_big))
}

/// Writes an error about `packet` from `source` to `out`, with as much of the packet as there is room
/// for, up to 1280 bytes in all (RFC 4443 section 2.4 c). Returns its length, or `None` if there is no
/// room for the packet's header and the eight bytes behind it.
pub fn write_error(
    report: Report,
    header: &Ipv6,
    packet: &[u8],
    source: u128,
    out: &mut [u8],
) -> Option<usize> {
    let quoted = packet.get(..header.total)?;
    let room = out.len().min(LONGEST).checked_sub(BEFORE)?;
    if room < quoted.len().min(ipv6::HEADER + 8) {
        return None;
    }
    let quoted = &quoted[..quoted.len().min(room)];
    let out = &mut out[..BEFORE + quoted.len()];
    let length = (8 + quoted.len()) as u16;
    ipv6::write(out, source, header.source, PROTOCOL, length, 0);
    let (kind, code, mtu) = match report {
        Report::NoRoute => (UNREACHABLE, 0, 0),
        Report::Prohibited => (UNREACHABLE, 1, 0),
        Report::BeyondScope => (UNREACHABLE, 2, 0),
        Report::HostUnreachable => (UNREACHABLE, 3, 0),
        Report::TooBig { mtu } => (TOO_BIG, 0, mtu),
        Report::TimeExceeded => (TIME_EXCEEDED, 0, 0),
    };
    let message = &mut out[ipv6::HEADER..];
    put(message, 0, &[kind, code]);
    put(message, 4, &mtu.to_be_bytes());
    put(message, 8, quoted);
    seal(source, header.source, message);
    Some(out.len())
}

/// Makes an echo request without extension headers, whose header this is, the reply to it. Returns
/// whether it was a whole request with a right checksum; otherwise nothing changes.
pub fn answer_echo(header: &Ipv6, packet: &mut [u8]) -> bool {
    let Some(message) = packet.get_mut(ipv6::HEADER..header.total) else { return false };
    let pseudo = pseudo_v6(header.source, header.destination, message.len() as u32, PROTOCOL);
    let is_request = header.next == PROTOCOL
        && message.len() >= 8
        && message[0] == ECHO_REQUEST
        && !ipv6::is_multicast(header.destination)
        && checksum::sum(pseudo, message) == 0xFFFF;
    if is_request {
        message[0] = ECHO_REPLY;
        seal(header.destination, header.source, message);
        let length = message.len() as u16;
        ipv6::write(packet, header.destination, header.source, PROTOCOL, length, 0);
    }
    is_request
}

/// Sets the checksum of a message.
fn seal(source: u128, destination: u128, message: &mut [u8]) {
    put(message, 2, &[0, 0]);
    let pseudo = pseudo_v6(source, destination, message.len() as u32, PROTOCOL);
    let checksum = !checksum::sum(pseudo, message);
    put(message, 2, &checksum.to_be_bytes());
}
