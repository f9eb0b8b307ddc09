//! References to routes, and entries that are locked.

use core::{fmt, ops::Deref};

use super::{entry::RtEntry, flags::RtFlags, paths::Paths};
use crate::entry::{EntryRef, Match};

/// An owned reference to a route: what `rtalloc` returns. Dropping it is `rtfree`, cloning it
/// `rtref`.
///
/// The route stays readable for as long as the reference lives, also when it was deleted
/// ([`is_up`](RtEntry::is_up) is false then) and after the [`Routing`](super::Routing) is gone. The
/// guarantees are those of [`EntryRef`]. A reference keeps the routes that shared the prefix when
/// it was taken in memory as well.
#[derive(Clone)]
pub struct RtRef {
    list: EntryRef<Paths>,
    index: u32,
}

impl RtRef {
    pub(super) fn new(list: EntryRef<Paths>, index: u32) -> Self {
        Self { list, index }
    }

    /// References to the routes of a list.
    pub(super) fn all(list: &EntryRef<Paths>) -> impl Iterator<Item = Self> {
        (0..list.data().len() as u32).map(|index| Self::new(list.clone(), index))
    }

    /// Whether the prefix has other routes of the same priority.
    pub(super) fn has_siblings(&self) -> bool {
        self.list.data().at(self.index).multipath
    }

    /// The reference moved to another route of the list.
    pub(super) fn choose(self, index: impl FnOnce(&Paths) -> usize) -> Self {
        let index = u32::try_from(index(self.list.data())).unwrap_or_default();
        Self { list: self.list, index }
    }

    /// Whether the reference adds to a count in shared memory; see [`EntryRef::is_counted`].
    pub fn is_counted(&self) -> bool {
        self.list.is_counted()
    }
}

impl Deref for RtRef {
    type Target = RtEntry;

    #[inline]
    fn deref(&self) -> &RtEntry {
        &self.list.data().at(self.index).entry
    }
}

impl PartialEq for RtRef {
    /// Whether both refer to the same route.
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
    }
}

impl Eq for RtRef {}

impl fmt::Debug for RtRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// A route that a lookup found, borrowed under the guard that protects it.
#[derive(Clone, Copy)]
pub struct RtMatch<'g> {
    list: Match<'g, Paths>,
    index: u32,
}

impl<'g> RtMatch<'g> {
    pub(super) fn new(list: Match<'g, Paths>, index: u32) -> Self {
        Self { list, index }
    }

    /// The routes of the prefix, as they were published.
    pub(super) fn paths(self) -> &'g Paths {
        self.list.entry().data()
    }

    /// Another route of the same list.
    pub(super) fn sibling(self, index: u32) -> Self {
        Self { list: self.list, index }
    }

    /// The route, for as long as the guard protects it.
    pub fn entry(self) -> &'g RtEntry {
        &self.paths().at(self.index).entry
    }

    /// Takes an owned reference; see [`Match::hold`].
    #[inline]
    pub fn hold(self) -> RtRef {
        RtRef { list: self.list.hold(), index: self.index }
    }
}

impl Deref for RtMatch<'_> {
    type Target = RtEntry;

    #[inline]
    fn deref(&self) -> &RtEntry {
        self.entry()
    }
}

impl fmt::Debug for RtMatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.entry(), f)
    }
}

/// A referenced route whose update lock is held: what FreeBSD's `rtalloc1` returns.
///
/// The lock excludes other holders of it and `RTM_CHANGE` of the same route. No lookup takes it.
/// Asking the same routing to change the route while holding its lock waits for ever.
///
/// What is set here does not move the table's [generation](super::Routing::generation), which
/// `RTM_CHANGE` does. Who reads the entry after it, by a new lookup or by a reference from before, sees
/// it; who has remembered something else for as long as the generation stays goes on without it.
#[derive(Debug)]
pub struct LockedRt {
    rt: RtRef,
}

impl LockedRt {
    pub(super) fn new(rt: RtRef) -> Self {
        rt.lock.acquire();
        Self { rt }
    }

    pub(super) fn reference(&self) -> &RtRef {
        &self.rt
    }

    /// Sets `rmx_mtu`.
    pub fn set_mtu(&self, mtu: u32) {
        self.rt.set_mtu(mtu);
    }

    /// Sets `rmx_expire`, 0 for never.
    pub fn set_expire(&self, expire: u64) {
        self.rt.set_expire(expire);
    }

    /// Sets or clears `RTF_REJECT`, as the link layer does while an address does not answer.
    pub fn set_reject(&self, reject: bool) {
        let (flag, none) = (RtFlags::REJECT, RtFlags::empty());
        match reject {
            true => self.rt.set_flags(flag, none),
            false => self.rt.set_flags(none, flag),
        }
    }
}

impl Deref for LockedRt {
    type Target = RtEntry;

    fn deref(&self) -> &RtEntry {
        &self.rt
    }
}

impl Drop for LockedRt {
    fn drop(&mut self) {
        self.rt.lock.release();
    }
}
