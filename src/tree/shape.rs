//! Words, strides and the places of slots.

use crate::{
    arena::{Blocks, Unit},
    bits::runs_up_to,
};

/// The bit that tells a child from a leaf.
const CHILD: u32 = 1 << 31;

/// Most slots that a record has.
pub(super) const RECORD_SLOTS: usize = 64;

/// Words of a record before its first run: the bitmap.
pub(super) const RUNS_AT: usize = 2;

/// The strides of a tree.
pub(crate) trait Geometry: Send + Sync + 'static {
    /// Bits that index the directory.
    const DIRECTORY: u8;
    /// Bits that index a chunk.
    const CHUNK: u8;
    /// Bits that index a record, at most 6.
    const STRIDE: u8;
}

/// The strides of real tables: most IPv4 prefixes end where a record does (18 + 6 = 24), as most
/// IPv6 prefixes do (18 + 5 * 6 = 48), and a directory or chunk is 2 KiB, small enough to copy.
#[derive(Debug)]
pub(crate) struct Wide;

#[cfg(not(any(rtalloc_loom, rtalloc_shuttle)))]
impl Geometry for Wide {
    const DIRECTORY: u8 = 9;
    const CHUNK: u8 = 9;
    const STRIDE: u8 = 6;
}

/// In models, so small that four bits reach all three kinds of node.
#[cfg(any(rtalloc_loom, rtalloc_shuttle))]
impl Geometry for Wide {
    const DIRECTORY: u8 = 1;
    const CHUNK: u8 = 1;
    const STRIDE: u8 = 2;
}

/// Which kind of node a walk is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The directory.
    Directory,
    /// A chunk.
    Chunk,
    /// A record.
    Record,
}

/// The kind of the node for the bits from `at` on.
#[inline]
pub(super) fn kind_at<G: Geometry>(at: u8) -> Kind {
    if at == 0 {
        Kind::Directory
    } else if at == G::DIRECTORY {
        Kind::Chunk
    } else {
        Kind::Record
    }
}

/// How many bits index the node for the bits from `at` on.
#[inline]
pub(super) fn bits_at<G: Geometry>(at: u8) -> u8 {
    match kind_at::<G>(at) {
        Kind::Directory => G::DIRECTORY,
        Kind::Chunk => G::CHUNK,
        Kind::Record => G::STRIDE,
    }
}

/// Units of a direct node of `bits` bits.
pub(super) fn direct_units(bits: u8) -> usize {
    (1usize << bits).div_ceil(2)
}

/// Units of a directory, which has the default route's word after its slots.
pub(super) fn directory_units<G: Geometry>() -> usize {
    (default_at::<G>() + 1).div_ceil(2)
}

/// Where in a directory the default route's word is.
#[inline(always)]
pub(super) fn default_at<G: Geometry>() -> usize {
    1 << G::DIRECTORY
}

/// The least reservation with which a tree can work at all.
pub(super) fn least_units<G: Geometry>() -> usize {
    4 * (directory_units::<G>() + direct_units(G::CHUNK))
}

/// The word for the child at `unit`.
#[inline]
pub(super) fn child(unit: Unit) -> u32 {
    CHILD | unit
}

/// Whether `word` is a child rather than a leaf.
#[inline(always)]
pub(super) fn is_child(word: u32) -> bool {
    word & CHILD != 0
}

/// The unit of the child `word`.
#[inline(always)]
pub(super) fn unit_of(word: u32) -> Unit {
    word & !CHILD
}

/// Where in a record the word of `slot` is.
#[inline(always)]
pub(super) fn run_offset(bitmap: u64, slot: usize) -> usize {
    RUNS_AT - 1 + runs_up_to(bitmap, slot)
}

/// The block class of a record that has `bitmap`.
pub(super) fn record_class(bitmap: u64) -> u8 {
    Blocks::record_class(bitmap.count_ones() as usize)
}

/// The block class of a direct node.
pub(super) fn direct_class(kind: Kind) -> u8 {
    Blocks::direct_class(which_direct(kind))
}

/// Which of the two kinds of direct node this is.
pub(super) fn which_direct(kind: Kind) -> usize {
    usize::from(kind == Kind::Chunk)
}
