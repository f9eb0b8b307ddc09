//! One change of one prefix: finding the smallest part of the tree that it touches.

use alloc::vec::Vec;

use super::{
    Store, Tree, TreeWriter,
    node::{Node, uniform},
    shape::{Geometry, Kind, bits_at, child, is_child, kind_at, unit_of},
};
use crate::{
    address::Address,
    arena::{Full, Unit},
    bits::is_one_run,
    prefix::Prefix,
};

/// What happens to the leaves of a prefix's range.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// A route comes: leaves of shorter prefixes, or of none, become `id`. Its length was made
    /// known with [`TreeWriter::set_len`].
    Cover {
        /// The new route's entry.
        id: u32,
    },
    /// Leaves of the entry `from` become `to`: the covering route's, if `from` goes; a new entry
    /// of the same prefix, if it is replaced.
    Swap {
        /// The entry that loses its leaves.
        from: u32,
        /// The entry that gets them, 0 for no route.
        to: u32,
    },
}

/// Whether a node may be stored into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stores {
    /// Readers may be in it, and the change is more than this node or a window is for it: copy it.
    None,
    /// Readers may be in it: one store, which makes the change take effect.
    One,
    /// No reader can reach it.
    Any,
}

/// What became of an edited node.
enum Edited {
    /// Nothing is left to do.
    Same,
    /// This store does it.
    InPlace(Store),
    /// The slot that leads to the node must hold this word.
    Replaced(u32),
}

/// The slots that a walk went through, from the directory down.
pub(super) type Path = Vec<(Node, usize)>;

impl<A: Address, G: Geometry> TreeWriter<A, G> {
    /// Applies one change, which takes effect by one store or none.
    ///
    /// # Errors
    /// [`Full`] if there is no memory for it; nothing has changed then.
    pub(crate) fn apply(
        &mut self,
        tree: &Tree<A, G>,
        prefix: Prefix<A>,
        change: Change,
    ) -> Result<(), Full> {
        if prefix.len() == 0 {
            return self.change_default(tree, change);
        }
        match self.edit(tree, tree.directory(), prefix, change) {
            Ok(store) => {
                if let Some(store) = store {
                    tree.publish(store);
                }
                self.commit();
                Ok(())
            }
            Err(full) => {
                self.roll_back();
                Err(full)
            }
        }
    }

    /// Prepares one change below `directory` and returns the store that completes it.
    pub(super) fn edit(
        &mut self,
        tree: &Tree<A, G>,
        directory: Unit,
        prefix: Prefix<A>,
        change: Change,
    ) -> Result<Option<Store>, Full> {
        let mut path = core::mem::take(&mut self.path);
        path.clear();
        let change = self.of_leaves(change);
        let store = self.edit_along(tree, directory, prefix, change, &mut path);
        self.path = path;
        store
    }

    fn edit_along(
        &mut self,
        tree: &Tree<A, G>,
        directory: Unit,
        prefix: Prefix<A>,
        change: Change,
        path: &mut Path,
    ) -> Result<Option<Store>, Full> {
        let mut node = Node { unit: directory, at: 0 };
        loop {
            let end = node.at + bits_at::<G>(node.at);
            let (first, last) = range::<A, G>(prefix, node.at);
            if prefix.len() <= end {
                let stores = match self.is_private(node.unit) {
                    true => Stores::Any,
                    false if self.may_store(node) => Stores::One,
                    false => Stores::None,
                };
                return match self.edit_node(tree, node, (first, last), change, stores)? {
                    Edited::Same => Ok(None),
                    Edited::InPlace(store) => Ok(Some(store)),
                    Edited::Replaced(word) => self.replace(tree, path, word),
                };
            }
            let word = tree.slot(node, first);
            path.push((node, first));
            if !is_child(word) {
                let inner = self.map(change, word);
                if inner == word {
                    return Ok(None);
                }
                let grown = self.grow(tree, end, prefix, word, inner)?;
                return self.replace(tree, path, grown);
            }
            node = Node { unit: unit_of(word), at: end };
            if self.batch.is_some() && !self.is_private(node.unit) {
                let copied = self.copy(tree, node)?;
                self.unlink(tree.block(node));
                if let Some(&(parent, slot)) = path.last() {
                    let offset = tree.slot_offset(parent, slot);
                    tree.fill(parent.unit, offset, child(copied.unit));
                }
                node = copied;
            }
        }
    }

