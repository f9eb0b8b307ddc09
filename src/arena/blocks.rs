//! The writer's allocator of node blocks.
//!
//! Blocks come in size classes, are cut off the end of the used part and go back to a list of
//! their class, so that an update never calls the system's allocator. Blocks of up to eight units
//! never straddle a 64-byte line and larger ones start on one: what is left over when a class is
//! cut to fit feeds the smaller classes.

use alloc::{vec, vec::Vec};
use core::fmt;

use super::{HUGE_PAGES_FROM, Unit, Words, words::WORDS_PER_UNIT};

/// Units in a 64-byte cache line.
const LINE: usize = 8;

/// Block sizes in units. A record of `n` runs takes a bitmap and `n` words; the largest has 64. Larger
/// blocks are rows of lines.
const CLASSES: [u16; 16] = [2, 3, 4, 6, 8, 12, 16, 24, 33, 40, 48, 64, 80, 96, 120, 144];

/// What is cut at a time for a class: units cut, blocks made, and the smaller classes fed by the
/// rest, each at its offset.
type Cut = (usize, usize, &'static [(u8, usize)]);

/// What is cut at a time for each class.
const CUTS: [Cut; 16] = [
    (8, 4, &[]),
    (8, 2, &[(0, 6)]),
    (8, 2, &[]),
    (8, 1, &[(0, 6)]),
    (8, 1, &[]),
    (16, 1, &[(2, 12)]),
    (16, 1, &[]),
    (24, 1, &[]),
    (40, 1, &[(1, 33), (2, 36)]),
    (40, 1, &[]),
    (48, 1, &[]),
    (64, 1, &[]),
    (80, 1, &[]),
    (96, 1, &[]),
    (120, 1, &[]),
    (144, 1, &[]),
];

/// A block: its first unit and its size class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The first unit.
    pub(crate) unit: Unit,
    units: u16,
    class: u8,
}

impl Block {
    /// The size class.
    pub(crate) fn class(self) -> u8 {
        self.class
    }

    /// The size in bytes.
    pub(crate) fn bytes(self) -> usize {
        usize::from(self.units) * 8
    }
}

/// The reservation is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// The allocator: free lists by class over one growing range of units.
///
/// # Invariants
/// **Disjoint**: every unit below `used` belongs to at most one block that is either free (in one
/// list, once) or handed out.
pub(crate) struct Blocks {
    used: usize,
    limit: usize,
    free: Vec<Vec<Unit>>,
    /// Blocks of the size of a direct node: `direct[k]` holds those of `direct_units[k]` units.
    direct_units: [usize; 2],
    free_units: usize,
    /// Whether the system was asked for huge pages.
    huge: bool,
}

impl Blocks {
    /// An allocator over `limit` units whose direct nodes take `direct_units` units each. The
    /// first line is never handed out, so that unit 0 names no block.
    pub(crate) fn new(limit: usize, direct_units: [usize; 2]) -> Self {
        Self {
            used: LINE,
            limit,
            free: vec![Vec::new(); CLASSES.len() + 2],
            direct_units,
            free_units: 0,
            huge: false,
        }
    }

    /// The class of a record with `runs` runs, 1 to 64.
    pub(crate) fn record_class(runs: usize) -> u8 {
        Self::class_of(1 + runs.div_ceil(WORDS_PER_UNIT))
    }

    /// The class of a block of `units` units, at most 144.
    pub(crate) fn class_of(units: usize) -> u8 {
        CLASSES.partition_point(|&class| usize::from(class) < units) as u8
    }

    /// The class of direct node `which`, 0 or 1.
    pub(crate) fn direct_class(which: usize) -> u8 {
        (CLASSES.len() + which) as u8
    }

    /// Units of a block of `class`.
    pub(crate) fn units(&self, class: u8) -> usize {
        match CLASSES.get(usize::from(class)) {
            Some(&units) => usize::from(units),
            None => self.direct_units[usize::from(class) - CLASSES.len()],
        }
    }

    /// The block at `unit` of a record with `runs` runs.
    pub(crate) fn record(unit: Unit, runs: usize) -> Block {
        Self::of_units(unit, 1 + runs.div_ceil(WORDS_PER_UNIT))
    }

    /// The block at `unit` that was taken for `units` units.
    pub(crate) fn of_units(unit: Unit, units: usize) -> Block {
        let class = Self::class_of(units);
        Block { unit, units: CLASSES[usize::from(class)], class }
    }

    /// The block at `unit` of direct node `which`, of `units` units.
    pub(crate) fn direct(unit: Unit, which: usize, units: usize) -> Block {
        Block { unit, units: units as u16, class: Self::direct_class(which) }
    }

    fn block(&self, unit: Unit, class: u8) -> Block {
        Block { unit, units: self.units(class) as u16, class }
    }

