//! Words of the view, and which bits of an address index what.

use crate::{address::Address, arena::Unit, tree::shape::Geometry};

/// A leaf that says: ask the tree of entries. No next hop has this number.
pub(crate) const ESCAPED: u32 = (1 << 31) - 1;

/// Words of a cache line.
pub(super) const LINE_WORDS: usize = 16;

/// 8-byte units of a cache line.
pub(super) const LINE_UNITS: usize = 8;

/// Bits of a word that name a unit.
pub(super) const UNIT_BITS: u32 = 29;

/// What a word leads to. A leaf has a clear highest bit, and is an answer.
pub(super) const RECORD: u32 = 0b100;
/// One line of ranges.
pub(super) const LINE: u32 = 0b101;
/// A line of keys, and as many lines of ranges as it tells apart right behind it.
pub(super) const LINES: u32 = 0b110;
/// A word for each value of the next bits.
pub(super) const DIRECT: u32 = 0b111;

/// A key that no address reaches.
pub(super) const NO_KEY: u32 = u32::MAX >> 1;

/// Bytes that a table's [forwarding view](crate::Forwarding) takes for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// One: 254 next hops fit, and no route.
    One,
    /// Two: 65,534.
    Two,
    /// Four.
    Four,
}

impl Width {
    /// The bytes.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// What an escaped leaf holds. Smaller numbers are answers.
    pub(super) const fn escaped(self) -> u32 {
        escaped(self.bytes())
    }
}

/// What an escaped leaf of `width` bytes holds.
pub(super) const fn escaped(width: usize) -> u32 {
    match width {
        1 => 0xFF,
        2 => 0xFFFF,
        _ => ESCAPED,
    }
}

/// Keys of a line of ranges, which has one answer more than keys.
pub(super) const fn keys(width: usize) -> usize {
    match width {
        1 => 12,
        2 => 10,
        _ => 7,
    }
}

/// Most lines of ranges behind a line of keys.
pub(super) const MOST_LINES: usize = LINE_WORDS + 1;

/// Ranges that lines are filled up to where there is room for more lines, so that a change finds room
/// in one.
pub(super) const fn usual_ranges(width: usize) -> usize {
    keys(width) - 1
}

/// Bits that index the root: IPv4 ends a stride earlier, where nearly all of the root is in use.
pub(super) const fn root_bits<A: Address, G: Geometry>() -> u8 {
    let chunks = G::DIRECTORY + G::CHUNK;
    // Under Miri a root of 2^24 words would take minutes to make; and without `std` it would not be
    // address space, but 64 MiB of memory.
    if A::WIDTH > 32 && cfg!(all(feature = "std", not(miri))) { chunks + G::STRIDE } else { chunks }
}

/// Bits that a key has: as many whole strides as fit, with room for [`NO_KEY`].
pub(super) const fn key_bits<G: Geometry>() -> u8 {
    30 / G::STRIDE * G::STRIDE
}

/// The bits that the view looks at. What differs in later ones is escaped.
pub(super) const fn end<A: Address, G: Geometry>() -> u8 {
    let chunks = G::DIRECTORY + G::CHUNK;
    if A::WIDTH > 32 { chunks + (64 - chunks) / G::STRIDE * G::STRIDE } else { A::WIDTH }
}

/// Most direct nodes on a walk: with one stride left before the end, lines always suffice.
#[cfg(feature = "instrument")]
pub(crate) const fn deepest_directs<A: Address, G: Geometry>() -> u8 {
    (end::<A, G>() - root_bits::<A, G>() - 1) / G::STRIDE
}

/// The index into the root.
#[inline(always)]
pub(super) fn root_slot<A: Address, G: Geometry>(top: u64) -> usize {
    (top >> (64 - root_bits::<A, G>())) as usize
}

/// The index into a direct node or a record for the bits from `at` on.
#[inline(always)]
pub(super) fn slot<G: Geometry>(top: u64, at: u8) -> usize {
    ((top << at) >> (64 - G::STRIDE)) as usize
}

/// The key in lines for the bits from `at` on.
#[inline(always)]
pub(super) fn key<G: Geometry>(top: u64, at: u8) -> u32 {
    ((top << at) >> (64 - key_bits::<G>())) as u32
}

/// Whether `word` is an answer.
#[inline(always)]
pub(super) fn is_leaf(word: u32) -> bool {
    word >> 31 == 0
}

/// What `word` leads to; below [`RECORD`] for a leaf.
#[inline(always)]
pub(super) fn kind(word: u32) -> u32 {
    word >> UNIT_BITS
}

/// Where `word` leads to.
#[inline(always)]
pub(super) fn unit_of(word: u32) -> Unit {
    word & ((1 << UNIT_BITS) - 1)
}

/// The word that leads to a node.
pub(super) fn leading_to(kind: u32, unit: Unit) -> u32 {
    kind << UNIT_BITS | unit
}
