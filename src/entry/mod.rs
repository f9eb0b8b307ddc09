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

mod disposal;
mod handle;

use core::{fmt, net::IpAddr, ptr::NonNull};

pub(crate) use disposal::Disposal;
pub(crate) use handle::Counted;
pub use handle::{EntryRef, Match};

use crate::{
    address::Address,
    nexthop::NextHop,
    prefix::Prefix,
    reclaim::Held,
    route::{Route, RouteFlags},
    sync::{AtomicPtr, AtomicU32, AtomicUsize, Ordering},
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
    refs: AtomicUsize,
    /// `L`: Link in the disposal queue.
    next: AtomicPtr<Entry<V>>,
    /// `I`: Where the entry goes when it is done with; none before a table has it.
    disposal: Option<NonNull<disposal::Queue<V>>>,
    /// `A`: Live flags.
    flags: AtomicU32,
    /// `I`: The entry's number in its table.
    id: u32,
    /// `I`: First address of the destination.
    destination: IpAddr,
    /// `I`: Prefix length of the destination.
    len: u8,
    /// `I`: What the route says.
    route: Route<V>,
    #[cfg(rtalloc_loom)]
    memory: crate::sync::Memory,
}

// SAFETY: an entry is read from many threads (`V: Sync`) and its data is dropped on whichever
// thread frees it (`V: Send`); the queue behind `disposal` is made of atomics and outlives it.
unsafe impl<V: Send + Sync> Send for Entry<V> {}
// SAFETY: as above.
unsafe impl<V: Send + Sync> Sync for Entry<V> {}

impl<V> Entry<V> {
    /// An entry that no table knows yet: up, with the table's unit, without a number.
    /// [`Disposal::admit`] gives it to a table.
    pub(crate) fn prepare<A: Address>(prefix: Prefix<A>, route: Route<V>) -> Box<Self> {
        let flags = route.flags | RouteFlags::UP;
        Box::new(Self {
            refs: AtomicUsize::new(1),
            next: AtomicPtr::new(core::ptr::null_mut()),
            disposal: None,
            flags: AtomicU32::new(flags.bits()),
            id: 0,
            destination: prefix.address().to_ip(),
            len: prefix.len(),
            route,
            #[cfg(rtalloc_loom)]
            memory: Default::default(),
        })
    }

    /// The first address of the destination.
    pub fn destination(&self) -> IpAddr {
        self.destination
    }

    /// The length of the destination's prefix in bits.
    pub fn prefix_len(&self) -> u8 {
        self.len
    }

    /// The destination as a prefix.
    #[cfg(feature = "ipnet")]
    pub fn net(&self) -> ipnet::IpNet {
        ipnet::IpNet::new_assert(self.destination, self.len)
    }

    /// What the route says.
    pub fn route(&self) -> &Route<V> {
        &self.route
    }

    /// Where packets go.
    #[inline]
    pub fn next_hop(&self) -> NextHop {
        self.route.next_hop
    }

    /// The user's data.
    #[inline]
    pub fn data(&self) -> &V {
        &self.route.data
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
        // SAFETY: the place lies within the entry, which the caller has from a lookup; nothing is
        // read there.
        crate::bits::prefetch(unsafe { &raw const (*entry.as_ptr()).route });
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
        if before > isize::MAX as usize {
            // More claims than addresses: only forgotten handles in a loop come here, and going on
            // would free an entry in use.
            std::process::abort();
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
    /// counted claim. Returns the entry to free if no claim is left.
    ///
    /// # Safety
    /// The entry is alive and was unlinked from its table; a grace period has passed since; `held`
    /// was scanned after that; the caller owns the table's unit and gives it up.
    pub(crate) unsafe fn settle(entry: NonNull<Self>, held: &Held) -> Option<Box<Self>> {
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
        // SAFETY: by Stable zero nobody else can reach an entry whose last claim was just given
        // up; it was leaked from its box by `Disposal::admit`.
        last.then(|| unsafe { Box::from_raw(entry.as_ptr()) })
    }
}

impl<V> Drop for Entry<V> {
    fn drop(&mut self) {
        if let Some(queue) = self.disposal {
            // SAFETY: the entry was counted in once (`Disposal::admit`), and is dropped once.
            unsafe { disposal::Queue::leave(queue) };
        }
    }
}

impl<V: fmt::Debug> fmt::Debug for Entry<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("destination", &format_args!("{}/{}", self.destination, self.len))
            .field("flags", &self.flags())
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}