    /// As [`take`](Self::take), a block of `words`, for which huge pages are asked for once there are
    /// enough blocks to fill one.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub(crate) fn take_of(&mut self, words: &Words, class: u8) -> Result<Block, Full> {
        let block = self.take(class)?;
        self.foresee(words, 0);
        Ok(block)
    }

    /// Says that blocks of `words` of so many bytes at least will be taken. If huge pages are worth it
    /// then, asks for them now: what is in small pages already, the system moves when it has time.
    pub(crate) fn foresee(&mut self, words: &Words, bytes: usize) {
        if !self.huge && self.used_bytes() + bytes >= HUGE_PAGES_FROM {
            self.huge = true;
            words.use_huge_pages();
        }
    }

    /// Hands out a block of `class`. Its content is whatever its last use left.
    ///
    /// # Errors
    /// [`Full`] if the reservation is used up; nothing has changed then.
    fn take(&mut self, class: u8) -> Result<Block, Full> {
        if let Some(unit) = self.free[usize::from(class)].pop() {
            self.free_units -= self.units(class);
            return Ok(self.block(unit, class));
        }
        let (cut, count, rest) = match CUTS.get(usize::from(class)) {
            Some(&cut) => cut,
            None => (self.units(class).next_multiple_of(LINE), 1, [].as_slice()),
        };
        if self.limit - self.used < cut {
            return Err(Full);
        }
        let start = self.used;
        self.used += cut;
        let size = self.units(class);
        for index in (1..count).rev() {
            self.put(self.block((start + index * size) as Unit, class));
        }
        for &(class, offset) in rest {
            self.put(self.block((start + offset) as Unit, class));
        }
        Ok(self.block(start as Unit, class))
    }

    /// Takes a block back. The caller vouches that nobody can reach it any more.
    pub(crate) fn put(&mut self, block: Block) {
        self.free_units += self.units(block.class);
        self.free[usize::from(block.class)].push(block.unit);
    }

    /// Whether more than half of the reservation is cut.
    pub(crate) fn is_tight(&self) -> bool {
        self.used > self.limit / 2
    }

    /// Bytes of the reservation.
    pub(crate) fn limit_bytes(&self) -> usize {
        self.limit * 8
    }

    /// Bytes ever cut off the reservation.
    pub(crate) fn used_bytes(&self) -> usize {
        self.used * 8
    }

    /// Bytes waiting in free lists.
    pub(crate) fn free_bytes(&self) -> usize {
        self.free_units * 8
    }

    /// Bytes of the free lists themselves.
    pub(crate) fn list_bytes(&self) -> usize {
        self.free.iter().map(|list| list.capacity() * size_of::<Unit>()).sum()
    }

    /// Every free block, for the structural checks of tests.
    #[cfg(test)]
    pub(crate) fn free_blocks(&self) -> impl Iterator<Item = Block> + '_ {
        self.free.iter().enumerate().flat_map(move |(class, list)| {
            list.iter().map(move |&unit| self.block(unit, class as u8))
        })
    }
}

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocks")
            .field("used_bytes", &self.used_bytes())
            .field("free_bytes", &self.free_bytes())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_run_count_has_the_smallest_class_that_fits() {
        let blocks = Blocks::new(1 << 10, [256, 256]);
        for runs in 1..=64 {
            let class = Blocks::record_class(runs);
            let words = blocks.units(class) * WORDS_PER_UNIT;
            assert!(words >= WORDS_PER_UNIT + runs, "{runs} runs in {words} words");
            assert!(class == 0 || usize::from(CLASSES[usize::from(class) - 1]) * 2 < 2 + runs);
        }
    }

    #[test]
    fn a_full_reservation_says_so() {
        let mut blocks = Blocks::new(LINE * 2, [256, 256]);
        for _ in 0..4 {
            blocks.take(0).unwrap();
        }
        assert_eq!(blocks.take(0), Err(Full));
        assert_eq!(blocks.take(8), Err(Full));
    }

    proptest! {
        #[test]
        fn blocks_are_disjoint_and_keep_to_their_lines(
            steps in prop::collection::vec((0u8..18, any::<bool>(), any::<prop::sample::Index>()), 1..300)
        ) {
            let mut blocks = Blocks::new(1 << 16, [4, 256]);
            let mut held: Vec<Block> = Vec::new();
            for (class, give_back, index) in steps {
                if give_back && !held.is_empty() {
                    let block = held.swap_remove(index.index(held.len()));
                    blocks.put(block);
                } else {
                    held.push(blocks.take(class).unwrap());
                }
                let mut owner = vec![false; blocks.used];
                for block in held.iter().copied().chain(blocks.free_blocks()) {
                    let (start, size) = (block.unit as usize, blocks.units(block.class));
                    prop_assert!(start >= LINE);
                    if size <= LINE {
                        prop_assert_eq!(start / LINE, (start + size - 1) / LINE);
                    } else {
                        prop_assert_eq!(start % LINE, 0);
                    }
                    for owned in &mut owner[start..start + size] {
                        prop_assert!(!*owned, "a unit of {:?} twice", block);
                        *owned = true;
                    }
                }
            }
        }
    }
}
