//! A fixed array of zeroed elements whose pages cost nothing until they are touched.
//!
//! On the usual platforms the array is an anonymous mapping without swap reservation, so that
//! gigabytes of address space can be held by a table of ten routes. A large one asks for huge pages:
//! where the system gives them, a lookup that misses the caches does not miss the address
//! translation too. Without the feature `std`, where no such mapping can be had, it is one allocation of
//! the length asked for; under Miri a small one, under loom a short row of model-checked elements.

use core::fmt;

use crate::error::ReserveError;

/// Types for which memory full of zero bytes is a valid value, equal to `Default::default()`.
///
/// # Safety
/// All-zero bytes must be a valid value of the type outside loom, and the type must not need
/// dropping.
pub(crate) unsafe trait Zeroed: Default {}

/// Bytes in use from which on an array asks for huge pages. Below that one huge page would be mostly
/// empty.
pub(crate) const HUGE_PAGES_FROM: usize = 1 << 18;

/// A fixed array of `T`, all zero at first.
///
/// # Invariants
/// `base` points to `len` valid elements that neither move nor are freed before the array drops.
pub(crate) struct Reserved<T> {
    base: *const T,
    len: usize,
    backing: backing::Backing<T>,
}

// SAFETY: the array owns its elements like a boxed slice does; the raw pointer is only its address.
unsafe impl<T: Send> Send for Reserved<T> {}
// SAFETY: as above: shared access hands out `&T` alone.
unsafe impl<T: Sync> Sync for Reserved<T> {}

impl<T: Zeroed> Reserved<T> {
    /// Reserves `wanted` elements, or half as many and so on while the system refuses, down to
    /// `least`. Where the memory is taken from a heap, less than what was asked for is not tried: it
    /// could be all that the heap has.
    ///
    /// # Errors
    /// [`ReserveError`] if not even `least` elements can be had.
    pub(crate) fn new(wanted: usize, least: usize) -> Result<Self, ReserveError> {
        let mut len = backing::limit(wanted).max(least);
        loop {
            match backing::reserve::<T>(len) {
                Some((base, backing)) => {
                    return Ok(Self { base, len, backing });
                }
                None if backing::MAY_HALVE && len / 2 >= least => len /= 2,
                None => {
                    return Err(ReserveError { bytes: len.saturating_mul(size_of::<T>()) });
                }
            }
        }
    }

    /// Number of elements reserved.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The element at `index`.
    ///
    /// # Safety
    /// `index` is below [`len`](Self::len).
    #[inline(always)]
    pub(crate) unsafe fn at(&self, index: usize) -> &T {
        debug_assert!(index < self.len, "index {index} of {}", self.len);
        // SAFETY: in bounds by the contract, so the offset stays inside the array.
        let element = unsafe { self.base.add(index) };
        // SAFETY: the type's invariant: every element is valid for as long as `self` is borrowed.
        unsafe { &*element }
    }

    /// Asks the system for huge pages from here on, and to put what is there already into some when
    /// it has time. For arrays that are large enough to fill them.
    pub(crate) fn use_huge_pages(&self) {
        self.backing.use_huge_pages();
    }

    /// Brings the element at `index` closer.
    #[inline(always)]
    pub(crate) fn prefetch(&self, index: usize) {
        crate::bits::prefetch(self.base.wrapping_add(index));
    }

    /// The address of the first element.
    #[inline(always)]
    #[cfg(not(rtalloc_loom))]
    pub(crate) fn base(&self) -> *const T {
        self.base
    }
}

impl<T> fmt::Debug for Reserved<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reserved").field("len", &self.len).finish_non_exhaustive()
    }
}

#[cfg(all(feature = "std", not(any(rtalloc_loom, miri))))]
mod backing {
    use core::marker::PhantomData;

    pub(super) const MAY_HALVE: bool = true;

    pub(super) struct Backing<T> {
        map: memmap2::MmapMut,
        _elements: PhantomData<T>,
    }

    impl<T> Backing<T> {
        pub(super) fn use_huge_pages(&self) {
            // A wish: where the system does not know it or refuses, small pages do as well.
            #[cfg(target_os = "linux")]
            let _ = self.map.advise(memmap2::Advice::HugePage);
            #[cfg(not(target_os = "linux"))]
            let _ = &self.map;
        }
    }

