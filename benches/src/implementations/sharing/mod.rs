//! Ways to share a map between threads: locks, snapshots that are swapped, and two copies that take
//! turns.

mod left_right;
mod locked;
mod swapped;

use core::{any::Any, marker::PhantomData};

use rtalloc::{Address, testing::history::Step};

pub(super) use self::{
    left_right::LeftRight,
    locked::{Locked, ParkingLot, Std},
    swapped::Swapped,
};
use super::maps::{Map, Value, load};
use crate::{
    Routes,
    adapter::{Adapter, Opened, Reader, Writer},
};

/// A map that threads share.
pub(super) trait Sharing<A: Address, V: Value, M: Map<A, V>>:
    Send + Sync + Sized + 'static
{
    /// What one thread reads with.
    type Access<'s>: Access<M>;
    /// What changes the map.
    type Change<'s>: Change<A>;
    /// How many maps it keeps while nobody reads.
    const COPIES: usize = 1;

    /// Shares the map.
    fn new(map: M) -> Self;

    /// What the calling thread reads with.
    fn access(&self) -> Self::Access<'_>;

    /// What the one writer changes it with.
    fn change(&self) -> Self::Change<'_>;

    /// Bytes of maps that are out of use but still read, where there can be such and that can be
    /// told.
    fn waiting(&self) -> Option<usize> {
        None
    }
}

/// A thread's way to the map.
pub(super) trait Access<M> {
    /// Reads the map in one section.
    fn read<T>(&mut self, reading: impl FnOnce(&M) -> T) -> T;
}

/// The writer's way to the map.
pub(super) trait Change<A: Address> {
    /// Makes the changes. Readers see all of them at one instant, before this returns.
    fn make(&mut self, steps: &[Step<A>]);
}

/// Opens a shared map on the routes.
pub(super) fn open<A, V, M, S>(routes: &Routes<A>) -> Opened<A>
where
    A: Address,
    V: Value,
    M: Map<A, V>,
    S: Sharing<A, V, M>,
{
    Ok(Box::new(Shared { sharing: S::new(load(routes)), map: PhantomData::<fn() -> (V, M)> }))
}

struct Shared<S, T> {
    sharing: S,
    map: PhantomData<T>,
}

impl<A, V, M, S> Adapter<A> for Shared<S, fn() -> (V, M)>
where
    A: Address,
    V: Value,
    M: Map<A, V>,
    S: Sharing<A, V, M>,
{
    fn reader(&self) -> Box<dyn Reader<A> + '_> {
        Box::new(Reading { access: self.sharing.access(), map: self.map })
    }

    fn writer(&self) -> Option<Box<dyn Writer<A> + '_>> {
        Some(Box::new(Changing(self.sharing.change())))
    }

    fn parts(&self) -> Vec<(&'static str, usize)> {
        let bytes = self.sharing.access().read(M::bytes);
        bytes.filter(|_| !V::OUTSIDE).map(|bytes| ("maps", bytes * S::COPIES)).into_iter().collect()
    }

    fn waiting(&self) -> Option<usize> {
        self.sharing.waiting()
    }
}

struct Reading<R, T> {
    access: R,
    map: PhantomData<T>,
}

impl<A, V, M, R> Reader<A> for Reading<R, fn() -> (V, M)>
where
    A: Address,
    V: Value,
    M: Map<A, V>,
    R: Access<M>,
{
    fn burst(&mut self, addresses: &[A], answers: &mut [u32]) {
        self.access.read(|map| {
            for (&address, answer) in addresses.iter().zip(answers) {
                *answer = map.lookup(address).map_or(0, V::interface);
            }
        });
    }

    fn stall(&mut self, during: &mut dyn FnMut()) {
        self.access.read(|_| during());
    }

    fn take(&mut self, address: A) -> Option<Box<dyn Any + Send>> {
        self.access.read(|map| map.lookup(address)?.keep())
    }
}

struct Changing<C>(C);

impl<A: Address, C: Change<A>> Writer<A> for Changing<C> {
    fn apply(&mut self, step: &Step<A>) {
        self.0.make(step.as_ref());
    }

    fn apply_all(&mut self, steps: &[Step<A>]) {
        self.0.make(steps);
    }
}
