//! Route entries, the references to them, and who frees them.
//!
//! An [`Entry`] is one route as it was published: destination and contents never change, only its
//! flags do. It is freed exactly once, by whoever gives up the last claim on it. There are four
//! kinds of claim, over one count:
//!
//! | claim | taken by | costs |
//! |---|---|---|
//! | borrowed [`Match`] | a lookup under a guard | nothing |
//! | slot handle | storing the address in a hazard slot of the reader | no shared line |
//! | counted handle | adding one to the entry's count | one read-modify-write |
//! | the table's unit | being published | nothing |
//!
//! # Invariants
//!
//! * **Unit**: the table's unit stands for itself and for every borrow and every slot. The count is
//!   at least one until the unit is dropped, so adding to it never brings an entry back.
//! * **Late**: the unit is dropped after the entry was unlinked, after a grace period (no borrow is
//!   left, no slot can be claimed any more), and after every slot that still holds the entry was
//!   turned into a counted claim. [`Entry::settle`] does the last two steps in this order: first
//!   add to the count, then clear the slot, so that at no instant a claim is in neither place.
//! * **Stable zero**: from then on the count is the number of counted handles, which only their
//!   own clones increase. Zero is reached once, by one thread, and that thread frees.
//!
//! Each step cuts off the source of the next kind of claim, which is why the checks can be made
//! one after another.
//!
//! # Layout
//!
//! Entries lie in segments ([`slab`]), and one without data of the user's takes a cache line. So
//! addresses are kept as bytes without their family's tag, metrics, which few routes have, behind
//! a pointer, and the link of the disposal queue in the place of the gateway ([`overlay`]).

mod disposal;
mod handle;
mod overlay;
mod slab;
#[cfg(all(test, not(rtalloc_loom)))]
mod tests;

use alloc::boxed::Box;
use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ptr::NonNull,
};
#[cfg(feature = "std")]
use std::process::abort;

pub(crate) use disposal::{Disposal, Garbage, Source};
pub(crate) use handle::Counted;
pub use handle::{EntryRef, Match};
pub(crate) use slab::Filling;

use self::overlay::Overlay;
use crate::{
    address::Address,
    nexthop::NextHop,
    prefix::Prefix,
    reclaim::Held,
    route::{Metrics, Route, RouteFlags},
    sync::{AtomicU32, Ordering},
};

/// A route in a table: BSD's `rtentry`.
///
/// Destination and contents are immutable. When a route's contents change, the table publishes a
/// new entry in place of the old one, in one step; whoever holds the old one sees
/// [`is_up`](Self::is_up) turn false and can look up again.
//
// Legend: `I` immutable once published, `A` atomic word, `L` written by whoever drops the last
// claim, when nobody else can reach the entry.
pub struct Entry<V> {
    /// `A`: The table's unit and the counted handles.
    refs: AtomicU32,
    /// `A`: Live flags.
    flags: AtomicU32,
    /// `I`: The entry's number in its table.
    id: u32,
    /// `I`: The entry's place in its segment.
    place: u16,
    /// `I`: Prefix length of the destination.
    len: u8,
    /// `I`: Which families the addresses are of.
    families: Families,
    /// `I`: First address of the destination.
    destination: [u8; 16],
    /// `I`: The gateway, if there is one; `L`: then the link in the disposal queue.
    gateway: Overlay<V>,
    /// `I`: The outgoing interface.
    interface: u32,
    /// `I`: Metrics other than the default.
    metrics: Option<Box<Metrics>>,
    /// `I`: The user's data.
    data: V,
    #[cfg(rtalloc_loom)]
    memory: crate::sync::Memory,
}

#[cfg(not(any(rtalloc_loom, rtalloc_shuttle)))]
const _: () = assert!(size_of::<Entry<()>>() == 64 || usize::BITS < 64, "one line");

// SAFETY: an entry is read from many threads (`V: Sync`) and its data is dropped on whichever
// thread frees it (`V: Send`).
unsafe impl<V: Send + Sync> Send for Entry<V> {}
// SAFETY: as above. The overlay is written by who has the last claim alone.
unsafe impl<V: Send + Sync> Sync for Entry<V> {}

