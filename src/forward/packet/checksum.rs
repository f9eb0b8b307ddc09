//! The Internet checksum (RFC 1071) and its incremental update (RFC 1624).

/// The sum of `bytes` as 16-bit words in one's complement, on top of `start`; a last odd byte counts
/// as the upper half of a word.
pub fn sum(start: u16, bytes: &[u8]) -> u16 {
    let mut words = bytes.chunks_exact(2);
    let mut sum = u64::from(start);
    for word in &mut words {
        sum += u64::from(u16::from_be_bytes([word[0], word[1]]));
    }
    if let [last] = words.remainder() {
        sum += u64::from(*last) << 8;
    }
    fold(sum)
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    sum as u16
}

/// The checksum after a word that it covers has changed from `old` to `new`: equation 3 of RFC 1624.
#[inline]
pub fn updated(checksum: u16, old: u16, new: u16) -> u16 {
    !fold(u64::from(!checksum) + u64::from(!old) + u64::from(new))
}

/// The sum of IPv6's pseudo-header, for a packet of `protocol` with `length` bytes (RFC 8200
/// section 8.1).
pub fn pseudo_v6(source: u128, destination: u128, length: u32, protocol: u8) -> u16 {
    let mut start = sum(0, &source.to_be_bytes());
    start = sum(start, &destination.to_be_bytes());
    start = sum(start, &length.to_be_bytes());
    sum(start, &[0, protocol])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071() {
        assert_eq!(sum(0, &[0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]), 0xDDF2);
        assert_eq!(sum(0, &[0x12]), 0x1200);
    }

    #[test]
    fn the_example_of_rfc_1624() {
        // The case in which the older equation gives 0xFFFF.
        assert_eq!(updated(0xDD2F, 0x5555, 0x3285), 0x0000);
    }
}
