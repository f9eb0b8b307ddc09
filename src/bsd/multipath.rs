//! Which of several equal routes a flow takes: `rtalloc_mpath`'s hash and threshold.
//!
//! Hash-threshold (RFC 2992): the space of hashes is cut in as many equal parts as there are paths,
//! and a flow takes the path of its part. The hash is the three-word mix by Bob Jenkins that
//! OpenBSD used in 2014, over destination and source and a number that is random at each start.

use core::net::IpAddr;

/// The mix: three words in, three out.
fn mix([mut a, mut b, mut c]: [u32; 3]) -> [u32; 3] {
    for [first, second, third] in [[13, 8, 13], [12, 16, 5], [3, 10, 15]] {
        a = a.wrapping_sub(b).wrapping_sub(c) ^ (c >> first);
        b = b.wrapping_sub(c).wrapping_sub(a) ^ (a << second);
        c = c.wrapping_sub(a).wrapping_sub(b) ^ (b >> third);
    }
    [a, b, c]
}

/// The address in words as they lie in memory, in network order.
fn words(address: IpAddr) -> [u32; 4] {
    match address {
        IpAddr::V4(address) => [u32::from_ne_bytes(address.octets()), 0, 0, 0],
        IpAddr::V6(address) => {
            let octets = address.octets();
            core::array::from_fn(|word| {
                u32::from_ne_bytes(core::array::from_fn(|byte| octets[4 * word + byte]))
            })
        }
    }
}

/// The 16 bits by which a flow from `src` to `dst` chooses. No source counts as zeros, and
/// one of another family as none.
pub(super) fn flow_hash(dst: IpAddr, src: Option<IpAddr>, jitter: u32) -> u16 {
    let to = words(dst);
    let from = src.filter(|src| src.is_ipv4() == dst.is_ipv4()).map_or([0; 4], words);
    let mut state = [0x9e37_79b9, 0x9e37_79b9, jitter];
    match dst {
        IpAddr::V4(_) => {
            let [a, b, c] = state;
            state = mix([a.wrapping_add(to[0]), b.wrapping_add(from[0]), c]);
        }
        IpAddr::V6(_) => {
            for (round, other) in [2, 3, 1, 0].into_iter().enumerate() {
                let [a, b, c] = state;
                state = mix([
                    a.wrapping_add(to[round]),
                    b.wrapping_add(to[other]),
                    c.wrapping_add(from[round]),
                ]);
            }
        }
    }
    state[2] as u16
}

/// Which of `paths` a flow takes. Each path but the first covers `1 + 65535 / paths` hashes, the
/// first one more, the last what is left.
pub(super) fn choose(hash: u16, paths: usize) -> usize {
    let Ok(count) = u32::try_from(paths) else { return 0 };
    let Some(part) = 0xffff_u32.checked_div(count) else { return 0 };
    let threshold = 1 + part;
    let (mut left, mut chosen) = (u32::from(hash), 0);
    while left > threshold {
        chosen += 1;
        left -= threshold;
    }
    // Off the end, which only more than 65,536 paths can do: the first one.
    if chosen < paths { chosen } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(paths: usize) -> Vec<u32> {
        let mut shares = vec![0; paths];
        for hash in 0..=u16::MAX {
            shares[choose(hash, paths)] += 1;
        }
        shares
    }

    #[test]
    fn shares_are_exact() {
        assert_eq!(shares(1), [65536]);
        assert_eq!(shares(2), [32769, 32767]);
        assert_eq!(shares(3), [21847, 21846, 21843]);
        assert_eq!(
            shares(10),
            [6555, 6554, 6554, 6554, 6554, 6554, 6554, 6554, 6554, 6549],
            "the last path has its share"
        );
    }

    #[test]
    fn flows_differ_by_destination_source_and_jitter() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let base = flow_hash(ip("10.0.0.1"), Some(ip("10.9.9.9")), 1);
        assert_ne!(base, flow_hash(ip("10.0.0.2"), Some(ip("10.9.9.9")), 1));
        assert_ne!(base, flow_hash(ip("10.0.0.1"), Some(ip("10.9.9.8")), 1));
        assert_ne!(base, flow_hash(ip("10.0.0.1"), Some(ip("10.9.9.9")), 2));
        let none = flow_hash(ip("2001:db8::1"), None, 7);
        assert_eq!(none, flow_hash(ip("2001:db8::1"), Some(ip("::")), 7));
        assert_ne!(none, flow_hash(ip("2001:db8::1"), Some(ip("::1")), 7));
    }
}
