//! What a route leads to, and what a lookup does with it.

use core::any::Any;
use std::sync::Arc;

use rtalloc::NextHop;

/// What a map keeps for each route.
pub(crate) trait Value: Send + Sync + 'static {
    /// Whether it has memory of its own, for which no map accounts.
    const OUTSIDE: bool;

    /// What leads to the next hop.
    fn from(hop: NextHop) -> Self;

    /// The interface, read as a user reads it.
    fn interface(&self) -> u32;

    /// What a user can keep of the route; nothing where it would be a copy of the interface.
    fn keep(&self) -> Option<Box<dyn Any + Send>>;
}

/// The interface itself: the least that a map can keep.
impl Value for u32 {
    const OUTSIDE: bool = false;

    fn from(hop: NextHop) -> Self {
        hop.interface
    }

    #[inline(always)]
    fn interface(&self) -> u32 {
        *self
    }

    fn keep(&self) -> Option<Box<dyn Any + Send>> {
        None
    }
}

/// A counted next hop, of which each lookup takes a reference and gives it back.
impl Value for Arc<NextHop> {
    const OUTSIDE: bool = true;

    fn from(hop: NextHop) -> Self {
        Self::new(hop)
    }

    #[inline(always)]
    fn interface(&self) -> u32 {
        Self::clone(self).interface
    }

    fn keep(&self) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(Self::clone(self)))
    }
}
