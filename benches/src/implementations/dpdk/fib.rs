//! `rte_fib` and `rte_fib6`.

use core::hint::black_box;

use parking_lot::{Mutex, MutexGuard};
use rtalloc::testing::history::Step;

use super::{settings, start};
use crate::{
    Routes,
    adapter::{Adapter, Opened, Reader, Writer},
    candidate::MOST,
    dpdk::{Family, Fib, FibReader, Lookup, Settings, Width},
};

pub(super) fn scalar<A: Family>(routes: &Routes<A>) -> Opened<A> {
    open(routes, Lookup::Scalar)
}

pub(super) fn avx512<A: Family>(routes: &Routes<A>) -> Opened<A> {
    open(routes, Lookup::Avx512)
}

pub(super) fn empty_scalar<A: Family>(room: &Routes<A>) -> Opened<A> {
    make(&Routes::new(), room, Lookup::Scalar)
}

pub(super) fn empty_avx512<A: Family>(room: &Routes<A>) -> Opened<A> {
    make(&Routes::new(), room, Lookup::Avx512)
}

fn open<A: Family>(routes: &Routes<A>, lookup: Lookup) -> Opened<A> {
    make(routes, routes, lookup)
}

/// A table of some routes, with room for others and a quarter more.
fn make<A: Family>(routes: &Routes<A>, room: &Routes<A>, lookup: Lookup) -> Opened<A> {
    // 2 bytes do not number the groups of a full IPv6 table.
    let width = if A::WIDTH == 32 { Width::Two } else { Width::Four };
    let mut fib = Fib::new(start()?, &Settings { lookup, ..settings(room, width) })?;
    for &(prefix, hop) in routes {
        fib.add(prefix, hop.interface)?;
    }
    Ok(Box::new(Table { reader: fib.reader(), fib: Mutex::new(fib) }))
}

struct Table<A: Family> {
    reader: FibReader<A>,
    fib: Mutex<Fib<A>>,
}

impl<A: Family> Adapter<A> for Table<A> {
    fn reader(&self) -> Box<dyn Reader<A> + '_> {
        let keys = [A::Key::default(); MOST + 1];
        Box::new(Reading { fib: self.reader.clone(), keys, wide: [0; MOST] })
    }

    fn writer(&self) -> Option<Box<dyn Writer<A> + '_>> {
        Some(Box::new(Changing { fib: self.fib.lock(), refused: 0 }))
    }
}

struct Reading<A: Family> {
    fib: FibReader<A>,
    /// Addresses as DPDK has them, and one more for what is read past the last.
    keys: [A::Key; MOST + 1],
    wide: [u64; MOST],
}

impl<A: Family> Reading<A> {
    #[inline(always)]
    fn lookup(&mut self, addresses: &[A]) -> &mut [u64] {
        let wide = &mut self.wide[..addresses.len()];
        self.fib.lookup(A::keys(addresses, &mut self.keys[..addresses.len()]), wide);
        wide
    }
}

impl<A: Family> Reader<A> for Reading<A> {
    fn burst(&mut self, addresses: &[A], answers: &mut [u32]) {
        for (answer, wide) in answers.iter_mut().zip(self.lookup(addresses)) {
            *answer = u32::try_from(*wide).unwrap_or(u32::MAX);
        }
    }

    fn run(&mut self, addresses: &[A], burst: usize) {
        for addresses in addresses.chunks(burst.min(MOST)) {
            black_box(self.lookup(addresses));
        }
    }

    /// There is no section to hold.
    fn stall(&mut self, during: &mut dyn FnMut()) {
        during();
    }
}

struct Changing<'t, A: Family> {
    fib: MutexGuard<'t, Fib<A>>,
    refused: usize,
}

impl<A: Family> Writer<A> for Changing<'_, A> {
    fn apply(&mut self, step: &Step<A>) {
        self.refused += usize::from(self.fib.apply(step).is_err());
    }

    fn refused(&self) -> usize {
        self.refused
    }
}
