//! Checksums that a sender on this machine left to hardware that is not there.
//!
//! A virtual interface hands such a packet over with only the sum of the pseudo-header in the
//! checksum's place (Linux, `Documentation/networking/checksum-offloads.rst`). Sent on as it is, its
//! receiver would throw it away. Here the sum of the payload is added, as the hardware would have.

/// Completes the checksum of a TCP or UDP packet in an Ethernet frame. Frames that hold anything else,
/// or too little, are left alone.
pub(super) fn complete(frame: &mut [u8]) {
    let Some((start, end, place, is_udp)) = find(frame) else { return };
    let mut sum = 0u32;
    for pair in frame[start..end].chunks(2) {
        let word = u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]);
        sum += u32::from(word);
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    // In UDP, 0 says that there is no checksum (RFC 768), so a checksum of 0 is written as its equal.
    let checksum = match !(sum as u16) {
        0 if is_udp => 0xffff,
        checksum => checksum,
    };
    frame[place..place + 2].copy_from_slice(&checksum.to_be_bytes());
}

/// Where the payload begins and ends and its checksum is, and whether it is UDP.
fn find(frame: &[u8]) -> Option<(usize, usize, usize, bool)> {
    const IP: usize = 14;
    let ip = frame.get(IP..)?;
    let (protocol, header, length) = match u16::from_be_bytes([frame[12], frame[13]]) {
        0x0800 => {
            let fixed = ip.first_chunk::<20>()?;
            let fragment = u16::from_be_bytes([fixed[6], fixed[7]]) & 0x3fff;
            let length = u16::from_be_bytes([fixed[2], fixed[3]]);
            (fragment == 0).then_some(())?;
            (fixed[9], usize::from(fixed[0] & 0xf) * 4, usize::from(length))
        }
        0x86dd => {
            let fixed = ip.first_chunk::<40>()?;
            (fixed[6], 40, 40 + usize::from(u16::from_be_bytes([fixed[4], fixed[5]])))
        }
        _ => return None,
    };
    let (offset, least, is_udp) = match protocol {
        6 => (16, 20, false),
        17 => (6, 8, true),
        _ => return None,
    };
    let fits = length <= ip.len() && header + least <= length;
    fits.then_some((IP + header, IP + length, IP + header + offset, is_udp))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(bytes: &[u8]) -> u16 {
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
        frame[start + place..start + place + 2].copy_from_slice(&sum(&pseudo).to_be_bytes());
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
            complete(&mut frame);
            pseudo.extend_from_slice(&frame[start..end]);
            prop_assert_eq!(sum(&pseudo), 0xffff);
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

    #[test]
    fn leaves_fragments_and_other_protocols_alone() {
        let (mut frame, ..) = partial(false, true, &[1, 2, 3]);
        frame[14 + 6] = 0x20;
        let before = frame.clone();
        complete(&mut frame);
        assert_eq!(frame, before);
        frame[14 + 6] = 0;
        frame[14 + 9] = 1;
        let before = frame.clone();
        complete(&mut frame);
        assert_eq!(frame, before);
    }
}
