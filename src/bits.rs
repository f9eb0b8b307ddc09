//! Bit counting: pure functions that know nothing of trees, and which of them suit the processor.
//!
//! Counting bits is one instruction on most processors, but on x86-64 not on all, so code for any of
//! them takes about twelve. [`Code`] says which to use; whoever opens a table asks once.

/// Which instructions code may use beyond those that it is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// None: any processor has what the code is compiled for.
    Portable,
    /// x86-64 with AVX2, the bit manipulations BMI1 and BMI2, `lzcnt` and `popcnt`: every processor
    /// of the last ten years.
    #[cfg(all(feature = "std", target_arch = "x86_64", not(any(miri, rtalloc_loom))))]
    V3,
}

impl Code {
    /// The best for this processor.
    pub(crate) fn best() -> Self {
        #[cfg(all(feature = "std", target_arch = "x86_64", not(any(miri, rtalloc_loom))))]
        if is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt")
        {
            return Self::V3;
        }
        Self::Portable
    }

    /// As [`runs_up_to`], in one instruction where the processor has it, and without a call: for
    /// lookups one at a time, which are inlined into code for any processor.
    #[inline(always)]
    pub(crate) fn runs_up_to(self, bitmap: u64, slot: usize) -> usize {
        match self {
            Self::Portable => runs_up_to(bitmap, slot),
            #[cfg(all(feature = "std", target_arch = "x86_64", not(any(miri, rtalloc_loom))))]
            Self::V3 => {
                let mut count = bitmap << (63 - slot);
                // SAFETY: `best` alone makes this value, where the processor has the instruction,
                // which changes the register named and the flags.
                unsafe {
                    core::arch::asm!("popcnt {0}, {0}", inout(reg) count,
                        options(pure, nomem, nostack));
                }
                count as usize
            }
        }
    }

    /// Runs `task`, compiled for these instructions.
    #[inline(always)]
    pub(crate) fn run<T: Task>(self, task: T) -> T::Output {
        match self {
            Self::Portable => task.run::<Portable>(),
            #[cfg(all(feature = "std", target_arch = "x86_64", not(any(miri, rtalloc_loom))))]
            // SAFETY: `best` alone makes this value, where the processor has all of them.
            Self::V3 => unsafe { run_v3(task) },
        }
    }
}

/// Code that is compiled once for each [`Code`].
pub(crate) trait Task {
    /// What it makes.
    type Output;

    /// Runs it. To be inlined, with all that it calls and that is to be compiled so.
    fn run<M: Machine>(self) -> Self::Output;
}

/// What code that is compiled for a [`Code`] does otherwise than other code.
pub(crate) trait Machine {
    /// How many of the first `N` keys of a line are at most `key`. Keys are below 2^31.
    fn rank<const N: usize>(line: &[u32; 16], key: u32) -> usize;
}

/// Any processor.
pub(crate) struct Portable;

impl Machine for Portable {
    #[inline(always)]
    fn rank<const N: usize>(line: &[u32; 16], key: u32) -> usize {
        line[..N].iter().map(|&it| usize::from(it <= key)).sum()
    }
}

/// [`Code::V3`]. To be named by what that runs alone.
#[cfg(all(feature = "std", target_arch = "x86_64", not(any(miri, rtalloc_loom))))]
struct V3;

#[cfg(all(feature = "std", target_arch = "x86_64", not(any(miri, rtalloc_loom))))]
impl Machine for V3 {
    #[inline(always)]
    fn rank<const N: usize>(line: &[u32; 16], key: u32) -> usize {
        // SAFETY: `run_v3` alone names this type, where the processor has the instructions.
        unsafe { rank_v3::<N>(line, key) }
    }
}

