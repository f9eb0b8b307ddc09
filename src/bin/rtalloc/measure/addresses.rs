//! What readers ask for.

use rand::{Rng, RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use rtalloc::Prefix;

use super::{measured::Measured, reader::BURST};

/// How many addresses are drawn; readers go round in them.
const COUNT: usize = 1 << 21;
/// Of so many addresses, one is drawn from the whole space; the others lie in a random prefix.
const UNIFORM: u32 = 8;

/// Addresses to look up, drawn beforehand so that drawing costs a reader nothing. Readers walk
/// through them in order, which the processor fetches ahead, each from a start of its own.
pub(crate) struct Addresses<A> {
    addresses: Vec<A>,
}

impl<A: Measured> Addresses<A> {
    /// Draws addresses: seven of eight in a prefix picked at random from `prefixes`, at a random
    /// place in it; the rest, and all of them if there is no prefix, from the whole space.
    pub(crate) fn draw(prefixes: &[Prefix<A>], seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let addresses = (0..COUNT).map(|_| draw(prefixes, &mut rng)).collect();
        Self { addresses }
    }

    /// All bursts.
    pub(super) fn bursts(&self) -> &[[A; BURST]] {
        self.addresses.as_chunks().0
    }
}

/// Draws one address.
pub(super) fn draw<A: Measured>(prefixes: &[Prefix<A>], rng: &mut impl Rng) -> A {
    if prefixes.is_empty() || rng.random_ratio(1, UNIFORM) {
        return A::random(rng);
    }
    A::inside(prefixes[rng.random_range(0..prefixes.len())], rng)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_addresses_are_routed() {
        let prefixes = [Prefix::new(0x0A00_0000u32, 24).unwrap(), Prefix::containing(7, 32)];
        let drawn = Addresses::draw(&prefixes, 1);
        let bursts = drawn.bursts();
        assert_eq!(bursts.len() * BURST, COUNT);
        let all = bursts.as_flattened();
        for prefix in prefixes {
            let hits = all.iter().filter(|&&address| prefix.contains(address)).count();
            let share = hits as f64 / COUNT as f64;
            assert!((0.43..0.45).contains(&share), "{share}");
        }
    }

    #[test]
    fn an_empty_table_gets_addresses_too() {
        let drawn = Addresses::<u128>::draw(&[], 1);
        assert_ne!(drawn.bursts()[0][0], drawn.bursts()[0][1]);
    }
}
