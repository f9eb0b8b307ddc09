//! The routes of one prefix, as they are published: an immutable list, the most preferred first.
//!
//! A change of any of them, or of their order, publishes a new list in one step; so a lookup that
//! walks a list sees the order, the priorities and the marks of one instant.

use super::{
    entry::RtEntry, flags::RtFlags, priority::Priority, profile::Profile, sockaddr::Sockaddr,
};
use std::sync::Arc;

/// Puts `path` in its place among its siblings, in OpenBSD's order.
///
/// By priority; among equals in the middle, so that as few flows as possible move to another path
/// (RFC 2992). The middle of `n` is behind the first `(n + 1) / 2`.
pub(super) fn place(order: &mut Vec<Path>, path: Path) {
    let first = order.partition_point(|other| other.priority < path.priority);
    let run = order[first..].iter().take_while(|other| other.priority == path.priority).count();
    order.insert(first + run.div_ceil(2), path);
}

/// One route in a list.
#[derive(Clone)]
pub(super) struct Path {
    pub(super) entry: Arc<RtEntry>,
    /// With the bit of a route whose link is down.
    pub(super) priority: Priority,
    /// Whether another route of the list has the same masked priority.
    pub(super) multipath: bool,
}

impl Path {
    pub(super) fn new(entry: Arc<RtEntry>, priority: Priority) -> Self {
        Self { entry, priority, multipath: false }
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.entry, &other.entry)
            && self.priority == other.priority
            && self.multipath == other.multipath
    }
}

/// The routes of one prefix: at least one.
#[derive(Clone, PartialEq)]
pub(super) struct Paths {
    head: Path,
    rest: Box<[Path]>,
}

impl Paths {
    /// The list of `paths` in the order given, its marks renewed; `None` if there is no path.
    pub(super) fn from_order(mut paths: Vec<Path>) -> Option<Self> {
        let mut of_priority = [0u32; 128];
        for path in &paths {
            of_priority[usize::from(path.priority.masked().number())] += 1;
        }
        for path in &mut paths {
            path.multipath = of_priority[usize::from(path.priority.masked().number())] > 1;
        }
        let mut paths = paths.into_iter();
        Some(Self { head: paths.next()?, rest: paths.collect() })
    }

    pub(super) fn head(&self) -> &Path {
        &self.head
    }

    /// The path at `index`; the head for an index past the end.
    #[inline]
    pub(super) fn at(&self, index: u32) -> &Path {
        match index {
            0 => &self.head,
            _ => self.rest.get(index as usize - 1).unwrap_or(&self.head),
        }
    }

    pub(super) fn len(&self) -> usize {
        1 + self.rest.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Path> {
        core::iter::once(&self.head).chain(&self.rest)
    }

    /// Where the entry stands.
    pub(super) fn index_of(&self, entry: &RtEntry) -> Option<u32> {
        let at = self.iter().position(|path| path.entry.serial() == entry.serial())?;
        u32::try_from(at).ok()
    }

    /// How many of the first routes have the head's full priority: those that flows are spread
    /// over.
    pub(super) fn spread(&self) -> usize {
        self.iter().take_while(|path| path.priority == self.head.priority).count()
    }

    /// The first route of that priority, if one is named, and with that gateway, if one is named.
    pub(super) fn find(
        &self,
        profile: Profile,
        priority: Priority,
        gateway: Option<Sockaddr>,
    ) -> Option<&Path> {
        let any = matches!(priority, Priority::ANY | Priority::NONE);
        let mut paths = self.iter();
        match profile {
            Profile::FreeBsd => paths.next(),
            Profile::OpenBsd => paths.find(|path| {
                (any || path.priority.masked() == priority.masked())
                    && gateway.is_none_or(|gateway| path.entry.gateway() == gateway)
            }),
        }
    }

    /// Copies order and marks to the entries, for people who read them there.
    pub(super) fn mark_entries(&self) {
        for path in self.iter() {
            path.entry.set_priority(path.priority);
            let mark = RtFlags::MPATH;
            match path.multipath {
                true => path.entry.set_flags(mark, RtFlags::empty()),
                false => path.entry.set_flags(RtFlags::empty(), mark),
            }
        }
    }
}

impl core::fmt::Debug for Paths {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter().map(|path| &path.entry)).finish()
    }
}
