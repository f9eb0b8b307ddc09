//! What the manuals of the BSDs describe: rtalloc(9) finds an entry under the lock of the table, and
//! counts a reference under the entry's own lock; rtfree(9) counts it back under that lock, and frees
//! the entry if it was the last one and the route is gone.
//!
//! It is kind where the manuals leave a choice. The table's lock admits readers together, which
//! FreeBSD's did only from 8.0 on; both locks are `parking_lot`'s, of a word and of a byte; and the
//! map below is `prefix-trie` rather than a radix tree of bits. The gateway does not change while an
//! entry lives, so that it is read without the entry's lock.
//!
//! # Invariants
//! An entry is allocated as long as it is linked or has references ([`State`], under the entry's
//! lock). A [`Linked`] is what makes it linked, and there is one for an entry; each [`Reference`] is
//! one of its references. So the entry that either points to is there. Whoever ends the last of these,
//! which the lock orders, is the only one to see neither left, and frees it.

use core::{any::Any, ptr::NonNull};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use parking_lot::{Mutex, RwLock};
use rtalloc::{NextHop, testing::history::Step};

use super::maps::{Map, Native, PrefixTrie};
use crate::{
    Routes,
    adapter::{Adapter, Opened, Reader, Writer},
};

pub(super) const NAME: &str = "bsd baseline";

pub(super) fn open<A: Native>(routes: &Routes<A>) -> Opened<A> {
    let trash = Arc::default();
    let entries = routes.iter().map(|&(prefix, hop)| (prefix, Linked::new(hop, &trash)));
    Ok(Box::new(Bsd { table: RwLock::new(PrefixTrie::load(entries)), trash }))
}

/// The table, `struct radix_node_head` with its lock.
struct Bsd<A: Native> {
    table: RwLock<PrefixTrie<A, Linked>>,
    /// Entries that are unlinked but still referenced: `rttrash`.
    trash: Arc<AtomicUsize>,
}

/// `struct rtentry`.
struct Entry {
    state: Mutex<State>,
    gateway: NextHop,
    trash: Arc<AtomicUsize>,
}

/// What changes of an entry.
struct State {
    /// `rt_refcnt`.
    references: u32,
    /// `RTF_UP`.
    linked: bool,
}

/// Changes an entry's state, and frees the entry if nothing is left of it.
///
/// # Safety
/// The caller gives a [`Linked`] or a [`Reference`] of this entry up, and `change` says so.
unsafe fn give_up(entry: NonNull<Entry>, change: impl FnOnce(&mut State)) {
    // SAFETY: what the caller gives up keeps the entry until the lock is released below.
    let there = unsafe { entry.as_ref() };
    let mut state = there.state.lock();
    let was_linked = state.linked;
    change(&mut state);
    let over = !state.linked && state.references == 0;
    if was_linked && !state.linked && !over {
        // Relaxed: a count, which orders nothing.
        there.trash.fetch_add(1, Ordering::Relaxed);
    } else if !was_linked && over {
        // Relaxed: as above.
        there.trash.fetch_sub(1, Ordering::Relaxed);
    }
    drop(state);
    if over {
        // SAFETY: the entry was made by a box, and by the invariant nobody else points to it.
        drop(unsafe { Box::from_raw(entry.as_ptr()) });
    }
}

/// The table's own pointer to an entry.
struct Linked(NonNull<Entry>);

// SAFETY: an entry belongs to no thread: its gateway does not change, and all else is under a lock.
unsafe impl Send for Linked {}
// SAFETY: as above.
unsafe impl Sync for Linked {}

impl Linked {
    fn new(gateway: NextHop, trash: &Arc<AtomicUsize>) -> Self {
        let state = Mutex::new(State { references: 0, linked: true });
        let entry = Box::new(Entry { state, gateway, trash: Arc::clone(trash) });
        Self(NonNull::from(Box::leak(entry)))
    }

    /// `RT_ADDREF` of an entry that the caller's lock on the table, or its right to change it, keeps
    /// linked.
    #[inline(always)]
    fn reference(&self) -> Reference {
        // SAFETY: the entry is there, by the invariant.
        unsafe { self.0.as_ref() }.state.lock().references += 1;
        Reference(self.0)
    }
}

