//! Escaping and refilling: how the view follows the tree of entries.

use alloc::{vec, vec::Vec};
use core::{fmt, marker::PhantomData};

use super::{
    View,
    build::most_ranges,
    patch::Gone,
    ranges::Ranges,
    root::{Pages, Root},
    shape::{DIRECT, kind, root_bits, unit_of},
};
use crate::{
    address::Address,
    arena::{Block, Blocks, Unit},
    prefix::Prefix,
    sync::{Ordering, load_own},
    tree::{
        Tree,
        edit::range,
        node::Node,
        shape::{Geometry, bits_at, child, is_child, unit_of as child_of},
    },
};

/// The one writer of a [`View`].
pub(crate) struct ViewWriter<A, G> {
    pub(super) blocks: Blocks,
    /// By entry number: the number of its next hop.
    pub(super) numbers: Vec<u32>,
    /// What is being built; kept for its memory.
    pub(super) ranges: Ranges,
    /// The line that is being patched; likewise.
    pub(super) fitted: Ranges,
    pages: Pages,
    /// The version of the default word.
    version: u32,
    /// Blocks that no word leads to any more.
    unlinked: Vec<Block>,
    /// What was escaped since the last refill.
    pub(super) gone: Gone<A>,
    _family: PhantomData<fn(A) -> G>,
}

/// Bytes of nodes for an entry, in full tables of the shorter family.
const USUAL_BYTES: usize = 2;

/// The first and the last slot of the root that are meant.
type Slots = (usize, usize);

impl<A: Address, G: Geometry> ViewWriter<A, G> {
    pub(super) fn new(units: usize) -> Self {
        Self {
            blocks: Blocks::new(units, [1, 1]),
            numbers: vec![0],
            ranges: Ranges::new(0),
            fitted: Ranges::new(0),
            pages: Pages::default(),
            version: 0,
            unlinked: Vec::new(),
            gone: Gone::Nothing,
            _family: PhantomData,
        }
    }

    /// Makes `number` the next hop of the entry `id`, of which there is no leaf.
    pub(crate) fn set_next_hop(&mut self, id: u32, number: u32) {
        let index = id as usize;
        if index >= self.numbers.len() {
            self.numbers.resize(index + 1, 0);
        }
        self.numbers[index] = number;
    }

    /// The number of the next hop of each entry, by its own; 0 for those that are not there.
    pub(crate) fn next_hops(&self) -> &[u32] {
        &self.numbers
    }

    /// What a leaf of the entry `id` holds.
    pub(super) fn leaf(&self, view: &View<A, G>, id: u32) -> u32 {
        self.numbers[id as usize].min(view.width.escaped())
    }

    /// Makes `number` that of the default route's next hop, 0 for none, or escapes it: before the
    /// default route changes it is escaped, and set after.
    pub(crate) fn set_default(&mut self, view: &View<A, G>, number: u32) {
        self.version = self.version.wrapping_add(1);
        let word = u64::from(self.version) << 32 | u64::from(number.min(view.width.escaped()));
        // SeqCst: edge P3, against `View::default_word`.
        view.default.store(word, Ordering::SeqCst);
    }

    /// Escapes a prefix's range, which is not all, before an update of the prefix takes effect.
    pub(crate) fn escape(&mut self, view: &View<A, G>, prefix: Prefix<A>) {
        self.gone.begin(prefix);
        let (first, last) = slots::<A, G>(prefix);
        for slot in first..=last {
            self.escape_slot(view, slot, prefix);
        }
    }

    /// Escapes all that may be anything but 0. The caller has escaped the default route, and so
    /// what is 0.
    pub(crate) fn escape_all(&mut self, view: &View<A, G>) {
        self.gone = Gone::Much;
        let mut slot = self.pages.used_from(0, Root::<A, G>::LEN);
        while slot < Root::<A, G>::LEN {
            if view.root.peek(slot) != 0 {
                self.escape_slot(view, slot, Prefix::default());
            }
            slot = self.pages.used_from(slot + 1, Root::<A, G>::LEN);
        }
    }

