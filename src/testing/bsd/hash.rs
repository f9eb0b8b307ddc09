//! Which of several paths a flow takes.

use core::net::IpAddr;

/// OpenBSD's `rn_hash`: Bob Jenkins's mix of three words over the addresses. Addresses are taken
/// in as words that the machine reads from memory.
pub fn flow_hash(destination: IpAddr, source: Option<IpAddr>, jitter: u32) -> u32 {
    let [mut a, mut b, mut c] = [0x9e37_79b9, 0x9e37_79b9, jitter];
    match destination {
        IpAddr::V4(destination) => {
            let source = match source {
                Some(IpAddr::V4(source)) => u32::from_ne_bytes(source.octets()),
                _ => 0,
            };
            a = u32::wrapping_add(a, u32::from_ne_bytes(destination.octets()));
            b = u32::wrapping_add(b, source);
            mix(&mut a, &mut b, &mut c);
        }
        IpAddr::V6(destination) => {
            let destination = words(destination.octets());
            let source = match source {
                Some(IpAddr::V6(source)) => words(source.octets()),
                _ => [0; 4],
            };
            for (round, other) in [2, 3, 1, 0].into_iter().enumerate() {
                a = u32::wrapping_add(a, destination[round]);
                b = u32::wrapping_add(b, destination[other]);
                c = u32::wrapping_add(c, source[round]);
                mix(&mut a, &mut b, &mut c);
            }
        }
    }
    c
}

fn words(octets: [u8; 16]) -> [u32; 4] {
    core::array::from_fn(|word| {
        u32::from_ne_bytes(core::array::from_fn(|byte| octets[4 * word + byte]))
    })
}

fn mix(a: &mut u32, b: &mut u32, c: &mut u32) {
    for [first, second, third] in [[13, 8, 13], [12, 16, 5], [3, 10, 15]] {
        *a = a.wrapping_sub(*b).wrapping_sub(*c) ^ (*c >> first);
        *b = b.wrapping_sub(*c).wrapping_sub(*a) ^ (*a << second);
        *c = c.wrapping_sub(*a).wrapping_sub(*b) ^ (*b >> third);
    }
}

/// Which of `paths` paths, counted from 0, the low 16 bits of a hash choose.
pub fn chosen(hash: u16, paths: usize) -> usize {
    let threshold = 1 + 0xffff / paths;
    let mut hash = usize::from(hash);
    let mut path = 0;
    while hash > threshold {
        path += 1;
        hash -= threshold;
    }
    if path < paths { path } else { 0 }
}
