//! `rte_lpm`.

use core::{fmt, marker::PhantomData};
use std::{ffi::CString, io::ErrorKind, sync::Arc};

use rtalloc::{Prefix, testing::history::Step};

use super::{Dpdk, Error, Qsbr, Settings, Width, sys};

/// The most groups, of those that 24 bits number.
const MOST_GROUPS: u64 = 1 << 24;

/// What an absent prefix is to a deletion. The other reasons for it are excluded here.
const ABSENT: ErrorKind = ErrorKind::InvalidInput;

/// A table of DPDK's, freed with the last that holds it.
///
/// # Invariants
/// `table` is what `shim_lpm_create` returned, and not null. Only the `Lpm` that made it changes
/// it. `states`, if any, are what its defer queue waits for.
struct Owned {
    table: *mut sys::RteLpm,
    missing: u32,
    // Stays until after the table, whose freeing looks at it.
    states: Option<Arc<Qsbr>>,
}

// SAFETY: DPDK's tables belong to no thread. Lookups may run on any, at the same time and beside
// the one writer that there is by the invariant; freeing comes after them all.
unsafe impl Send for Owned {}
// SAFETY: as above.
unsafe impl Sync for Owned {}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the table was created, by the invariant, and nobody else holds it any more.
        unsafe { sys::rte_lpm_free(self.table) }
    }
}

/// An IPv4 table and the right to change it. It has no default route: [`Settings::missing`] is
/// what lookups answer instead.
pub struct Lpm {
    reader: LpmReader,
    // A writer moves between threads but is not shared.
    one: PhantomData<core::cell::Cell<()>>,
}

impl Lpm {
    /// An empty table, which takes groups of entries back once all readers of `states` were
    /// quiescent, or without `states` at once. The settings' width and lookup function mean
    /// nothing to it.
    ///
    /// # Errors
    /// [`Error::Groups`] and [`Error::Routes`] if the settings ask for too many, and
    /// [`Error::Memory`] or [`Error::Create`] if DPDK cannot make the table.
    pub fn new(dpdk: Dpdk, settings: &Settings, states: Option<&Arc<Qsbr>>) -> Result<Self, Error> {
        let Settings { routes, groups, missing, .. } = *settings;
        let count = u32::try_from(groups).ok().filter(|&count| u64::from(count) <= MOST_GROUPS);
        let count = count.ok_or(Error::Groups { groups, most: MOST_GROUPS })?;
        let rules = u32::try_from(routes).map_err(|_| Error::Routes(routes))?;
        // Its rules, in an array, need less than the nodes of a tree.
        let bytes = Settings { width: Width::Four, ..*settings }.bytes();
        let owned = dpdk.make(bytes, |number| {
            let name = CString::new(format!("lpm{number}")).unwrap_or_default();
            let mut number = 0;
            let (name, place) = (name.as_ptr(), &raw mut number);
            // SAFETY: the environment runs, as `dpdk` shows; the name ends with 0, DPDK copies it,
            // and the place is one for a number. DPDK has no table of no group.
            let table = unsafe { sys::shim_lpm_create(name, rules.max(1), count.max(1), place) };
            if table.is_null() {
                return Err(Error::Create("rte_lpm", number));
            }
            Ok(Owned { table, missing, states: states.map(Arc::clone) })
        })?;
        if let Some(states) = &owned.states {
            // SAFETY: both are there, by their invariants, and the states stay as long as the
            // table does.
            let number = unsafe { sys::shim_lpm_defer(owned.table, states.as_ptr()) };
            if number != 0 {
                return Err(Error::Create("rte_lpm's defer queue", number));
            }
        }
        Ok(Self { reader: LpmReader { owned: Arc::new(owned) }, one: PhantomData })
    }

