//! Next hops for tables that come without, from files as from the synthetic Internet.

use core::fmt::{self, Write};

use crate::{address::Address, nexthop::NextHop, prefix::Prefix};

/// How many different next hops are given out.
const NEXT_HOPS: u32 = 250;

/// The next hop of a prefix from a file without next hops: one of the numbers 1 to 250, the same
/// for the same prefix everywhere.
///
/// The number is the 32-bit FNV-1a hash of the prefix's text, reduced. Real routers have some
/// hundred next hops spread over the table without much order, and so has this.
pub fn default_next_hop<A: Address>(prefix: Prefix<A>) -> NextHop {
    let mut hash = Fnv1a::default();
    // `Fnv1a` accepts everything, so writing cannot fail.
    let _ = write!(hash, "{prefix}");
    NextHop::interface(hash.0 % NEXT_HOPS + 1)
}

/// The 32-bit FNV-1a hash of the text written to it.
pub(crate) struct Fnv1a(pub(crate) u32);

impl Default for Fnv1a {
    fn default() -> Self {
        Self(0x811C_9DC5)
    }
}

impl Write for Fnv1a {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        Ok(())
    }
}
