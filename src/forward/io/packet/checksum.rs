//! Checksums that a sender on this machine left to hardware that is not there.
//!
//! A virtual interface hands such a packet over with only the sum of the pseudo-header in the
//! checksum's place (Linux, `Documentation/networking/checksum-offloads.rst`). Sent on as it is, its
//! receiver would throw it away. Here the sum of the payload is added, as the hardware would have.
//!
//! The kernel says that a checksum is left, but not which one: of what a tunnel carries it is often the
//! inner one, while the outer one is done, or none (0 in UDP). So a checksum is completed only where the
//! pseudo-header's sum stands in its place, which is never 0.

use core::ops::Range;

/// A TCP or UDP packet in a frame.
struct Payload {
    /// Where it is.
    at: Range<usize>,
    /// Where its checksum is.
    checksum: usize,
    /// Where the addresses of the IP header are, in the frame.
    addresses: Range<usize>,
    protocol: u8,
}

const TCP: u8 = 6;
const UDP: u8 = 17;

/// Completes the checksum of a TCP or UDP packet in an Ethernet frame. Returns whether it did; frames in
/// which something else is left, or too little stands, are left alone.
pub(super) fn complete(frame: &mut [u8]) -> bool {
    let Some(Payload { at, checksum, addresses, protocol }) = find(frame) else { return false };
    let length = at.len() as u32;
    let pseudo = sum(&frame[addresses]) + u32::from(protocol) + (length >> 16) + (length & 0xffff);
    let place = checksum..checksum + 2;
    if frame[place.clone()] != fold(pseudo).to_be_bytes() {
        return false;
    }
    // In UDP, 0 says that there is no checksum (RFC 768), so a checksum of 0 is written as its equal.
    let checksum = match !fold(sum(&frame[at])) {
        0 if protocol == UDP => 0xffff,
        checksum => checksum,
    };
    frame[place].copy_from_slice(&checksum.to_be_bytes());
    true
}

/// The sum of 16-bit words, of at most 64 KiB.
fn sum(bytes: &[u8]) -> u32 {
    let word = |pair: &[u8]| u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]);
    bytes.chunks(2).map(|pair| u32::from(word(pair))).sum()
}

/// The sum in one's complement. It is 0 of nothing but zeros.
fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

/// The TCP or UDP packet, if there is one.
fn find(frame: &[u8]) -> Option<Payload> {
    const IP: usize = 14;
    let ip = frame.get(IP..)?;
    let (protocol, addresses, header, length) = match u16::from_be_bytes([frame[12], frame[13]]) {
        0x0800 => {
            let fixed = ip.first_chunk::<20>()?;
            let fragment = u16::from_be_bytes([fixed[6], fixed[7]]) & 0x3fff;
            let length = u16::from_be_bytes([fixed[2], fixed[3]]);
            (fragment == 0).then_some(())?;
            (fixed[9], 12..20, usize::from(fixed[0] & 0xf) * 4, usize::from(length))
        }
        0x86dd => {
            let fixed = ip.first_chunk::<40>()?;
            (fixed[6], 8..40, 40, 40 + usize::from(u16::from_be_bytes([fixed[4], fixed[5]])))
        }
        _ => return None,
    };
    let (offset, least) = match protocol {
        TCP => (16, 20),
        UDP => (6, 8),
        _ => return None,
    };
    let fits = length <= ip.len() && header + least <= length;
    fits.then_some(Payload {
        at: IP + header..IP + length,
        checksum: IP + header + offset,
        addresses: IP + addresses.start..IP + addresses.end,
        protocol,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole_sum(bytes: &[u8]) -> u16 {
        let mut sum = 0u64;
        for pair in bytes.chunks(2) {
            sum += u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0));
        }
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum as u16
    }

    /// A frame whose checksum is the sum of the pseudo-header (RFC 9293 section 3.1, RFC 8200 section
    /// 8.1), and that pseudo-header.
    fn partial(v6: bool, is_udp: bool, payload: &[u8]) -> (Vec<u8>, Vec<u8>, usize) {
        let (protocol, header, place) = if is_udp { (17, 8, 6) } else { (6, 20, 16) };
        let length = header + payload.len();
        let mut frame = vec![0; 12];
        let mut pseudo = Vec::new();
        if v6 {
            frame.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
            frame.extend((length as u16).to_be_bytes());
            frame.extend([protocol, 64]);
            frame.extend([7; 32]);
            pseudo.extend([7; 32]);
            pseudo.extend((length as u32).to_be_bytes());
            pseudo.extend([0, 0, 0, protocol]);
        } else {
            frame.extend([0x08, 0x00, 0x45, 0]);
            frame.extend((length as u16 + 20).to_be_bytes());
            frame.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
            frame.extend([9; 8]);
            pseudo.extend([9; 8]);
            pseudo.extend([0, protocol]);
            pseudo.extend((length as u16).to_be_bytes());
        }
        let start = frame.len();
        frame.resize(start + header, 3);
        frame.extend(payload);
        frame[start + place..start + place + 2].copy_from_slice(&whole_sum(&pseudo).to_be_bytes());
        (frame, pseudo, start)
    }

    proptest! {
        #[test]
        fn a_completed_checksum_is_right(
            v6: bool,
            is_udp: bool,
            payload in prop::collection::vec(any::<u8>(), 0..60),
            padding in 0usize..20,
        ) {
            let (mut frame, mut pseudo, start) = partial(v6, is_udp, &payload);
            let end = frame.len();
            // An Ethernet frame may be longer than its packet.
            frame.resize(end + padding, 0xaa);
            prop_assert!(complete(&mut frame));
            pseudo.extend_from_slice(&frame[start..end]);
            prop_assert_eq!(whole_sum(&pseudo), 0xffff);
        }

        #[test]
        fn no_frame_makes_it_panic(mut frame in prop::collection::vec(any::<u8>(), 0..100), v6: bool) {
            if frame.len() > 14 {
                let kind: [u8; 2] = if v6 { [0x86, 0xdd] } else { [0x08, 0x00] };
                frame[12..14].copy_from_slice(&kind);
            }
            complete(&mut frame);
        }
    }

    fn is_left_alone(mut frame: Vec<u8>) -> bool {
        let before = frame.clone();
        !complete(&mut frame) && frame == before
    }

    #[test]
    fn leaves_fragments_and_other_protocols_alone() {
        let (mut frame, ..) = partial(false, true, &[1, 2, 3]);
        frame[14 + 6] = 0x20;
        assert!(is_left_alone(frame.clone()));
        frame[14 + 6] = 0;
        frame[14 + 9] = 1;
        assert!(is_left_alone(frame));
    }

    /// What a tunnel over UDP carries has a checksum of its own, which may be the one that is left.
    #[test]
    fn leaves_checksums_alone_that_are_done_or_none() {
        for v6 in [false, true] {
            for is_udp in [false, true] {
                let (mut frame, _, start) = partial(v6, is_udp, &[1, 2, 3]);
                let place = start + if is_udp { 6 } else { 16 };
                let mut none = frame.clone();
                none[place..place + 2].fill(0);
                assert!(is_left_alone(none));
                assert!(complete(&mut frame));
                assert!(is_left_alone(frame), "it is done");
            }
        }
    }
}
