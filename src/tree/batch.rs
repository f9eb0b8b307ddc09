//! Many changes that take effect by one store.
//!
//! A batch works on a private copy of the directory. What it changes it copies first, once; nodes
//! that are private already are changed in place. At the end the private version is published by
//! one store: the root word, or, where the old and the new version differ in one slot of the
//! directory or of a chunk only, that slot, unless a [window](super::default) is for it. A batch that
//! changes the default route stores the root word.

use super::{
    Change, Store, Tree, TreeWriter,
    node::Node,
    shape::{Geometry, bits_at, is_child, unit_of},
};
use crate::{address::Address, arena::Full, prefix::Prefix};

impl<A: Address, G: Geometry> TreeWriter<A, G> {
    /// Begins a batch.
    ///
    /// # Errors
    /// [`Full`] if there is no memory for it; nothing has changed then.
    pub(crate) fn begin(&mut self, tree: &Tree<A, G>) -> Result<(), Full> {
        let directory = Node { unit: tree.directory(), at: 0 };
        self.batch = Some(directory.unit);
        match self.copy(tree, directory) {
            Ok(copy) => {
                self.batch = Some(copy.unit);
                Ok(())
            }
            Err(full) => {
                self.roll_back();
                Err(full)
            }
        }
    }

    /// Adds one change to the running batch.
    ///
    /// # Errors
    /// [`Full`] if there is no memory for it. The batch is over then and nothing has changed.
    pub(crate) fn add(
        &mut self,
        tree: &Tree<A, G>,
        prefix: Prefix<A>,
        change: Change,
    ) -> Result<(), Full> {
        let Some(directory) = self.batch else {
            return self.apply(tree, prefix, change);
        };
        if prefix.len() == 0 {
            return self.change_default(tree, change);
        }
        match self.edit(tree, directory, prefix, change) {
            // Nodes of the batch are private, so this store is seen by nobody yet.
            Ok(Some(Store::Slot { unit, offset, word })) => {
                tree.fill(unit, offset, word);
                Ok(())
            }
            Ok(Some(Store::Root(unit))) => {
                self.batch = Some(unit);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(full) => {
                self.roll_back();
                Err(full)
            }
        }
    }

    /// Makes the running batch take effect.
    pub(crate) fn publish(&mut self, tree: &Tree<A, G>) {
        let Some(private) = self.batch else { return };
        let old = Node { unit: tree.directory(), at: 0 };
        let new = Node { unit: private, at: 0 };
        if tree.default_of(old.unit) != tree.default_of(new.unit) {
            self.replace_default(tree, old, new);
            self.commit();
            return;
        }
        match self.lowest(tree, old, new) {
            Lowest::None => self.unlink(tree.block(new)),
            Lowest::Slot(store) => {
                self.unlink(tree.block(new));
                tree.publish(store);
            }
            Lowest::Node => {
                self.unlink(tree.block(old));
                tree.publish(Store::Root(new.unit));
            }
        }
        self.commit();
    }

    /// Gives up the running batch.
    pub(crate) fn abort(&mut self) {
        self.roll_back();
    }

    /// Finds the one slot of the direct nodes `old` and `new` in which they differ, or, further
    /// down, the one in which the chunks there differ.
    fn lowest(&mut self, tree: &Tree<A, G>, old: Node, new: Node) -> Lowest {
        let mut differ = (0..1usize << bits_at::<G>(old.at))
            .filter(|&slot| tree.peek(old.unit, slot) != tree.peek(new.unit, slot));
        let slot = match (differ.next(), differ.next()) {
            (None, _) => return Lowest::None,
            (Some(_), Some(_)) => return Lowest::Node,
            (Some(slot), None) => slot,
        };
        let (before, after) = (tree.peek(old.unit, slot), tree.peek(new.unit, slot));
        if old.at == 0 && is_child(before) && is_child(after) {
            let below = |unit| Node { unit, at: G::DIRECTORY };
            let (before, after) = (below(unit_of(before)), below(unit_of(after)));
            match self.lowest(tree, before, after) {
                Lowest::Node => {}
                Lowest::Slot(_) if !self.may_store(before) => {}
                found => {
                    self.relink(before.unit);
                    self.unlink(tree.block(after));
                    return found;
                }
            }
        }
        Lowest::Slot(tree.slot_store(old, slot, after))
    }
}

/// Where two versions of a tree differ.
enum Lowest {
    /// Nowhere.
    None,
    /// In one slot: this store makes the old one the new one.
    Slot(Store),
    /// In more than one slot of the node.
    Node,
}