    /// Adds a prefix, or gives it another next hop, below 2^24.
    ///
    /// # Errors
    /// [`Error::Add`] if there is no room, or for a default route.
    pub fn add(&mut self, prefix: Prefix<u32>, next_hop: u32) -> Result<(), Error> {
        let (table, address, len) = (self.reader.owned.table, prefix.address(), prefix.len());
        // SAFETY: the table is there, by its invariant, and `&mut` is the only writer.
        Error::of_add(prefix, unsafe { sys::rte_lpm_add(table, address, len, next_hop) })
    }

    /// Deletes a prefix. Whether there was one.
    ///
    /// # Errors
    /// [`Error::Delete`] if DPDK has no room for what then follows.
    pub fn delete(&mut self, prefix: Prefix<u32>) -> Result<bool, Error> {
        let (table, address, len) = (self.reader.owned.table, prefix.address(), prefix.len());
        // SAFETY: the table is there, by its invariant, and `&mut` is the only writer.
        let returned = unsafe { sys::rte_lpm_delete(table, address, len) };
        Error::of_delete(prefix, returned, ABSENT)
    }

    /// Makes one change of a day's. The next hop is the interface's number.
    ///
    /// # Errors
    /// As [`add`](Self::add) and [`delete`](Self::delete).
    pub fn apply(&mut self, step: &Step<u32>) -> Result<(), Error> {
        match *step {
            Step::Set(prefix, next_hop) => self.add(prefix, next_hop.interface),
            Step::Remove(prefix) => self.delete(prefix).map(drop),
        }
    }

    /// Lookups in this table, for any thread.
    pub fn reader(&self) -> LpmReader {
        self.reader.clone()
    }
}

impl fmt::Debug for Lpm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reader.fmt(f)
    }
}

/// Lookups in a table, beside its writer. Those of many addresses look up as many as there are
/// places for next hops, or the other way round.
#[derive(Clone)]
pub struct LpmReader {
    owned: Arc<Owned>,
}

impl LpmReader {
    /// Looks one address up: `rte_lpm_lookup`, and a call of the function that holds it.
    #[inline]
    pub fn lookup(&self, address: u32) -> u32 {
        // SAFETY: the table is there, by its invariant.
        unsafe { sys::shim_lpm_one(self.owned.table, address, self.owned.missing) }
    }

    /// Looks addresses up one by one: a loop of `rte_lpm_lookup`, inlined.
    #[inline]
    pub fn lookup_each(&self, addresses: &[u32], next_hops: &mut [u32]) {
        let count = count(addresses, next_hops);
        let (from, to) = (addresses.as_ptr(), next_hops.as_mut_ptr());
        // SAFETY: the table is there, by its invariant, and both slices have `count` elements.
        unsafe { sys::shim_lpm_each(self.owned.table, from, to, count, self.owned.missing) }
    }

    /// Looks addresses up together: `rte_lpm_lookup_bulk`.
    #[inline]
    pub fn lookup_bulk(&self, addresses: &[u32], next_hops: &mut [u32]) {
        let count = count(addresses, next_hops);
        let (from, to) = (addresses.as_ptr(), next_hops.as_mut_ptr());
        // SAFETY: the table is there, by its invariant, and both slices have `count` elements.
        unsafe { sys::shim_lpm_bulk(self.owned.table, from, to, count, self.owned.missing) }
    }

    /// Looks addresses up four at a time, with vectors: `rte_lpm_lookupx4`.
    #[inline]
    pub fn lookup_x4(&self, addresses: &[u32], next_hops: &mut [u32]) {
        let count = count(addresses, next_hops);
        let (from, to) = (addresses.as_ptr(), next_hops.as_mut_ptr());
        // SAFETY: the table is there, by its invariant, and both slices have `count` elements.
        unsafe { sys::shim_lpm_x4(self.owned.table, from, to, count, self.owned.missing) }
    }
}

impl fmt::Debug for LpmReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("rte_lpm").finish_non_exhaustive()
    }
}

/// The shorter slice's length, as DPDK counts: a little below 2^32 at most.
#[inline]
fn count(addresses: &[u32], next_hops: &[u32]) -> u32 {
    u32::try_from(addresses.len().min(next_hops.len())).unwrap_or(u32::MAX - 3)
}
