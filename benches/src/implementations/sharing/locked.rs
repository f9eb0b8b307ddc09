//! A map under a lock that many readers hold at once: one lock a burst, one lock a batch.
//!
//! A reader that stands still in its section keeps the writer out, and with these locks a waiting
//! writer keeps all other readers out.

use core::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};
use std::sync::PoisonError;

use rtalloc::{Address, testing::history::Step};

use super::{Access, Change, Sharing};
use crate::implementations::maps::{Map, Value, apply};

/// A kind of lock.
pub(in crate::implementations) trait Kind:
    Send + Sync + 'static
{
    /// The lock with what it guards.
    type Lock<T: Send + Sync + 'static>: Send + Sync + 'static;

    /// Puts a value under a lock.
    fn lock<T: Send + Sync + 'static>(value: T) -> Self::Lock<T>;

    /// Locks it together with other readers.
    fn read<T: Send + Sync + 'static>(lock: &Self::Lock<T>) -> impl Deref<Target = T>;

    /// Locks it alone.
    fn write<T: Send + Sync + 'static>(lock: &Self::Lock<T>) -> impl DerefMut<Target = T>;
}

/// The standard library's `RwLock`. Nothing is lost with a poisoned one: maps do not panic halfway.
pub(in crate::implementations) struct Std;

impl Kind for Std {
    type Lock<T: Send + Sync + 'static> = std::sync::RwLock<T>;

    fn lock<T: Send + Sync + 'static>(value: T) -> Self::Lock<T> {
        std::sync::RwLock::new(value)
    }

    #[inline(always)]
    fn read<T: Send + Sync + 'static>(lock: &Self::Lock<T>) -> impl Deref<Target = T> {
        lock.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T: Send + Sync + 'static>(lock: &Self::Lock<T>) -> impl DerefMut<Target = T> {
        lock.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The crate `parking_lot`'s `RwLock`.
pub(in crate::implementations) struct ParkingLot;

impl Kind for ParkingLot {
    type Lock<T: Send + Sync + 'static> = parking_lot::RwLock<T>;

    fn lock<T: Send + Sync + 'static>(value: T) -> Self::Lock<T> {
        parking_lot::RwLock::new(value)
    }

    #[inline(always)]
    fn read<T: Send + Sync + 'static>(lock: &Self::Lock<T>) -> impl Deref<Target = T> {
        lock.read()
    }

    fn write<T: Send + Sync + 'static>(lock: &Self::Lock<T>) -> impl DerefMut<Target = T> {
        lock.write()
    }
}

/// A map under a lock of the kind.
pub(in crate::implementations) struct Locked<K: Kind, M: Send + Sync + 'static>(K::Lock<M>);

impl<A: Address, V: Value, M: Map<A, V>, K: Kind> Sharing<A, V, M> for Locked<K, M> {
    type Access<'s> = &'s Self;
    type Change<'s> = Writing<'s, K, V, M>;

    fn new(map: M) -> Self {
        Self(K::lock(map))
    }

    fn access(&self) -> &Self {
        self
    }

    fn change(&self) -> Writing<'_, K, V, M> {
        Writing { locked: self, value: PhantomData }
    }
}

impl<K: Kind, M: Send + Sync + 'static> Access<M> for &Locked<K, M> {
    #[inline(always)]
    fn read<T>(&mut self, reading: impl FnOnce(&M) -> T) -> T {
        reading(&K::read(&self.0))
    }
}

pub(in crate::implementations) struct Writing<'s, K: Kind, V, M: Send + Sync + 'static> {
    locked: &'s Locked<K, M>,
    value: PhantomData<fn() -> V>,
}

impl<A: Address, V: Value, M: Map<A, V>, K: Kind> Change<A> for Writing<'_, K, V, M> {
    fn make(&mut self, steps: &[Step<A>]) {
        let mut map = K::write(&self.locked.0);
        for step in steps {
            apply(&mut *map, step);
        }
    }
}
