//! What readers report their quiescent states to.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Dpdk, Error, sys};

/// DPDK's `rte_rcu_qsbr`: the quiescent states of a number of readers.
///
/// # Invariants
/// `states` is what `shim_qsbr_create` returned, and not null. A number is in `free` if no
/// [`QsbrThread`] has it.
pub struct Qsbr {
    states: *mut sys::RteQsbr,
    free: Mutex<Vec<u32>>,
}

// SAFETY: the states belong to no thread, and DPDK's functions on them may run at the same time,
// with a thread's number by one at a time, which `QsbrThread` ensures.
unsafe impl Send for Qsbr {}
// SAFETY: as above.
unsafe impl Sync for Qsbr {}

impl Qsbr {
    /// States of at most `threads` readers at a time.
    ///
    /// # Errors
    /// [`Error::Readers`] if DPDK has no memory for them.
    pub fn new(_: Dpdk, threads: u32) -> Result<Arc<Self>, Error> {
        let mut number = 0;
        // SAFETY: the environment runs, as the first argument shows, and the place is one for a
        // number.
        let states = unsafe { sys::shim_qsbr_create(threads, &raw mut number) };
        if states.is_null() {
            return Err(Error::Readers(number));
        }
        Ok(Arc::new(Self { states, free: Mutex::new((0..threads).rev().collect()) }))
    }

    /// One more reader. From here on it holds updates back until it is quiescent or dropped.
    ///
    /// # Errors
    /// [`Error::NoMoreReaders`] if there are as many as there can be, and [`Error::Readers`] if
    /// DPDK refuses.
    pub fn join(self: &Arc<Self>) -> Result<QsbrThread, Error> {
        let number = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let number = number.ok_or(Error::NoMoreReaders)?;
        let thread = QsbrThread { states: Arc::clone(self), number };
        // SAFETY: the states are there, by the invariant, and nobody else has the number.
        match unsafe { sys::shim_qsbr_join(self.states, number) } {
            0 => Ok(thread),
            error => Err(Error::Readers(error)),
        }
    }

    pub(super) fn as_ptr(&self) -> *mut sys::RteQsbr {
        self.states
    }
}

impl Drop for Qsbr {
    fn drop(&mut self) {
        // SAFETY: the states are there, by the invariant, and nobody else holds them any more:
        // tables and readers do so with an `Arc`.
        unsafe { sys::shim_qsbr_free(self.states) }
    }
}

impl fmt::Debug for Qsbr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Qsbr").finish_non_exhaustive()
    }
}

/// One reader's state.
#[derive(Debug)]
pub struct QsbrThread {
    states: Arc<Qsbr>,
    number: u32,
}

impl QsbrThread {
    /// Says that the reader uses no answer of before any more.
    #[inline]
    pub fn quiescent(&mut self) {
        // SAFETY: the states are there, by their invariant, and `&mut` is the only use of the
        // number.
        unsafe { sys::shim_qsbr_quiescent(self.states.states, self.number) }
    }
}

impl Drop for QsbrThread {
    fn drop(&mut self) {
        // SAFETY: the states are there, by their invariant, and `&mut` is the only use of the
        // number, which is free only afterwards.
        unsafe { sys::shim_qsbr_leave(self.states.states, self.number) };
        self.states.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.number);
    }
}
