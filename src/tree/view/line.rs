//! A line of ranges: where each but the first begins, and what each answers.
//!
//! The line's first words are keys, of which those not needed are [`NO_KEY`]; the answers follow, of
//! one, two or four bytes. The answer to a key is that of the last range that begins at or before it.

use core::slice::Chunks;

use super::shape::{LINE_WORDS, NO_KEY, keys};
use crate::bits::Machine;

/// What a line answers for `key`.
#[inline(always)]
pub(super) fn answer<const W: usize, M: Machine>(line: &[u32; LINE_WORDS], key: u32) -> u32 {
    let rank = match W {
        1 => M::rank::<{ keys(1) }>(line, key),
        2 => M::rank::<{ keys(2) }>(line, key),
        _ => M::rank::<{ keys(4) }>(line, key),
    };
    let bytes: &[u8; 4 * LINE_WORDS] = bytes_of(line);
    let at = 4 * keys(W) + rank * W;
    // The rank is at most the number of keys, so this is in the line; the check is one comparison.
    match bytes.get(at..at + W) {
        Some([one]) => u32::from(*one),
        Some([low, high]) => u32::from(u16::from_le_bytes([*low, *high])),
        Some([a, b, c, d]) => u32::from_le_bytes([*a, *b, *c, *d]),
        _ => 0,
    }
}

/// A line as bytes.
#[inline(always)]
fn bytes_of(line: &[u32; LINE_WORDS]) -> &[u8; 4 * LINE_WORDS] {
    // SAFETY: as large, less aligned, and bytes may hold anything.
    unsafe { &*core::ptr::from_ref(line).cast() }
}

/// A line of `ranges`, which begin at increasing keys and of which there is one more than there are
/// keys at most. Where the first begins does not matter.
pub(super) fn of_ranges(width: usize, ranges: &[(u32, u32)]) -> [u32; LINE_WORDS] {
    let mut bytes = [0; 4 * LINE_WORDS];
    for index in 0..keys(width) {
        let key = ranges.get(index + 1).map_or(NO_KEY, |range| range.0);
        bytes[4 * index..][..4].copy_from_slice(&key.to_ne_bytes());
    }
    for (index, &(_, value)) in ranges.iter().enumerate() {
        let at = 4 * keys(width) + index * width;
        bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
    }
    let mut line = [0; LINE_WORDS];
    for (word, bytes) in line.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    line
}

/// The ranges of a line, the first of which begins at `first`.
pub(super) fn ranges_of(
    width: usize,
    line: &[u32; LINE_WORDS],
    first: u32,
) -> impl Iterator<Item = (u32, u32)> + '_ {
    let starts = line[..keys(width)].iter().copied().take_while(|&key| key != NO_KEY);
    let values = bytes_of(line)[4 * keys(width)..].chunks_exact(width);
    core::iter::once(first).chain(starts).zip(values).map(|(start, bytes)| {
        let mut value = [0; 4];
        value[..bytes.len()].copy_from_slice(bytes);
        (start, u32::from_le_bytes(value))
    })
}

/// The line of keys over lines of which these are the ranges.
pub(super) fn of_keys(lines: Chunks<'_, (u32, u32)>) -> [u32; LINE_WORDS] {
    let mut line = [NO_KEY; LINE_WORDS];
    for (place, ranges) in line.iter_mut().zip(lines.skip(1)) {
        *place = ranges.first().map_or(NO_KEY, |range| range.0);
    }
    line
}

/// How many lines there are below a line of keys.
pub(super) fn lines_below(keys: &[u32; LINE_WORDS]) -> usize {
    1 + keys.iter().filter(|&&key| key != NO_KEY).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bits::Portable;

    fn check<const W: usize>(starts: &[u32], probes: &[u32]) {
        let mut starts: Vec<u32> = starts.iter().map(|start| start % (1 << 30)).collect();
        starts.sort_unstable();
        starts.dedup();
        starts.truncate(keys(W));
        let mut ranges = vec![(0, 7)];
        ranges.extend(starts.iter().zip(10..).map(|(&start, value)| (start.max(1), value)));
        ranges.dedup_by_key(|range| range.0);
        let line = of_ranges(W, &ranges);
        assert_eq!(ranges_of(W, &line, 0).collect::<Vec<_>>(), ranges);
        for key in probes.iter().map(|probe| probe % (1 << 30)).chain(starts) {
            let expected = ranges.iter().rfind(|range| range.0 <= key).unwrap().1;
            assert_eq!(answer::<W, Portable>(&line, key), expected, "{key}");
        }
    }

    proptest! {
        #[test]
        fn a_line_answers_with_the_last_range_that_has_begun(
            starts in prop::collection::vec(any::<u32>(), 0..20),
            probes in prop::collection::vec(any::<u32>(), 20),
        ) {
            check::<1>(&starts, &probes);
            check::<2>(&starts, &probes);
            check::<4>(&starts, &probes);
        }
    }
}
