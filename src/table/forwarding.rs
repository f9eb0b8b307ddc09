//! The forwarding view under a guard.

use core::fmt;

use super::{Guard, Shared};
use crate::{
    nexthop::NextHop,
    reclaim::{Own, Reclaim},
};

/// Lookups that answer with the number of a next hop rather than with an entry: what a forwarder
/// wants, in a fraction of the memory.
///
/// Each family numbers the next hops that its routes name, from 1 on; 0 is no route. A number means
/// the same next hop for as long as the guard lives and passes no quiescent point. Entries and
/// numbers never disagree: an update changes both at the same instant.
///
/// ```
/// use rtalloc::{NextHop, Options, Prefix, Route, Table, Width};
///
/// let table: Table = Options::new().forwarding(Width::One).open()?;
/// let (a, b) = (NextHop::interface(1), NextHop::interface(2));
/// table.v4().insert(Prefix::containing(0x0A00_0000, 8), Route::via(a))?;
/// let mut reader = table.reader();
/// let guard = reader.enter();
/// let view = guard.forwarding().expect("the table was opened with it");
///
/// let mut numbers = [0; 2];
/// view.numbers_v4(&[0x0A01_0203u32, 0x0B00_0000], &mut numbers);
/// assert_eq!(view.next_hop_v4(numbers[0]), Some(a));
/// assert_eq!(numbers[1], 0);
///
/// // All routes through a neighbour at once.
/// assert!(table.v4().redirect(a, b));
/// assert_eq!(view.next_hop_v4(numbers[0]), Some(b));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Guarantees
/// Each lookup, also one of a burst, is linearizable. Wait-free: at most as many steps as a lookup in
/// each of two trees.
pub struct Forwarding<'g, V: Send + Sync + 'static, R: Reclaim = Own> {
    shared: &'g Shared<V, R>,
}

impl<V: Send + Sync + 'static, R: Reclaim> Guard<'_, V, R> {
    /// The forwarding view, if the table was opened [with one](crate::Options::forwarding).
    #[inline]
    pub fn forwarding(&self) -> Option<Forwarding<'_, V, R>> {
        self.shared.v4.fib().forwards().then_some(Forwarding { shared: self.shared })
    }
}

impl<V: Send + Sync + 'static, R: Reclaim> Forwarding<'_, V, R> {
    /// The number of the next hop for an IPv4 address in host order, 0 for no route.
    #[inline]
    pub fn number_v4(&self, address: u32) -> u32 {
        // SAFETY: `self` borrows a guard of the realm's domain.
        unsafe { self.shared.v4.fib().next_hop_number(address) }
    }

    /// As [`number_v4`](Self::number_v4), for IPv6.
    #[inline]
    pub fn number_v6(&self, address: u128) -> u32 {
        // SAFETY: `self` borrows a guard of the realm's domain.
        unsafe { self.shared.v6.fib().next_hop_number(address) }
    }

    /// The numbers of the next hops for a burst of IPv4 addresses, 0 for no route: integers in host
    /// order or the standard library's addresses. As many as the shorter of the two slices has.
    #[inline]
    pub fn numbers_v4<T: Copy + Into<u32>>(&self, addresses: &[T], numbers: &mut [u32]) {
        // SAFETY: `self` borrows a guard of the realm's domain.
        unsafe { self.shared.v4.fib().next_hop_numbers(addresses, numbers) };
    }

    /// As [`numbers_v4`](Self::numbers_v4), for IPv6.
    #[inline]
    pub fn numbers_v6<T: Copy + Into<u128>>(&self, addresses: &[T], numbers: &mut [u32]) {
        // SAFETY: `self` borrows a guard of the realm's domain.
        unsafe { self.shared.v6.fib().next_hop_numbers(addresses, numbers) };
    }

    /// The next hop that has a number among those of IPv4, or where it was
    /// [redirected](crate::Rib::redirect) to.
    #[inline]
    pub fn next_hop_v4(&self, number: u32) -> Option<NextHop> {
        // SAFETY: `self` borrows a guard of the realm's domain.
        unsafe { self.shared.v4.fib().next_hop(number) }
    }

    /// As [`next_hop_v4`](Self::next_hop_v4), for IPv6.
    #[inline]
    pub fn next_hop_v6(&self, number: u32) -> Option<NextHop> {
        // SAFETY: `self` borrows a guard of the realm's domain.
        unsafe { self.shared.v6.fib().next_hop(number) }
    }
}

impl<V: Send + Sync + 'static, R: Reclaim> fmt::Debug for Forwarding<'_, V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarding").finish_non_exhaustive()
    }
}
