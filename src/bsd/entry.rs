//! Route entries: BSD's `struct rtentry`.

use core::{fmt, net::IpAddr};

use std::sync::Arc;

use super::{
    counters::Counters,
    flags::RtFlags,
    hops::{Hop, Hops},
    priority::Priority,
    sockaddr::Sockaddr,
    update_lock::UpdateLock,
    uses::UseCounter,
};
use crate::{
    any_prefix::AnyPrefix,
    sync::{AtomicU64, Ordering},
};

/// Beside the flags: the entry has left its table.
const GONE: u64 = 1 << 63;

/// A route. Its destination and table never change; everything else may, in place, while the entry
/// is held.
///
/// # Guarantees
/// Reading is wait-free. Each call returns what the entry had at one instant. Gateway, interface and
/// interface address change together, but two calls may have a change between them; who needs the
/// three of one instant takes the entry's lock ([`rt_lock`](super::rt_lock)).
//
// Legend: `I` immutable once published, `A` atomic word, written with the lock of changes held or
// the entry's own.
pub struct RtEntry {
    /// `I`: tells entries of one destination apart.
    serial: u64,
    /// `I`
    prefix: AnyPrefix,
    /// `I`
    table: u8,
    /// `A`: [`RtFlags`] and [`GONE`].
    flags: AtomicU64,
    /// `A`: as in the newest list of the prefix.
    priority: AtomicU64,
    /// `A`
    hops: Hops,
    /// `A`
    mtu: AtomicU64,
    /// `A`
    expire: AtomicU64,
    /// `I`: what the entry was cloned from.
    parent: Option<Arc<RtEntry>>,
    /// `A`: place in the parent's order of eviction.
    turn: AtomicU64,
    /// `I`; the counts are atomic.
    uses: UseCounter,
    /// The lock that `RT_LOCK` takes.
    pub(super) lock: UpdateLock,
    counters: Arc<Counters>,
}

/// What an entry is made of.
pub(super) struct Draft {
    pub(super) prefix: AnyPrefix,
    pub(super) table: u8,
    pub(super) flags: RtFlags,
    pub(super) priority: Priority,
    pub(super) hop: Hop,
    pub(super) mtu: u32,
    pub(super) expire: u64,
    pub(super) parent: Option<Arc<RtEntry>>,
}

impl RtEntry {
    pub(super) fn new(draft: Draft, uses: UseCounter, counters: &Arc<Counters>) -> Self {
        Self {
            serial: counters.next_serial(),
            prefix: draft.prefix,
            table: draft.table,
            flags: AtomicU64::new(draft.flags.bits().into()),
            priority: AtomicU64::new(draft.priority.number().into()),
            hops: Hops::new(draft.hop),
            mtu: AtomicU64::new(draft.mtu.into()),
            expire: AtomicU64::new(draft.expire),
            parent: draft.parent,
            turn: AtomicU64::new(0),
            uses,
            lock: UpdateLock::default(),
            counters: Arc::clone(counters),
        }
    }

    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    /// Whether the entry is of the routing whose counters these are.
    pub(super) fn is_of(&self, counters: &Arc<Counters>) -> bool {
        Arc::ptr_eq(&self.counters, counters)
    }

