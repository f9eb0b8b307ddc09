//! Hazard slots: how a reader keeps single objects beyond its guard.
//!
//! Each reader owns a **bank** of slots on a line of its own. To keep an object that its guard
//! protects, it stores the object's address into a free slot: no fence and no second look, because
//! whoever frees looks at the slots only after the grace period, and the guard's end comes after
//! the store (edge H1). Releasing clears the slot, from any thread (edge H2). A reclaimer that
//! finds a retired object in a slot turns the slot's claim into a counted one and clears the slot
//! itself (edge H3); see `entry`.
//!
//! # Invariants
//!
//! * **Own claims**: only the reader that owns a bank stores anything but null into its slots.
//! * **Type-stable**: a bank is never freed. It moves between readers and domains through a list
//!   of idle banks, so that whoever still holds an object by one of its slots may touch the slot
//!   at any later time. Idle banks stay with their domain until it ends.
//! * **Scanned while claimed**: a domain keeps scanning a bank after its reader has ended, and
//!   gives it away only when the domain itself ends, with every slot null.

use alloc::vec::Vec;
use core::fmt;

use crate::sync::{AtomicPtr, Mutex, Ordering, lock};

/// Slots in a bank: objects that one reader can keep at a time without counting.
pub(crate) const SLOTS: usize = if cfg!(rtalloc_loom) {
    1
} else if cfg!(rtalloc_shuttle) {
    2
} else {
    8
};

/// One hazard slot: null, or the address of the object that it keeps.
#[derive(Debug, Default)]
pub(crate) struct Slot(AtomicPtr<()>);

impl Slot {
    /// Lets go of `object`. Returns false if a reclaimer has turned the claim into a counted one
    /// meanwhile; the caller then owns that unit.
    #[inline]
    pub(crate) fn release(&self, object: *mut ()) -> bool {
        // Release: edge H2, all uses of the object happen before a reclaimer that sees the slot
        // free. Acquire on failure: edge H3, giving the unit back comes after the payer's addition.
        self.0
            .compare_exchange(object, core::ptr::null_mut(), Ordering::Release, Ordering::Acquire)
            .is_ok()
    }

    /// Clears the slot if it still holds `object`, on behalf of a reclaimer that has counted the
    /// claim before. Returns false if the claim was released first.
    pub(crate) fn pay(&self, object: *mut ()) -> bool {
        // Release: edge H3, the addition happens before the holder's failing release. Acquire:
        // edge H2, the holder's uses happen before the free if it was faster.
        self.0
            .compare_exchange(object, core::ptr::null_mut(), Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}

/// The slots of one reader.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct SlotBank {
    slots: [Slot; SLOTS],
}

impl SlotBank {
    /// Whether a slot is free. A moment's value.
    fn has_room(&self) -> bool {
        // Relaxed: only a hint; a claim looks again.
        self.slots.iter().any(|slot| slot.0.load(Ordering::Relaxed).is_null())
    }

    /// Claims a free slot for `object`, or returns `None` if all are taken.
    ///
    /// # Safety
    /// The caller is the reader that owns the bank, in a section whose guard protects `object`.
    #[inline]
    pub(crate) unsafe fn claim(&'static self, object: *mut ()) -> Option<&'static Slot> {
        self.slots.iter().find(|slot| {
            // Acquire: edge H2. The slot's last object was let go before; without it the store
            // below could be taken for that object's protection by a scan.
            if !slot.0.load(Ordering::Acquire).is_null() {
                return false;
            }
            // Release: edge H1 for the scan, and edge H2 handed on: a scan that reads this claim
            // is past the last holder's uses too.
            slot.0.store(object, Ordering::Release);
            true
        })
    }
}

/// What a scan found: objects and the slots that keep them, sorted by object.
#[derive(Debug, Default)]
pub(crate) struct Held(Vec<(*mut (), &'static Slot)>);

impl Held {
    /// The slots that keep `object`.
    pub(crate) fn slots_of(&self, object: *mut ()) -> impl Iterator<Item = &'static Slot> + '_ {
        let start = self.0.partition_point(|&(other, _)| other < object);
        self.0[start..]
            .iter()
            .take_while(move |&&(other, _)| other == object)
            .map(|&(_, slot)| slot)
    }
}

/// The banks of one domain's readers.
pub(crate) struct Hazards {
    banks: Mutex<Banks>,
}

#[derive(Default)]
struct Banks {
    all: Vec<&'static SlotBank>,
    /// Those without a reader.
    idle: Vec<&'static SlotBank>,
}

impl Default for Hazards {
    fn default() -> Self {
        Self { banks: Mutex::new(Banks::default()) }
    }
}

impl Hazards {
    /// A bank for a new reader, with a free slot.
    pub(crate) fn open_bank(&self) -> &'static SlotBank {
        let mut banks = lock(&self.banks);
        if let Some(index) = banks.idle.iter().rposition(|bank| bank.has_room()) {
            return banks.idle.swap_remove(index);
        }
        let bank = pool::take();
        banks.all.push(bank);
        bank
    }

    /// Takes back the bank of a reader that ends; its slots may still be claimed.
    pub(crate) fn close_bank(&self, bank: &'static SlotBank) {
        lock(&self.banks).idle.push(bank);
    }

    /// Every claim that stands.
    ///
    /// For an object whose grace period is over, what this returns is complete: its claims were
    /// made under guards that have ended since.
    pub(crate) fn scan(&self) -> Held {
        let mut held = Vec::new();
        for &bank in &lock(&self.banks).all {
            for slot in &bank.slots {
                // Acquire: edges H1 and H2: the holder's uses so far happen before what follows.
                let object = slot.0.load(Ordering::Acquire);
                if !object.is_null() {
                    held.push((object, slot));
                }
            }
        }
        held.sort_unstable_by_key(|&(object, _)| object);
        Held(held)
    }
}

impl Drop for Hazards {
    fn drop(&mut self) {
        for bank in lock(&self.banks).all.drain(..) {
            pool::give(bank);
        }
    }
}

impl fmt::Debug for Hazards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hazards").finish_non_exhaustive()
    }
}

#[cfg(not(rtalloc_loom))]
mod pool {
    use alloc::{boxed::Box, vec::Vec};