    pub(super) fn limit(wanted: usize) -> usize {
        wanted
    }

    pub(super) fn reserve<T>(len: usize) -> Option<(*const T, Backing<T>)> {
        let bytes = len.checked_mul(size_of::<T>())?;
        let mut map = memmap2::MmapOptions::new().len(bytes).no_reserve_swap().map_anon().ok()?;
        let base = map.as_mut_ptr().cast_const().cast::<T>();
        Some((base, Backing { map, _elements: PhantomData }))
    }
}

/// Zeroed memory from the allocator: without `std`, and under Miri, which knows no mappings without
/// reservation.
#[cfg(all(any(miri, not(feature = "std")), not(rtalloc_loom)))]
mod backing {
    use alloc::alloc::{Layout, alloc_zeroed, dealloc};
    use core::marker::PhantomData;

    pub(super) const MAY_HALVE: bool = cfg!(feature = "std");

    pub(super) struct Backing<T> {
        base: *mut u8,
        layout: Layout,
        _elements: PhantomData<T>,
    }

    impl<T> Backing<T> {
        pub(super) fn use_huge_pages(&self) {}
    }

    impl<T> Drop for Backing<T> {
        fn drop(&mut self) {
            // SAFETY: allocated below with this layout, and freed once.
            unsafe { dealloc(self.base, self.layout) };
        }
    }

    pub(super) fn limit(wanted: usize) -> usize {
        if cfg!(miri) { wanted.min(1 << 16) } else { wanted }
    }

    pub(super) fn reserve<T>(len: usize) -> Option<(*const T, Backing<T>)> {
        // At a cache line, as lines of words are, and as a mapping is.
        let layout = Layout::array::<T>(len).ok()?.align_to(64).ok()?;
        // SAFETY: the layout's size is not zero: no caller asks for no elements.
        let base = unsafe { alloc_zeroed(layout) };
        let elements = base.cast_const().cast::<T>();
        (!base.is_null()).then_some((elements, Backing { base, layout, _elements: PhantomData }))
    }
}

/// Under loom the elements are model-checked objects, enough of them for the tables of a model.
#[cfg(rtalloc_loom)]
mod backing {
    use alloc::boxed::Box;

    pub(super) const MAY_HALVE: bool = true;

    pub(super) struct Backing<T>(*mut [T]);

    impl<T> Backing<T> {
        pub(super) fn use_huge_pages(&self) {}
    }

    impl<T> Drop for Backing<T> {
        fn drop(&mut self) {
            // SAFETY: from `Box::into_raw` below, and dropped once.
            drop(unsafe { Box::from_raw(self.0) });
        }
    }

    pub(super) fn limit(wanted: usize) -> usize {
        wanted.min(256)
    }

    pub(super) fn reserve<T: Default>(len: usize) -> Option<(*const T, Backing<T>)> {
        let elements: Box<[T]> = (0..len).map(|_| T::default()).collect();
        let elements = Box::into_raw(elements);
        Some((elements.cast_const().cast::<T>(), Backing(elements)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::{AtomicU32, Ordering};

    #[test]
    fn elements_start_at_zero_and_keep_their_place() {
        let array = Reserved::<AtomicU32>::new(1 << 12, 1).unwrap();
        // SAFETY: 4095 is below the length, which is at least 4096 under every backing.
        let last = unsafe { array.at((1 << 12) - 1) };
        // Relaxed: one thread.
        assert_eq!(last.load(Ordering::Relaxed), 0);
        last.store(7, Ordering::Relaxed);
        assert_eq!(last.load(Ordering::Relaxed), 7);
    }

    #[cfg(not(miri))]
    #[test]
    fn what_cannot_be_reserved_is_an_error() {
        let error = Reserved::<AtomicU32>::new(usize::MAX / 8, usize::MAX / 8).unwrap_err();
        assert!(error.to_string().starts_with("cannot reserve "), "{error}");
    }

    /// Half of what was asked for could be all that a heap has.
    #[cfg(not(feature = "std"))]
    #[test]
    fn less_is_not_tried_without_std() {
        assert!(Reserved::<AtomicU32>::new(usize::MAX / 8, 1).is_err());
    }
}
