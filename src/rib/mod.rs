//! The authoritative routes of one family and their one writer.
//!
//! A [`Rib`] holds every route in an ordered map behind a mutex, and keeps the forwarding table
//! that readers walk in step with it. Writers exclude each other; they never wait for readers and
//! readers never wait for them. (A table opened with patience has its writers wait a while, rather
//! than refuse, when readers hold back too much memory.)

mod apply;
mod batch;
mod bound;
mod load;
mod map;
mod snapshot;
mod stats;
#[cfg(all(test, not(rtalloc_loom)))]
mod tests;
mod update;

use core::{fmt, ptr::NonNull};

pub use apply::Applied;
pub use batch::Batch;
pub use snapshot::{Routes, Snapshot};
pub use stats::{Depth, Stats};
pub use update::Outcome;

use self::map::RouteMap;
use crate::{
    address::Address,
    entry::{Counted, Entry, EntryRef, Garbage},
    error::ReserveError,
    fib::{Fib, FibWriter, Limits, Waiting},
    nexthop::NextHop,
    prefix::Prefix,
    reclaim::{Hazards, Own, Reclaim},
    sync::{Arc, AtomicU64, AtomicUsize, Mutex, Ordering, lock},
};

/// What the families of one table, and tables that share their readers, have in common: when things
/// may be freed.
#[derive(Default)]
pub(crate) struct Realm<R> {
    pub(crate) domain: Arc<R>,
    pub(crate) hazards: Hazards,
}

/// The routes of one family: `u32` for IPv4, `u128` for IPv6.
///
/// # Guarantees
/// Every update and every [batch](Batch) takes effect at one instant: a lookup answers as if it ran
/// wholly before or wholly after it. Updates are serialized by a mutex; they wait for other
/// updates alone, and for readers only as long as [`Options::patience`](crate::Options::patience)
/// says. `get` and [`snapshot`](Self::snapshot) take the same mutex for a moment, behind an update
/// that may be under way.
///
/// Complexity, with `n` routes: an update is O(log n) in the ordered map and, in the tree, one copy
/// of at most a node a level, plus one store or one rebuilt record for each part of the prefix's
/// range that its own routes answer; so announcing or withdrawing a short prefix over a full table
/// rebuilds every record that has a hole in it. The default route is a copy of one node.
pub struct Rib<A: Address, V: Send + Sync + 'static, R: Reclaim = Own> {
    fib: Fib<A, V>,
    realm: Arc<Realm<R>>,
    len: AtomicUsize,
    waiting: [AtomicUsize; 2],
    generation: AtomicU64,
    limits: Limits,
    writer: Mutex<Writer<A, V, R>>,
}

/// What the mutex guards.
struct Writer<A: Address, V: Send + Sync + 'static, R: Reclaim> {
    map: RouteMap<A, Counted<V>>,
    fib: FibWriter<A, V, R>,
    /// The generation as it was stored last: the writer's copy, so that it never loads its own word.
    generation: u64,
}