    /// What a leaf becomes.
    fn map(&mut self, change: Change, leaf: u32) -> u32 {
        match change {
            Change::Cover { id } if self.rank(leaf) < self.rank(id) => {
                self.overwrite(leaf);
                id
            }
            Change::Swap { from, to } if leaf == from => to,
            Change::Cover { .. } | Change::Swap { .. } => leaf,
        }
    }

    /// What any word below a node becomes; children are rebuilt where they change.
    fn map_word(
        &mut self,
        tree: &Tree<A, G>,
        word: u32,
        at: u8,
        change: Change,
    ) -> Result<u32, Full> {
        if !is_child(word) {
            return Ok(self.map(change, word));
        }
        let node = Node { unit: unit_of(word), at };
        let all = (0, (1usize << bits_at::<G>(at)) - 1);
        let stores = if self.is_private(node.unit) { Stores::Any } else { Stores::None };
        match self.edit_node(tree, node, all, change, stores)? {
            Edited::Replaced(word) => Ok(word),
            Edited::Same | Edited::InPlace(_) => Ok(word),
        }
    }

    /// Applies `change` to the slots `first..=last` of a node and everything below them.
    fn edit_node(
        &mut self,
        tree: &Tree<A, G>,
        node: Node,
        range: (usize, usize),
        change: Change,
        stores: Stores,
    ) -> Result<Edited, Full> {
        match kind_at::<G>(node.at) {
            Kind::Record => self.edit_record(tree, node, range, change, stores),
            Kind::Directory | Kind::Chunk => self.edit_direct(tree, node, range, change, stores),
        }
    }

    fn edit_direct(
        &mut self,
        tree: &Tree<A, G>,
        node: Node,
        (first, last): (usize, usize),
        change: Change,
        stores: Stores,
    ) -> Result<Edited, Full> {
        let below = node.at + bits_at::<G>(node.at);
        let mut changed: Vec<(usize, u32)> = Vec::new();
        for slot in first..=last {
            let word = tree.peek(node.unit, slot);
            let mapped = self.map_word(tree, word, below, change)?;
            if mapped != word {
                changed.push((slot, mapped));
            }
        }
        let Some(&(slot, word)) = changed.first() else {
            return Ok(Edited::Same);
        };
        let chunk = kind_at::<G>(node.at) == Kind::Chunk;
        if chunk && self.becomes_uniform(tree, node, &changed) {
            self.unlink(tree.block(node));
            return Ok(Edited::Replaced(word));
        }
        if stores == Stores::One && changed.len() == 1 {
            return Ok(Edited::InPlace(tree.slot_store(node, slot, word)));
        }
        let target = if stores == Stores::Any { node } else { self.copy(tree, node)? };
        for (slot, word) in changed {
            tree.fill(target.unit, slot, word);
        }
        if stores == Stores::Any {
            return Ok(Edited::Same);
        }
        self.unlink(tree.block(node));
        Ok(Edited::Replaced(child(target.unit)))
    }

    /// Whether a direct node holds one leaf everywhere once `changed` is stored.
    fn becomes_uniform(&self, tree: &Tree<A, G>, node: Node, changed: &[(usize, u32)]) -> bool {
        let Some(&(_, leaf)) = changed.first() else {
            return false;
        };
        if is_child(leaf) || changed.iter().any(|&(_, word)| word != leaf) {
            return false;
        }
        let mut changed = changed.iter().map(|&(slot, _)| slot).peekable();
        (0..1usize << bits_at::<G>(node.at))
            .all(|slot| changed.next_if_eq(&slot).is_some() || tree.peek(node.unit, slot) == leaf)
    }