/// The families of an entry's two addresses.
#[derive(Clone, Copy, Debug)]
struct Families {
    destination_is_v6: bool,
    gateway: Gateway,
}

/// What an entry's gateway is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gateway {
    None,
    V4,
    V6,
}

/// The bytes of an address, from the first on.
fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let mut octets = [0; 16];
            octets[..4].copy_from_slice(&address.octets());
            octets
        }
        IpAddr::V6(address) => address.octets(),
    }
}

/// The address of which these are the bytes.
fn address(octets: [u8; 16], is_v6: bool) -> IpAddr {
    if is_v6 {
        return Ipv6Addr::from(octets).into();
    }
    let [a, b, c, d, ..] = octets;
    Ipv4Addr::new(a, b, c, d).into()
}

impl<V> Entry<V> {
    /// An entry for `place` in a segment: up, with the table's unit and one counted claim.
    fn new<A: Address>(prefix: Prefix<A>, route: Route<V>, id: u32, place: u16) -> Self {
        let Route { next_hop, flags, metrics, data } = route;
        let gateway = match next_hop.gateway {
            None => Gateway::None,
            Some(IpAddr::V4(_)) => Gateway::V4,
            Some(IpAddr::V6(_)) => Gateway::V6,
        };
        Self {
            refs: AtomicU32::new(2),
            flags: AtomicU32::new((flags | RouteFlags::UP).bits()),
            id,
            place,
            len: prefix.len(),
            families: Families { destination_is_v6: A::WIDTH > 32, gateway },
            destination: octets(prefix.address().to_ip()),
            gateway: Overlay::new(next_hop.gateway.map_or([0; 16], octets)),
            interface: next_hop.interface,
            metrics: (metrics != Metrics::default()).then(|| Box::new(metrics)),
            data,
            #[cfg(rtalloc_loom)]
            memory: Default::default(),
        }
    }

    /// The first address of the destination.
    pub fn destination(&self) -> IpAddr {
        address(self.destination, self.families.destination_is_v6)
    }

    /// The length of the destination's prefix in bits.
    pub fn prefix_len(&self) -> u8 {
        self.len
    }

    /// The destination as a prefix.
    #[cfg(feature = "ipnet")]
    pub fn net(&self) -> ipnet::IpNet {
        ipnet::IpNet::new_assert(self.destination(), self.len)
    }

    /// What the route says, with the data borrowed. Among the flags are those that were given when
    /// the route was added, without [`RouteFlags::UP`]; the live ones are [`flags`](Self::flags).
    pub fn route(&self) -> Route<&V> {
        Route {
            next_hop: self.next_hop(),
            flags: self.flags() - RouteFlags::UP,
            metrics: self.metrics.as_deref().copied().unwrap_or_default(),
            data: &self.data,
        }
    }

    /// Whether the route says what `route` says.
    pub(crate) fn says(&self, route: &Route<V>) -> bool
    where
        V: PartialEq,
    {
        let this = self.route();
        this.next_hop == route.next_hop
            && this.flags == route.flags - RouteFlags::UP
            && this.metrics == route.metrics
            && *this.data == route.data
    }

    /// Where packets go.
    #[inline]
    pub fn next_hop(&self) -> NextHop {
        let gateway = match self.families.gateway {
            Gateway::None => None,
            // SAFETY: the caller has a claim.
            of => Some(address(unsafe { self.gateway.octets() }, of == Gateway::V6)),
        };
        NextHop { gateway, interface: self.interface }
    }

    /// The user's data.
    #[inline]
    pub fn data(&self) -> &V {
        &self.data
    }

    /// The live flags.
    pub fn flags(&self) -> RouteFlags {
        // Acquire: edge F1, against `take_down`. Whoever sees UP gone sees the update that did it.
        RouteFlags::from_bits_retain(self.flags.load(Ordering::Acquire))
    }

