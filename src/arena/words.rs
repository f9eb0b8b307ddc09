//! The slot words of a tree's nodes.
//!
//! A node is a block of 8-byte units and is known by the index of its first unit. Its slots are
//! 32-bit words. A record starts with a 64-bit bitmap that fills its first unit and never changes
//! while the record can be reached; everything else is read and written as an atomic word.

use crate::{
    arena::{Reserved, Zeroed},
    error::ReserveError,
    sync::AtomicU32,
};

/// Index of an 8-byte unit.
pub(crate) type Unit = u32;

/// Words in a unit.
pub(crate) const WORDS_PER_UNIT: usize = 2;

/// Bytes in a unit.
#[cfg(not(rtalloc_loom))]
const UNIT_BYTES: usize = WORDS_PER_UNIT * size_of::<u32>();

#[cfg(not(rtalloc_loom))]
// SAFETY: an integer atomic is valid at every bit pattern and needs no drop.
unsafe impl Zeroed for AtomicU32 {}
#[cfg(rtalloc_loom)]
// SAFETY: under loom nothing is made from zeroed bytes; elements come from `Default`.
unsafe impl Zeroed for AtomicU32 {}

/// The array of slot words.
#[derive(Debug)]
pub(crate) struct Words {
    words: Reserved<AtomicU32>,
    /// By unit: under loom a record's bitmap has a tracked place, so that a read that races with
    /// the block's next use is found.
    #[cfg(rtalloc_loom)]
    bitmaps: alloc::boxed::Box<[crate::sync::UnsafeCell<u64>]>,
}

impl Words {
    /// Reserves room for `units` units, or fewer down to `least`.
    ///
    /// # Errors
    /// [`ReserveError`] if not even `least` units can be had.
    pub(crate) fn new(units: usize, least: usize) -> Result<Self, ReserveError> {
        let words = Reserved::new(units * WORDS_PER_UNIT, least * WORDS_PER_UNIT)?;
        Ok(Self {
            #[cfg(rtalloc_loom)]
            bitmaps: (0..words.len() / WORDS_PER_UNIT).map(|_| Default::default()).collect(),
            words,
        })
    }

    /// Number of units reserved.
    pub(crate) fn units(&self) -> usize {
        self.words.len() / WORDS_PER_UNIT
    }

    /// Asks the system for huge pages.
    pub(crate) fn use_huge_pages(&self) {
        self.words.use_huge_pages();
    }

    /// The word `offset` words into the block at `unit`.
    ///
    /// # Safety
    /// The word lies inside the reservation; every word of a block that [`Blocks`] handed out does.
    ///
    /// [`Blocks`]: super::Blocks
    #[inline(always)]
    pub(crate) unsafe fn word(&self, unit: Unit, offset: usize) -> &AtomicU32 {
        // SAFETY: in bounds by the contract.
        unsafe { self.words.at(unit as usize * WORDS_PER_UNIT + offset) }
    }

    /// The number in `W` bytes (1, 2 or 4) that is the `index`th after the bitmap of the record at
    /// `unit`; -1 is the one before.
    ///
    /// # Safety
    /// As for [`bitmap`](Self::bitmap), of a record with that many numbers of `W` bytes at least; or
    /// `unit` is 0 and `index` -1: the first line belongs to no block and is zero.
    #[inline(always)]
    #[cfg(not(rtalloc_loom))]
    pub(crate) unsafe fn lane<const W: usize>(&self, unit: Unit, index: usize) -> u32 {
        crate::sync::step();
        let bytes = self.words.base().cast::<u8>();
        let offset = ((unit as usize + 1) * UNIT_BYTES).wrapping_add(index.wrapping_mul(W));
        // SAFETY: in bounds by the contract.
        let place = unsafe { bytes.add(offset) };
        match W {
            // SAFETY: as above; nobody writes it meanwhile.
            1 => u32::from(unsafe { place.read() }),
            // SAFETY: as above; aligned, since units are.
            2 => u32::from(unsafe { place.cast::<u16>().read() }),
            // SAFETY: as above.
            _ => unsafe { place.cast::<u32>().read() },
        }
    }

    /// Writes the number that [`lane`](Self::lane) reads.
    ///
    /// # Safety
    /// The caller is the writer and nobody else can reach the block.
    #[cfg(not(rtalloc_loom))]
    pub(crate) unsafe fn set_lane(&self, width: usize, unit: Unit, index: usize, number: u32) {
        let bytes = self.words.base().cast::<u8>().cast_mut();
        // SAFETY: in bounds by the contract.
        let place = unsafe { bytes.add((unit as usize + 1) * UNIT_BYTES + index * width) };
        match width {
            // SAFETY: as above; exclusive as in `set_bitmap`.
            1 => unsafe { place.write(number as u8) },
            // SAFETY: as above; aligned as in `lane`.
            2 => unsafe { place.cast::<u16>().write(number as u16) },
            // SAFETY: as above.
            _ => unsafe { place.cast::<u32>().write(number) },
        }
    }

    /// Under loom, numbers of four bytes alone, which are words.
    ///
    /// # Safety
    /// As outside loom.
    #[cfg(rtalloc_loom)]
    pub(crate) unsafe fn lane<const W: usize>(&self, unit: Unit, index: usize) -> u32 {
        assert_eq!(W, 4, "models have numbers of four bytes");
        // SAFETY: in bounds by the contract.
        let word = unsafe { self.word(unit, WORDS_PER_UNIT.wrapping_add(index)) };
        // Relaxed: written before the record could be reached, like its bitmap.
        word.load(crate::sync::Ordering::Relaxed)
    }

