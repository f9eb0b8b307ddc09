//! Which addresses are compared: most lie in a prefix that the mirror has, or in one that the kernel
//! has, or next to one; some lie anywhere.
//!
//! A route that the mirror lacks is among the kernel's alone. To tell all of those takes a kernel the
//! longer the more there are, up to a second for a whole Internet table, so they are asked for seldom:
//! a small share of the time goes to that. The mirror goes on meanwhile.

use std::{
    io,
    net::IpAddr,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rtalloc::netlink::{KernelMirror, KernelQuery};

/// Prefixes of either sample, at most.
const SAMPLE: usize = 4096;
/// How long a sample of the mirror's prefixes is used, and one of the kernel's at least.
const AGE: Duration = Duration::from_secs(2);
const KERNEL_AGE: Duration = Duration::from_secs(5);
/// Of the time, one part in so many goes to asking for the kernel's.
const SHARE: u32 = 20;
/// Routes of the kernel after which the mirror takes what there is to take.
const STRIDE: usize = 1024;

/// A prefix by its first address and its length.
type Drawn = (IpAddr, u8);

/// Prefixes of the mirror and of the kernel, and when others are due.
pub(super) struct Samples {
    random: ChaCha8Rng,
    mirror: Vec<Drawn>,
    mirror_due: Instant,
    kernel: Vec<Drawn>,
    kernel_due: Instant,
    /// Whether the kernel has ever had an IPv6 route through a next-hop object.
    objects_v6: bool,
}

impl Samples {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            random: ChaCha8Rng::seed_from_u64(1),
            mirror: Vec::new(),
            mirror_due: now,
            kernel: Vec::new(),
            kernel_due: now,
            objects_v6: false,
        }
    }

    /// Whether the kernel has had an IPv6 route through a next-hop object, as its samples tell.
    pub(super) fn has_objects_v6(&self) -> bool {
        self.objects_v6
    }

    /// Takes new samples if it is time to.
    pub(super) fn renew(
        &mut self,
        query: &mut KernelQuery,
        mirror: &mut KernelMirror,
    ) -> io::Result<()> {
        let now = Instant::now();
        if now >= self.mirror_due {
            self.take_from_mirror(mirror);
            self.mirror_due = now + AGE;
        }
        if now >= self.kernel_due {
            self.take_from_kernel(query, mirror)?;
            self.kernel_due = Instant::now() + KERNEL_AGE.max(now.elapsed() * SHARE);
        }
        Ok(())
    }

    fn take_from_mirror(&mut self, mirror: &KernelMirror) {
        self.mirror.clear();
        for (_, table) in mirror.tables().all() {
            let (v4, v6) = (table.v4().snapshot(), table.v6().snapshot());
            let stride = ((v4.len() + v6.len()) / SAMPLE).max(1);
            let offset = self.random.random_range(0..stride);
            let all = v4.iter().map(|(_, entry)| (entry.destination(), entry.prefix_len()));
            let all =
                all.chain(v6.iter().map(|(_, entry)| (entry.destination(), entry.prefix_len())));
            self.mirror.extend(all.skip(offset).step_by(stride));
        }
    }

    /// Takes another sample of the kernel's prefixes.
    pub(super) fn take_from_kernel(
        &mut self,
        query: &mut KernelQuery,
        mirror: &mut KernelMirror,
    ) -> io::Result<()> {
        self.kernel.clear();
        let (mut seen, mut outcome) = (0, Ok(()));
        query.routes(|route| {
            let address = route.prefix.address();
            self.objects_v6 |= address.is_ipv6() && route.object != 0;
            self.keep(seen, (address, route.prefix.len()));
            seen += 1;
            if seen % STRIDE == 0 && outcome.is_ok() {
                outcome = mirror.step(Duration::ZERO);
            }
        })?;
        outcome
    }

    /// Takes a prefix of the kernel's into the sample, so that in the end each has had the same chance,
    /// however many there are (Vitter's algorithm R). `seen` have come before.
    fn keep(&mut self, seen: usize, prefix: Drawn) {
        if seen < SAMPLE {
            self.kernel.push(prefix);
        } else if let Some(place) = self.kernel.get_mut(self.random.random_range(0..=seen)) {
            *place = prefix;
        }
    }

    /// An address in one of the prefixes, or next to it, or anywhere.
    pub(super) fn draw(&mut self) -> IpAddr {
        let random = &mut self.random;
        let anywhere: u128 = random.random();
        let sample = if random.random() { &self.mirror } else { &self.kernel };
        let near = match sample.len() {
            0 => None,
            count => sample.get(random.random_range(0..count)).copied(),
        };
        match near {
            Some((IpAddr::V4(first), length)) if random.random_ratio(9, 10) => {
                let host = u32::MAX.checked_shr(length.into()).unwrap_or(0);
                let inside = u32::from(first) | (anywhere as u32 & host);
                IpAddr::V4(inside.wrapping_add(random.random_range(0..8) / 7).into())
            }
            Some((IpAddr::V6(first), length)) if random.random_ratio(9, 10) => {
                let host = u128::MAX.checked_shr(length.into()).unwrap_or(0);
                IpAddr::V6((u128::from(first) | (anywhere & host)).into())
            }
            _ if random.random() => IpAddr::V4((anywhere as u32).into()),
            _ => IpAddr::V6((anywhere >> 3 | 1 << 125).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, net::Ipv4Addr};

    use super::*;

    fn prefix(number: usize) -> Drawn {
        (Ipv4Addr::from((number as u32) << 8).into(), 24)
    }

    #[test]
    fn all_of_the_kernels_routes_have_a_chance() {
        let mut samples = Samples::new();
        let count = 10 * SAMPLE;
        (0..count).for_each(|number| samples.keep(number, prefix(number)));
        assert_eq!(samples.kernel.len(), SAMPLE);
        // Of each tenth about a tenth of the sample is kept.
        for tenth in 0..10 {
            let own = tenth * SAMPLE..(tenth + 1) * SAMPLE;
            let own: BTreeSet<Drawn> = own.map(prefix).collect();
            let kept = samples.kernel.iter().filter(|one| own.contains(one)).count();
            assert!((SAMPLE / 20..SAMPLE / 5).contains(&kept), "{kept} of tenth {tenth}");
        }
    }

    #[test]
    fn addresses_lie_in_what_the_mirror_lacks_too() {
        let mut samples = Samples::new();
        let (ours, theirs) = (prefix(0x01_0000), prefix(0x02_0000));
        samples.mirror.push(ours);
        samples.keep(0, theirs);
        let drawn: Vec<IpAddr> = (0..1000).map(|_| samples.draw()).collect();
        for (first, _) in [ours, theirs] {
            let IpAddr::V4(first) = first else { panic!("{first}") };
            let inside = |address: &&IpAddr| match address {
                IpAddr::V4(address) => u32::from(*address) >> 8 == u32::from(first) >> 8,
                IpAddr::V6(_) => false,
            };
            let count = drawn.iter().filter(inside).count();
            assert!(count > 250, "{count} in {first}");
        }
    }
}
