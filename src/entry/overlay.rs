//! One place for two things of which an entry never has both: the gateway, which those with a claim
//! read, and the link of the disposal queue, which is used once no claim is left.

use super::Entry;
use crate::sync::AtomicPtr;

#[cfg(not(rtalloc_loom))]
use core::{cell::UnsafeCell, mem::ManuallyDrop};

/// A gateway's bytes, later a link.
#[cfg(not(rtalloc_loom))]
pub(super) struct Overlay<V>(UnsafeCell<Either<V>>);

#[cfg(not(rtalloc_loom))]
union Either<V> {
    gateway: [u8; 16],
    link: ManuallyDrop<AtomicPtr<Entry<V>>>,
}

#[cfg(not(rtalloc_loom))]
impl<V> Overlay<V> {
    pub(super) fn new(gateway: [u8; 16]) -> Self {
        Self(UnsafeCell::new(Either { gateway }))
    }

    /// The gateway's bytes.
    ///
    /// # Safety
    /// The caller has a claim on the entry.
    #[inline]
    pub(super) unsafe fn octets(&self) -> [u8; 16] {
        // SAFETY: while there is a claim nobody writes here.
        let place = unsafe { &*self.0.get() };
        // SAFETY: and the bytes are in place.
        unsafe { place.gateway }
    }

    /// Makes the place a link, which is null.
    ///
    /// # Safety
    /// The last claim on the entry was given up, and the caller alone can reach it.
    pub(super) unsafe fn become_link(&self) -> &AtomicPtr<Entry<V>> {
        let link = ManuallyDrop::new(AtomicPtr::new(core::ptr::null_mut()));
        // SAFETY: exclusive by the contract.
        unsafe { self.0.get().write(Either { link }) };
        // SAFETY: it is a link now.
        unsafe { self.link() }
    }

    /// The link.
    ///
    /// # Safety
    /// The place became a link before, and the caller owns the entry or is queueing it.
    pub(super) unsafe fn link(&self) -> &AtomicPtr<Entry<V>> {
        // SAFETY: not written, but as an atomic, until the entry's place is used again.
        let place = unsafe { &*self.0.get() };
        // SAFETY: a link by the contract.
        unsafe { &place.link }
    }
}

/// Under loom an atomic is a tracked object with a place of its own.
#[cfg(rtalloc_loom)]
pub(super) struct Overlay<V> {
    gateway: [u8; 16],
    link: AtomicPtr<Entry<V>>,
}

#[cfg(rtalloc_loom)]
impl<V> Overlay<V> {
    pub(super) fn new(gateway: [u8; 16]) -> Self {
        Self { gateway, link: AtomicPtr::default() }
    }

    /// As outside loom.
    ///
    /// # Safety
    /// As outside loom.
    pub(super) unsafe fn octets(&self) -> [u8; 16] {
        self.gateway
    }

    /// As outside loom.
    ///
    /// # Safety
    /// As outside loom.
    pub(super) unsafe fn become_link(&self) -> &AtomicPtr<Entry<V>> {
        &self.link
    }

    /// As outside loom.
    ///
    /// # Safety
    /// As outside loom.
    pub(super) unsafe fn link(&self) -> &AtomicPtr<Entry<V>> {
        &self.link
    }
}
