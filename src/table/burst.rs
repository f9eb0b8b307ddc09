//! Bursts of lookups under one guard.

use super::Guard;
use crate::{address::Address, entry::Match, reclaim::Reclaim, rib::Rib};

/// Bursts.
///
/// A lookup waits for memory most of its time. In a burst the lookups wait together, which makes
/// one of 32 to 256 addresses several times faster than as many calls of
/// [`lookup`](Self::lookup).
///
/// Addresses are integers in host order or the standard library's types. Where two slices differ in
/// length the shorter one decides, and the rest of the other is left as it was.
///
/// # Guarantees
/// Each answer of a burst is linearizable: it is right at some instant during the call, not all of
/// them at the same one. Wait-free: at most as many steps as that many lookups. The code is the best
/// for the processor, chosen when the table was opened, and gives the same answers on each.
impl<V: Send + Sync + 'static, R: Reclaim> Guard<'_, V, R> {
    /// The entries of the longest prefixes that match `addresses`, in `found`.
    ///
    /// What the entries say has been asked for, so that it is near when it is read soon.
    ///
    /// ```
    /// # use rtalloc::{NextHop, Prefix, Route, Table};
    /// # let table = Table::new()?;
    /// table.v4().insert(Prefix::containing(0xC000_0200, 24), Route::via(NextHop::interface(7)))?;
    /// let mut reader = table.reader();
    /// let guard = reader.enter();
    /// let mut found = [None; 2];
    /// guard.lookup_burst_v4(&["192.0.2.1".parse::<std::net::Ipv4Addr>()?, [10, 0, 0, 1].into()], &mut found);
    /// assert_eq!(found[0].map(|found| found.next_hop().interface), Some(7));
    /// assert!(found[1].is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn lookup_burst_v4<'g, T>(&'g self, addresses: &[T], found: &mut [Option<Match<'g, V>>])
    where
        T: Copy + Into<u32>,
    {
        self.find_burst(&self.shared.v4, addresses, found);
    }

    /// As [`lookup_burst_v4`](Self::lookup_burst_v4), for IPv6.
    #[inline]
    pub fn lookup_burst_v6<'g, T>(&'g self, addresses: &[T], found: &mut [Option<Match<'g, V>>])
    where
        T: Copy + Into<u128>,
    {
        self.find_burst(&self.shared.v6, addresses, found);
    }

    /// The [numbers](crate::Entry::number) of the entries of the longest prefixes that match
    /// `addresses`, 0 for no route, in `numbers`.
    ///
    /// Less memory is touched than for the entries.
    #[inline]
    pub fn numbers_burst_v4<T: Copy + Into<u32>>(&self, addresses: &[T], numbers: &mut [u32]) {
        // SAFETY: `self.inner` is a guard of the realm's domain.
        unsafe { self.shared.v4.numbers(addresses, numbers) };
    }

    /// As [`numbers_burst_v4`](Self::numbers_burst_v4), for IPv6.
    #[inline]
    pub fn numbers_burst_v6<T: Copy + Into<u128>>(&self, addresses: &[T], numbers: &mut [u32]) {
        // SAFETY: `self.inner` is a guard of the realm's domain.
        unsafe { self.shared.v6.numbers(addresses, numbers) };
    }

    #[inline(always)]
    fn find_burst<'g, A: Address, T: Copy + Into<A>>(
        &'g self,
        rib: &'g Rib<A, V, R>,
        addresses: &[T],
        found: &mut [Option<Match<'g, V>>],
    ) {
        let bank = self.bank;
        // SAFETY: `self.inner` is a guard of the realm's domain; the results borrow `self`, which
        // `quiescent` borrows exclusively; the bank belongs to this thread's reader and the realm's
        // hazards.
        let make = |entry: Option<_>| entry.map(|entry| unsafe { Match::new(entry, bank) });
        // SAFETY: as above.
        unsafe { rib.lookup_burst(addresses, found, make) };
    }
}