    /// Under loom, numbers of four bytes alone, which are words.
    ///
    /// # Safety
    /// As outside loom.
    #[cfg(rtalloc_loom)]
    pub(crate) unsafe fn set_lane(&self, width: usize, unit: Unit, index: usize, number: u32) {
        assert_eq!(width, 4, "models have numbers of four bytes");
        // SAFETY: in bounds by the contract.
        let word = unsafe { self.word(unit, WORDS_PER_UNIT + index) };
        // Relaxed: as in `lane`.
        word.store(number, crate::sync::Ordering::Relaxed);
    }

    /// The cache line at `unit`.
    ///
    /// # Safety
    /// As for [`bitmap`](Self::bitmap), of a block of whole lines; or `unit` is 0.
    #[inline(always)]
    #[cfg(not(rtalloc_loom))]
    pub(crate) unsafe fn line(&self, unit: Unit) -> &[u32; 16] {
        crate::sync::step();
        let base = self.words.base().cast::<u64>();
        // SAFETY: in bounds by the contract.
        let line = unsafe { base.add(unit as usize) };
        // SAFETY: as above; aligned, and nobody writes it meanwhile.
        unsafe { &*line.cast() }
    }

    /// Writes the cache line at `unit`.
    ///
    /// # Safety
    /// The caller is the writer and nobody else can reach the block.
    #[cfg(not(rtalloc_loom))]
    pub(crate) unsafe fn set_line(&self, unit: Unit, line: &[u32; 16]) {
        let base = self.words.base().cast::<u64>().cast_mut();
        // SAFETY: in bounds by the contract.
        let place = unsafe { base.add(unit as usize) };
        // SAFETY: as above; aligned and exclusive as in `set_bitmap`.
        unsafe { place.cast::<[u32; 16]>().write(*line) };
    }

    /// Models have no lines.
    ///
    /// # Safety
    /// None: it is not called.
    #[cfg(rtalloc_loom)]
    pub(crate) unsafe fn line(&self, unit: Unit) -> &[u32; 16] {
        unreachable!("a line at {unit}")
    }

    /// Models have no lines.
    ///
    /// # Safety
    /// None: it is not called.
    #[cfg(rtalloc_loom)]
    pub(crate) unsafe fn set_line(&self, unit: Unit, _line: &[u32; 16]) {
        unreachable!("a line at {unit}")
    }

    /// Brings the block at `unit` closer.
    #[inline(always)]
    pub(crate) fn prefetch(&self, unit: Unit) {
        self.words.prefetch(unit as usize * WORDS_PER_UNIT);
    }

    /// The bitmap of the record at `unit`.
    ///
    /// # Safety
    /// `unit` starts a record whose bitmap was written before the caller could learn of it, and
    /// which is not recycled meanwhile: the caller is the writer, or holds a guard of the domain
    /// that the tree retires to and came here from a published slot.
    #[inline(always)]
    #[cfg(not(rtalloc_loom))]
    pub(crate) unsafe fn bitmap(&self, unit: Unit) -> u64 {
        crate::sync::step();
        let base = self.words.base().cast::<u64>();
        // SAFETY: a record's first unit lies inside the reservation.
        let bitmap = unsafe { base.add(unit as usize) };
        // SAFETY: aligned, since the base is page-aligned and units are 8 bytes; nobody writes it
        // meanwhile, by the contract.
        unsafe { bitmap.read() }
    }

    /// Writes the bitmap of the record at `unit`.
    ///
    /// # Safety
    /// The caller is the writer and nobody else can reach the block.
    #[cfg(not(rtalloc_loom))]
    pub(crate) unsafe fn set_bitmap(&self, unit: Unit, bitmap: u64) {
        let base = self.words.base().cast::<u64>().cast_mut();
        // SAFETY: a record's first unit lies inside the reservation.
        let place = unsafe { base.add(unit as usize) };
        // SAFETY: aligned as in `bitmap`; exclusive by the contract; atomics allow mutation behind
        // a shared reference.
        unsafe { place.write(bitmap) }
    }

    /// As outside loom, and loom checks that no write is concurrent.
    ///
    /// # Safety
    /// As outside loom.
    #[cfg(rtalloc_loom)]
    pub(crate) unsafe fn bitmap(&self, unit: Unit) -> u64 {
        // SAFETY: loom has checked that no write is concurrent with this read.
        self.bitmaps[unit as usize].with(|bitmap| unsafe { bitmap.read() })
    }

    /// As outside loom, and loom checks that no other access is concurrent.
    ///
    /// # Safety
    /// As outside loom.
    #[cfg(rtalloc_loom)]
    pub(crate) unsafe fn set_bitmap(&self, unit: Unit, bitmap: u64) {
        // SAFETY: loom has checked that no other access is concurrent with this write.
        self.bitmaps[unit as usize].with_mut(|place| unsafe { place.write(bitmap) });
    }
}

// SAFETY: under loom the bitmaps are tracked cells, and loom checks every access to them.
#[cfg(rtalloc_loom)]
unsafe impl Send for Words {}
// SAFETY: as above.
#[cfg(rtalloc_loom)]
unsafe impl Sync for Words {}