impl<R> fmt::Debug for Realm<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Realm").finish_non_exhaustive()
    }
}

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> Rib<A, V, R> {
    pub(crate) fn new(realm: Arc<Realm<R>>, limits: Limits) -> Result<Self, ReserveError> {
        let (fib, fib_writer) = Fib::new(&*realm.domain, limits)?;
        Ok(Self {
            fib,
            realm,
            len: AtomicUsize::new(0),
            waiting: Default::default(),
            generation: AtomicU64::new(0),
            limits,
            writer: Mutex::new(Writer { map: RouteMap::new(), fib: fib_writer, generation: 0 }),
        })
    }

    /// Number of routes. O(1), takes no lock; a moment's value while others write.
    pub fn len(&self) -> usize {
        // Relaxed: a count for people to read.
        self.len.load(Ordering::Relaxed)
    }

    /// Whether there is no route.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A number that tells whether the table may have changed: odd while an update is under way,
    /// and larger by two after each.
    ///
    /// Whoever remembers an answer can see, without a lookup, that it still holds: read the
    /// generation before the lookup, keep the answer if it was even, and use it for as long as the
    /// generation is the same.
    pub fn generation(&self) -> u64 {
        // Acquire: edge V1, against `open_change` and `settle_up`: a lookup after this load sees
        // all changes up to it, and whoever has seen a later change loads a later number.
        self.generation.load(Ordering::Acquire)
    }

    /// The route of exactly `prefix`, as an owned reference.
    ///
    /// Takes the writers' mutex for one search, behind an update that may be under way.
    pub fn get(&self, prefix: Prefix<A>) -> Option<EntryRef<V>> {
        let writer = lock(&self.writer);
        writer.map.get(prefix).map(|entry| entry.clone().into_ref())
    }

    /// The longest match of `address` as the next update will find it, as an owned reference. For
    /// the control plane; readers have a faster one.
    ///
    /// Takes the writers' mutex for one search.
    #[cfg(feature = "std")]
    pub(crate) fn get_longest(&self, address: A) -> Option<EntryRef<V>> {
        let writer = lock(&self.writer);
        writer.map.lookup(address).map(|(_, entry)| entry.clone().into_ref())
    }

    /// The entry that answers `address`. It stays alive for as long as the caller's guard lives and
    /// passes no quiescent point.
    ///
    /// # Safety
    /// The caller holds a guard of the realm's domain.
    #[inline]
    pub(crate) unsafe fn lookup(&self, address: A) -> Option<NonNull<Entry<V>>> {
        // SAFETY: handed on to the caller; the writer retires to the realm's domain.
        unsafe { self.fib.lookup(address) }
    }

    /// As [`Fib::lookup_burst`].
    ///
    /// # Safety
    /// The caller holds a guard of the realm's domain.
    #[inline]
    pub(crate) unsafe fn lookup_burst<T: Copy + Into<A>, M>(
        &self,
        addresses: &[T],
        found: &mut [M],
        make: impl Fn(Option<NonNull<Entry<V>>>) -> M,
    ) {
        // SAFETY: handed on to the caller; the writer retires to the realm's domain.
        unsafe { self.fib.lookup_burst(addresses, found, make) };
    }

    /// As [`Fib::numbers`].
    ///
    /// # Safety
    /// The caller holds a guard of the realm's domain.
    #[inline]
    pub(crate) unsafe fn numbers<T: Copy + Into<A>>(&self, addresses: &[T], numbers: &mut [u32]) {
        // SAFETY: handed on to the caller; the writer retires to the realm's domain.
        unsafe { self.fib.numbers(addresses, numbers) };
    }

    /// The forwarding table, for readers.
    pub(crate) fn fib(&self) -> &Fib<A, V> {
        &self.fib
    }

    /// Makes every route whose next hop is `from` forward to `to` instead, in one step, however
    /// many there are. What the routes say stays: it names the number in the forwarding view, and
    /// this is where the number leads. Redirecting `from` to itself undoes it. Returns whether some
    /// route names `from`; a table without a forwarding view has none that does.
    ///
    /// The number is given up, and what was said here with it, once no route names `from` any more.
    pub fn redirect(&self, from: NextHop, to: NextHop) -> bool {
        let mut garbage = Garbage::new();
        let mut guard = lock(&self.writer);
        self.open_change(&mut guard);
        let known = guard.fib.redirect(&self.fib, from, to);
        if known {
            self.settle_up(&mut guard, &mut garbage);
        } else {
            self.cancel_change(&mut guard, &mut garbage);
        }
        known
    }

    /// Runs `change`, which changes in place what routes' data say, as an update: the generation is odd
    /// meanwhile and another one after it, so who remembers what a route said looks again.
    #[cfg(feature = "std")]
    pub(crate) fn change_in_place(&self, change: impl FnOnce()) {
        let mut garbage = Garbage::new();
        let mut writer = lock(&self.writer);
        self.open_change(&mut writer);
        change();
        self.settle_up(&mut writer, &mut garbage);
    }

    /// Frees what can be freed now: entries and nodes whose grace period is over and entries whose
    /// last reference was released. Updates do a part of this on their own, in proportion to what they
    /// retire; call it when updates pause. Returns how many items still wait.
    ///
    /// The destructors of the users' data run on the calling thread.
    pub fn reclaim(&self) -> usize {
        let mut garbage = Garbage::new();
        let mut writer = lock(&self.writer);
        self.reclaim_all(&mut writer, &mut garbage);
        self.note_waiting(&writer);
        self.waiting().items
    }

    fn reclaim_all(&self, writer: &mut Writer<A, V, R>, garbage: &mut Garbage<V>) {
        let realm = &*self.realm;
        writer.fib.reclaim(&self.fib, &realm.domain, &realm.hazards, garbage);
    }

    /// What waits for a grace period. O(1), takes no lock; the two numbers may be of two moments
    /// while others write.
    pub fn waiting(&self) -> Waiting {
        let [items, bytes] = &self.waiting;
        // Relaxed: counts for people to read.
        let read = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        Waiting { items: read(items), bytes: read(bytes) }
    }

    fn note_waiting(&self, writer: &Writer<A, V, R>) {
        let Waiting { items, bytes } = writer.fib.waiting();
        for (count, value) in self.waiting.iter().zip([items, bytes]) {
            // Relaxed: counts for people to read; the mutex orders their writers.
            count.store(value, Ordering::Relaxed);
        }
    }

    /// Announces that the table is about to change, or to be found unchanged.
    fn open_change(&self, writer: &mut Writer<A, V, R>) {
        writer.generation |= 1;
        // Relaxed: edge V1: the stores that publish come after it and release it.
        self.generation.store(writer.generation, Ordering::Relaxed);
    }

    /// Ends an update that changed nothing. What it had made goes to `garbage`.
    fn cancel_change(&self, writer: &mut Writer<A, V, R>, garbage: &mut Garbage<V>) {
        self.close_unchanged(writer);
        writer.fib.retire_given_up(&self.realm.domain);
        writer.fib.sweep(garbage);
    }

    /// The table was found unchanged after all.
    fn close_unchanged(&self, writer: &mut Writer<A, V, R>) {
        writer.generation &= !1;
        // Release: edge V1, against `generation`. Nothing was published, but whoever loads this
        // store must see the updates before as if it had loaded theirs, which it overwrites.
        self.generation.store(writer.generation, Ordering::Release);
    }

    /// Ends an update: publishes a batch, counts, and reclaims a little.
    fn settle_up(&self, writer: &mut Writer<A, V, R>, garbage: &mut Garbage<V>) {
        let realm = &*self.realm;
        writer.fib.commit(&self.fib, &realm.domain);
        // Relaxed: a count for people to read; the mutex orders its writers.
        self.len.store(writer.map.len(), Ordering::Relaxed);
        writer.generation = (writer.generation | 1) + 1;
        // Release: edge V1, against `generation`. The update is visible before.
        self.generation.store(writer.generation, Ordering::Release);
        writer.fib.reclaim_some(&self.fib, &realm.domain, &realm.hazards, garbage);
        self.note_waiting(writer);
    }
}

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> Drop for Rib<A, V, R> {
    fn drop(&mut self) {
        let mut writer = lock(&self.writer);
        let Writer { map, fib, .. } = &mut *writer;
        let live = map.iter().map(|(_, entry)| entry.as_ptr());
        // SAFETY: readers keep the table alive, so none is left, and the count that brought us
        // here has synchronized with their last use; the map holds exactly the live routes.
        let garbage =
            unsafe { fib.close(&self.fib, &self.realm.domain, &self.realm.hazards, live) };
        drop(writer);
        drop(garbage);
    }
}

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> fmt::Debug for Rib<A, V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rib").field("len", &self.len()).finish_non_exhaustive()
    }
}