/// All keys of a line are compared at once, and those that are larger counted.
#[cfg(all(feature = "std", target_arch = "x86_64", not(any(miri, rtalloc_loom))))]
#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn rank_v3<const N: usize>(line: &[u32; 16], key: u32) -> usize {
    use core::arch::x86_64::{
        __m256i, _mm256_castsi256_ps, _mm256_cmpgt_epi32, _mm256_loadu_si256, _mm256_movemask_ps,
        _mm256_set1_epi32,
    };
    let key = _mm256_set1_epi32(key.cast_signed());
    let larger = |half: &[u32]| {
        let place: *const __m256i = half.as_ptr().cast();
        // SAFETY: each half has eight words.
        let keys = unsafe { _mm256_loadu_si256(place) };
        _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(keys, key)))
    };
    let (low, high) = line.split_at(8);
    let larger = (larger(low) | larger(high) << 8) & ((1 << N) - 1);
    N - larger.count_ones() as usize
}

#[cfg(all(feature = "std", target_arch = "x86_64", not(any(miri, rtalloc_loom))))]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn run_v3<T: Task>(task: T) -> T::Output {
    task.run::<V3>()
}

/// Brings the cache line at `place` closer, where the processor knows how.
#[inline(always)]
pub(crate) fn prefetch<T>(place: *const T) {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse", not(any(miri, rtalloc_loom))))]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch has no effect that the program can see, wherever the place is, and
        // every x86-64 processor knows it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
    }
    #[cfg(all(target_arch = "x86_64", not(target_feature = "sse"), not(any(miri, rtalloc_loom))))]
    // Code that may not touch vector registers would call the intrinsic.
    // SAFETY: a hint, as above; it changes neither memory nor registers nor flags.
    unsafe {
        core::arch::asm!("prefetcht0 [{place}]", place = in(reg) place,
            options(nostack, preserves_flags, readonly));
    }
    #[cfg(all(target_arch = "aarch64", not(any(miri, rtalloc_loom))))]
    // SAFETY: a hint, as above; it changes neither memory nor registers nor flags.
    unsafe {
        core::arch::asm!("prfm pldl1keep, [{place}]", place = in(reg) place,
            options(nostack, preserves_flags, readonly));
    }
    #[cfg(any(not(any(target_arch = "x86_64", target_arch = "aarch64")), miri, rtalloc_loom))]
    let _ = place;
}

/// How many runs begin at or before `slot`, where bit `i` of `bitmap` is set if one begins at `i`.
///
/// `slot` is at most 63.
#[inline(always)]
pub(crate) fn runs_up_to(bitmap: u64, slot: usize) -> usize {
    (bitmap << (63 - slot)).count_ones() as usize
}

/// Whether the slots `first..=last` are exactly one run of `bitmap` over `slots` slots.
#[inline]
pub(crate) fn is_one_run(bitmap: u64, first: usize, last: usize, slots: usize) -> bool {
    let begins = bitmap >> first & 1 == 1;
    let ends = last + 1 == slots || bitmap >> (last + 1) & 1 == 1;
    begins && ends && runs_up_to(bitmap, last) == runs_up_to(bitmap, first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_up_to_and_with_the_slot() {
        let bitmap = 0b1001_0001u64;
        let expected = [1, 1, 1, 1, 2, 2, 2, 3, 3];
        for (slot, &runs) in expected.iter().enumerate() {
            assert_eq!(runs_up_to(bitmap, slot), runs, "slot {slot}");
        }
        assert_eq!(runs_up_to(u64::MAX, 63), 64);
    }

    #[test]
    fn a_run_has_a_beginning_an_end_and_nothing_between() {
        let bitmap = 0b1001_0001u64;
        assert!(is_one_run(bitmap, 0, 3, 64));
        assert!(is_one_run(bitmap, 4, 6, 64));
        assert!(is_one_run(bitmap, 7, 63, 64));
        assert!(is_one_run(bitmap, 7, 7, 8));
        assert!(!is_one_run(bitmap, 0, 2, 64));
        assert!(!is_one_run(bitmap, 1, 3, 64));
        assert!(!is_one_run(bitmap, 0, 6, 64));
    }
}
