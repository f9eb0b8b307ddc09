//! `rte_fib` and `rte_fib6`.

use core::{fmt, marker::PhantomData};
use std::{ffi::CString, sync::Arc};

use rtalloc::{Prefix, testing::history::Step};

use super::{Dpdk, Error, Family, family::ABSENT};

/// Bytes of an entry. One bit of them tells a next hop from a group of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 2 bytes: next hops and groups below 2^15.
    Two,
    /// 4 bytes: next hops and groups below 2^31.
    Four,
}

impl Width {
    /// The bytes.
    pub fn bytes(self) -> u64 {
        1 << self.logarithm()
    }

    /// The largest next hop, and the most groups.
    pub fn most(self) -> u64 {
        (1 << (8 * self.bytes() - 1)) - 1
    }

    fn logarithm(self) -> u32 {
        match self {
            Self::Two => 1,
            Self::Four => 2,
        }
    }
}

/// Which of DPDK's functions looks up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The one of a table as it is made: for IPv4 one function for each width, which prefetches.
    Scalar,
    /// The one with vectors of 512 bits.
    Avx512,
}

/// What a table is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Routes at one time, at most.
    pub routes: usize,
    /// Groups of 256 entries, at most.
    pub groups: u64,
    /// Bytes of an entry.
    pub width: Width,
    /// The lookup function.
    pub lookup: Lookup,
    /// The answer where there is no route.
    pub missing: u32,
}

impl Settings {
    /// Room for all of the prefixes at once, scalar lookups and the answer 0 for no route.
    pub fn of<A: Family>(prefixes: impl IntoIterator<Item = Prefix<A>>, width: Width) -> Self {
        let prefixes: Vec<_> = prefixes.into_iter().collect();
        let (routes, groups) = (prefixes.len().max(1), A::groups_demanded(&prefixes));
        Self { routes, groups, width, lookup: Lookup::Scalar, missing: 0 }
    }

    /// Bytes that DPDK allocates, and some more: the entries, and for each route two nodes of the
    /// tree beside them.
    pub(super) fn bytes(&self) -> u64 {
        /// A node, with its header, its place in the pool's ring and what alignment costs.
        const NODE: u64 = 224;
        /// Structures, and what is lost between pieces.
        const REST: u64 = 8 << 20;
        // Groups are rounded up to 64, and there is one more; each has an index of 4 bytes at most.
        let groups = self.groups.saturating_add(65);
        let nodes = (self.routes as u64).saturating_mul(2 * NODE);
        (self.width.bytes() << 24)
            .saturating_add(groups.saturating_mul(256 * self.width.bytes() + 4))
            .saturating_add(nodes)
            .saturating_add(REST)
    }
}

/// A table of DPDK's, freed with the last that holds it.
///
/// # Invariants
/// `table` is what `create` returned, and not null. Only the `Fib` that made it changes it.
struct Owned<A: Family> {
    table: *mut A::Table,
}

// SAFETY: DPDK's tables belong to no thread. Lookups may run on any, at the same time and beside
// the one writer that there is by the invariant; freeing comes after them all.
unsafe impl<A: Family> Send for Owned<A> {}
// SAFETY: as above.
unsafe impl<A: Family> Sync for Owned<A> {}

impl<A: Family> Drop for Owned<A> {
    fn drop(&mut self) {
        // SAFETY: the table was created, by the invariant, and nobody else holds it any more.
        unsafe { A::free(self.table) }
    }
}

/// A table and the right to change it: `rte_fib` for `u32`, `rte_fib6` for `u128`.
pub struct Fib<A: Family> {
    reader: FibReader<A>,
    // A writer moves between threads but is not shared.
    one: PhantomData<core::cell::Cell<()>>,
}

