//! The root: a word for each value of an address's first bits, in pages that are there once used.

use alloc::vec::Vec;
use core::marker::PhantomData;

use super::shape::root_bits;
use crate::{
    address::Address,
    arena::Reserved,
    error::ReserveError,
    sync::{AtomicU32, Ordering, load_own},
    tree::shape::Geometry,
};

/// Words of a page.
pub(super) const PAGE_WORDS: usize = 1 << 10;

/// The root as its readers see it.
#[derive(Debug)]
pub(super) struct Root<A, G> {
    words: Reserved<AtomicU32>,
    _family: PhantomData<fn(A) -> G>,
}

/// Which pages of a root have ever held anything but 0. The writer's.
#[derive(Debug, Default)]
pub(super) struct Pages(Vec<u64>);

impl<A: Address, G: Geometry> Root<A, G> {
    /// All 0.
    ///
    /// # Errors
    /// [`ReserveError`] if the system does not give the address space.
    pub(super) fn new() -> Result<Self, ReserveError> {
        let words = Reserved::new(Self::LEN, Self::LEN)?;
        Ok(Self { words, _family: PhantomData })
    }

    /// Number of words.
    pub(super) const LEN: usize = 1 << root_bits::<A, G>();

    #[inline(always)]
    fn at(&self, slot: usize) -> &AtomicU32 {
        // SAFETY: slots are as many bits of an address as the root has words for.
        unsafe { self.words.at(slot) }
    }

    /// The word for `slot`.
    #[inline(always)]
    pub(super) fn load(&self, slot: usize) -> u32 {
        // SeqCst: edge P3, against `store`: what the word leads to is filled.
        self.at(slot).load(Ordering::SeqCst)
    }

    /// The word for `slot`, as the writer sees it.
    pub(super) fn peek(&self, slot: usize) -> u32 {
        load_own(self.at(slot))
    }

    /// Changes the word for `slot`.
    pub(super) fn store(&self, pages: &mut Pages, slot: usize, word: u32) {
        pages.use_page(slot / PAGE_WORDS);
        // SeqCst: edge P3, against `load`: whoever sees the word sees the update that it is of.
        self.at(slot).store(word, Ordering::SeqCst);
    }
}

impl Pages {
    fn use_page(&mut self, page: usize) {
        let word = page / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (page % 64);
    }

    fn is_used(&self, page: usize) -> bool {
        self.0.get(page / 64).is_some_and(|pages| pages >> (page % 64) & 1 == 1)
    }

    /// The first slot from `slot` on that may hold anything but 0; `end` if there is none before.
    pub(super) fn used_from(&self, slot: usize, end: usize) -> usize {
        let mut slot = slot;
        while slot < end && !self.is_used(slot / PAGE_WORDS) {
            slot = (slot / PAGE_WORDS + 1) * PAGE_WORDS;
        }
        slot.min(end)
    }

    /// Bytes of the pages used.
    pub(super) fn bytes(&self) -> usize {
        let pages: u32 = self.0.iter().map(|pages| pages.count_ones()).sum();
        pages as usize * PAGE_WORDS * size_of::<u32>()
    }
}
