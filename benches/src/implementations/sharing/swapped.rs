//! Snapshots of a map, swapped by the crate `arc-swap`: a reader takes a guard of the newest one for
//! each burst, and a writer copies it, changes the copy and swaps.
//!
//! Nobody waits for anybody, but each update costs a copy of the map, and each stalled reader keeps a
//! whole one.

use core::marker::PhantomData;
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rtalloc::{Address, testing::history::Step};

use super::{Access, Change, Sharing};
use crate::implementations::maps::{Map, Value, apply};

/// The newest snapshot, and those before it that somebody read when they were replaced.
pub(in crate::implementations) struct Swapped<M> {
    newest: ArcSwap<M>,
    replaced: Mutex<Vec<Weak<M>>>,
}

impl<A: Address, V: Value, M: Map<A, V> + Clone> Sharing<A, V, M> for Swapped<M> {
    type Access<'s> = &'s Self;
    type Change<'s> = Swapping<'s, V, M>;

    fn new(map: M) -> Self {
        Self { newest: ArcSwap::from_pointee(map), replaced: Mutex::new(Vec::new()) }
    }

    fn access(&self) -> &Self {
        self
    }

    fn change(&self) -> Swapping<'_, V, M> {
        Swapping { swapped: self, value: PhantomData }
    }

    fn waiting(&self) -> Option<usize> {
        let replaced: Vec<_> = self.replaced.lock().iter().filter_map(Weak::upgrade).collect();
        // A map that does not account for its bytes makes the sum nothing, even where there is none.
        self.newest.load().bytes()?;
        replaced.iter().map(|map| map.bytes()).sum()
    }
}

impl<M> Access<M> for &Swapped<M> {
    #[inline(always)]
    fn read<T>(&mut self, reading: impl FnOnce(&M) -> T) -> T {
        reading(&self.newest.load())
    }
}

pub(in crate::implementations) struct Swapping<'s, V, M> {
    swapped: &'s Swapped<M>,
    value: PhantomData<fn() -> V>,
}

impl<A: Address, V: Value, M: Map<A, V> + Clone> Change<A> for Swapping<'_, V, M> {
    fn make(&mut self, steps: &[Step<A>]) {
        let mut map = M::clone(&self.swapped.newest.load());
        for step in steps {
            apply(&mut map, step);
        }
        let before = self.swapped.newest.swap(Arc::new(map));
        // The swap has turned all guards of readers into counted references.
        if Arc::strong_count(&before) > 1 {
            let mut replaced = self.swapped.replaced.lock();
            replaced.retain(|map| map.strong_count() > 0);
            replaced.push(Arc::downgrade(&before));
        }
    }
}