impl<A: Family> Fib<A> {
    /// An empty table.
    ///
    /// # Errors
    /// [`Error::Groups`] and [`Error::Routes`] if the settings ask for too many,
    /// [`Error::Lookup`] if the lookup function is not to be had, and [`Error::Memory`] or
    /// [`Error::Create`] if DPDK cannot make the table.
    pub fn new(dpdk: Dpdk, settings: &Settings) -> Result<Self, Error> {
        let Settings { routes, groups, width, lookup, missing } = *settings;
        let avx512 = lookup == Lookup::Avx512;
        if avx512 && !dpdk.has_avx512() {
            return Err(Error::Lookup);
        }
        let too_many = || Error::Groups { groups, most: width.most() };
        let count = u32::try_from(groups).map_err(|_| too_many())?;
        if groups > width.most() {
            return Err(too_many());
        }
        // DPDK allocates twice as many nodes and counts them in as many bits.
        let routes_count = i32::try_from(routes).ok().filter(|&count| count < i32::MAX / 2);
        let routes = routes_count.ok_or(Error::Routes(routes))?;
        let owned = dpdk.make(settings.bytes(), |number| {
            let name = CString::new(format!("{}{number}", A::SHORT_NAME)).unwrap_or_default();
            // DPDK has no table of no group.
            let (logarithm, count) = (width.logarithm(), count.max(1));
            let (table, number) = A::create(&name, logarithm, routes, count, missing.into());
            if table.is_null() { Err(Error::Create(A::NAME, number)) } else { Ok(Owned { table }) }
        })?;
        // SAFETY: the table was just created, and nobody else has it.
        if unsafe { A::select(owned.table, avx512) } != 0 {
            return Err(Error::Lookup);
        }
        Ok(Self { reader: FibReader { owned: Arc::new(owned) }, one: PhantomData })
    }

    /// Adds a prefix, or gives it another next hop.
    ///
    /// # Errors
    /// [`Error::Add`] if there is no room or the next hop is too large.
    pub fn add(&mut self, prefix: Prefix<A>, next_hop: u32) -> Result<(), Error> {
        let (table, address, len) = (self.reader.owned.table, prefix.address(), prefix.len());
        // SAFETY: the table is there, by its invariant, and `&mut` is the only writer.
        Error::of_add(prefix, unsafe { A::add(table, address, len, next_hop.into()) })
    }

    /// Deletes a prefix. Whether there was one.
    ///
    /// # Errors
    /// [`Error::Delete`] if DPDK has no room for what then follows.
    pub fn delete(&mut self, prefix: Prefix<A>) -> Result<bool, Error> {
        let (table, address, len) = (self.reader.owned.table, prefix.address(), prefix.len());
        // SAFETY: the table is there, by its invariant, and `&mut` is the only writer.
        Error::of_delete(prefix, unsafe { A::delete(table, address, len) }, ABSENT)
    }

    /// Makes one change of a day's. The next hop is the interface's number.
    ///
    /// # Errors
    /// As [`add`](Self::add) and [`delete`](Self::delete).
    pub fn apply(&mut self, step: &Step<A>) -> Result<(), Error> {
        match *step {
            Step::Set(prefix, next_hop) => self.add(prefix, next_hop.interface),
            Step::Remove(prefix) => self.delete(prefix).map(drop),
        }
    }

    /// Lookups in this table, for any thread.
    pub fn reader(&self) -> FibReader<A> {
        self.reader.clone()
    }
}

impl<A: Family> fmt::Debug for Fib<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reader.fmt(f)
    }
}

/// Lookups in a table, beside its writer.
pub struct FibReader<A: Family> {
    owned: Arc<Owned<A>>,
}

impl<A: Family> FibReader<A> {
    /// Looks up as many keys as there are places for next hops, or the other way round, and at
    /// most 2^31 - 1: `rte_fib_lookup_bulk`.
    #[inline]
    pub fn lookup(&self, keys: &[A::Key], next_hops: &mut [u64]) {
        let count = keys.len().min(next_hops.len());
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        // SAFETY: the table is there, by its invariant, and both slices have `count` elements.
        unsafe { A::lookup(self.owned.table, keys.as_ptr(), next_hops.as_mut_ptr(), count) }
    }
}

impl<A: Family> Clone for FibReader<A> {
    fn clone(&self) -> Self {
        Self { owned: Arc::clone(&self.owned) }
    }
}

impl<A: Family> fmt::Debug for FibReader<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(A::NAME).finish_non_exhaustive()
    }
}
