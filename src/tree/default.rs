//! The default route, which is no leaf, and what may be stored into after it has changed.
//!
//! A directory has one word after its slots: the number of the entry of the default route, 0 for
//! none. Leaves are 0 where nothing longer than /0 covers, and a walk that ends at one answers with
//! that word of the directory *that it began in*. So the default route comes, goes and changes by
//! one store of the root word, to a copy of the directory with another such word.
//!
//! # Windows
//!
//! The directory that was replaced shares all that is below it with its copy. A reader that began in
//! it still reads there, and would put a leaf that *became* 0 after the change together with the
//! default from *before* it: an answer that never was right. So until the grace period of a
//! directory that was replaced in this way is over, a *window*, nothing that is reachable from it is
//! stored into. An update copies instead what it would have stored into, and the store goes further
//! up, at most into the slot of the live directory, which is never the one of a window.
//!
//! What is reachable from a directory was made before the directory was replaced. So the writer notes
//! what it makes while a window is open, and stores into that as ever: a chunk is copied at most once
//! in a window, and a route that flaps within one is stored in place from the second time on. If the
//! default changes again, the notes begin anew. The window of each such change stays open until the
//! grace period of its own directory is over.
//!
//! If the whole tree is replaced, nothing that a window is for is left in it, and all of them close.

use alloc::collections::VecDeque;

use super::{
    Change, Store, Tree, TreeWriter,
    node::Node,
    shape::{Geometry, default_at},
    units::Units,
};
use crate::{
    address::Address,
    arena::{Full, Unit},
};

/// Directories whose nodes must stay as they are, and what was made since they were replaced.
#[derive(Debug, Default)]
pub(super) struct Windows {
    /// What changes of the default have replaced, the oldest first.
    directories: VecDeque<Unit>,
    /// Nodes made since the last of these changes, and perhaps given up since: while they are not
    /// made anew, nobody asks for them.
    made: Units,
}

impl Windows {
    pub(super) fn is_open(&self) -> bool {
        !self.directories.is_empty()
    }

    /// A change of the default replaces `directory`.
    pub(super) fn open(&mut self, directory: Unit) {
        self.made.clear();
        self.directories.push_back(directory);
    }

    /// Notes that a node is made at `unit`.
    pub(super) fn note(&mut self, unit: Unit) {
        if self.is_open() {
            self.made.insert(unit);
        }
    }

    /// The grace period of what was at `unit` is over. Returns whether that closes the last window.
    pub(super) fn close(&mut self, unit: Unit) -> bool {
        // The oldest are the first whose grace periods are over.
        let Some(place) = self.directories.iter().position(|&directory| directory == unit) else {
            return false;
        };
        self.directories.remove(place);
        if self.is_open() {
            return false;
        }
        self.made.clear();
        true
    }

    /// Nothing in the tree is older than the present moment.
    pub(super) fn close_all(&mut self) {
        self.directories.clear();
        self.made.clear();
    }
}

impl<A: Address, G: Geometry> Tree<A, G> {
    /// The number of the default route's entry in the live tree, 0 for none, as the writer sees it.
    pub(crate) fn default_id(&self) -> u32 {
        self.default_of(self.directory())
    }

    /// The same, in the directory at `unit`.
    pub(super) fn default_of(&self, unit: Unit) -> u32 {
        self.peek(unit, default_at::<G>())
    }
}

impl<A: Address, G: Geometry> TreeWriter<A, G> {
    /// Changes the default route: at once, or with the running batch.
    pub(super) fn change_default(&mut self, tree: &Tree<A, G>, change: Change) -> Result<(), Full> {
        let (Change::Cover { id: to } | Change::Swap { to, .. }) = change;
        if let Some(directory) = self.batch {
            tree.fill(directory, default_at::<G>(), to);
            return Ok(());
        }
        let old = Node { unit: tree.directory(), at: 0 };
        let new = self.copy(tree, old).inspect_err(|_| self.roll_back())?;
        tree.fill(new.unit, default_at::<G>(), to);
        self.replace_default(tree, old, new);
        self.commit();
        Ok(())
    }

    /// Puts the directory `new` in the place of `old`, which has another default.
    pub(super) fn replace_default(&mut self, tree: &Tree<A, G>, old: Node, new: Node) {
        self.unlink(tree.block(old));
        self.windows.open(old.unit);
        tree.publish(Store::Root(new.unit));
    }

    /// The change as the leaves see it, of which none names the default route.
    pub(super) fn of_leaves(&self, change: Change) -> Change {
        match change {
            Change::Swap { from, to } if self.rank(to) == 1 => Change::Swap { from, to: 0 },
            Change::Swap { .. } | Change::Cover { .. } => change,
        }
    }

    /// Whether a node of the live tree may be stored into: no window is for it.
    pub(super) fn may_store(&self, node: Node) -> bool {
        // The live directory was made by the last change of the default or after it.
        node.at == 0 || !self.window_is_open() || self.windows.made.contains(node.unit)
    }

    /// Whether the default has changed and readers may still be in what it was changed in.
    pub(crate) fn window_is_open(&self) -> bool {
        self.windows.is_open()
    }
}