    /// Whether both are the same entry.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.serial == other.serial && self.is_of(&other.counters)
    }

    /// `rt_key` and `rt_mask`.
    pub fn destination(&self) -> AnyPrefix {
        self.prefix
    }

    /// `rt_tableid`: the table that the route is or was in.
    pub fn table(&self) -> u8 {
        self.table
    }

    /// `rt_flags`.
    pub fn flags(&self) -> RtFlags {
        // Acquire: edge B2, against `set_flags`: whoever sees UP gone sees the change that did it.
        RtFlags::from_bits_truncate(self.flags.load(Ordering::Acquire) as u32)
    }

    /// Whether the route is usable: `RTF_UP`. Cleared when the route is deleted, after lookups have
    /// stopped returning it and before the deletion returns; in OpenBSD's profile also while the
    /// interface is down.
    pub fn is_up(&self) -> bool {
        self.flags().contains(RtFlags::UP)
    }

    /// Whether the entry has left its table: deleted, and kept by references alone.
    pub fn is_gone(&self) -> bool {
        // Acquire: as in `flags`.
        self.flags.load(Ordering::Acquire) & GONE != 0
    }

    /// `rt_priority`, with the bit of a route whose link is down.
    pub fn priority(&self) -> Priority {
        // Relaxed: the order that lookups go by is the published list's; this is a copy for people.
        Priority::new(self.priority.load(Ordering::Relaxed) as u8)
    }

    pub(super) fn hop(&self) -> &Hop {
        self.hops.current()
    }

    /// `rt_gateway`.
    pub fn gateway(&self) -> Sockaddr {
        self.hop().gateway
    }

    /// The index of `rt_ifp`: the interface that packets leave by.
    pub fn interface(&self) -> u16 {
        self.hop().interface
    }

    /// The address of `rt_ifa`: the interface's own address of the family, if it has one.
    pub fn interface_address(&self) -> Option<IpAddr> {
        self.hop().address
    }

    /// `rmx_mtu` in bytes. In OpenBSD's profile 0 stands for the interface's.
    pub fn mtu(&self) -> u32 {
        // Relaxed: a number that orders nothing.
        self.mtu.load(Ordering::Relaxed) as u32
    }

    /// `rmx_expire` in seconds of the routing's clock, 0 for never.
    pub fn expire(&self) -> u64 {
        // Relaxed: a number that orders nothing.
        self.expire.load(Ordering::Relaxed)
    }

    /// `rmx_pksent`: how often readers said that they [used](super::RtReader::note_use) the route.
    /// Sums over the readers, behind a lock.
    pub fn uses(&self) -> u64 {
        self.uses.get()
    }

    /// `rt_parent`: the route that this one was cloned from.
    pub fn parent(&self) -> Option<&RtEntry> {
        self.parent.as_deref()
    }

    pub(super) fn use_number(&self) -> u32 {
        self.uses.number()
    }

    pub(super) fn turn(&self) -> u64 {
        // Relaxed: read and written with the lock of changes held.
        self.turn.load(Ordering::Relaxed)
    }

    pub(super) fn set_turn(&self, turn: u64) {
        // Relaxed: as in `turn`.
        self.turn.store(turn, Ordering::Relaxed);
    }

    /// Sets the flags in `set` and clears those in `clear`, in one step.
    pub(super) fn set_flags(&self, set: RtFlags, clear: RtFlags) {
        let change = |flags: u64| flags & !u64::from(clear.bits()) | u64::from(set.bits());
        // Relaxed: where to begin; the exchange decides.
        let mut flags = self.flags.load(Ordering::Relaxed);
        loop {
            let changed = change(flags);
            // Release: edge B2, against `flags`. Relaxed: on failure, as above.
            let done =
                self.flags.compare_exchange(flags, changed, Ordering::Release, Ordering::Relaxed);
            match done {
                Ok(_) => return,
                Err(now) => flags = now,
            }
        }
    }

    /// Sets or clears UP, as the link is.
    pub(super) fn mark_up(&self, up: bool) {
        let (flag, none) = (RtFlags::UP, RtFlags::empty());
        match up {
            true => self.set_flags(flag, none),
            false => self.set_flags(none, flag),
        }
    }

    pub(super) fn set_priority(&self, priority: Priority) {
        // Relaxed: a copy for people.
        self.priority.store(priority.number().into(), Ordering::Relaxed);
    }

    /// Whether the entry can hold another hop.
    pub(super) fn has_room_for(&self, hop: &Hop) -> bool {
        self.hops.has_room_for(hop)
    }

    pub(super) fn set_hop(&self, hop: Hop) -> bool {
        self.hops.set(hop)
    }

    pub(super) fn set_mtu(&self, mtu: u32) {
        // Relaxed: a number that orders nothing.
        self.mtu.store(mtu.into(), Ordering::Relaxed);
    }

    pub(super) fn set_expire(&self, expire: u64) {
        // Relaxed: a number that orders nothing.
        self.expire.store(expire, Ordering::Relaxed);
    }

    /// The entry has been unlinked: clears UP and counts it as trash until it is freed.
    pub(super) fn take_down(&self) {
        // First, so that nobody who sees it gone sees it up.
        self.set_flags(RtFlags::empty(), RtFlags::UP);
        // Release: edge B2, against `flags`.
        let before = self.flags.fetch_or(GONE, Ordering::Release);
        if before & GONE == 0 {
            self.counters.add_trash();
        }
    }
}

impl Drop for RtEntry {
    fn drop(&mut self) {
        if self.is_gone() {
            self.counters.remove_trash();
        }
    }
}

impl fmt::Debug for RtEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RtEntry")
            .field("destination", &self.prefix)
            .field("table", &self.table)
            .field("flags", &self.flags())
            .field("priority", &self.priority())
            .field("hop", self.hop())
            .finish_non_exhaustive()
    }
}