    fn escape_slot(&mut self, view: &View<A, G>, slot: usize, prefix: Prefix<A>) {
        let (word, escaped) = (view.root.peek(slot), view.width.escaped());
        let at = root_bits::<A, G>();
        if kind(word) == DIRECT && prefix.len() > at {
            self.escape_below(view, unit_of(word), at, prefix);
        } else if word != escaped {
            view.root.store(&mut self.pages, slot, escaped);
            self.gone.lose(word, at);
            self.unlink(view, word);
        }
    }

    fn escape_below(&mut self, view: &View<A, G>, unit: Unit, at: u8, prefix: Prefix<A>) {
        let (first, last) = range::<A, G>(prefix, at);
        let (below, escaped) = (at + G::STRIDE, view.width.escaped());
        for slot in first..=last {
            let word = load_own(view.word(unit, slot));
            if kind(word) == DIRECT && prefix.len() > below {
                self.escape_below(view, unit_of(word), below, prefix);
            } else if word != escaped {
                // SeqCst: edge P3, against the loads of walks.
                view.word(unit, slot).store(escaped, Ordering::SeqCst);
                self.gone.lose(word, below);
                self.unlink(view, word);
            }
        }
    }

    /// Gives up what `word` led to.
    fn unlink(&mut self, view: &View<A, G>, word: u32) {
        if kind(word) == DIRECT {
            for slot in 0..1usize << G::STRIDE {
                self.unlink(view, load_own(view.word(unit_of(word), slot)));
            }
        }
        self.unlinked.extend(Self::block(view, word));
    }

    /// Builds what is escaped in a prefix's range, which is not all, from what `tree` says.
    pub(crate) fn refill(&mut self, view: &View<A, G>, tree: &Tree<A, G>, prefix: Prefix<A>) {
        self.make_room_for_ranges(view);
        let from = Node { unit: tree.directory(), at: 0 };
        self.refill_node(view, tree, (child(from.unit), 0), 0, slots::<A, G>(prefix), prefix);
        self.gone = Gone::Nothing;
    }

    /// Builds all from what `tree` says, where all that is not 0 is escaped.
    pub(crate) fn refill_all(&mut self, view: &View<A, G>, tree: &Tree<A, G>) {
        self.make_room_for_ranges(view);
        self.blocks.foresee(&view.words, self.numbers.len() * USUAL_BYTES);
        let all = (0, Root::<A, G>::LEN - 1);
        self.refill_node(view, tree, (child(tree.directory()), 0), 0, all, Prefix::default());
        self.gone = Gone::Nothing;
    }

    fn make_room_for_ranges(&mut self, view: &View<A, G>) {
        let most = most_ranges(view.width.bytes());
        if self.ranges.most() < most {
            self.ranges = Ranges::new(most);
        }
    }

    /// Refills the slots of the root below `word` of the tree, which stands for the bits from `at` on
    /// and for the root's slots from `base` on.
    fn refill_node(
        &mut self,
        view: &View<A, G>,
        tree: &Tree<A, G>,
        (word, at): (u32, u8),
        base: usize,
        (first, last): Slots,
        prefix: Prefix<A>,
    ) {
        let left = root_bits::<A, G>() - at;
        if left == 0 {
            return self.refill_slot(view, tree, word, base, prefix);
        }
        let end = base + (1 << left) - 1;
        if !is_child(word) {
            return self.fill(view, self.leaf(view, word), (first.max(base), last.min(end)));
        }
        let node = Node { unit: child_of(word), at };
        let (below, bits) = (at + bits_at::<G>(at), left - bits_at::<G>(at));
        let slot_of = |slot: usize| (slot.clamp(base, end) - base) >> bits;
        for slot in slot_of(first)..=slot_of(last) {
            let word = tree.slot(node, slot);
            let base = base + (slot << bits);
            self.refill_node(view, tree, (word, below), base, (first, last), prefix);
        }
    }

