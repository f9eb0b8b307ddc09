//! Two copies of a map that take turns, by the crate `left-right`: readers have one while the writer
//! changes the other, and every change is made twice.
//!
//! Readers do not wait. The writer does, when it publishes, for readers who still read what it
//! published over the time before.

use left_right::{Absorb, ReadHandle, ReadHandleFactory, WriteHandle};
use parking_lot::{Mutex, MutexGuard};
use rtalloc::{Address, testing::history::Step};

use super::{Access, Change, Sharing};
use crate::implementations::maps::{Map, apply};

/// One of the two copies.
#[derive(Clone)]
pub(in crate::implementations) struct Side<M>(M);

impl<A: Address, M: Map<A> + Clone> Absorb<Step<A>> for Side<M> {
    fn absorb_first(&mut self, step: &mut Step<A>, _: &Self) {
        apply(&mut self.0, step);
    }

    fn sync_with(&mut self, first: &Self) {
        self.0.clone_from(&first.0);
    }
}

/// The two copies, and the right to change them.
pub(in crate::implementations) struct LeftRight<A: Address, M: Map<A> + Clone> {
    readers: ReadHandleFactory<Side<M>>,
    writer: Mutex<WriteHandle<Side<M>, Step<A>>>,
}

impl<A: Address, M: Map<A> + Clone> Sharing<A, u32, M> for LeftRight<A, M> {
    type Access<'s> = ReadHandle<Side<M>>;
    type Change<'s> = MutexGuard<'s, WriteHandle<Side<M>, Step<A>>>;
    const COPIES: usize = 2;

    fn new(map: M) -> Self {
        let (mut writer, reader) = left_right::new_from_empty(Side(map));
        // The crate does not log changes before the first publication but copies the whole map
        // then; so that happens here, not to the first update.
        writer.publish();
        writer.publish();
        Self { readers: reader.factory(), writer: Mutex::new(writer) }
    }

    fn access(&self) -> ReadHandle<Side<M>> {
        self.readers.handle()
    }

    fn change(&self) -> MutexGuard<'_, WriteHandle<Side<M>, Step<A>>> {
        self.writer.lock()
    }
}

impl<M> Access<M> for ReadHandle<Side<M>> {
    /// # Panics
    /// Never: the writer, whose end is the map's, lives in the table that a reader borrows.
    #[inline(always)]
    fn read<T>(&mut self, reading: impl FnOnce(&M) -> T) -> T {
        let side = self.enter().expect("the writer lives");
        reading(&side.0)
    }
}

impl<A: Address, M: Map<A> + Clone> Change<A> for MutexGuard<'_, WriteHandle<Side<M>, Step<A>>> {
    fn make(&mut self, steps: &[Step<A>]) {
        self.extend(steps.iter().copied());
        self.publish();
    }
}
