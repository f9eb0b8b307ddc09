//! Many lookups at once: the tree's walks, then the cells, then the entries, each group of addresses
//! one step behind the next one.

use core::ptr::NonNull;

use super::Fib;
use crate::{
    address::Address,
    bits::{Machine, Task},
    entry::Entry,
    sync::Ordering,
    tree::GROUP,
};

impl<A: Address, V: Send + Sync + 'static> Fib<A, V> {
    /// What `make` makes of the entries that answer `addresses`, into `found`: as many as the
    /// shorter of the two slices has. The entries stay alive for as long as the caller's guard
    /// lives and passes no quiescent point, and their routes have been asked for.
    ///
    /// # Safety
    /// The caller holds a guard of the domain that the table's writer retires to.
    #[inline]
    pub(crate) unsafe fn lookup_burst<T: Copy + Into<A>, M>(
        &self,
        addresses: &[T],
        found: &mut [M],
        make: impl Fn(Option<NonNull<Entry<V>>>) -> M,
    ) {
        self.tree.code().run(Entries { fib: self, addresses, found, make });
    }

    /// The numbers of the routes that answer `addresses`, 0 for no route, into `numbers`: as many
    /// as the shorter of the two slices has.
    ///
    /// # Safety
    /// As [`lookup_burst`](Self::lookup_burst).
    #[inline]
    pub(crate) unsafe fn numbers<T: Copy + Into<A>>(&self, addresses: &[T], numbers: &mut [u32]) {
        self.tree.numbers(addresses, numbers);
    }
}

/// A burst that asks for entries.
struct Entries<'f, A, V, T, M, F> {
    fib: &'f Fib<A, V>,
    addresses: &'f [T],
    found: &'f mut [M],
    make: F,
}

impl<A, V, T, M, F> Task for Entries<'_, A, V, T, M, F>
where
    A: Address,
    V: Send + Sync + 'static,
    T: Copy + Into<A>,
    F: Fn(Option<NonNull<Entry<V>>>) -> M,
{
    type Output = ();

    #[inline(always)]
    fn run<C: Machine>(self) {
        let Self { fib, addresses, found, make } = self;
        let len = addresses.len().min(found.len());
        let mut places = found.iter_mut();
        // The numbers of the group before, whose cells have been asked for.
        let (mut before, mut count) = ([0; GROUP], 0);
        let mut load = |numbers: &[u32]| {
            for (&number, place) in numbers.iter().zip(&mut places) {
                // SeqCst: edge P2, against `set`: the entry is complete. Number 0 has a cell too,
                // and it is null.
                let entry = NonNull::new(fib.cell(number).load(Ordering::SeqCst));
                if let Some(entry) = entry {
                    Entry::prefetch(entry);
                }
                *place = make(entry);
            }
        };
        fib.tree.burst(&addresses[..len], |numbers| {
            load(&before[..count]);
            count = numbers.len().min(GROUP);
            for (place, &number) in before.iter_mut().zip(numbers) {
                *place = number;
                fib.cells.prefetch(number as usize);
            }
        });
        load(&before[..count]);
    }
}