    /// Makes slots of the root, none of which leads to a node, hold a leaf.
    fn fill(&mut self, view: &View<A, G>, leaf: u32, (first, last): Slots) {
        let mut slot = first;
        while slot <= last {
            if leaf == 0 {
                // Unused pages are 0 already.
                slot = self.pages.used_from(slot, last + 1);
                if slot > last {
                    return;
                }
            }
            if view.root.peek(slot) != leaf {
                self.refill_with(view, slot, leaf);
            }
            slot += 1;
        }
    }

    fn refill_with(&mut self, view: &View<A, G>, slot: usize, word: u32) {
        let old = view.root.peek(slot);
        view.root.store(&mut self.pages, slot, word);
        self.unlink(view, old);
    }

    fn refill_slot(
        &mut self,
        view: &View<A, G>,
        tree: &Tree<A, G>,
        word: u32,
        slot: usize,
        prefix: Prefix<A>,
    ) {
        let (old, at) = (view.root.peek(slot), root_bits::<A, G>());
        if kind(old) == DIRECT && is_child(word) && prefix.len() > at {
            let node = Node { unit: child_of(word), at };
            self.refill_below(view, tree, node, unit_of(old), prefix);
        } else if old == view.width.escaped() || old == 0 || !is_child(word) {
            let built = self.rebuild(view, tree, word, at, prefix);
            if built != old {
                self.refill_with(view, slot, built);
            }
        }
    }

    /// Refills the direct node at `unit` from `node` of the tree.
    fn refill_below(
        &mut self,
        view: &View<A, G>,
        tree: &Tree<A, G>,
        node: Node,
        unit: Unit,
        prefix: Prefix<A>,
    ) {
        let (first, last) = range::<A, G>(prefix, node.at);
        let below = node.at + G::STRIDE;
        for slot in first..=last {
            let (word, old) = (tree.slot(node, slot), load_own(view.word(unit, slot)));
            if kind(old) == DIRECT && is_child(word) && prefix.len() > below {
                let node = Node { unit: child_of(word), at: below };
                self.refill_below(view, tree, node, unit_of(old), prefix);
            } else if old == view.width.escaped() || !is_child(word) {
                let built = self.rebuild(view, tree, word, below, prefix);
                if built != old {
                    // SeqCst: edge P3, against the loads of walks.
                    view.word(unit, slot).store(built, Ordering::SeqCst);
                    self.unlink(view, old);
                }
            }
        }
    }

    /// Blocks that were unlinked since the last time, to be retired.
    pub(crate) fn unlinked(&mut self) -> impl Iterator<Item = Block> + '_ {
        // They may be recycled soon.
        self.gone = Gone::Nothing;
        self.unlinked.drain(..)
    }

    /// Takes back a block whose grace period is over.
    pub(crate) fn recycle(&mut self, block: Block) {
        self.blocks.put(block);
    }

    /// Bytes of the root's pages and of the nodes' reservation ever used, of free blocks in it, and of
    /// the writer's own tables.
    pub(crate) fn memory(&self) -> (usize, usize, usize) {
        let tables = self.blocks.list_bytes() + self.numbers.capacity() * size_of::<u32>();
        (self.pages.bytes() + self.blocks.used_bytes(), self.blocks.free_bytes(), tables)
    }

    /// The pages of the root in use.
    #[cfg(test)]
    pub(super) fn pages(&self) -> &Pages {
        &self.pages
    }
}

/// The slots of the root that a prefix covers, or the one that leads to it.
fn slots<A: Address, G: Geometry>(prefix: Prefix<A>) -> Slots {
    let bits = root_bits::<A, G>();
    let first = prefix.address().bits(0, bits);
    (first, first | ((1usize << bits.saturating_sub(prefix.len())) - 1))
}

impl<A, G> fmt::Debug for ViewWriter<A, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewWriter").field("blocks", &self.blocks).finish_non_exhaustive()
    }
}
