//! What the tests of wait-freedom see of the crate. Exists only with the feature `instrument`.
//!
//! The bounds are numbers of steps, and depend on the width of an address, the strides of the tree
//! and the slots of a reader alone. They are listed for people in `docs::wait_freedom`.

pub use crate::sync::instrument::{Hooked, as_reader, is_reader, set_hook, steps};

use crate::{
    address::Address,
    reclaim,
    tree::{Geometry, Wide},
};

/// Steps of a lookup at most: the root word; the default route's word; the slot of the directory and
/// of the chunk; of each record the bitmap and the slot; the entry's cell.
pub const fn lookup<A: Address>() -> u64 {
    let records = (A::WIDTH - Wide::DIRECTORY - Wide::CHUNK).div_ceil(Wide::STRIDE);
    2 + 2 + 2 * records as u64 + 1
}

/// Steps of a burst of `count` lookups at most: as many lookups, with one load of the root word and
/// of the default route's word.
pub const fn burst<A: Address>(count: u64) -> u64 {
    2 + count * (lookup::<A>() - 2)
}

/// Steps of a burst that asks for numbers at most: no cells.
pub const fn numbers<A: Address>(count: u64) -> u64 {
    2 + count * (lookup::<A>() - 3)
}

/// Steps of a lookup in the forwarding view at most: the default word, the word of the root, one of each
/// direct node on the way, two reads of a record or of lines, the default word again; and where that ends
/// escaped, a walk of the tree of entries and the route's number.
pub const fn next_hop<A: Address>() -> u64 {
    let directs = crate::tree::deepest_directs::<A, Wide>();
    5 + directs as u64 + lookup::<A>()
}

/// Steps of a burst of `count` such lookups at most: the same, with two loads of the default word in a
/// group of walks. In IPv4 each takes the two reads of a record first, perhaps in vain, and where it
/// goes on by itself, it loads the default word again.
pub const fn next_hops<A: Address>(count: u64) -> u64 {
    let again = if A::WIDTH > 32 { 0 } else { 2 + 1 };
    count * (next_hop::<A>() - 2 + again) + 2 * count.div_ceil(view_group::<A>())
}

/// Walks of the forwarding view that go together.
pub const fn view_group<A: Address>() -> u64 {
    crate::tree::view_group::<A>() as u64
}

/// Hazard slots of a reader.
pub const SLOTS: u64 = reclaim::SLOTS as u64;

/// Steps to enter a section: the period, the announcement, a fence.
pub const ENTER: u64 = 3;

/// Steps to leave a section: the announcement.
pub const LEAVE: u64 = 1;

/// Steps of a quiescent point at most: the period, and the announcement if it has moved.
pub const QUIESCENT: u64 = 2;

/// Steps to go offline and online again, besides what is done meanwhile.
pub const OFFLINE: u64 = LEAVE + ENTER;

/// Steps to take a reference at most: a look at each slot, then the claim or the addition.
pub const HOLD: u64 = SLOTS + 1;

/// Steps to take a counted reference: the addition.
pub const HOLD_COUNTED: u64 = 1;

/// Steps to clone a reference: the addition.
pub const CLONE: u64 = 1;

/// Steps to release a reference at most, while its table lives: the slot, the count, and seven to
/// hand the entry to the writer.
pub const RELEASE: u64 = 2 + 7;
