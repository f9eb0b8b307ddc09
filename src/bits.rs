//! Bit counting: pure functions that know nothing of trees.

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
