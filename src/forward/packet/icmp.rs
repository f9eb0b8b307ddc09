//! ICMP for IPv4 (RFC 792, RFC 1191, RFC 1812 section 4.3): errors about packets, and echoes.

use super::{
    Report, checksum,
    ipv4::{self, Ipv4},
    put,
};

/// ICMP's protocol number.
pub const PROTOCOL: u8 = 1;

/// The longest error, header included (RFC 1812 section 4.3.2.3).
const LONGEST: usize = 576;
/// Bytes of an error before the packet that it quotes, the IPv4 header included.
const BEFORE: usize = ipv4::HEADER + 8;

const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST: u8 = 8;
const UNREACHABLE: u8 = 3;
const TIME_EXCEEDED: u8 = 11;
/// The types that tell of an error: unreachable, source quench, redirect, time exceeded, parameter
/// problem.
const ERRORS: [u8; 5] = [UNREACHABLE, 4, 5, TIME_EXCEEDED, 12];
/// Internetwork control (RFC 1812 section 4.3.2.5).
const PRECEDENCE: u8 = 0xC0;
/// Hops that an error or a reply may make.
const TTL: u8 = 64;

/// Whether an error may be sent about a packet, whose header this is: not about an ICMP error, a
/// packet to or from what is no single host, or a fragment other than the first (RFC 1812 section
/// 4.3.2.7). That the packet came as a broadcast on its link is for the caller to know.
pub fn may_report(header: &Ipv4, packet: &[u8]) -> bool {
    let is_error = header.protocol == PROTOCOL
        && header.payload(packet).first().is_none_or(|kind| ERRORS.contains(kind));
    !(is_error
        || header.is_later_fragment()
        || ipv4::is_no_host(header.source)
        || ipv4::is_no_host(header.destination))
}

/// Writes an error about `packet` from `source` to `out`, with as much of the packet as there is room
/// for, up to 576 bytes in all. Returns its length, or `None` if there is no room for the packet's header
/// and the eight bytes behind it, by which its sender knows it (RFC 792).
pub fn write_error(
    report: Report,
    header: &Ipv4,
    packet: &[u8],
    source: u32,
    identification: u16,
    out: &mut [u8],
) -> Option<usize> {
    let quoted = packet.get(..usize::from(header.total))?;
    let room = out.len().min(LONGEST).checked_sub(BEFORE)?;
    if room < quoted.len().min(usize::from(header.header) + 8) {
        return None;
    }
    let quoted = &quoted[..quoted.len().min(room)];
    let out = &mut out[..BEFORE + quoted.len()];
    put(out, 0, &[0x45, PRECEDENCE]);
    put(out, 2, &(out.len() as u16).to_be_bytes());
    put(out, 4, &identification.to_be_bytes());
    put(out, 6, &[0, 0, TTL, PROTOCOL]);
    put(out, 12, &source.to_be_bytes());
    put(out, 16, &header.source.to_be_bytes());
    ipv4::seal(out, ipv4::HEADER);
    let (kind, code, mtu) = match report {
        Report::NoRoute | Report::BeyondScope => (UNREACHABLE, 0, 0),
        Report::HostUnreachable => (UNREACHABLE, 1, 0),
        Report::TooBig { mtu } => (UNREACHABLE, 4, u16::try_from(mtu).unwrap_or(u16::MAX)),
        Report::Prohibited => (UNREACHABLE, 13, 0),
        Report::TimeExceeded => (TIME_EXCEEDED, 0, 0),
    };
    let message = &mut out[ipv4::HEADER..];
    put(message, 0, &[kind, code, 0, 0, 0, 0]);
    put(message, 6, &mtu.to_be_bytes());
    put(message, 8, quoted);
    seal(message);
    Some(out.len())
}

/// Makes an echo request, whose header this is, the reply to it. Returns whether it was a whole
/// request with a right checksum; otherwise nothing changes.
///
/// Options are not turned around as RFC 1812 section 4.3.3.6 wants it, but left in place.
pub fn answer_echo(header: &Ipv4, packet: &mut [u8]) -> bool {
    let (start, end) = (usize::from(header.header), usize::from(header.total));
    let Some(message) = packet.get_mut(start..end) else { return false };
    let is_request = header.protocol == PROTOCOL
        && !header.is_fragment()
        && message.len() >= 8
        && message[0] == ECHO_REQUEST
        && checksum::sum(0, message) == 0xFFFF;
    if is_request {
        message[0] = ECHO_REPLY;
        seal(message);
        put(packet, 8, &[TTL]);
        put(packet, 12, &header.destination.to_be_bytes());
        put(packet, 16, &header.source.to_be_bytes());
        ipv4::seal(packet, start);
    }
    is_request
}

/// Sets the checksum of a message.
fn seal(message: &mut [u8]) {
    put(message, 2, &[0, 0]);
    let checksum = !checksum::sum(0, message);
    put(message, 2, &checksum.to_be_bytes());
}
