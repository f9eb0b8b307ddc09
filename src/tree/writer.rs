//! The writer's side of a tree: its memory and what an update leaves behind.

use alloc::{vec, vec::Vec};
use core::{fmt, marker::PhantomData};

use super::{
    Tree,
    default::Windows,
    edit::Path,
    shape::{Geometry, default_at, direct_units, directory_units},
    units::Units,
};
use crate::{
    address::Address,
    arena::{Block, Blocks, Full, Unit},
};

/// The one writer of a [`Tree`].
///
/// An update leaves behind what it unlinked ([`unlinked`](Self::unlinked)) and which entries lost
/// ground to others ([`overwritten`](Self::overwritten)); the caller retires the former and clears
/// both.
pub(crate) struct TreeWriter<A, G> {
    pub(super) blocks: Blocks,
    /// By entry number: prefix length plus one; 0 for number 0, which is no route.
    ranks: Vec<u8>,
    /// Blocks that the running update has taken.
    taken: Vec<Block>,
    /// Blocks that the running update makes unreachable.
    unlinked: Vec<Block>,
    /// Entries that the running update has pushed out of some leaf.
    overwritten: Vec<u32>,
    /// Where the running change went through; kept for its memory.
    pub(super) path: Path,
    /// The directory of a running batch, which no reader can reach yet.
    pub(super) batch: Option<Unit>,
    /// The nodes of a running batch that no reader can reach yet.
    private: Units,
    /// What a change of the default keeps from being stored into.
    pub(super) windows: Windows,
    _family: PhantomData<fn(A) -> G>,
}

impl<A: Address, G: Geometry> TreeWriter<A, G> {
    pub(super) fn new(units: usize) -> Self {
        let direct = [directory_units::<G>(), direct_units(G::CHUNK)];
        Self {
            blocks: Blocks::new(units, direct),
            ranks: vec![0],
            taken: Vec::new(),
            unlinked: Vec::new(),
            overwritten: Vec::new(),
            path: Path::new(),
            batch: None,
            private: Units::default(),
            windows: Windows::default(),
            _family: PhantomData,
        }
    }

    pub(super) fn empty_directory(&mut self, tree: &Tree<A, G>) -> Result<Unit, Full> {
        let node = self.make_direct(tree, 0, 0)?;
        tree.fill(node.unit, default_at::<G>(), 0);
        self.taken.clear();
        Ok(node.unit)
    }

    /// Makes `id` known as an entry whose prefix has length `len`.
    pub(crate) fn set_len(&mut self, id: u32, len: u8) {
        let index = id as usize;
        if index >= self.ranks.len() {
            self.ranks.resize(index + 1, 0);
        }
        self.ranks[index] = len + 1;
    }

    /// The rank of an entry: its prefix length plus one, 0 for none.
    pub(super) fn rank(&self, id: u32) -> u8 {
        self.ranks[id as usize]
    }

    /// Whether more than half of the reservation is in use, so that a large update might fill it.
    pub(crate) fn is_tight(&self) -> bool {
        self.blocks.is_tight()
    }

    /// Bytes of the reservation.
    pub(crate) fn limit_bytes(&self) -> usize {
        self.blocks.limit_bytes()
    }

    /// Bytes of the table of ranks.
    pub(super) fn rank_bytes(&self) -> usize {
        self.ranks.capacity()
    }

    /// Notes that `id` lost a leaf to another entry.
    pub(super) fn overwrite(&mut self, id: u32) {
        if id != 0 && self.overwritten.last() != Some(&id) {
            self.overwritten.push(id);
        }
    }

    /// A block for a new node.
    pub(super) fn take(&mut self, tree: &Tree<A, G>, class: u8) -> Result<Block, Full> {
        let block = self.blocks.take_of(&tree.words, class)?;
        self.taken.push(block);
        if self.batch.is_some() {
            self.private.insert(block.unit);
        }
        self.windows.note(block.unit);
        Ok(block)
    }

    /// Whether the node at `unit` belongs to a running batch alone.
    pub(super) fn is_private(&self, unit: Unit) -> bool {
        self.private.contains(unit)
    }

    /// Gives up a node that the running update replaces: at once if no reader can know it,
    /// otherwise after the update has taken effect.
    pub(super) fn unlink(&mut self, block: Block) {
        if self.private.remove(block.unit) {
            self.blocks.put(block);
        } else {
            self.unlinked.push(block);
        }
    }

    /// Keeps a node that was about to be unlinked.
    pub(super) fn relink(&mut self, unit: Unit) {
        self.unlinked.retain(|block| block.unit != unit);
    }

    /// The running update has taken effect.
    pub(super) fn commit(&mut self) {
        let batch = self.batch.take().is_some();
        for block in self.taken.drain(..) {
            if batch {
                self.private.remove(block.unit);
            }
        }
    }

    /// Takes back everything that the running update has done.
    pub(super) fn roll_back(&mut self) {
        let batch = self.batch.take().is_some();
        for block in self.taken.drain(..) {
            // A batch may have given a block up and taken it again: it then stands here twice, but
            // is private once. A single change gives up nothing that it took.
            if !batch || self.private.remove(block.unit) {
                self.blocks.put(block);
            }
        }
        self.unlinked.clear();
        self.overwritten.clear();
    }

    /// Blocks that the last update made unreachable, to be retired.
    pub(crate) fn unlinked(&mut self) -> impl Iterator<Item = Block> + '_ {
        self.unlinked.drain(..)
    }

    /// Entries that lost a leaf to another entry in the last update. May name one more than once.
    pub(crate) fn overwritten(&mut self) -> impl Iterator<Item = u32> + '_ {
        self.overwritten.drain(..)
    }

    /// Takes back a block whose grace period is over. Returns whether the last
    /// [window](Self::window_is_open) has closed with that.
    pub(crate) fn recycle(&mut self, block: Block) -> bool {
        self.blocks.put(block);
        self.windows.close(block.unit)
    }
}

impl<A, G> fmt::Debug for TreeWriter<A, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TreeWriter").field("blocks", &self.blocks).finish_non_exhaustive()
    }
}