impl Drop for Linked {
    fn drop(&mut self) {
        // SAFETY: this is what made the entry linked, and it ends here.
        unsafe { give_up(self.0, |state| state.linked = false) }
    }
}

/// A reference that rtalloc(9) gave, and rtfree(9) takes.
struct Reference(NonNull<Entry>);

// SAFETY: as for `Linked`.
unsafe impl Send for Reference {}

impl Reference {
    #[inline(always)]
    fn gateway(&self) -> NextHop {
        // SAFETY: the entry is there, by the invariant.
        unsafe { self.0.as_ref() }.gateway
    }
}

impl Drop for Reference {
    /// `RTFREE`.
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: this is one of the references, and it ends here.
        unsafe { give_up(self.0, |state| state.references -= 1) }
    }
}

impl<A: Native> Bsd<A> {
    #[inline(always)]
    fn rtalloc(&self, address: A) -> Option<Reference> {
        let table = self.table.read();
        table.lookup(address).map(Linked::reference)
    }
}

impl<A: Native> Adapter<A> for Bsd<A> {
    fn reader(&self) -> Box<dyn Reader<A> + '_> {
        Box::new(Reading(self))
    }

    fn writer(&self) -> Option<Box<dyn Writer<A> + '_>> {
        Some(Box::new(Changing(self)))
    }

    fn waiting(&self) -> Option<usize> {
        // Relaxed: a count for people to read.
        Some(self.trash.load(Ordering::Relaxed) * size_of::<Entry>())
    }
}

struct Reading<'t, A: Native>(&'t Bsd<A>);

impl<A: Native> Reader<A> for Reading<'_, A> {
    /// Each lookup by itself: neither kernel has another way.
    fn burst(&mut self, addresses: &[A], answers: &mut [u32]) {
        for (&address, answer) in addresses.iter().zip(answers) {
            *answer = self.0.rtalloc(address).map_or(0, |entry| entry.gateway().interface);
        }
    }

    fn stall(&mut self, during: &mut dyn FnMut()) {
        let table = self.0.table.read();
        during();
        drop(table);
    }

    fn take(&mut self, address: A) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(self.0.rtalloc(address)?))
    }
}

struct Changing<'t, A: Native>(&'t Bsd<A>);

impl<A: Native> Writer<A> for Changing<'_, A> {
    /// rtrequest(9), which has no way to make several changes at one instant.
    fn apply(&mut self, step: &Step<A>) {
        let before = match *step {
            Step::Set(prefix, hop) => {
                let entry = Linked::new(hop, &self.0.trash);
                self.0.table.write().insert(prefix, entry)
            }
            Step::Remove(prefix) => self.0.table.write().remove(prefix),
        };
        drop(before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::Family;

    #[test]
    fn an_entry_lives_until_its_last_reference_ends() {
        let routes = u32::internet(100);
        let table = open(&routes).expect("a table");
        let (prefix, hop) = routes[routes.len() / 2];
        let mut reader = table.reader();
        let mut take = || reader.take(prefix.last_address()).expect("a route");
        let [first, second] = [take(), take()];
        table.writer().expect("a writer").apply(&Step::Remove(prefix));
        assert_eq!(table.waiting(), Some(size_of::<Entry>()));
        drop(first);
        let second = second.downcast::<Reference>().expect("a reference");
        assert_eq!(second.gateway(), hop);
        assert_eq!(table.waiting(), Some(size_of::<Entry>()));
        std::thread::spawn(|| drop(second)).join().expect("no panic");
        assert_eq!(table.waiting(), Some(0));
    }

    #[test]
    fn a_reference_outlives_the_table() {
        let routes = u32::internet(100);
        let table = open(&routes).expect("a table");
        let held = table.reader().take(routes[0].0.address()).expect("a route");
        drop(table);
        let held = held.downcast::<Reference>().expect("a reference");
        let trash = Arc::clone(&reference_entry(&held).trash);
        assert_eq!(trash.load(Ordering::Relaxed), 1);
        drop(held);
        assert_eq!((trash.load(Ordering::Relaxed), Arc::strong_count(&trash)), (0, 1));
    }

    fn reference_entry(held: &Reference) -> &Entry {
        // SAFETY: the entry is there, by the invariant.
        unsafe { held.0.as_ref() }
    }
}
