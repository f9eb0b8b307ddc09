//! The ways that a route may take.

use std::sync::Arc;

use crate::nexthop::NextHop;

bitflags::bitflags! {
    /// What the kernel says about a path, with its own bit values.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct PathFlags: u8 {
        /// The interface is down: the path is not used.
        const DEAD = 1;
        /// The gateway need not be on the interface's network.
        const ONLINK = 4;
        /// The interface has no carrier. The kernel goes on using the path, unless it is told
        /// otherwise (`ignore_routes_with_linkdown`).
        const LINKDOWN = 16;
    }
}

/// One of the ways that a route may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// Gateway and interface.
    pub next_hop: NextHop,
    /// Its part of the traffic, 1 to 65536, relative to the other paths'.
    pub weight: u32,
    /// What the kernel says about it.
    pub flags: PathFlags,
}

impl Path {
    /// A path of weight 1.
    pub const fn new(next_hop: NextHop) -> Self {
        Self { next_hop, weight: 1, flags: PathFlags::empty() }
    }

    /// Whether the kernel would send packets this way.
    pub fn is_usable(&self) -> bool {
        !self.flags.contains(PathFlags::DEAD)
    }
}

/// No path, one, or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Paths {
    /// No path: the route refuses packets, or names a next-hop object.
    #[default]
    None,
    /// The usual case.
    One(Path),
    /// Multipath.
    Many(Arc<[Path]>),
}

impl Paths {
    /// All of them.
    pub fn as_slice(&self) -> &[Path] {
        match self {
            Self::None => &[],
            Self::One(path) => core::slice::from_ref(path),
            Self::Many(paths) => paths,
        }
    }

    /// Whether both have the same next hops with the same weights in the same order, whatever their
    /// flags are.
    pub(super) fn leads_as(&self, other: &Self) -> bool {
        let (this, other) = (self.as_slice(), other.as_slice());
        this.len() == other.len()
            && this.iter().zip(other).all(|(a, b)| a.next_hop == b.next_hop && a.weight == b.weight)
    }

    /// Those for which `keep` says yes, with what it makes of their flags; `None` if nothing
    /// changes.
    pub(super) fn changed(&self, mut change: impl FnMut(Path) -> Option<Path>) -> Option<Self> {
        let mut differs = false;
        let kept: Vec<Path> = self
            .as_slice()
            .iter()
            .filter_map(|&path| {
                let now = change(path);
                differs |= now != Some(path);
                now
            })
            .collect();
        differs.then(|| Self::from_iter(kept))
    }
}

impl FromIterator<Path> for Paths {
    fn from_iter<I: IntoIterator<Item = Path>>(paths: I) -> Self {
        let mut paths = paths.into_iter();
        let Some(first) = paths.next() else { return Self::None };
        let Some(second) = paths.next() else { return Self::One(first) };
        Self::Many([first, second].into_iter().chain(paths).collect())
    }
}