    use super::SlotBank;
    use crate::sync::{Mutex, lock};

    #[cfg(not(rtalloc_shuttle))]
    static IDLE: Mutex<Vec<&'static SlotBank>> = Mutex::new(Vec::new());
    // One for each execution: banks go from one of its tables to the next, but not beyond it.
    #[cfg(rtalloc_shuttle)]
    crate::sync::lazy_static! {
        static ref IDLE: Mutex<Vec<&'static SlotBank>> = Mutex::new(Vec::new());
    }

    pub(super) fn take() -> &'static SlotBank {
        lock(&IDLE).pop().unwrap_or_else(|| Box::leak(Box::default()))
    }

    pub(super) fn give(bank: &'static SlotBank) {
        lock(&IDLE).push(bank);
    }
}

/// Under loom nothing outlives one execution, so banks are not reused across domains.
#[cfg(rtalloc_loom)]
mod pool {
    use alloc::boxed::Box;

    use super::SlotBank;

    pub(super) fn take() -> &'static SlotBank {
        Box::leak(Box::default())
    }

    pub(super) fn give(_bank: &'static SlotBank) {}
}

#[cfg(all(test, not(rtalloc_loom)))]
mod tests {
    use super::*;

    fn address(of: &u8) -> *mut () {
        core::ptr::from_ref(of).cast_mut().cast()
    }

    #[test]
    fn claims_are_found_paid_once_and_never_beyond_the_bank() {
        let hazards = Hazards::default();
        let bank = hazards.open_bank();
        let objects = [0u8; SLOTS + 1];
        let slots: Vec<_> = objects
            .iter()
            // SAFETY: this thread owns the bank; nothing frees the array meanwhile.
            .map(|object| unsafe { bank.claim(address(object)) })
            .collect();
        assert!(slots[..SLOTS].iter().all(Option::is_some));
        assert!(slots[SLOTS].is_none());

        let held = hazards.scan();
        assert_eq!(held.slots_of(address(&objects[1])).count(), 1);
        assert_eq!(held.slots_of(address(&objects[SLOTS])).count(), 0);
        let slot = slots[1].unwrap();
        assert!(slot.pay(address(&objects[1])));
        assert!(!slot.pay(address(&objects[1])));
        assert!(!slot.release(address(&objects[1])));
        for (slot, object) in slots[..SLOTS].iter().zip(&objects).skip(2) {
            assert!(slot.unwrap().release(address(object)));
        }
        assert!(slots[0].unwrap().release(address(&objects[0])));
    }

    #[test]
    fn a_bank_with_a_claim_is_scanned_after_its_reader_has_ended() {
        let hazards = Hazards::default();
        let bank = hazards.open_bank();
        let object = 0u8;
        // SAFETY: this thread owns the bank; the object outlives the test.
        let slot = unsafe { bank.claim(address(&object)) }.unwrap();
        hazards.close_bank(bank);
        assert_eq!(hazards.scan().slots_of(address(&object)).count(), 1);
        if SLOTS > 1 {
            assert!(core::ptr::eq(hazards.open_bank(), bank), "an idle bank is used first");
            hazards.close_bank(bank);
        }
        // SAFETY: nobody else owns the bank; the object outlives the test.
        let more: Vec<_> = (1..SLOTS).map(|_| unsafe { bank.claim(address(&object)) }).collect();
        assert!(!core::ptr::eq(hazards.open_bank(), bank), "but not a full one");
        for slot in more.into_iter().flatten().chain([slot]) {
            assert!(slot.release(address(&object)));
        }
    }
}