    /// Whether the entry is still the table's route for its destination. Turns false once the update
    /// that removes or replaces it has taken effect, and before that update returns.
    pub fn is_up(&self) -> bool {
        self.flags().contains(RouteFlags::UP)
    }

    /// Brings what the route says closer, for whoever will read it soon.
    #[inline(always)]
    pub(crate) fn prefetch(entry: NonNull<Self>) {
        crate::bits::prefetch(entry.as_ptr());
    }

    /// The route's number in its family's table, at least 1.
    ///
    /// The numbers of the routes in a table are distinct and small: arrays can be indexed by them.
    /// A route that says something else may keep its number or get another one. A number is given
    /// out again after the route has been removed and every guard of that time is gone.
    pub fn number(&self) -> u32 {
        self.id
    }

    /// The entry's number in its table.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Clears UP: the entry has been unlinked or replaced.
    pub(crate) fn take_down(&self) {
        // Release: edge F1, against `flags`.
        self.flags.fetch_and(!RouteFlags::UP.bits(), Ordering::Release);
    }

    /// Adds a counted claim.
    #[inline]
    fn retain(&self) {
        // Relaxed: the caller has a claim already, which keeps the count above zero (Unit), and a
        // new claim hands on nothing that the old one did not see.
        let before = self.refs.fetch_add(1, Ordering::Relaxed);
        if before > i32::MAX as u32 {
            // 2^31 claims: only forgotten handles in a loop come here, and going on would free an
            // entry in use.
            abort();
        }
    }

    /// Gives up a counted claim or the table's unit. Returns true if it was the last.
    ///
    /// Takes a pointer: once the claim is given up another thread may free the entry, which a
    /// reference argument would forbid until the function returns.
    ///
    /// # Safety
    /// The caller owns the claim and, unless the result is true, does not touch the entry again.
    #[inline]
    unsafe fn release(entry: NonNull<Self>) -> bool {
        // SAFETY: the caller's claim keeps the entry alive up to the subtraction.
        let refs = unsafe { &(*entry.as_ptr()).refs };
        #[cfg(rtalloc_loom)]
        // SAFETY: as above.
        unsafe { &(*entry.as_ptr()).memory }.touch();
        // AcqRel: edge R1, every use under any claim happens before the free.
        refs.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Drops the table's unit after turning every slot in `held` that keeps the entry into a
    /// counted claim. Returns what is left of the entry if that was the last claim.
    ///
    /// # Safety
    /// The entry is alive and was unlinked from its table; a grace period has passed since; `held`
    /// was scanned after that; the caller owns the table's unit and gives it up.
    pub(crate) unsafe fn settle(entry: NonNull<Self>, held: &Held) -> Option<Remains<V>> {
        // SAFETY: alive: the caller owns the table's unit.
        let this = unsafe { entry.as_ref() };
        for slot in held.slots_of(entry.as_ptr().cast()) {
            this.retain();
            if !slot.pay(entry.as_ptr().cast()) {
                // Relaxed: the holder has let go by itself; the table's unit keeps the count above
                // zero, so nothing is freed here.
                this.refs.fetch_sub(1, Ordering::Relaxed);
            }
        }
        // SAFETY: the caller's unit, given up here.
        let last = unsafe { Self::release(entry) };
        last.then_some(Remains(entry))
    }
}

/// Ends the program: a panic does not leave a C function.
#[cfg(not(feature = "std"))]
#[cold]
extern "C" fn abort() -> ! {
    panic!("2^31 references to one route entry")
}

/// An entry without a claim, which its owner alone can reach (Stable zero). It is to be dropped,
/// and its place given back, by [`Garbage`] or [`Disposal`].
pub(crate) struct Remains<V>(NonNull<Entry<V>>);

impl<V: fmt::Debug> fmt::Debug for Entry<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("destination", &format_args!("{}/{}", self.destination(), self.len))
            .field("flags", &self.flags())
            .field("route", &self.route())
            .finish_non_exhaustive()
    }
}
