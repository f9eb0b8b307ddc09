//! Tables that are made once from the routes, and then only read: nobody waits for anybody, and
//! nothing changes.

use rtalloc::Address;

use crate::adapter::{Adapter, Reader, Writer};

/// A table that does not change.
pub(super) trait Fixed<A: Address>: Send + Sync + 'static {
    /// What looks a burst up, with what the thread has to find out about its processor.
    fn bursts(&self) -> impl FnMut(&[A], &mut [u32]);

    /// Bytes that lookups can touch, as the table accounts for them itself.
    fn bytes(&self) -> Option<usize>;
}

/// A table behind the trait that experiments know.
pub(super) struct Table<T>(pub(super) T);

impl<A: Address, T: Fixed<A>> Adapter<A> for Table<T> {
    fn reader(&self) -> Box<dyn Reader<A> + '_> {
        Box::new(Bursts(self.0.bursts()))
    }

    fn writer(&self) -> Option<Box<dyn Writer<A> + '_>> {
        None
    }

    fn parts(&self) -> Vec<(&'static str, usize)> {
        self.0.bytes().map(|bytes| ("table", bytes)).into_iter().collect()
    }
}

struct Bursts<F>(F);

impl<A: Address, F: FnMut(&[A], &mut [u32])> Reader<A> for Bursts<F> {
    fn burst(&mut self, addresses: &[A], answers: &mut [u32]) {
        (self.0)(addresses, answers);
    }

    /// There is no section to hold.
    fn stall(&mut self, during: &mut dyn FnMut()) {
        during();
    }
}
