//! Notes on numbers that lost a leaf to another, until a grace period has passed.

#[cfg(feature = "std")]
use core::hash::Hasher;

use super::maps::{ByNumber, bytes};

/// How many notes each number has.
#[derive(Default)]
pub(super) struct Notes(ByNumber);

impl Notes {
    pub(super) fn contains(&self, id: u32) -> bool {
        self.0.contains_key(&id)
    }

    pub(super) fn add(&mut self, id: u32) {
        *self.0.entry(id).or_insert(0) += 1;
    }

    /// Takes one note of `id` away.
    pub(super) fn remove(&mut self, id: u32) {
        if let Some(count) = self.0.get_mut(&id) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&id);
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        bytes(&self.0)
    }
}

/// A hash of a number that the table itself has given out: nobody chooses numbers to collide, so a
/// multiplication is enough.
#[cfg(feature = "std")]
#[derive(Default)]
pub(super) struct Spread(u64);

#[cfg(feature = "std")]
impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u32(byte.into()));
    }

    fn write_u32(&mut self, number: u32) {
        let product = (self.0 ^ u64::from(number)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // The map takes bits from both ends.
        self.0 = product ^ (product >> 32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