    fn edit_record(
        &mut self,
        tree: &Tree<A, G>,
        node: Node,
        (first, last): (usize, usize),
        change: Change,
        stores: Stores,
    ) -> Result<Edited, Full> {
        let count = 1usize << G::STRIDE;
        let bitmap = tree.bitmap(node.unit);
        if stores != Stores::None && is_one_run(bitmap, first, last, count) {
            // The common case, without unfolding the record: the prefix owns one run.
            let word = tree.slot(node, first);
            if !is_child(word) {
                let leaf = self.map(change, word);
                if leaf == word {
                    return Ok(Edited::Same);
                }
                if tree.others_are(node, first, leaf) {
                    self.unlink(tree.block(node));
                    return Ok(Edited::Replaced(leaf));
                }
                if stores == Stores::Any {
                    tree.fill(node.unit, tree.slot_offset(node, first), leaf);
                    return Ok(Edited::Same);
                }
                return Ok(Edited::InPlace(tree.slot_store(node, first, leaf)));
            }
        }
        let below = node.at + G::STRIDE;
        let old = tree.expand(node.unit);
        let mut new = old;
        for slot in first..=last {
            new[slot] = if slot > first && old[slot] == old[slot - 1] {
                new[slot - 1]
            } else {
                self.map_word(tree, old[slot], below, change)?
            };
        }
        if new == old {
            return Ok(Edited::Same);
        }
        if let Some(leaf) = uniform(&new[..count]) {
            self.unlink(tree.block(node));
            return Ok(Edited::Replaced(leaf));
        }
        if stores != Stores::None && keeps_runs(bitmap, &new[..count]) {
            let mut changed =
                (0..count).filter(|&slot| bitmap >> slot & 1 == 1 && new[slot] != old[slot]);
            if stores == Stores::Any {
                for slot in changed {
                    let offset = tree.slot_offset(node, slot);
                    tree.fill(node.unit, offset, new[slot]);
                }
                return Ok(Edited::Same);
            }
            if let (Some(slot), None) = (changed.next(), changed.next()) {
                return Ok(Edited::InPlace(tree.slot_store(node, slot, new[slot])));
            }
        }
        let word = self.make_record(tree, &new)?;
        self.unlink(tree.block(node));
        Ok(Edited::Replaced(word))
    }

    /// Makes the slot at the end of `path` hold `word`, copying upwards while that takes more than
    /// one store, and returns the store that completes it.
    fn replace(
        &mut self,
        tree: &Tree<A, G>,
        path: &mut Path,
        mut word: u32,
    ) -> Result<Option<Store>, Full> {
        while let Some((node, slot)) = path.pop() {
            let kind = kind_at::<G>(node.at);
            let collapses =
                kind != Kind::Directory && !is_child(word) && tree.others_are(node, slot, word);
            if collapses {
                self.unlink(tree.block(node));
                continue;
            }
            let whole = kind != Kind::Record
                || is_one_run(tree.bitmap(node.unit), slot, slot, 1 << G::STRIDE);
            if whole && self.may_store(node) {
                return Ok(Some(tree.slot_store(node, slot, word)));
            }
            word = if kind == Kind::Record {
                let mut slots = tree.expand(node.unit);
                slots[slot] = word;
                self.make_record(tree, &slots)?
            } else {
                let copied = self.copy(tree, node)?;
                tree.fill(copied.unit, slot, word);
                child(copied.unit)
            };
            self.unlink(tree.block(node));
        }
        Ok(Some(Store::Root(unit_of(word))))
    }

    /// Makes the nodes from bit `at` on in which `prefix` is `inner` and all else is `outer`.
    fn grow(
        &mut self,
        tree: &Tree<A, G>,
        at: u8,
        prefix: Prefix<A>,
        outer: u32,
        inner: u32,
    ) -> Result<u32, Full> {
        let range = range::<A, G>(prefix, at);
        let below = at + bits_at::<G>(at);
        let word = if prefix.len() <= below {
            inner
        } else {
            self.grow(tree, below, prefix, outer, inner)?
        };
        self.make_range(tree, at, outer, range, word)
    }
}

/// The slots of the node for the bits from `at` on that `prefix` covers, or the one that leads to
/// it.
pub(super) fn range<A: Address, G: Geometry>(prefix: Prefix<A>, at: u8) -> (usize, usize) {
    let bits = bits_at::<G>(at);
    let first = prefix.address().bits(at, bits);
    let rest = (at + bits).saturating_sub(prefix.len()).min(bits);
    (first, first | ((1usize << rest) - 1))
}

/// Whether `slots` can be stored in a record that has `bitmap`: equal within each of its runs, and
/// each child alone in one.
fn keeps_runs(bitmap: u64, slots: &[u32]) -> bool {
    (1..slots.len()).all(|slot| {
        bitmap >> slot & 1 == 1 || (slots[slot] == slots[slot - 1] && !is_child(slots[slot]))
    })
}
